import { canonical } from './language.ts';
import type { Filter } from './language.ts';
import { createDistinct } from './digests.ts';
import { createNumbering, doublesTo, joined, wordsTo } from './numbering.ts';
import { nobody, withPerson } from './roster.ts';
import type { Roster } from './roster.ts';
import { packHits, packPairs, packPeople, packValues } from './rows.ts';
import type { Packed } from './rows.ts';

/**
 * What is taken from one day's events. `people`, `scores` (the last answer of each person) and `times` (when each person did it) are
 * remembered for later days' windows; `hits` and `values` (of a property) serve their own day only.
 */
export type Reading = { filter: Filter } & (
  | { kind: 'people' }
  | { kind: 'hits' }
  | { kind: 'scores'; property: string }
  | { kind: 'values'; property: string }
  | { kind: 'times'; keep: Keep }
);

/** Which of a person's times on a day are kept: no more than a measure needs. `ends`: the first and last of each date in UTC. */
export type Keep = 'first' | 'last' | 'ends' | 'all';

/** An event as collectors see it. It is one object for all events, so that none is made for each. */
export type Sight = {
  properties: Readonly<Record<string, unknown>>;
  /** In seconds, as exported. */
  time: number;
  /** When Mixpanel took it in: of several copies it shows the last. */
  ingested: number;
  /** The person's number in the roster, or -1 for nobody known. */
  person: number;
  /** Whether it has an `$insert_id`; only then is the key a digest that copies share. */
  isKeyed: boolean;
  high: number;
  low: number;
};

/** Gathers one reading of one day. */
export type Collector = {
  /** Takes an event that fits the filter. */
  add(sight: Sight): void;
  /** After it nothing may be added. */
  pack(): Packed;
  /** Events that fit the filter but had no usable value or person. */
  left(): number;
};

/** How a reading is named and told from others. */
export const nameOf = (reading: Reading): string =>
  JSON.stringify([
    reading.kind,
    reading.filter.event,
    canonical(reading.filter.where),
    'property' in reading ? reading.property : 'keep' in reading ? reading.keep : null,
  ]);

/** These say who somebody is, not that they did something: https://docs.mixpanel.com/docs/tracking-methods/id-management */
const IDENTITY_EVENTS = new Set(['$identify', '$create_alias', '$merge']);

/** Whether events of that name are what the filter is about. */
export const isAbout = ({ event }: Filter, name: string): boolean =>
  event === '*' ? !IDENTITY_EVENTS.has(name) : event === name;

/** The properties that a reading looks at. */
export const propertiesOf = (reading: Reading): string[] => [
  ...Object.keys(reading.filter.where ?? {}),
  ...('property' in reading ? [reading.property] : []),
];

/** Whether a reading tells copies of an event apart, not only people and their times. */
export const tellsCopies = ({ kind }: Reading): boolean => kind === 'hits' || kind === 'values';

export function collect(reading: Reading, roster: Roster): Collector {
  const collector = collectorOf(reading, roster);
  const conditions = Object.entries(reading.filter.where ?? {});
  if (conditions.length === 0) return collector;
  const add = (sight: Sight): void => {
    if (conditions.every(([property, value]) => sight.properties[property] === value)) collector.add(sight);
  };
  return { ...collector, add };
}

function collectorOf(reading: Reading, roster: Roster): Collector {
  switch (reading.kind) {
    case 'people':
      return collectors.people(roster);
    case 'hits':
      return collectors.hits();
    case 'values':
      return collectors.values(reading.property);
    case 'scores':
      return collectors.scores(reading.property, roster);
    case 'times':
      return timesCollectorOf(reading.keep, roster);
  }
}

function timesCollectorOf(keep: Keep, roster: Roster): Collector {
  switch (keep) {
    case 'first':
      return collectors.oneTime(Math.min, roster);
    case 'last':
      return collectors.oneTime(Math.max, roster);
    case 'ends':
      return collectors.endsOfDates(roster);
    case 'all':
      return collectors.allTimes(roster);
  }
}

const collectors = {
  people(roster: Roster): Collector {
    let people = nobody();
    return {
      add({ person }) {
        if (person >= 0) people = withPerson(people, person);
      },
      pack: () => packPeople(people, roster),
      left: () => 0,
    };
  },

  hits(): Collector {
    const keys = createDistinct();
    let keyless = 0;
    let packed: Packed | undefined;
    return {
      add(sight) {
        if (sight.isKeyed) keys.add(sight);
        else keyless += 1;
      },
      pack() {
        if (!packed) {
          const { count, sha256 } = keys.tell();
          packed = packHits(count + keyless, sha256);
        }
        return packed;
      },
      left: () => 0,
    };
  },

  values(property: string): Collector {
    const keys = createNumbering();
    let values = new Float64Array(0);
    let ingested = new Float64Array(0);
    let keyless = new Float64Array(0);
    let keylessCount = 0;
    let left = 0;
    let packed: Packed | undefined;
    return {
      add({ properties, ingested: at, isKeyed, high, low }) {
        const value = properties[property];
        if (typeof value !== 'number' || Math.abs(value) > LARGEST_VALUE) {
          left += 1;
        } else if (!isKeyed) {
          keyless = doublesTo(keyless, keylessCount);
          keyless[keylessCount] = value;
          keylessCount += 1;
        } else {
          const known = keys.size();
          const copy = keys.numberOf(high, low);
          values = doublesTo(values, copy);
          ingested = doublesTo(ingested, copy);
          if (copy < known && !isLater([at, value], [ingested[copy] ?? 0, values[copy] ?? 0])) return;
          values[copy] = value;
          ingested[copy] = at;
        }
      },
      pack() {
        if (!packed) {
          const all = new Float64Array(keys.size() + keylessCount);
          all.set(values.subarray(0, keys.size()));
          all.set(keyless.subarray(0, keylessCount), keys.size());
          keys.clear();
          for (const { buffer } of [values, ingested, keyless]) buffer.transfer(0);
          packed = packValues(all.sort());
        }
        return packed;
      },
      left: () => left,
    };
  },

  scores(property: string, roster: Roster): Collector {
    const answers = new Map<number, readonly [time: number, ingested: number, score: number]>();
    let left = 0;
    return {
      add({ properties, time, ingested, person }) {
        const score = properties[property];
        if (person < 0 || typeof score !== 'number' || !SCORES.has(score)) {
          left += 1;
          return;
        }
        const answer = [time, ingested, score] as const;
        const earlier = answers.get(person);
        if (!earlier || isLater(answer, earlier)) answers.set(person, answer);
      },
      pack() {
        const scores = Uint32Array.from(answers.values(), ([, , score]) => score);
        return packPairs('scores', Uint32Array.from(answers.keys()), scores, roster);
      },
      left: () => left,
    };
  },

  allTimes(roster: Roster): Collector {
    let persons = new Uint32Array(0);
    let times = new Uint32Array(0);
    let length = 0;
    return {
      add({ time, person }) {
        if (person < 0) return;
        persons = wordsTo(persons, length);
        times = wordsTo(times, length);
        persons[length] = person;
        times[length] = time;
        length += 1;
      },
      pack: () => packPairs('times', persons.subarray(0, length), times.subarray(0, length), roster),
      left: () => 0,
    };
  },

  oneTime(choose: Choice, roster: Roster): Collector {
    const kept = keep(choose);
    return {
      add({ time, person }) {
        if (person >= 0) kept.take(person, Math.floor(time));
      },
      pack() {
        const { persons, numbers } = kept.rows();
        return packPairs('times', persons, numbers, roster);
      },
      left: () => 0,
    };
  },

  endsOfDates(roster: Roster): Collector {
    const dates = new Map<number, { first: Kept; last: Kept }>();
    return {
      add({ time: exported, person }) {
        if (person < 0) return;
        const time = Math.floor(exported);
        const date = Math.floor(time / SECONDS_PER_DAY);
        let ends = dates.get(date);
        if (!ends) dates.set(date, (ends = { first: keep(Math.min), last: keep(Math.max) }));
        ends.first.take(person, time);
        ends.last.take(person, time);
      },
      pack() {
        const lists = Array.from(dates.values(), ({ first, last }) => [first.rows(), last.rows()]).flat();
        const persons = joined(lists.map((list) => list.persons));
        return packPairs('times', persons, joined(lists.map(({ numbers }) => numbers)), roster);
      },
      left: () => 0,
    };
  },
};

const SECONDS_PER_DAY = 86_400;

type Choice = (a: number, b: number) => number;
/** One time of each person, and whose they are. */
type Kept = { take(person: number, time: number): void; rows(): { persons: Uint32Array; numbers: Uint32Array } };

/** Of all times of a person the least or the greatest, so that any order of arrival leaves the same. */
function keep(choose: Choice): Kept {
  /** By person: 0, which is 1970, where there is none. */
  let times = new Uint32Array(0);
  return {
    take(person, time) {
      times = wordsTo(times, person);
      const known = times[person] ?? 0;
      times[person] = known === 0 ? time : choose(known, time);
    },
    // Loops rather than filter(), which holds all that it keeps as numbers of 8 bytes once more.
    rows() {
      const count = times.reduce((sum, time) => (time === 0 ? sum : sum + 1), 0);
      const rows = { persons: new Uint32Array(count), numbers: new Uint32Array(count) };
      let length = 0;
      for (const [person, time] of times.entries()) {
        if (time === 0) continue;
        rows.persons[length] = person;
        rows.numbers[length] = time;
        length += 1;
      }
      return rows;
    },
  };
}

/** So that it is kept exactly in the smallest part of any currency too; JSON's `1e999` is infinite. Anybody may send an event. */
const LARGEST_VALUE = Number.MAX_SAFE_INTEGER / 1000;

const SCORES = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

/** Compares part by part; the last part settles a tie, so that the order of arrival never does. */
function isLater(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? part;
    if (part !== other) return part > other;
  }
  return false;
}
