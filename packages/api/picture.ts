import type { Day } from '@plumbline/core/day';
import { latest } from '@plumbline/core/day';
import type { Point } from '@plumbline/core/snapshot';
import type { IndicatorState } from '@plumbline/core/status';
import type { DayValue, Picture } from '@plumbline/dashboard/model';
import { boundLines, drawnSeries, isSum } from '@plumbline/plan/drawn';
import type { PreparedHypothesis, Step } from '@plumbline/plan/prepare';

/** What decides; of a target relative to a baseline only the gap tells. */
function boundOf(step: Step, state: IndicatorState | undefined): number | undefined {
  if (!step.target.relative) return step.target.bound;
  return state?.value === undefined || state.gap === undefined ? undefined : state.value - state.gap;
}

/** Where the plan wants the number: up a sum, from the deadline before to this one, or at the bound while it is judged. */
function planOf(step: Step, steps: readonly Step[], state: IndicatorState | undefined, from: Day): DayValue[] {
  const bound = boundOf(step, state);
  if (bound === undefined) return [];
  const end = { day: step.to, value: bound };
  if (isSum(step)) return [{ day: step.from, value: 0 }, end];
  if (step.kind !== 'by') return [{ day: step.from, value: bound }, end];
  const before = steps.find(
    (other) =>
      other.kind === 'by' && other.key === step.key && other.to === step.previousDeadline && !other.target.relative,
  );
  return [before ? { day: before.to, value: before.target.bound } : { day: from, value: bound }, end];
}

/** An indicator's number over the plan's span, beside the plan's own line. */
export const pictureOf = (
  step: Step,
  steps: readonly Step[],
  state: IndicatorState | undefined,
  points: readonly Point[],
  { from, to }: { from: Day; to: Day },
): Picture => ({
  from,
  // A deadline after the plan's end is in the picture too.
  to: latest(to, step.to),
  series: drawnSeries(step, points),
  plan: planOf(step, steps, state, from),
  judged: step.kind === 'by' ? { from: step.to, to: step.to } : { from: step.from, to: step.to },
});

/** A hypothesis's number over the plan's span, with its go as the line to reach, and its pivot. */
export const pictureOfHypothesis = (
  hypothesis: PreparedHypothesis,
  points: readonly Point[],
  { from, to }: { from: Day; to: Day },
): Picture => {
  const { step } = hypothesis;
  const { go, pivot } = boundLines(hypothesis);
  return {
    from,
    to: latest(to, step.to),
    series: drawnSeries(step, points),
    plan: go,
    pivot,
    judged: { from: step.from, to: step.to },
  };
};
