import type { CatalogueMetric } from '@plumbline/core/metric';
import type { PlanProblem } from '../parse.ts';
import type { Step } from '../prepare.ts';
import { stepsOf } from '../prepare.ts';
import type { Plan } from '../schema.ts';
import { showTarget } from '../target.ts';
import { metricTitle, timeOf } from '../words.ts';
import { enumerate, inLines, linesOf } from './finding.ts';
import type { Range } from './range.ts';
import { rangeOf } from './range.ts';

/** What one indicator asks for on one occasion. */
export type Demand = {
  step: Step;
  /** In the plan's list of indicators. */
  index: number;
  lines: number[];
  /** Values that keep it. */
  range: Range;
  /** How its days become one value; equal for values that can be compared. A value at a day's end is `at`. */
  manner: string;
};

/** What all indicators without a problem ask for. */
export function demandsOf(
  plan: Plan,
  metrics: ReadonlyMap<string, CatalogueMetric>,
  problems: readonly PlanProblem[],
): Demand[] {
  const broken = new Set(problems.flatMap(({ path: [list, index] }) => (list === 'indicators' ? [index] : [])));
  // A baseline that is no day is told of once; targets relative to it can be compared all the same.
  const calendar = problems.some(({ path: [key] }) => key === 'baseline') ? { ...plan, baseline: undefined } : plan;
  return plan.indicators.flatMap((indicator, index) =>
    broken.has(index)
      ? []
      : stepsOf(indicator, calendar, metrics).map((step) => ({
          step,
          index,
          lines: linesOf(indicator),
          range: rangeOf(step.target, step.metric),
          manner: mannerOf(step),
        })),
  );
}

function mannerOf({ kind, aggregate, over, from, to }: Step): string {
  if (kind === 'maintain') return `maintain ${over}`;
  const isOneValue = kind === 'by' || aggregate === 'last' || (from === to && aggregate !== 'sum');
  return isOneValue ? 'at' : aggregate;
}

/** The days that the value is of: equal for demands that are judged on the same ones. */
export const timeKey = ({ step, manner }: Demand): string => (manner === 'at' ? step.to : `${step.from}..${step.to}`);

/** Equal for demands on values that can be held against each other: metric, part, manner, and whether relative to the baseline. */
export const seriesKey = ({ step, manner }: Demand): string =>
  [step.key, manner, step.target.relative ?? false].join('|');

/** `MRR`, `MRR of Pro`. */
export const seriesName = ({ step }: Demand): string => metricTitle(step);

export const targetOf = ({ step }: Demand): string => showTarget(step.target);

/** `by Week 6`, `in Weeks 5-6`. */
export const timeText = ({ step }: Demand): string => timeOf(step.indicator, step.id);

/** Where demands stand: their lines, or their ids where no line is cited. */
export function cited(demands: readonly Demand[]): string {
  const lines = [...new Set(demands.flatMap((demand) => demand.lines))].toSorted((a, b) => a - b);
  if (lines.length > 0) return inLines(lines);
  return enumerate([...new Set(demands.map(({ step }) => `"${step.indicator.id}"`))]);
}

/** Paths into the plan, each indicator's once. */
export const pathsOf = (demands: readonly Demand[]): ['indicators', number][] =>
  [...new Set(demands.map(({ index }) => index))].map((index) => ['indicators', index]);

/** Groups by a key, in the order of first appearance. */
export const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): T[][] => [
  ...Map.groupBy(items, keyOf).values(),
];

/** Keeps the first draft per set of indicators: a recurring target makes the same finding once and not for each week. */
export const once = <T extends { of: (string | number)[][] }>(drafts: readonly T[]): T[] =>
  grouped(drafts, ({ of }) => JSON.stringify(of)).flatMap(([first]) => (first ? [first] : []));
