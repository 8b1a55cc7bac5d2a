import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom } from '@plumbline/core/day';
import type { CatalogueMetric, MetricKind } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Forecast, IndicatorState, Outcome } from '@plumbline/core/status';
import { forecastDay } from './forecast.ts';
import { judge } from './judge.ts';
import { dailyReadings } from './measure.ts';
import type { Step } from './prepare.ts';
import { preparePlan } from './prepare.ts';
import type { Plan } from './schema.ts';
import { History } from './series.ts';
import { tidy } from './target.ts';
import type { TrendOf } from './trend.ts';
import { trendOf as ours } from './trend.ts';

export type Past = {
  plan: Plan;
  metrics: ReadonlyMap<string, CatalogueMetric>;
  /** Everything stored of the plan's span and the month before it, as it stands now. */
  points: readonly Point[];
  /** The last night. */
  through: Day;
};

/** What a night expected of a step, and what it came to. */
export type Expectation = { night: Day; daysAhead: number; forecast: Forecast; came: number };

/** One step that was decided, as its nights saw it coming. */
export type Trial = {
  indicator: string;
  kind: MetricKind;
  outcome: Outcome;
  /** The deadline; of a `maintain` that failed, its first failing day. */
  day: Day;
  /** The target's, with its baseline's value put in. */
  bound: number;
  /** Nights with a forecast that can be held against a settled value. */
  expectations: Expectation[];
  /** Nights before `day` on which it stood at risk. */
  atRisk: Day[];
};

/**
 * Judges a plan's nights once more, one after the other, with what each could know: values up to its day, provisional until the source's
 * delay has passed (a later revision is seen as it stands now). Answers every step that was decided. A forecast of `by` and `during` is
 * held against the value that the verdict was built on, one of `maintain` against the value of the day that it spoke of.
 */
export function* rehearse(past: Past, trendOf: TrendOf = ours): Generator<Day, Trial[]> {
  const { steps } = preparePlan(past.plan, past.metrics);
  const walks = steps.map((step) => ({ step, seen: [] as Seen[], atRisk: [] as Day[] }));
  const known = past.points.map((point) => withDelay(point, past.metrics));
  let states: IndicatorState[] = [];
  for (const night of daysFrom(past.plan.start, past.through)) {
    const points = known.flatMap(({ settled, provisional, final }) =>
      settled.day > night ? [] : [final > night ? provisional : settled],
    );
    ({ states } = judge({ ...past, points, prior: states, acknowledgements: [], night, closing: true, trendOf }));
    for (const [index, { step, seen, atRisk }] of walks.entries()) {
      const state = states[index];
      if (!state) continue;
      if (state.status === 'at_risk') atRisk.push(night);
      const { forecast, day } = state;
      if (!forecast || day === undefined) continue;
      const about = forecastDay(step, day);
      if (about > night) seen.push({ night, forecast, about });
    }
    yield night;
  }
  const history = new History(past.points, past.through);
  return walks.flatMap(({ step, seen, atRisk }, index) => {
    const state = states[index];
    if (!state?.verdict) return [];
    const { outcome, day, value } = state.verdict;
    const came = valuesThatCame(step, history, value);
    const expectations = seen.flatMap(({ night, forecast, about }) => {
      const settled = came(about);
      return settled === undefined
        ? []
        : [{ night, daysAhead: daysBetween(night, about), forecast, came: tidy(settled) }];
    });
    const before = atRisk.filter((night) => night < day);
    const { id: indicator, metric, target } = step;
    const bound = target.relative ? tidy((state.value ?? 0) - (state.gap ?? 0)) : target.bound;
    return [{ indicator, kind: metric.kind, outcome, day, bound, expectations, atRisk: before }];
  });
}

type Seen = { night: Day; forecast: Forecast; about: Day };

/** What the step's forecasts of a day are held against. */
function valuesThatCame(step: Step, history: History, verdict: number): (day: Day) => number | undefined {
  if (step.kind !== 'maintain') return () => verdict;
  const readings = dailyReadings(step, history.series(step.key, step.metric, step.where), step.to);
  const values = new Map(readings.flatMap((reading) => (reading ? [[reading.day, reading.value] as const] : [])));
  return (day) => values.get(day);
}

type WithDelay = { settled: Point; provisional: Point; final: Day };

function withDelay(point: Point, metrics: Past['metrics']): WithDelay {
  const delay = metrics.get(point.metric)?.settleNights ?? 0;
  return { settled: point, provisional: { ...point, state: 'provisional' }, final: addDays(point.day, delay) };
}

/** The same in one go. */
export function backtest(past: Past, trendOf?: TrendOf): Trial[] {
  const nights = rehearse(past, trendOf);
  for (;;) {
    const next = nights.next();
    if (next.done) return next.value;
  }
}
