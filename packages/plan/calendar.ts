import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { Indicator } from './schema.ts';

/** First and last day, both included. */
export type Span = { from: Day; to: Day };
/** A plan's first and last day. */
export type Calendar = { start: Day; end: Day };
/** One thing to judge: an indicator, or one week or month of a recurring one (`posts#week-5`). */
export type Occasion = Span & { id: string };

const LONGEST = 3660;
const NUMBERED = /^(week|day) (\d{1,4})$/;
const NUMBERED_RANGE = /^(week|day) (\d{1,4})-(\d{1,4})$/;
const EACH_WEEK = /^each week (\d{1,4})-(\d{1,4})$/;

const MOMENTS = '"week 6", "day 30", "2026-02-12", "end"';
const SPANS = '"week 2", "week 5-6", "day 1", "day 1-30", "2026-01-09..2026-01-15", "week 3..end"';
const RECURRING = '"each week 5-8", "each month"';

/** Week k is the k-th seven days from the plan's start, day k the k-th day. Throws InputError outside 1..3660 days. */
function numbered(unit: string, count: number, { start }: Calendar): Span {
  const days = unit === 'week' ? 7 : 1;
  if (count < 1 || count * days > LONGEST) throw new InputError(`there is no ${unit} ${count}; they count from 1`);
  return { from: addDays(start, days * (count - 1)), to: addDays(start, days * count - 1) };
}

function point(text: string, calendar: Calendar): Span | undefined {
  if (text === 'end') return { from: calendar.end, to: calendar.end };
  if (isDay(text)) return { from: text, to: text };
  const match = NUMBERED.exec(text);
  return match ? numbered(match[1] ?? '', Number(match[2]), calendar) : undefined;
}

/** The day that a `by` or `baseline` means: of a week its last. Throws InputError. */
export function momentOf(text: string, calendar: Calendar): Day {
  const found = point(text, calendar);
  if (!found) throw new InputError(`"${text}" is not a day of the plan; allowed: ${MOMENTS}`);
  return found.to;
}

/** The days of a hypothesis: it starts on the first day of what is named, and takes `within` days (`14d`). Throws InputError. */
export function windowOf({ start, within }: { start: string; within: string }, calendar: Calendar): Span {
  const found = start === 'end' ? undefined : point(start, calendar);
  if (!found) throw new InputError(`"${start}" is not a day to start on; allowed: "week 6", "day 30", "2026-02-12"`);
  const { from } = found;
  if (from < calendar.start) throw new InputError(`"${start}" is ${from}, before the plan's start ${calendar.start}`);
  return { from, to: addDays(from, Number.parseInt(within, 10) - 1) };
}

/** The days that a `during` or `maintain` means. Throws InputError. */
export function daysOf(text: string, calendar: Calendar): Span {
  const range = NUMBERED_RANGE.exec(text);
  const [first = '', last, ...more] = range
    ? [`${range[1]} ${range[2]}`, `${range[1]} ${range[3]}`]
    : text.split('..').map((part) => part.trim());
  const from = point(first, calendar);
  const to = last === undefined ? from : point(last, calendar);
  if (!from || !to || more.length > 0 || text === 'end') {
    throw new InputError(`"${text}" is not a span of days; allowed: ${SPANS}`);
  }
  if (to.to < from.from) throw new InputError(`"${text}" ends on ${to.to}, before it begins on ${from.from}`);
  return { from: from.from, to: to.to };
}

/** The same date `months` later; the month's last day where it has no such date. */
function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastDate))).toISOString().slice(0, 10) as Day;
}

/** Month k runs from the start's date to the day before it, one month later; one that the plan's end cuts is not judged. */
function months(calendar: Calendar): { name: string; span: Span }[] {
  const found = [];
  for (let k = 1; k <= LONGEST / 28; k += 1) {
    const span = { from: addMonths(calendar.start, k - 1), to: addDays(addMonths(calendar.start, k), -1) };
    if (span.to > calendar.end) break;
    found.push({ name: `month-${k}`, span });
  }
  if (found.length === 0) throw new InputError('"each month" finds no whole month between the plan\'s start and end');
  return found;
}

function recurring(text: string, calendar: Calendar): { name: string; span: Span }[] {
  if (text === 'each month') return months(calendar);
  const match = EACH_WEEK.exec(text);
  if (!match) throw new InputError(`"${text}" is not a rhythm; allowed: ${RECURRING}`);
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (last < first) throw new InputError(`"${text}" ends before it begins`);
  // The last week first: a number out of bounds is refused before a long list is made.
  numbered('week', last, calendar);
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    name: `week-${first + index}`,
    span: numbered('week', first + index, calendar),
  }));
}

type Timed = Pick<Indicator, 'id' | 'by' | 'during' | 'maintain'>;

/** What there is to judge of an indicator: one occasion, or one for each week or month. `by` counts from the plan's start. Throws InputError. */
export function occasionsOf(indicator: Timed, calendar: Calendar): Occasion[] {
  const { id, by, during, maintain } = indicator;
  if (by !== undefined) {
    const to = momentOf(by, calendar);
    if (to < calendar.start) throw new InputError(`"${by}" is ${to}, before the plan's start ${calendar.start}`);
    return [{ id, from: calendar.start, to }];
  }
  if (during?.startsWith('each')) {
    return recurring(during, calendar).map(({ name, span }) => ({ id: `${id}#${name}`, ...span }));
  }
  const text = during ?? maintain;
  if (text === undefined) throw new InputError('has no time; allowed: exactly one of by, during, maintain');
  const span = daysOf(text, calendar);
  if (span.from < calendar.start) throw new InputError(`"${text}" begins on ${span.from}, before the plan's start`);
  return [{ id, ...span }];
}

/** From the first day to the last that an indicator is about, all its occasions together. */
export function spanOf(indicator: Timed, plan: Calendar): Span {
  const occasions = occasionsOf(indicator, plan);
  const ends = occasions.map(({ to }) => to).toSorted();
  return { from: occasions[0]?.from ?? plan.start, to: ends.at(-1) ?? plan.end };
}
