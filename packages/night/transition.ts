import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { SourceResult } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import type { Change } from '@plumbline/plan/judge';
import type { PreparedHypothesis } from '@plumbline/plan/prepare';
import type { Indicator } from '@plumbline/plan/schema';
import { boundsOf } from '@plumbline/plan/words';
import { rankOf } from '@plumbline/alerts/kinds';
import type { Site } from './site.ts';

/** The same change of the same night by the same plan has the same id, wherever and however often it is found. */
function transitionId(night: Day, parts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `trn_${night.replaceAll('-', '')}_${digest}`;
}

const mailFor = (kind: Transition['kind'], silent: boolean): Transition['mail'] => ({
  state: rankOf(kind) !== undefined && !silent ? 'pending' : 'none',
});

/** A judge's finding as the transition that is stored, published and mailed. */
export function fromChange(
  site: Site,
  indicator: Indicator,
  change: Change,
  night: Day,
  silentRun: boolean,
): Transition {
  const { workspace, clock } = site;
  const silent = silentRun || change.past;
  return {
    id: transitionId(night, [
      workspace.id,
      workspace.planVersion,
      change.indicator,
      change.kind,
      change.from,
      change.to,
      change.day,
      change.corrections,
      site.demo,
    ]),
    workspace: workspace.id,
    kind: change.kind,
    indicator: change.indicator,
    metric: change.metric,
    says: change.says,
    from: change.from,
    to: change.to,
    day: change.day,
    night,
    at: clock.now(),
    value: change.value,
    unit: workspace.metrics.get(change.metric)?.unit ?? 'count',
    target: indicator.target,
    gap: change.gap,
    n: change.n,
    detail: change.detail,
    forecast: change.forecast,
    requiredPace: change.requiredPace,
    dri: indicator.dri,
    priority: indicator.priority,
    risk: indicator.risk ?? null,
    mitigation: indicator.mitigation ?? null,
    planVersion: workspace.planVersion ?? '',
    corrections: change.corrections,
    demo: site.demo,
    silent,
    suppressedBy: null,
    mail: mailFor(change.kind, silent),
  };
}

/** What the judge found about a hypothesis, with what the plan says of it. */
export function fromHypothesis(
  site: Site,
  { hypothesis, step }: PreparedHypothesis,
  change: Change,
  night: Day,
  silentRun: boolean,
): Transition {
  const { from = null, to, go, pivot } = hypothesis;
  return {
    ...fromChange(site, step.indicator, change, night, silentRun),
    target: boundsOf(hypothesis),
    hypothesis: { from, to, go, pivot, start: step.from, end: step.to },
  };
}

/** A source that stopped answering, or answers again: told to the fallback DRI once, not every night. */
export function fromSource(site: Site, night: Day, result: SourceResult, silent: boolean): Transition {
  const { workspace, clock } = site;
  const failed = result.state === 'failed';
  const kind = failed ? 'source_failed' : 'source_recovered';
  const indicator = `source:${result.source}`;
  return {
    id: transitionId(night, [workspace.id, indicator, kind, site.demo]),
    workspace: workspace.id,
    kind,
    indicator,
    metric: '',
    says: '',
    from: failed ? 'ok' : 'failed',
    to: failed ? 'failed' : 'ok',
    day: night,
    night,
    at: clock.now(),
    value: null,
    unit: 'count',
    target: '',
    gap: null,
    n: null,
    detail: result.error ?? null,
    forecast: null,
    requiredPace: null,
    dri: workspace.fallbackDri,
    priority: 'must',
    risk: null,
    mitigation: null,
    planVersion: workspace.planVersion ?? '',
    corrections: 0,
    demo: site.demo,
    silent,
    suppressedBy: null,
    mail: mailFor(kind, silent),
  };
}
