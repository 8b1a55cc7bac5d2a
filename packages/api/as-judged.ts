import { InputError } from '@plumbline/core/errors';
import { stepsOf } from '@plumbline/plan/prepare';
import type { Plan } from '@plumbline/plan/schema';
import { planSchema } from '@plumbline/plan/schema';
import type { Judgement, Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';

const readable = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
};

/** What of a plan can be shown with today's metrics: one that no source brings any more has taken its promises along. */
function shownBy(plan: Plan, { metrics }: Workspace): Plan {
  return {
    ...plan,
    indicators: plan.indicators.filter((one) => readable(() => stepsOf(one, plan, metrics))),
    hypotheses: plan.hypotheses.filter(({ metric }) => metrics.has(metric)),
  };
}

/** The workspace with the plan that a judgement was made by; with today's where that one is the same, or was not kept. */
export async function asJudged(
  workspace: Workspace,
  store: Store,
  judgement: Judgement | undefined,
): Promise<Workspace> {
  if (!judgement || judgement.planVersion === workspace.planVersion) return workspace;
  const kept = await store.plans.get(workspace.id, judgement.planVersion);
  if (!kept) return workspace;
  return { ...workspace, plan: shownBy(planSchema.parse(kept.plan), workspace), planVersion: kept.version };
}
