import type { Day } from '@plumbline/core/day';
import { rate } from './intervals.ts';
import type { MeasureSpec } from './language.ts';
import type { Figure, Measure, Need, Window } from './measures.ts';
import type { Keep } from './readings.ts';

type Journey = Pick<Measure, 'needs' | 'figure'>;
type Spec<Kind extends string> = Extract<MeasureSpec, Record<Kind, unknown>>;

const COHORT_DAYS = 30;
const SECONDS_PER_DAY = 86_400;
/** Steps so close may come in either order: https://docs.mixpanel.com/docs/reports/funnels/funnels-faq */
const GRACE_SECONDS = 2;

/**
 * Of the people who did the first step in the 30 days that end one window before D, the share that did all steps in order within the
 * window. It runs from a person's first such event in those days and ends with D at the latest; a later first step does not restart
 * it, and of each further step the first that fits is taken: https://docs.mixpanel.com/docs/reports/funnels/funnels-advanced
 */
export function funnel({ funnel: steps, within, where }: Spec<'funnel'>): Journey {
  const days = Number.parseInt(within, 10);
  const entry = cohort({ event: steps[0] ?? '*', where }, days);
  const needs = steps.slice(1).map((event): Need => {
    return { reading: times({ event, where }, 'all'), days: COHORT_DAYS + days, of: entry.reading };
  });
  return {
    needs: [entry, ...needs],
    figure([cohortDays = [], ...laterDays]) {
      const entered = entriesIn(cohortDays);
      const later = laterDays.map((window) => timesOf(window, entered));
      return pooled(entered, (person, start) =>
        isDone(
          steps,
          start,
          later.map((byPerson) => byPerson.get(person) ?? []),
          start + days * SECONDS_PER_DAY,
        ),
      );
    },
  };
}

function isDone(
  steps: readonly string[],
  start: number,
  later: readonly (readonly number[])[],
  until: number,
): boolean {
  const taken = [start];
  for (const [index, times] of later.entries()) {
    const since = (taken.at(-1) ?? start) - GRACE_SECONDS;
    const name = steps[index + 1];
    const isTaken = (time: number): boolean =>
      taken.some((other, step) => other === time && mayBeOne(steps[step], name));
    const next = times.find((time) => time >= since && time <= until && !isTaken(time));
    if (next === undefined) return false;
    taken.push(next);
  }
  return true;
}

/** Whether one event could be both steps: each step needs an event of its own. */
const mayBeOne = (a: string | undefined, b: string | undefined): boolean => a === b || a === '*' || b === '*';

/**
 * Of the people who did `first` in the 30 days that end N days before D, the share that did `return` N × 24 hours or more after their
 * first such event in those days, up to the end of D; with `on`, less than 24 hours later than that. Rolling days of 24 hours are what
 * Mixpanel's screen has until it is set to calendar days: https://docs.mixpanel.com/docs/reports/retention
 */
export function retention({ retention: { first, return: again, day, mode }, where }: Spec<'retention'>): Journey {
  const returns = times({ event: again, where }, mode === 'on' ? 'ends' : 'last');
  const entry = cohort({ event: first, where }, day);
  return {
    // One day more than the cohort has: N × 24 hours end a calendar day early where clocks were put back meanwhile.
    needs: [entry, { reading: returns, days: COHORT_DAYS + 1, of: entry.reading }],
    figure([cohortDays = [], returnDays = []]) {
      const entered = entriesIn(cohortDays);
      const returned = new Set<number>();
      forEachTime(returnDays, (person, time) => {
        const start = entered.get(person)?.time;
        if (start === undefined) return;
        const since = start + day * SECONDS_PER_DAY;
        if (time >= since && (mode === 'on-or-after' || time < since + SECONDS_PER_DAY)) returned.add(person);
      });
      return pooled(entered, (person) => returned.has(person));
    },
  };
}

const times = (filter: Need['reading']['filter'], keep: Keep): Need['reading'] => ({ kind: 'times', keep, filter });

const cohort = (filter: Need['reading']['filter'], ago: number): Need => ({
  reading: times(filter, 'first'),
  days: COHORT_DAYS,
  ago,
});

/** When, and so in which day's cohort, each person entered. */
type Entries = ReadonlyMap<number, { day: Day; time: number }>;

/** Each person's first time; days come oldest first. */
function entriesIn(window: Window): Entries {
  const entries = new Map<number, { day: Day; time: number }>();
  forEachTime(window, (person, time, day) => {
    if (!entries.has(person)) entries.set(person, { day, time });
  });
  return entries;
}

/** All times of these people, oldest first, as days and the rows in them are. */
function timesOf(window: Window, people: Entries): Map<number, number[]> {
  const times = new Map<number, number[]>();
  forEachTime(window, (person, time) => {
    if (!people.has(person)) return;
    const known = times.get(person);
    if (known) known.push(time);
    else times.set(person, [time]);
  });
  return times;
}

function forEachTime(window: Window, tell: (person: number, time: number, day: Day) => void): void {
  for (const { day, rows } of window) {
    if (rows.kind !== 'times') continue;
    for (let index = 0; index < rows.persons.length; index += 1) {
      tell(rows.persons[index] ?? 0, rows.numbers[index] ?? 0, day);
    }
  }
}

/** The share of all who entered, which is the mean of the days' shares weighted by how many entered on each; those are its parts. */
function pooled(entered: Entries, isThrough: (person: number, start: number) => boolean): Figure | undefined {
  const cohorts = new Map<Day, { entered: number; through: number }>();
  for (const [person, { day, time }] of entered) {
    const cohort = cohorts.get(day) ?? { entered: 0, through: 0 };
    cohort.entered += 1;
    if (isThrough(person, time)) cohort.through += 1;
    cohorts.set(day, cohort);
  }
  const through = [...cohorts.values()].reduce((sum, cohort) => sum + cohort.through, 0);
  const share = rate(through, entered.size);
  const sorted = [...cohorts].sort(([a], [b]) => (a < b ? -1 : 1));
  return share && { ...share, parts: { cohorts: Object.fromEntries(sorted) } };
}
