import { rate } from './intervals.ts';
import type { MeasureSpec } from './language.ts';
import type { Measure, Need } from './measures.ts';
import { momentOf } from './readings.ts';
import type { Keep, Lines } from './readings.ts';

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
  const needs = steps.map((event, step): Need => {
    const filter = { event, where };
    return step === 0 ? cohort(filter, days) : { reading: times(filter, 'all'), days: COHORT_DAYS + days };
  });
  return {
    needs,
    figure([cohortDays = [], ...laterDays]) {
      const entered = firstTimes(cohortDays);
      const later = laterDays.map((window) => timesOf(window, entered));
      const done = [...entered].filter(([person, start]) =>
        isDone(
          steps,
          start,
          later.map((byPerson) => byPerson.get(person) ?? []),
          start + days * SECONDS_PER_DAY,
        ),
      );
      return rate(done.length, entered.size);
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
  return {
    // One day more than the cohort has: N × 24 hours end a calendar day early where clocks were put back meanwhile.
    needs: [cohort({ event: first, where }, day), { reading: returns, days: COHORT_DAYS + 1 }],
    figure([cohortDays = [], returnDays = []]) {
      const born = firstTimes(cohortDays);
      const seen = timesOf(returnDays, born);
      const retained = [...born].filter(([person, birth]) => {
        const since = birth + day * SECONDS_PER_DAY;
        const before = mode === 'on' ? since + SECONDS_PER_DAY : Infinity;
        return seen.get(person)?.some((time) => time >= since && time < before);
      });
      return rate(retained.length, born.size);
    },
  };
}

const times = (filter: Need['reading']['filter'], keep: Keep): Need['reading'] => ({ kind: 'times', keep, filter });

const cohort = (filter: Need['reading']['filter'], ago: number): Need => ({
  reading: times(filter, 'first'),
  days: COHORT_DAYS,
  ago,
});

/** Each person's first time; days come oldest first. */
function firstTimes(days: readonly Lines[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const lines of days) {
    for (const line of lines) {
      const [person, time] = momentOf(line);
      if (!first.has(person)) first.set(person, time);
    }
  }
  return first;
}

/** All times of these people, oldest first, as days and the lines in them are. */
function timesOf(days: readonly Lines[], people: ReadonlyMap<string, unknown>): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const lines of days) {
    for (const line of lines) {
      const [person, time] = momentOf(line);
      if (!people.has(person)) continue;
      const known = times.get(person);
      if (known) known.push(time);
      else times.set(person, [time]);
    }
  }
  return times;
}
