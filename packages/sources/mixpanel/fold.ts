import type { Day } from '@plumbline/core/day';
import type { Calendar } from './calendar.ts';
import { digestAlone, digestInto } from './digests.ts';
import { createNumbering, wordsTo } from './numbering.ts';
import type { Key } from './numbering.ts';
import { textAt } from './event-line.ts';
import type { EventLine } from './event-line.ts';
import { collect, isAbout, tellsCopies } from './readings.ts';
import type { Collector, Reading, Sight } from './readings.ts';
import type { Roster } from './roster.ts';
import { isRememberedKind } from './rows.ts';
import type { Packed } from './rows.ts';

/** What one export told of one day. */
export type FoldedDay = {
  day: Day;
  /** Lines of the export that fell on it, copies included. */
  rows: number;
  /** A reading's rows by its id, packed each time it is asked for, which takes no memory meanwhile. */
  pack: (id: string) => Packed | undefined;
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
/** Names of events that are kept at hand: projects have hundreds, but anybody may send new ones without end. */
const MOST_NAMES = 10_000;

/** What is done with events of one name. */
type Route = { tellsCopies: boolean; collectorsOf: readonly (readonly Collector[])[] };

/** Sorts a stream of events into days, each with its readings (by id). `pseudonym` answers 16 hex digits for a person's id. */
export function foldExport(
  calendar: Calendar,
  readingsOf: (day: Day) => ReadonlyMap<string, Reading>,
  roster: Roster,
  pseudonym: (id: string) => string,
): {
  take(line: EventLine): void;
  /** Ends the fold: no event may be taken after it. */
  days(): FoldedDay[];
} {
  const folds = calendar.days.map((day, index) => ({
    day,
    rows: 0,
    gathered: Array.from(readingsOf(day), ([id, reading]) => ({ id, reading, collector: collect(reading, roster) })),
    lag: lagWatch(calendar.shifts[index]),
  }));
  const names = createNumbering();
  const routes: Route[] = [];
  const nameKey: Key = { high: 0, low: 0 };
  /** Ids by their digests, which take a tenth of the memory of texts, and by these their numbers in the roster. */
  const ids = createNumbering();
  let persons = new Uint32Array(0);
  const idKey: Key = { high: 0, low: 0 };
  const sight: Sight = { properties: {}, time: 0, ingested: 0, person: -1, isKeyed: false, high: 0, low: 0 };

  function routeOf({ bytes, event }: EventLine): Route {
    if (names.size() === MOST_NAMES) names.clear();
    digestAlone(nameKey, bytes, event);
    const known = names.size();
    const index = names.numberOf(nameKey.high, nameKey.low);
    const route = index < known ? routes[index] : undefined;
    return route ?? (routes[index] = newRoute(textAt(bytes, event)));
  }

  function newRoute(name: string): Route {
    const wanted = folds.map(({ gathered }) => gathered.filter(({ reading }) => isAbout(reading.filter, name)));
    return {
      tellsCopies: wanted.flat().some(({ reading }) => tellsCopies(reading)),
      collectorsOf: wanted.map((some) => some.map(({ collector }) => collector)),
    };
  }

  function personOf({ bytes, id }: EventLine): number {
    if (id.from === id.to) return -1;
    digestAlone(idKey, bytes, id);
    const known = ids.size();
    const index = ids.numberOf(idKey.high, idKey.low);
    if (index === known) {
      const digits = pseudonym(textAt(bytes, id));
      persons = wordsTo(persons, index);
      persons[index] = roster.numberOf(Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8), 16));
    }
    return persons[index] ?? -1;
  }

  /** What Mixpanel tells copies by; without `$insert_id` an event is never taken for one: https://docs.mixpanel.com/reference/event-deduplication */
  function setKey({ bytes, insertId, time }: EventLine): void {
    sight.isKeyed = insertId.from !== insertId.to;
    if (!sight.isKeyed) return;
    const isSomebody = sight.person >= 0;
    // Both are digests already, so both together are one too.
    sight.high = nameKey.high ^ (isSomebody ? idKey.high : 0);
    sight.low = nameKey.low ^ (isSomebody ? idKey.low : 0);
    digestInto(sight, time * 1000, bytes, insertId);
  }

  return {
    take(line) {
      const index = calendar.indexOf(line.time);
      const fold = folds[index];
      if (!fold) return;
      fold.rows += 1;
      fold.lag.take(line);
      const route = routeOf(line);
      const collectors = route.collectorsOf[index] ?? [];
      if (collectors.length === 0) return;
      sight.properties = line.properties;
      sight.time = line.time;
      sight.ingested = line.ingested;
      sight.person = personOf(line);
      if (route.tellsCopies) setKey(line);
      for (const collector of collectors) collector.add(sight);
    },
    days() {
      ids.clear();
      persons = new Uint32Array(0);
      // What serves its own day only takes most of the memory until it is told, and none of it is needed for other days.
      for (const { reading, collector } of folds.flatMap(({ gathered }) => gathered)) {
        if (!isRememberedKind(reading.kind)) collector.pack();
      }
      return folds.map(({ day, rows, gathered, lag }) => ({
        day,
        rows,
        pack: (id) => gathered.find((each) => each.id === id)?.collector.pack(),
        left: new Map(gathered.map(({ id, collector }) => [id, collector.left()])),
        lagsByZone: lag.isByZone(),
      }));
    },
  };
}

/** Watches how long Mixpanel took to take events in: with the wrong time basis it seems to be the project's offset from UTC. */
function lagWatch(shift: number | undefined) {
  const near = new Map<number, number>();
  let total = 0;
  return {
    take({ time, ingested }: EventLine): void {
      if (shift === undefined || ingested === 0) return;
      total += 1;
      const lag = ingested - (time * 1000 - shift);
      const quarters = Math.round(lag / QUARTER_HOUR);
      if (quarters === 0 || Math.abs(lag - quarters * QUARTER_HOUR) > NEAR) return;
      near.set(quarters, (near.get(quarters) ?? 0) + 1);
    },
    isByZone: (): boolean => [...near.values()].some((count) => count >= ENOUGH && count >= NEARLY_ALL * total),
  };
}
