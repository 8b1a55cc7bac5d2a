import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { atTime, toZone } from '@plumbline/core/zone';
import { layCalendar } from './calendar.ts';
import type { ExportedEvent } from './export.ts';
import { lineOf } from './event-line.ts';
import { foldExport } from './fold.ts';
import { mixpanelConfig } from './language.ts';
import { measuresOf } from './measures.ts';
import type { Figure } from './measures.ts';
import { nameOf } from './readings.ts';
import { createRoster } from './roster.ts';
import { unpack } from './rows.ts';

/** Who did what when (seconds). For tests, as all here. */
export type Act = { person: string; event: string; time: number };

const exported = ({ person, event, time }: Act): ExportedEvent => ({
  event,
  properties: { time, distinct_id: person },
});
export const pseudonym = (id: string): string => Buffer.from(id).toString('hex').padStart(16, '0');

/** The figure as at a day, through readings and windows as a night makes them. */
export function figureAt(day: string, spec: unknown, acts: readonly Act[], zone = '+02:00'): Figure | undefined {
  const config = mixpanelConfig.parse({ projectId: 1, metrics: { journey: spec } });
  const [measure] = measuresOf(config);
  const needs = measure?.needs ?? [];
  const days = daysFrom(addDays(toDay(day), -130), addDays(toDay(day), 3));
  const readings = new Map(needs.map(({ reading }) => [nameOf(reading), reading]));
  const calendar = layCalendar([days[0] ?? toDay(day), ...days.slice(1)], toZone(zone), config);
  const roster = createRoster();
  const fold = foldExport(calendar, () => readings, roster, pseudonym);
  for (const act of acts) fold.take(lineOf(exported(act)));
  const folded = fold.days();
  const windows = needs.map(({ reading, days: length, ago = 0 }) => {
    const last = addDays(toDay(day), -ago);
    return folded
      .filter(({ day }) => day > addDays(last, -length) && day <= last)
      .flatMap(({ day, pack }) => {
        const rows = unpack(reading.kind, pack(nameOf(reading)) ?? new Uint8Array(), roster);
        return rows ? [{ day, rows }] : [];
      });
  });
  return measure?.figure(windows);
}

/** `ada A 2026-01-05 10:00:00` per line, in the workspace's zone. */
export const tell = (text: string, zone = '+02:00'): Act[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [person = '', event = '', day = '', time = ''] = line.trim().split(' ');
      return { person, event, time: atTime(toDay(day), time, toZone(zone)) / 1000 };
    });

/** `2/4`: how many of how many. */
export const parts = (figure: Figure | undefined) => (figure ? `${figure.numerator}/${figure.denominator}` : 'absent');
