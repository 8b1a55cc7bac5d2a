import type { Day } from '@plumbline/core/day';
import type { Point } from '@plumbline/core/snapshot';
import type { PreparedHypothesis, Step } from './prepare.ts';
import type { Target } from './target.ts';

/** Whether the step adds its days up, so that it is drawn as what has come together so far. */
export const isSum = ({ kind, aggregate }: Pick<Step, 'kind' | 'aggregate'>): boolean =>
  kind === 'during' && aggregate === 'sum';

/** What a picture of the step shows of its metric's points: its own part by day; of a sum, how it built up over its days. */
export function drawnSeries(step: Step, points: readonly Point[]): { day: Day; value: number }[] {
  const [part] = Object.entries(step.where ?? {});
  const daily = points.flatMap((point) => {
    if (point.metric !== step.metric.id) return [];
    const value = part === undefined ? point.value : point.breakdown?.[part[0]]?.[part[1]];
    return value === undefined ? [] : [{ day: point.day, value }];
  });
  if (!isSum(step)) return daily;
  let sum = 0;
  return daily
    .filter(({ day }) => day >= step.from && day <= step.to)
    .map(({ day, value }) => ({ day, value: (sum += value) }));
}

/** Where a hypothesis's bounds lie over its days: up a sum, else level; empty for what is relative to a baseline, which only the judge resolves. */
export function boundLines({
  step,
  go,
  pivot,
}: PreparedHypothesis): Record<'go' | 'pivot', { day: Day; value: number }[]> {
  const lineAt = ({ bound, relative }: Target) =>
    relative
      ? []
      : [
          { day: step.from, value: isSum(step) ? 0 : bound },
          { day: step.to, value: bound },
        ];
  return { go: lineAt(go), pivot: lineAt(pivot) };
}
