import { sourceIn } from '@plumbline/alerts/kinds';
import { titleOf } from '@plumbline/core/metric';
import type { Transition } from '@plumbline/core/status';
import { DECISIONS } from '@plumbline/core/status';
import type { Change } from '@plumbline/dashboard/model';
import { promisesOf } from '@plumbline/plan/promises';
import { metricTitle, titleOfDri } from '@plumbline/plan/words';
import type { Workspace } from '@plumbline/workspace/workspace';

/** Puts transitions of a workspace into words for its pages. */
export function changesIn(workspace: Workspace): (transition: Transition) => Change {
  const promises = promisesOf(workspace);
  return ({ kind, indicator, says, metric, unit, from, to, value, target, detail, dri }) => {
    const promised = promises.get(indicator);
    const source = sourceIn(indicator);
    return {
      kind,
      decision: DECISIONS.find((outcome) => outcome === to) ?? null,
      indicator: source === undefined ? indicator : null,
      says: says === '' ? (source ?? indicator) : says,
      metric: promised ? metricTitle(promised.step) : metric === '' ? '' : titleOf(metric),
      when: promised?.when ?? '',
      unit,
      value,
      target,
      detail: kind === 'corrected' ? `was ${from.replaceAll('_', ' ')}, is ${to.replaceAll('_', ' ')}` : detail,
      dri: titleOfDri(workspace.dris, dri),
    };
  };
}
