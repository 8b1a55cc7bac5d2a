import { createHash } from 'node:crypto';
import { daysBetween } from '@plumbline/core/day';
import type { ConfigProblem } from '@plumbline/core/errors';
import { ConfigError, InputError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { momentOf, occasionsOf } from './calendar.ts';
import { hypothesisProblems } from './hypothesis-check.ts';
import { evaluate } from './identity.ts';
import type { Indicator, Plan } from './schema.ts';
import { planSchema } from './schema.ts';
import type { Target } from './target.ts';
import { parseTarget } from './target.ts';
import type { At } from './yaml.ts';
import { didYouMean, parseYaml, problem } from './yaml.ts';

export type PlanContext = { metrics: ReadonlyMap<string, CatalogueMetric>; dris: ReadonlySet<string> };

type Key = string | number;

/** Kinds of problem that have a name of their own in `plan lint`. */
export type ProblemRule =
  | 'unknown-metric'
  | 'unknown-dri'
  | 'by-on-a-flow'
  | 'sum-of-no-flow'
  | 'bad-identity'
  | 'bad-reference';
/** Why a plan that is well-formed can't be judged: a path into it, and what is wrong there. */
export type PlanProblem = { rule: ProblemRule; path: Key[]; message: string };

type Report = (path: Key[], message: string, rule?: ProblemRule) => void;

/** A plan as it stands in its file, its references not looked at yet. `at` finds the place of a path. */
export type PlanFile = { plan: Plan; file: string; at: At };

/** Reads the form of a plan. Throws ConfigError with every problem and its place. */
export function readPlan(text: string, file: string): PlanFile {
  const { value: plan, at } = parseYaml(text, file, planSchema);
  return { plan, file, at };
}

/** Reads a plan and resolves its references. Throws ConfigError with every problem and its place. */
export function parsePlan(text: string, file: string, context: PlanContext): Plan {
  const read = readPlan(text, file);
  const problems = placed(read, planProblems(read.plan, context));
  if (problems.length > 0) throw new ConfigError(problems);
  return read.plan;
}

/** Problems with their places in the plan's file. */
export const placed = ({ file, at }: PlanFile, problems: readonly PlanProblem[]): ConfigProblem[] =>
  problems.map(({ path, message }) => problem(file, at, path, message));

/** What stands in the way of judging a plan: references to nobody, times and targets that mean nothing. */
export function planProblems(plan: Plan, context: PlanContext): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report: Report = (path, message, rule = 'bad-reference') => problems.push({ rule, path, message });
  if (plan.end < plan.start) report(['end'], `${plan.end} is before the start ${plan.start}`);
  if (plan.baseline !== undefined) attempt(report, ['baseline'], () => momentOf(plan.baseline ?? '', plan));
  unique(plan.indicators, 'indicators', report);
  unique(plan.hypotheses, 'hypotheses', report);
  unique(plan.reviews, 'reviews', report);
  for (const [index, indicator] of plan.indicators.entries()) {
    checkIndicator(indicator, plan, context, (path, message, rule) =>
      report(['indicators', index, ...path], message, rule),
    );
  }
  for (const [index, hypothesis] of plan.hypotheses.entries()) {
    const here: Report = (path, message, rule) => report(['hypotheses', index, ...path], message, rule);
    const metric = checkMetric(hypothesis, context, here);
    checkDri(hypothesis.dri, ['dri'], context, here);
    for (const { path, message } of hypothesisProblems(hypothesis, plan, metric)) here([path], message);
  }
  for (const [index, { check }] of plan.identities.entries()) {
    attempt(report, ['identities', index, 'check'], () => evaluate(check), 'bad-identity');
  }
  for (const [index, review] of plan.reviews.entries()) {
    for (const [place, dri] of review.to.entries()) checkDri(dri, ['reviews', index, 'to', place], context, report);
  }
  return problems;
}

/** Hands an InputError on as a problem of this place. */
function attempt<T>(report: Report, path: Key[], read: () => T, rule?: ProblemRule): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    report(path, error.message, rule);
    return undefined;
  }
}

function unique(items: readonly { id: string }[], list: string, report: Report): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of items.entries()) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else report([list, index, 'id'], `"${id}" is already the id of ${list}[${first}]; give each its own`);
  }
}

function checkDri(dri: string, path: Key[], { dris }: PlanContext, report: Report): void {
  if (!dris.has(dri)) {
    report(
      path,
      `"${dri}" is not one of the workspace's dris${didYouMean(dri, dris)}; allowed: ${[...dris].join(', ')}`,
      'unknown-dri',
    );
  }
}

function checkMetric(item: Pick<Indicator, 'metric' | 'where'>, { metrics }: PlanContext, report: Report) {
  const metric = metrics.get(item.metric);
  if (!metric) {
    const known = [...metrics.keys()].toSorted().join(', ');
    report(
      ['metric'],
      `"${item.metric}" comes from no source of this workspace${didYouMean(item.metric, metrics.keys())}; allowed: ${known}`,
      'unknown-metric',
    );
    return undefined;
  }
  for (const dimension of Object.keys(item.where ?? {})) {
    const known = metric.dimensions ?? [];
    if (!known.includes(dimension)) {
      report(
        ['where', dimension],
        `${metric.id} has no such breakdown; allowed: ${known.join(', ') || 'none, so leave "where" out'}`,
      );
    }
  }
  return metric;
}

function checkIndicator(indicator: Indicator, plan: Plan, context: PlanContext, report: Report): void {
  const metric = checkMetric(indicator, context, report);
  checkDri(indicator.dri, ['dri'], context, report);
  const times = (['by', 'during', 'maintain'] as const).filter((key) => indicator[key] !== undefined);
  const [time] = times;
  if (time === undefined || times.length > 1) {
    report(
      [],
      `has ${times.length === 0 ? 'no time' : times.join(' and ')}; allowed: exactly one of by, during, maintain`,
    );
  } else {
    const [occasion] = attempt(report, [time], () => occasionsOf(indicator, plan)) ?? [];
    const days = Number.parseInt(indicator.over ?? '', 10);
    if (occasion && daysBetween(occasion.from, occasion.to) + 1 < days) {
      report(['over'], `is longer than the span from ${occasion.from} to ${occasion.to}`);
    }
  }
  if (indicator.aggregate !== undefined && time !== 'during')
    report(['aggregate'], 'goes with "during" only; leave it out');
  if (indicator.over !== undefined && time !== 'maintain') report(['over'], 'goes with "maintain" only; leave it out');
  if (!metric) return;
  if (indicator.aggregate === 'sum' && metric.kind !== 'flow') {
    const message = `only flows add up, and ${metric.id} is a ${metric.kind}; allowed: mean, min, max, last`;
    report(['aggregate'], message, 'sum-of-no-flow');
  }
  if (indicator.by !== undefined && metric.kind === 'flow') {
    const message = `${metric.id} is a flow, which one day says little about; use "during" with "aggregate: sum"`;
    report(['by'], message, 'by-on-a-flow');
  }
  if (indicator.where && indicator.aggregate === 'mean' && metric.kind === 'rate') {
    report(['aggregate'], 'a breakdown of a rate has no parts to take a mean of; allowed: min, max, last');
  }
  const target = attempt(report, ['target'], (): Target =>
    parseTarget(indicator.target, metric.unit, metric.direction),
  );
  if (target?.relative && plan.baseline === undefined) {
    report(['target'], 'speaks of the baseline, but the plan has none; add "baseline: day 7" to the plan');
  }
}

/** The indicator behind an id of a state or change; `posts#week-5` is an occasion of `posts`. Throws InputError. */
export function indicatorNamed(plan: Plan, id: string): Indicator {
  const [name] = id.split('#');
  const indicator = plan.indicators.find((candidate) => candidate.id === name);
  if (!indicator) throw new InputError(`the plan ${plan.plan} has no indicator "${id}"`);
  return indicator;
}

/** `sha256:<hex>` of the plan's content: comments, spacing, the order of keys and of the entries of its lists don't matter. */
export const planVersion = (plan: Plan): string =>
  `sha256:${createHash('sha256')
    .update(JSON.stringify(inOrder(plan), sorted))
    .digest('hex')}`;

const inOrder = (plan: Plan): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(plan).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map((entry) => JSON.stringify(entry, sorted)).toSorted() : value,
    ]),
  );

const sorted = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
