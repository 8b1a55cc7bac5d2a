import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Acknowledgement, HypothesisState, IndicatorState } from '@plumbline/core/status';
import type { Change } from './judge.ts';
import { judge } from './judge.ts';
import type { Hypothesis, Indicator, Plan } from './schema.ts';
import { planSchema } from './schema.ts';

// Test support: one metric "m" (or several), a plan of 91 days, and its nights one after the other.

const start = toDay('2026-01-02');
/** Day k of the plan. */
export const day = (k: number): Day => addDays(start, k - 1);

export const metric = (rest: Partial<CatalogueMetric>): CatalogueMetric => ({
  id: 'm',
  unit: 'count',
  kind: 'stock',
  direction: 'up',
  about: 'M',
  settleNights: 0,
  source: 'stripe',
  ...rest,
});

export const planOf = (...indicators: (Partial<Indicator> & { target: string })[]): Plan =>
  planSchema.parse({
    plan: 'p',
    title: 'P',
    start,
    end: day(91),
    indicators: indicators.map((rest, index) => ({ id: `i${index}`, says: 'S', metric: 'm', dri: 'ceo', ...rest })),
  });

/** The same plan with one hypothesis "h" on "m", from day 3 to day 9, unless said otherwise. */
export const supposing = (plan: Plan, rest: Partial<Hypothesis> = {}): Plan => ({
  ...plan,
  hypotheses: [
    {
      id: 'h',
      says: 'H',
      metric: 'm',
      to: '50',
      start: 'day 3',
      within: '7d',
      go: '> 45',
      pivot: '< 42',
      dri: 'ceo',
      ...rest,
    },
  ],
});

export const point = (k: number, value: number, rest: Partial<Point> = {}): Point => ({
  metric: 'm',
  day: day(k),
  value,
  state: 'settled',
  revision: 1,
  ...rest,
});
export const points = (from: number, ...values: number[]): Point[] =>
  values.map((value, index) => point(from + index, value));
export const repeat = (value: number, count: number): number[] => Array.from({ length: count }, () => value);

export type Case = {
  plan: Plan;
  metric?: CatalogueMetric;
  points: Point[];
  from?: number;
  to: number;
  answers?: Acknowledgement[];
  prior?: IndicatorState[];
  priorHypotheses?: HypothesisState[];
};

/** What is settled later is provisional until then. */
const asOf = (one: Point, night: Day, { settleNights }: CatalogueMetric): Point =>
  one.state === 'settled' && addDays(one.day, settleNights) > night ? { ...one, state: 'provisional' } : one;

/** Judges night after night, each as it closes, with what is known by then. */
export function nights({
  plan,
  metric: m = metric({}),
  points,
  from = 1,
  to,
  answers = [],
  prior = [],
  ...rest
}: Case) {
  let states = prior;
  let hypotheses = rest.priorHypotheses ?? [];
  const changes: (Change & { night: Day })[] = [];
  const metrics = new Map([[m.id, m]]);
  for (const night of daysFrom(day(from), day(to))) {
    const known = points.map((one) => asOf(one, night, m));
    const outcome = judge({
      plan,
      metrics,
      points: known,
      prior: states,
      priorHypotheses: hypotheses,
      acknowledgements: answers,
      night,
      closing: true,
    });
    states = outcome.states;
    hypotheses = outcome.hypotheses;
    changes.push(...outcome.changes.map((change) => ({ ...change, night })));
  }
  return { states, hypotheses, changes, state: states[0] };
}

export const story = (changes: readonly (Change & { night: Day })[]) =>
  changes.map(({ night, kind, from, to, day: about, value }) => [night, kind, `${from} > ${to}`, about, value]);
/** Without the beginnings and what is missing. */
export const told = (input: Case) =>
  story(
    nights(input).changes.filter(
      ({ kind }) => kind !== 'on_track' && kind !== 'stale' && kind !== 'at_risk' && kind !== 'reminder',
    ),
  );
