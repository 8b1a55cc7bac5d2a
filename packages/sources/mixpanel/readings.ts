import { hash } from 'node:crypto';
import type { ExportedEvent } from './export.ts';
import { canonical } from './language.ts';
import type { Filter } from './language.ts';

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

/** A day's reading as sorted text lines: the same events in any order, however often repeated, make the same lines. */
export type Lines = readonly string[];

/** Gathers one reading of one day. */
export type Collector = {
  /** `person` is the pseudonym of who did it: 16 hex digits, or undefined for nobody known. */
  add(event: ExportedEvent, person: string | undefined): void;
  lines(): Lines;
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

function matcher({ event: name, where }: Filter): (event: ExportedEvent) => boolean {
  const conditions = Object.entries(where ?? {});
  return ({ event, properties }) =>
    (name === '*' ? !IDENTITY_EVENTS.has(event) : event === name) &&
    conditions.every(([property, value]) => properties[property] === value);
}

export function collect(reading: Reading): Collector {
  const matches = matcher(reading.filter);
  const gather = gathererOf(reading);
  return { ...gather, add: (event, person) => (matches(event) ? gather.add(event, person) : undefined) };
}

function gathererOf(reading: Reading): Collector {
  switch (reading.kind) {
    case 'people':
      return gatherers.people();
    case 'hits':
      return gatherers.hits();
    case 'values':
      return gatherers.values(reading.property);
    case 'scores':
      return gatherers.scores(reading.property);
    case 'times':
      return gatherers.times(reading.keep);
  }
}

const gatherers = {
  people(): Collector {
    const people = new Set<string>();
    return {
      add: (_event, person) => void (person !== undefined && people.add(person)),
      lines: () => [...people].sort(),
      left: () => 0,
    };
  },

  hits(): Collector {
    const keys = new Set<string>();
    let keyless = 0;
    return {
      add(event) {
        const key = keyOf(event);
        if (key === undefined) keyless += 1;
        else keys.add(key);
      },
      lines: () => [...Array.from({ length: keyless }, () => NO_KEY), ...[...keys].sort()],
      left: () => 0,
    };
  },

  values(property: string): Collector {
    const keyed = new Map<string, { ingested: number; value: number }>();
    const keyless: number[] = [];
    let left = 0;
    return {
      add(event) {
        const value = event.properties[property];
        if (typeof value !== 'number') {
          left += 1;
          return;
        }
        const key = keyOf(event);
        if (key === undefined) {
          keyless.push(value);
          return;
        }
        const copy = { ingested: ingestedAt(event), value };
        const earlier = keyed.get(key);
        if (!earlier || isLater([copy.ingested, value], [earlier.ingested, earlier.value])) keyed.set(key, copy);
      },
      lines: () =>
        [
          ...keyless.map((value) => `${NO_KEY}${value}`),
          ...Array.from(keyed, ([key, { value }]) => `${key}${value}`),
        ].sort(),
      left: () => left,
    };
  },

  scores(property: string): Collector {
    const answers = new Map<string, readonly [time: number, ingested: number, score: number]>();
    let left = 0;
    return {
      add(event, person) {
        const score = event.properties[property];
        if (person === undefined || typeof score !== 'number' || !SCORES.has(score)) {
          left += 1;
          return;
        }
        const answer = [event.properties.time, ingestedAt(event), score] as const;
        const earlier = answers.get(person);
        if (!earlier || isLater(answer, earlier)) answers.set(person, answer);
      },
      lines: () =>
        Array.from(answers, ([person, [, , score]]) => `${person}${score.toString(16).padStart(2, '0')}`).sort(),
      left: () => left,
    };
  },

  times(keep: Keep): Collector {
    const kept = new Map<string, number>();
    return {
      add({ properties }, person) {
        if (person === undefined) return;
        const time = Math.floor(properties.time);
        for (const [place, choose] of places[keep](time)) {
          const key = `${person}${place}`;
          kept.set(key, choose(kept.get(key) ?? time, time));
        }
      },
      lines() {
        const lines = Array.from(kept, ([key, time]) => {
          return `${key.slice(0, ID_LENGTH)}${time.toString(16).padStart(8, '0')}`;
        });
        return [...new Set(lines)].sort();
      },
      left: () => 0,
    };
  },
};

type Place = readonly [name: string | number, choose: (a: number, b: number) => number];
const SECONDS_PER_DAY = 86_400;

/** The places that a time competes for, each held by the least or the greatest: so any order of arrival leaves the same. */
const places: Record<Keep, (time: number) => readonly Place[]> = {
  first: () => [['', Math.min]],
  last: () => [['', Math.max]],
  ends(time) {
    const date = Math.floor(time / SECONDS_PER_DAY);
    return [
      [`first of ${date}`, Math.min],
      [`last of ${date}`, Math.max],
    ];
  },
  all: (time) => [[time, Math.min]],
};

const SCORES = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const ID_LENGTH = 16;
const NO_KEY = '-'.repeat(ID_LENGTH);

/** The number in a line of `values`. */
export const valueOf = (line: string): number => Number(line.slice(ID_LENGTH));

/** The pseudonym and the score in a line of `scores`. */
export const answerOf = (line: string): [person: string, score: number] => [
  line.slice(0, ID_LENGTH),
  Number.parseInt(line.slice(ID_LENGTH), 16),
];

/** The pseudonym and the time (seconds, as exported) in a line of `times`. */
export const momentOf = (line: string): [person: string, time: number] => [
  line.slice(0, ID_LENGTH),
  Number.parseInt(line.slice(ID_LENGTH), 16),
];

/**
 * What Mixpanel tells copies of one event by; undefined for an event without `$insert_id`, which is never taken for a copy:
 * https://docs.mixpanel.com/reference/event-deduplication
 */
function keyOf({ event, properties }: ExportedEvent): string | undefined {
  const insertId = properties.$insert_id;
  if (insertId === undefined || insertId === null || insertId === '') return undefined;
  const parts = JSON.stringify([event, properties.distinct_id ?? null, properties.time, insertId]);
  return hash('sha256', parts, 'hex').slice(0, ID_LENGTH);
}

/** Of several copies Mixpanel shows the one that it took in last. */
const ingestedAt = ({ properties }: ExportedEvent): number => properties.mp_processing_time_ms ?? 0;

/** Compares part by part; the last part settles a tie, so that the order of arrival never does. */
function isLater(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? part;
    if (part !== other) return part > other;
  }
  return false;
}
