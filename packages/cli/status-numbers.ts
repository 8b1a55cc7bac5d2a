import type { Day } from '@plumbline/core/day';
import { addDays, compareDays, daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import { printed, shortDay } from '@plumbline/core/words';
import type { Plan } from '@plumbline/plan/schema';
import { Series } from '@plumbline/plan/series';
import { timeOf } from '@plumbline/plan/words';
import { brief, change, pacing } from './status-words.ts';
import type { Row } from './status-words.ts';

const MOST = 5;
const WEIGHT = { must: 3, should: 2, nice: 1 } as const;

/** The metrics that a plan says most about, heaviest first: those of which it wants a level on a day, musts before the rest. */
export function headlineMetrics(plan: Plan, metrics: ReadonlyMap<string, CatalogueMetric>): CatalogueMetric[] {
  const weights = new Map<string, number>();
  for (const { metric, where, by, priority } of plan.indicators) {
    if (where === undefined && by !== undefined) weights.set(metric, (weights.get(metric) ?? 0) + WEIGHT[priority]);
  }
  return [...weights]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .flatMap(([id]) => metrics.get(id) ?? []);
}

/** Each headline metric: its value, how it has changed, and the plan's next step on it. */
export function numbers(
  all: readonly { metric: CatalogueMetric; points: readonly Point[] }[],
  rows: readonly Row[],
  night: Day,
): string[][] {
  const lines = all.flatMap(({ metric, points }) => {
    const series = new Series(metric, points);
    const last = series.upTo(night);
    if (!last) return [];
    const isLate = daysBetween(last.day, night) > Math.max(metric.settleNights, metric.carryDays ?? 0);
    const dated = isLate ? ` on ${shortDay(last.day)}` : '';
    const since = (days: number): string => {
      const before = series.standing(addDays(night, -days));
      return before ? change(last.value - before.value, metric.unit) : '';
    };
    return [
      [titleOf(metric.id), `${brief(last.value, metric.unit)}${dated}`, since(7), since(28), next(metric, rows, night)],
    ];
  });
  return lines.length === 0 ? [] : [['', 'now', 'last 7 days', 'last 28 days', 'the plan'], ...lines];
}

const weight = ({ step }: Row): number => WEIGHT[step.indicator.priority];

/** Of the steps on the whole metric the one that comes next; after the last one, how that ended. */
function next(metric: CatalogueMetric, rows: readonly Row[], night: Day): string {
  const steps = rows
    .filter(({ step }) => step.metric.id === metric.id && step.where === undefined && step.kind === 'by')
    .toSorted((a, b) => compareDays(a.step.to, b.step.to) || weight(b) - weight(a));
  const ahead = steps.find(({ step }) => step.to > night);
  const row = ahead ?? steps.at(-1);
  if (!row) return '';
  const { step, state } = row;
  const target = `${printed(step.indicator.target)} ${timeOf(step.indicator, step.id)}`;
  if (!ahead)
    return `${target}: ${state.verdict ? { met: 'kept', missed: 'missed' }[state.verdict.outcome] : 'not decided yet'}`;
  const course = state.status === 'at_risk' ? 'at risk' : '';
  const way = [course, pacing(row)].filter(Boolean).join(', ');
  return way === '' ? target : `${target}: ${way}`;
}
