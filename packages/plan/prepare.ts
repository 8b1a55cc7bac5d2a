import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { momentOf, occasionsOf } from './calendar.ts';
import type { Aggregate, Indicator, Plan } from './schema.ts';
import type { Where } from './series.ts';
import type { Target } from './target.ts';
import { parseTarget } from './target.ts';

/** One occasion to judge, with all that can be worked out before there is a value. */
export type Step = {
  id: string;
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

export type PreparedPlan = { plan: Plan; steps: readonly Step[]; baselineDay: Day | undefined };

const prepared = new WeakMap<Plan, { metrics: ReadonlyMap<string, CatalogueMetric>; result: PreparedPlan }>();

/** Works the plan's steps out, once per plan and catalogue. Throws InputError for what `parsePlan` would have refused. */
export function preparePlan(plan: Plan, metrics: ReadonlyMap<string, CatalogueMetric>): PreparedPlan {
  const known = prepared.get(plan);
  if (known?.metrics === metrics) return known.result;
  const steps = plan.indicators.flatMap((indicator) => stepsOf(indicator, plan, metrics));
  chain(steps);
  const result = { plan, steps, baselineDay: plan.baseline === undefined ? undefined : momentOf(plan.baseline, plan) };
  prepared.set(plan, { metrics, result });
  return result;
}

function stepsOf(indicator: Indicator, plan: Plan, metrics: ReadonlyMap<string, CatalogueMetric>): Step[] {
  const metric = metrics.get(indicator.metric);
  if (!metric) throw new InputError(`indicator ${indicator.id}: no source brings the metric ${indicator.metric}`);
  const target = parseTarget(indicator.target, metric.unit, metric.direction);
  const kind = indicator.by !== undefined ? 'by' : indicator.during !== undefined ? 'during' : 'maintain';
  return occasionsOf(indicator, plan).map(({ id, from, to }) => ({
    id,
    indicator,
    metric,
    where: indicator.where,
    key: JSON.stringify([metric.id, indicator.where ?? null]),
    kind,
    aggregate: aggregateOf(indicator, metric),
    over: indicator.over === undefined ? 1 : Number.parseInt(indicator.over, 10),
    target,
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
