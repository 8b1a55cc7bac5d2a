import type { Day } from './day.ts';
import { counted } from './words.ts';
import type { Instant, Zone } from './zone.ts';
import { clockAt } from './zone.ts';

/** A night that should be complete by now and is not. */
export type LateNight = {
  day: Day;
  /** Since when: its closing hour, and an hour of grace after it. */
  since: Instant;
  /** Absent where it was never opened. */
  openedAt?: Instant;
  /** The sources that an open one waits for; none where all are in and nothing has closed it. */
  awaits: readonly string[];
};

/** The newest of the nights that are complete, and those that are late, oldest first. */
export type Completeness = { complete: Day | null; late: readonly LateNight[] };

/** `the night of 2026-02-13 is late since 2026-02-14 07:00: it was never opened`, by the clocks of that zone. */
export function lateInWords({ day, since, openedAt, awaits }: LateNight, zone: Zone): string {
  const waits =
    awaits.length === 0
      ? 'has every source, and nothing has closed it'
      : `waits for ${counted(awaits.length, 'source')}: ${awaits.join(', ')}`;
  const state =
    openedAt === undefined ? 'it was never opened' : `it was opened at ${clockAt(openedAt, zone)} and ${waits}`;
  return `the night of ${day} is late since ${clockAt(since, zone)}: ${state}`;
}
