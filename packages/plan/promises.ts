import type { CatalogueMetric } from '@plumbline/core/metric';
import type { PreparedHypothesis, Step } from './prepare.ts';
import { preparePlan } from './prepare.ts';
import type { Plan } from './schema.ts';
import { lengthOf, timeOf } from './words.ts';

/** What a plan promises or supposes: how it is measured, and when, in words. */
export type Promised = { step: Step; when: string; hypothesis?: PreparedHypothesis };

/** All that a plan promises and supposes, by id; nothing without a plan. */
export function promisesOf({
  plan,
  metrics,
}: {
  plan: Plan | undefined;
  metrics: ReadonlyMap<string, CatalogueMetric>;
}): Map<string, Promised> {
  if (!plan) return new Map();
  const { steps, hypotheses } = preparePlan(plan, metrics);
  return new Map<string, Promised>([
    ...steps.map((step) => [step.id, { step, when: timeOf(step.indicator, step.id) }] as const),
    ...hypotheses.map(
      (one) => [one.step.id, { step: one.step, when: lengthOf(one.hypothesis), hypothesis: one }] as const,
    ),
  ]);
}
