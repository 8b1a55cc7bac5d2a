import { sourceIn } from '@plumbline/alerts/kinds';
import { titleOf } from '@plumbline/core/metric';
import type { Transition } from '@plumbline/core/status';
import { DECISIONS } from '@plumbline/core/status';
import type { Change } from '@plumbline/dashboard/model';
import { preparePlan } from '@plumbline/plan/prepare';
import { lengthOf, metricTitle, timeOf, titleOfDri } from '@plumbline/plan/words';
import type { Workspace } from '@plumbline/workspace/workspace';

type Name = { metric: string; when: string };

/** What each promise and hypothesis is measured by, and when, as people read it; by id. */
function namesIn({ plan, metrics }: Workspace): Map<string, Name> {
  if (!plan) return new Map();
  const { steps, hypotheses } = preparePlan(plan, metrics);
  return new Map<string, Name>([
    ...steps.map((step) => [step.id, { metric: metricTitle(step), when: timeOf(step.indicator, step.id) }] as const),
    ...hypotheses.map(
      ({ step, hypothesis }) => [step.id, { metric: metricTitle(step), when: lengthOf(hypothesis) }] as const,
    ),
  ]);
}

/** Puts transitions of a workspace into words for its pages. */
export function changesIn(workspace: Workspace): (transition: Transition) => Change {
  const names = namesIn(workspace);
  return ({ kind, indicator, says, metric, unit, from, to, value, target, detail, dri }) => {
    const name = names.get(indicator);
    const source = sourceIn(indicator);
    return {
      kind,
      decision: DECISIONS.find((outcome) => outcome === to) ?? null,
      indicator: source === undefined ? indicator : null,
      says: says === '' ? (source ?? indicator) : says,
      metric: name?.metric ?? (metric === '' ? '' : titleOf(metric)),
      when: name?.when ?? '',
      unit,
      value,
      target,
      detail: kind === 'corrected' ? `was ${from.replaceAll('_', ' ')}, is ${to.replaceAll('_', ' ')}` : detail,
      dri: titleOfDri(workspace.dris, dri),
    };
  };
}
