import type { Day } from '@plumbline/core/day';
import { rate } from './intervals.ts';
import type { MeasureSpec } from './language.ts';
import type { Figure, Measure, Need, Window } from './measures.ts';
import type { Keep } from './readings.ts';
import { joined } from './numbering.ts';
import { groupByPerson } from './rows.ts';

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
      const entries = entriesIn(cohortDays);
      const later = laterDays.map(timesOf);
      return pooled(entries, (person, start) =>
        isDone(
          steps,
          start,
          later.map((byPerson) => byPerson(person)),
          start + days * SECONDS_PER_DAY,
        ),
      );
    },
  };
}

function isDone(steps: readonly string[], start: number, later: readonly Uint32Array[], until: number): boolean {
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
      const entries = entriesIn(cohortDays);
      const returned = new Uint8Array(entries.starts.length);
      forEachTime(returnDays, (person, time) => {
        const start = entries.starts[person] ?? 0;
        if (start === 0) return;
        const since = start + day * SECONDS_PER_DAY;
        if (time >= since && (mode === 'on-or-after' || time < since + SECONDS_PER_DAY)) returned[person] = 1;
      });
      return pooled(entries, (person) => returned[person] === 1);
    },
  };
}

const times = (filter: Need['reading']['filter'], keep: Keep): Need['reading'] => ({ kind: 'times', keep, filter });

const cohort = (filter: Need['reading']['filter'], ago: number): Need => ({
  reading: times(filter, 'first'),
  days: COHORT_DAYS,
  ago,
});

/** By person: when they entered (0, which is 1970, where they did not), and in the cohort of which day. */
type Entries = { days: readonly Day[]; starts: Uint32Array; cohorts: Uint8Array };

/** Each person's first time; days come oldest first. */
function entriesIn(window: Window): Entries {
  const days = window.map(({ day }) => day);
  let last = -1;
  forEachTime(window, (person) => void (last = Math.max(last, person)));
  const starts = new Uint32Array(last + 1);
  const cohorts = new Uint8Array(last + 1);
  forEachTime(window, (person, time, index) => {
    if (starts[person] !== 0) return;
    starts[person] = time;
    cohorts[person] = index;
  });
  return { days, starts, cohorts };
}

/** All times of a person, oldest first, as days and the rows in them are. */
function timesOf(window: Window): (person: number) => Uint32Array {
  const lists = window.flatMap(({ rows }) => (rows.kind === 'times' ? [rows] : []));
  const persons = joined(lists.map((list) => list.persons));
  const people = persons.reduce((most, person) => Math.max(most, person + 1), 0);
  return groupByPerson(persons, joined(lists.map(({ numbers }) => numbers)), people);
}

/** `index` is the day's place in the window. */
function forEachTime(window: Window, tell: (person: number, time: number, index: number) => void): void {
  for (const [index, { rows }] of window.entries()) {
    if (rows.kind !== 'times') continue;
    const { persons, numbers } = rows;
    for (let at = 0; at < persons.length; at += 1) tell(persons[at] ?? 0, numbers[at] ?? 0, index);
  }
}

/** The share of all who entered, which is the mean of the days' shares weighted by how many entered on each; those are its parts. */
function pooled(entries: Entries, isThrough: (person: number, start: number) => boolean): Figure | undefined {
  const cohorts = entries.days.map((day) => ({ day, entered: 0, through: 0 }));
  for (let person = 0; person < entries.starts.length; person += 1) {
    const start = entries.starts[person] ?? 0;
    const cohort = cohorts[entries.cohorts[person] ?? 0];
    if (start === 0 || !cohort) continue;
    cohort.entered += 1;
    if (isThrough(person, start)) cohort.through += 1;
  }
  const sum = (of: 'entered' | 'through'): number => cohorts.reduce((all, cohort) => all + cohort[of], 0);
  const share = rate(sum('through'), sum('entered'));
  const parts = cohorts.filter(({ entered }) => entered > 0).map(({ day, ...counts }) => [day, counts] as const);
  return share && { ...share, parts: { cohorts: Object.fromEntries(parts) } };
}
