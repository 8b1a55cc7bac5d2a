import { InputError } from './errors.ts';

declare const brand: unique symbol;

/** A calendar day in a workspace's time zone, written `2026-02-12`. It has no hours and no zone; strings compare in order. */
export type Day = string & { readonly [brand]: 'Day' };

const MS_PER_DAY = 86_400_000;
const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days repeat: a judge asks for the same few hundred over and over, and parsing a date costs more than all the rest. */
const MOST_KNOWN = 10_000;
const counts = new Map<Day, number>();
const days = new Map<number, Day>();

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, work: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = work();
    if (known.size === MOST_KNOWN) known.clear();
    known.set(key, value);
  }
  return value;
}

const epochDay = (day: Day): number => remembered(counts, day, () => Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY);
const fromEpochDay = (count: number): Day =>
  remembered(days, count, () => new Date(count * MS_PER_DAY).toISOString().slice(0, 10) as Day);

export function isDay(text: string): text is Day {
  if (!SHAPE.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Reads a day, refusing anything that is not a real calendar day (`2026-02-30`). Throws InputError. */
export function toDay(text: string): Day {
  if (isDay(text)) return text;
  throw new InputError(`"${text}" is not a day; write one as YYYY-MM-DD, for example 2026-02-12`);
}

export const addDays = (day: Day, days: number): Day => fromEpochDay(epochDay(day) + days);

/** Days from `from` to `to`: 0 for the same day, negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number => epochDay(to) - epochDay(from);

/** Every day from `from` to `to`, both included; none when `to` is earlier. */
export function daysFrom(from: Day, to: Day): Day[] {
  const first = epochDay(from);
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, index) => fromEpochDay(first + index));
}

/** For sorting, oldest first. */
export const compareDays = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0);

export const earliest = (...days: [Day, ...Day[]]): Day => days.reduce((a, b) => (b < a ? b : a));
export const latest = (...days: [Day, ...Day[]]): Day => days.reduce((a, b) => (b > a ? b : a));

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export function weekday(day: Day): Weekday {
  const index = (((epochDay(day) + 3) % 7) + 7) % 7;
  return WEEKDAYS[index] as Weekday;
}
