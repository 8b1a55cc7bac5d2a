import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { momentOf, occasionsOf, windowOf } from './calendar.ts';
import type { Aggregate, Hypothesis, Indicator, Plan } from './schema.ts';
import type { Where } from './series.ts';
import type { Target } from './target.ts';
import { parseTarget } from './target.ts';

/** One occasion to judge, with all that can be worked out before there is a value. */
export type Step = {
  id: string;
  /** Digest of what is promised: metric and part, target, days, and how they become one value. Equal in two plans: the same promise. */
  definition: string;
  indicator: Indicator;
  metric: CatalogueMetric;
  where: Where;
  /** Metric and part: equal for steps on one series. */
  key: string;
  kind: 'by' | 'during' | 'maintain';
  /** `during` only. */
  aggregate: Aggregate;
  /** Days of the trailing mean of `maintain`; 1 without. */
  over: number;
  target: Target;
  from: Day;
  /** The deadline. */
  to: Day;
  /** The night in which the value of the deadline is final. */
  due: Day;
  /** The day from which it is on the way: of a `by`, the day after the previous one's deadline. */
  begins: Day;
  /** Days from `begins` to `to`. */
  length: number;
  /** From `from` to `to`. */
  days: readonly Day[];
  /** The deadlines before and after it on the same series, of steps (`by` and `during`). */
  previousDeadline: Day | undefined;
  nextDeadline: Day | undefined;
};

type Promised = Pick<Step, 'metric' | 'where' | 'kind' | 'aggregate' | 'over' | 'target' | 'from' | 'to'>;

/** Only what a verdict depends on goes in: a `by` looks at its last day alone, and the baseline's day matters to what leans on it. */
function definitionOf({ metric, where, kind, aggregate, over, target, from, to }: Promised, baseline: Day | undefined) {
  const days = kind === 'by' ? [to] : [from, to];
  const manner = kind === 'during' ? aggregate : kind === 'maintain' ? over : null;
  const { op, bound, stretch, unit } = target;
  const promised = [metric.id, where, kind, days, manner, op, bound, stretch, unit, target.relative ? baseline : null];
  return createHash('sha256').update(JSON.stringify(promised)).digest('hex').slice(0, 12);
}

/** A hypothesis with what its value is held against; `step` is that value, measured as an indicator's, from its first day to its last. */
export type PreparedHypothesis = {
  hypothesis: Hypothesis;
  /** Equal for what is decided alike. */
  definition: string;
  go: Target;
  pivot: Target;
  step: Step;
};

export type PreparedPlan = {
  plan: Plan;
  steps: readonly Step[];
  hypotheses: readonly PreparedHypothesis[];
  baselineDay: Day | undefined;
};

const prepared = new WeakMap<Plan, { metrics: ReadonlyMap<string, CatalogueMetric>; result: PreparedPlan }>();

/** Works the plan's steps out, once per plan and catalogue. Throws InputError for what `parsePlan` would have refused. */
export function preparePlan(plan: Plan, metrics: ReadonlyMap<string, CatalogueMetric>): PreparedPlan {
  const known = prepared.get(plan);
  if (known?.metrics === metrics) return known.result;
  const steps = plan.indicators.flatMap((indicator) => stepsOf(indicator, plan, metrics));
  chain(steps);
  const hypotheses = plan.hypotheses.flatMap((hypothesis) => prepareHypothesis(hypothesis, plan, metrics));
  const result = { plan, steps, hypotheses, baselineDay: baselineOf(plan) };
  prepared.set(plan, { metrics, result });
  return result;
}

const baselineOf = (plan: Plan): Day | undefined =>
  plan.baseline === undefined ? undefined : momentOf(plan.baseline, plan);

/** An indicator's occasions, each by itself. Throws InputError. */
export function stepsOf(indicator: Indicator, plan: Plan, metrics: ReadonlyMap<string, CatalogueMetric>): Step[] {
  const metric = metrics.get(indicator.metric);
  if (!metric) throw new InputError(`indicator ${indicator.id}: no source brings the metric ${indicator.metric}`);
  const target = parseTarget(indicator.target, metric.unit, metric.direction);
  const kind = indicator.by !== undefined ? 'by' : indicator.during !== undefined ? 'during' : 'maintain';
  const common = {
    indicator,
    metric,
    where: indicator.where,
    kind,
    aggregate: aggregateOf(indicator, metric),
    over: indicator.over === undefined ? 1 : Number.parseInt(indicator.over, 10),
    target,
  } as const;
  return occasionsOf(indicator, plan).map(({ id, from, to }) => ({
    ...common,
    id,
    definition: definitionOf({ ...common, from, to }, baselineOf(plan)),
    key: JSON.stringify([metric.id, indicator.where ?? null]),
    from,
    to,
    due: addDays(to, metric.settleNights),
    begins: from,
    length: daysBetween(from, to) + 1,
    days: daysFrom(from, to),
    previousDeadline: undefined,
    nextDeadline: undefined,
  }));
}

/** Its value is that of an indicator: of flows the sum of its days, of everything else the value at the end of the last one. */
export function prepareHypothesis(
  hypothesis: Hypothesis,
  plan: Plan,
  metrics: ReadonlyMap<string, CatalogueMetric>,
): PreparedHypothesis[] {
  const { id, says, metric, where, dri, go, pivot } = hypothesis;
  const { from, to } = windowOf(hypothesis, plan);
  const isFlow = metrics.get(metric)?.kind === 'flow';
  const time = isFlow ? { during: `${from}..${to}` } : { by: to };
  const days = daysFrom(from, to);
  const measuredBy = (target: string) =>
    stepsOf({ id, says, metric, where, target, ...time, priority: 'must', dri }, plan, metrics);
  const [pivotStep] = measuredBy(pivot);
  return measuredBy(go).flatMap((step) =>
    pivotStep
      ? {
          hypothesis,
          definition: `${step.definition} ${pivotStep.definition}`,
          go: step.target,
          pivot: pivotStep.target,
          step: { ...step, from, begins: from, length: days.length, days },
        }
      : [],
  );
}

/** Without a word in the plan: flows add up, everything else is a mean; a part of a rate has no parts of its own, so its last day counts. */
const aggregateOf = (indicator: Indicator, metric: CatalogueMetric): Aggregate =>
  indicator.aggregate ?? (metric.kind === 'flow' ? 'sum' : metric.kind === 'rate' && indicator.where ? 'last' : 'mean');

/** Lets each step know its neighbours on the same series. */
function chain(steps: readonly Step[]): void {
  const deadlines = new Map<string, Day[]>();
  for (const step of steps) {
    if (step.kind === 'maintain') continue;
    const list = deadlines.get(step.key);
    if (list) list.push(step.to);
    else deadlines.set(step.key, [step.to]);
  }
  for (const list of deadlines.values()) list.sort();
  for (const step of steps) {
    const list = deadlines.get(step.key) ?? [];
    step.nextDeadline = list.find((day) => day > step.to);
    if (step.kind === 'maintain') continue;
    step.previousDeadline = list.findLast((day) => day < step.to);
    if (step.kind !== 'by' || step.previousDeadline === undefined) continue;
    step.begins = addDays(step.previousDeadline, 1);
    step.length = daysBetween(step.begins, step.to) + 1;
  }
}
