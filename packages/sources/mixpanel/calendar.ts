import type { Day } from '@plumbline/core/day';
import { dayAt, endOfDay, offsetAt, startOfDay } from '@plumbline/core/zone';
import type { Instant, Zone } from '@plumbline/core/zone';
import type { MixpanelConfig } from './language.ts';

const MS_PER_DAY = 86_400_000;

/** Workspace days laid over the export's own time, so that events fall into days without any zone arithmetic. */
export type Calendar = {
  days: readonly Day[];
  /** The export's dates, both included, that these days touch. */
  from: Day;
  to: Day;
  /** Which of `days` an event's `time` (seconds, as exported) falls in; -1 for none of them. */
  indexOf(time: number): number;
  /** What to take off an event's time in ms to get its instant; undefined on a day whose clocks change. */
  shifts: readonly (number | undefined)[];
};

/**
 * Lays out consecutive days of the workspace (at least one). With `timeBasis: project` the export's epochs are the project's
 * wall clock written as if it were UTC, and its dates are the project's: https://docs.mixpanel.com/reference/raw-event-export
 */
export function layCalendar(days: readonly [Day, ...Day[]], workspace: Zone, config: MixpanelConfig): Calendar {
  const base = exportZone(config);
  const shiftAt = (instant: Instant): number => (base === UTC ? 0 : offsetAt(instant, base));
  const last = days.at(-1) ?? days[0];
  const instants = [...days.map((day) => startOfDay(day, workspace)), endOfDay(last, workspace)];
  const shifts = instants.map(shiftAt);
  const bounds = instants.map((instant, index) => instant + (shifts[index] ?? 0));
  const first = bounds[0] ?? 0;
  const end = bounds.at(-1) ?? 0;
  const boundAt = (index: number): number => bounds[index] ?? Infinity;
  return {
    days,
    from: dayAt(instants[0] ?? 0, base),
    to: dayAt((instants.at(-1) ?? 0) - 1, base),
    indexOf(time) {
      const ms = time * 1000;
      if (ms < first || ms >= end) return -1;
      // Days of 23 or 25 hours put the guess off by one at most.
      let index = Math.min(days.length - 1, Math.floor((ms - first) / MS_PER_DAY));
      while (ms < boundAt(index)) index -= 1;
      while (ms >= boundAt(index + 1)) index += 1;
      return index;
    },
    shifts: days.map((_, index) => (shifts[index] === shifts[index + 1] ? shifts[index] : undefined)),
  };
}

const UTC = 'UTC' as Zone;

/** The zone that the export's dates are in. */
export const exportZone = (config: MixpanelConfig): Zone =>
  config.timeBasis === 'project' ? ((config.projectTimezone ?? UTC) as Zone) : UTC;

/** `zone:Europe/Kyiv` where Mixpanel's screen begins or ends that day at another moment than the workspace does; else nothing. */
export function zoneQuality(day: Day, workspace: Zone, config: MixpanelConfig): string[] {
  if (config.projectTimezone === undefined) return [];
  const project = config.projectTimezone as Zone;
  const same =
    startOfDay(day, workspace) === startOfDay(day, project) && endOfDay(day, workspace) === endOfDay(day, project);
  return same ? [] : [`zone:${project}`];
}
