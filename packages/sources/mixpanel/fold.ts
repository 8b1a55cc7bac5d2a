import type { Day } from '@plumbline/core/day';
import type { Calendar } from './calendar.ts';
import type { ExportedEvent } from './export.ts';
import { collect } from './readings.ts';
import type { Lines, Reading } from './readings.ts';

/** What one export told of one day. */
export type FoldedDay = {
  day: Day;
  /** Lines of the export that fell on it, copies included. */
  rows: number;
  /** By the reading's id. */
  lines: Map<string, Lines>;
  /** Events that fit a reading's filter but had nothing to read, by the reading's id. */
  left: Map<string, number>;
  /** Whether Mixpanel took nearly all of them in at the same whole number of quarter hours away from their own time. */
  lagsByZone: boolean;
};

const QUARTER_HOUR = 900_000;
/** SDKs send within a minute or two. */
const NEAR = 120_000;
const ENOUGH = 20;
const NEARLY_ALL = 0.9;
/** Pseudonyms kept at hand, so that memory stays flat however many people there are. */
const MOST_PEOPLE = 100_000;

/** Sorts a stream of events into days, each with its readings (by id). */
export function foldExport(
  calendar: Calendar,
  readingsOf: (day: Day) => ReadonlyMap<string, Reading>,
  pseudonym: (id: string) => string,
): { take(event: ExportedEvent): void; days(): FoldedDay[] } {
  const folds = calendar.days.map((day, index) => ({
    day,
    rows: 0,
    collectors: Array.from(readingsOf(day), ([id, reading]) => ({ id, ...collect(reading) })),
    lag: lagWatch(calendar.shifts[index]),
  }));
  const pseudonyms = new Map<string, string>();

  function personOf({ properties }: ExportedEvent): string | undefined {
    const { distinct_id: id } = properties;
    if (id === undefined || id === null || id === '') return undefined;
    const name = String(id);
    let person = pseudonyms.get(name);
    if (person === undefined) {
      if (pseudonyms.size >= MOST_PEOPLE) pseudonyms.clear();
      person = pseudonym(name);
      pseudonyms.set(name, person);
    }
    return person;
  }

  return {
    take(event) {
      const fold = folds[calendar.indexOf(event.properties.time)];
      if (!fold) return;
      fold.rows += 1;
      fold.lag.take(event);
      const person = personOf(event);
      for (const collector of fold.collectors) collector.add(event, person);
    },
    days: () =>
      folds.map(({ day, rows, collectors, lag }) => ({
        day,
        rows,
        lines: new Map(collectors.map((collector) => [collector.id, collector.lines()])),
        left: new Map(collectors.map((collector) => [collector.id, collector.left()])),
        lagsByZone: lag.isByZone(),
      })),
  };
}

/** Watches how long Mixpanel took to take events in: with the wrong time basis it seems to be the project's offset from UTC. */
function lagWatch(shift: number | undefined): { take(event: ExportedEvent): void; isByZone(): boolean } {
  const near = new Map<number, number>();
  let total = 0;
  return {
    take({ properties: { time, mp_processing_time_ms: ingested } }) {
      if (shift === undefined || ingested === undefined) return;
      total += 1;
      const lag = ingested - (time * 1000 - shift);
      const quarters = Math.round(lag / QUARTER_HOUR);
      if (Math.abs(lag - quarters * QUARTER_HOUR) <= NEAR) near.set(quarters, (near.get(quarters) ?? 0) + 1);
    },
    isByZone: () =>
      [...near].some(([quarters, count]) => quarters !== 0 && count >= ENOUGH && count >= NEARLY_ALL * total),
  };
}
