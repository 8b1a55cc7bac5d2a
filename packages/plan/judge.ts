import type { Day } from '@plumbline/core/day';
import { daysBetween, daysFrom } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Acknowledgement, HypothesisState, IndicatorState } from '@plumbline/core/status';
import { errorBudget } from './error-budget.ts';
import type { Outlook } from './forecast.ts';
import { FEWEST_POINTS, outlook } from './forecast.ts';
import { judgeHypothesis } from './hypothesis.ts';
import type { Change, Judging, Shown } from './judging.ts';
import { isPast, show, tell } from './judging.ts';
import type { Reading } from './measure.ts';
import { dailyReadings, isMissing, onDay, valueSoFar } from './measure.ts';
import { judgeStale, remind } from './overlay.ts';
import type { PreparedPlan, Step } from './prepare.ts';
import { preparePlan } from './prepare.ts';
import type { Plan } from './schema.ts';
import type { Series } from './series.ts';
import { History } from './series.ts';
import type { Target } from './target.ts';
import { resolveTarget } from './target.ts';
import type { TrendOf } from './trend.ts';
import { trendOf } from './trend.ts';
import { judgeSettled } from './verdict.ts';

export type { Change } from './judging.ts';

/** Nights in a row that it takes to become at risk, or to be no more. */
const NIGHTS_TO_TURN = 2;

/** Days before the plan's start that still matter: carried stocks and trailing windows. */
export const DAYS_BEFORE = 31;

export type JudgeInput = {
  plan: Plan;
  metrics: ReadonlyMap<string, CatalogueMetric>;
  /** Everything known of the plan's span and `DAYS_BEFORE` it; what is later than the night is left out. */
  points: readonly Point[];
  /** What the last judging left, of this night or an earlier one. */
  prior: readonly IndicatorState[];
  priorHypotheses?: readonly HypothesisState[] | undefined;
  acknowledgements: readonly Acknowledgement[];
  night: Day;
  /** Nothing more will come in this night: what is missing now is missing. */
  closing: boolean;
  /** Nobody will hear of what it finds: a backfill. */
  silent?: boolean;
  /** How a series is taken to go on; another way than ours only to compare them. */
  trendOf?: TrendOf | undefined;
};

export type Judged = { states: IndicatorState[]; hypotheses: HypothesisState[]; changes: Change[] };

/**
 * Judges every indicator and hypothesis of a plan as things stand in a night: the same input, the same answer. Fed its own states again with the same
 * points it finds no change. A first judging late in a plan tells all that happened, in order, marked `past`.
 */
export function judge(input: JudgeInput): Judged {
  const prepared = preparePlan(input.plan, input.metrics);
  const history = new History(input.points, input.night);
  const prior = new Map(input.prior.map((state) => [state.indicator, state]));
  const answers = new Map(
    input.acknowledgements.toSorted((a, b) => a.at - b.at).map((answer) => [answer.indicator, answer]),
  );
  const calendar = daysFrom(input.plan.start, input.night);
  const states: IndicatorState[] = [];
  const changes: Change[] = [];
  for (const step of prepared.steps) {
    const earlier = standing(prior.get(step.id), step);
    const series = history.series(step.key, step.metric, step.where);
    const judging: Judging = {
      step,
      series,
      target: settledTarget(step.target, series, prepared),
      night: input.night,
      closing: input.closing,
      silent: input.silent ?? false,
      trendOf: input.trendOf ?? trendOf,
      prior: earlier,
      end: input.plan.end,
      calendar,
      ...(earlier ? apart(earlier) : { state: anew(step, input.night), shown: {} }),
      changes,
    };
    judgeStep(judging, answers.get(step.id));
    states.push(Object.assign(judging.state, judging.shown));
  }
  const known = new Map(input.priorHypotheses?.map((state) => [state.hypothesis, state]));
  const hypotheses = prepared.hypotheses.map((one) => {
    const { step } = one;
    const series = history.series(step.key, step.metric, step.where);
    const [go, pivot] = [one.go, one.pivot].map((target) => settledTarget(target, series, prepared));
    const { state, changes: own } = judgeHypothesis({
      ...one,
      series,
      bounds: go && pivot && { go, pivot },
      night: input.night,
      closing: input.closing,
      silent: input.silent ?? false,
      prior: known.get(step.id),
    });
    changes.push(...own);
    return state;
  });
  return { states, hypotheses, changes };
}

/** What an earlier judging left, as long as it is about the same promise: one that was edited begins anew, and so tells of no correction. */
function standing(prior: IndicatorState | undefined, { definition }: Step): IndicatorState | undefined {
  if (prior?.definition === undefined) return prior && { ...prior, definition };
  return prior.definition === definition ? prior : undefined;
}

/** An earlier state and its numbers, which are shown afresh. Taken apart key by key: deleting keys makes objects slow, and this is the hot way. */
function apart(earlier: IndicatorState): Pick<Judging, 'state' | 'shown'> {
  const { value, day, n, interval, gap, forecast, requiredPace, actualPace, ...state } = earlier;
  const shown: Shown = {};
  if (value !== undefined) shown.value = value;
  if (day !== undefined) shown.day = day;
  if (n !== undefined) shown.n = n;
  if (interval !== undefined) shown.interval = interval;
  if (gap !== undefined) shown.gap = gap;
  if (forecast !== undefined) shown.forecast = forecast;
  if (requiredPace !== undefined) shown.requiredPace = requiredPace;
  if (actualPace !== undefined) shown.actualPace = actualPace;
  return { state, shown };
}

const anew = ({ id, definition }: Step, night: Day): IndicatorState => ({
  indicator: id,
  definition,
  status: 'not_due',
  since: night,
  contrary: [],
});

function settledTarget(target: Target, series: Series, { baselineDay }: PreparedPlan): Target | undefined {
  if (!target.relative) return target;
  const baseline = baselineDay === undefined ? undefined : onDay(series, baselineDay);
  return baseline && !isMissing(baseline) ? resolveTarget(target, baseline.value) : undefined;
}

function judgeStep(judging: Judging, answer: Acknowledgement | undefined): void {
  const { step, series, target, state, night } = judging;
  const budget = errorBudget(step, series, target, night);
  if (budget) state.errorBudget = budget;
  const lacks = judgeSettled(judging);
  if (!state.verdict) {
    const ahead = lookAhead(judging);
    if (state.status === 'not_due' && night >= step.begins) {
      tell(judging, { kind: 'on_track', to: 'on_track', day: night, past: isPast(judging, step.begins) });
    }
    judgeStale(judging, lacks);
    judgeRisk(judging, ahead);
  } else {
    judgeStale(judging, lacks);
  }
  remind(judging, answer);
}

/** Shows the newest value and what is to be expected of it, as long as there is a day left on which something can be done. */
function lookAhead(judging: Judging): Outlook {
  const { step, series, target, night } = judging;
  const reading = newest(judging);
  show(judging, reading);
  if (!reading || !target || night < step.begins || night >= step.to) return {};
  const ahead = outlook(step, series, target, reading, judging.trendOf);
  if (ahead.forecast) judging.shown.forecast = ahead.forecast;
  if (ahead.requiredPace !== undefined) judging.shown.requiredPace = ahead.requiredPace;
  if (ahead.actualPace !== undefined) judging.shown.actualPace = ahead.actualPace;
  return ahead;
}

const newest = ({ step, series, night }: Judging): Reading | undefined =>
  step.kind === 'maintain' && step.over > 1
    ? dailyReadings(step, series, night).findLast(Boolean)
    : valueSoFar(step, series, night);

/** Two nights in a row that say otherwise turn the risk; a night that says nothing counts for neither side. */
function judgeRisk(judging: Judging, { misses }: Outlook): void {
  const { state, night } = judging;
  if (misses === undefined || !mayHaveOpinion(judging)) return;
  const atRisk = state.status === 'at_risk';
  if (misses === atRisk) {
    state.contrary = [];
    return;
  }
  const contrary = [...state.contrary.filter((day) => day < night), night];
  if (contrary.length < NIGHTS_TO_TURN) {
    state.contrary = contrary;
    return;
  }
  const to = atRisk ? 'on_track' : 'at_risk';
  tell(judging, { kind: to, to, day: night });
}

/** Not in the first fifth of the way, nor from too few points, nor about a later step than the nearest, nor on values that are not in. */
function mayHaveOpinion({ step, series, state, night, closing, trendOf }: Judging): boolean {
  if (state.status !== 'on_track' && state.status !== 'at_risk') return false;
  if (state.stale || !(closing || series.at(night))) return false;
  if (step.previousDeadline !== undefined && step.previousDeadline >= night) return false;
  if ((daysBetween(step.begins, night) + 1) * 5 <= step.length) return false;
  return (trendOf(series)?.count ?? 0) >= FEWEST_POINTS;
}
