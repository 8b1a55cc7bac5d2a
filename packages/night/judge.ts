import type { Day } from '@plumbline/core/day';
import { addDays, latest } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { Night } from '@plumbline/core/night';
import type { HypothesisState, IndicatorState, Transition } from '@plumbline/core/status';
import { transitionEvent } from '@plumbline/alerts/events';
import { DAYS_BEFORE, judge } from '@plumbline/plan/judge';
import { indicatorNamed } from '@plumbline/plan/parse';
import { preparePlan } from '@plumbline/plan/prepare';
import type { Plan } from '@plumbline/plan/schema';
import type { Judgement } from '@plumbline/store/types';
import { nightId } from './dispatch.ts';
import type { Site } from './site.ts';
import { fromChange, fromHypothesis, fromSource } from './transition.ts';

const TRIES = 5;

/**
 * Judges a workspace's plan with all that is known now, from the last judgement on, and writes states, transitions and their events
 * together. Once more with nothing new changes nothing. A night that is already closed, or about to be, also finds what is missing.
 * A re-run of an old night is judged as of the newest one: what it revised becomes a correction there. Answers the new transitions.
 */
export async function judgeNight(
  site: Site,
  day: Day,
  options: { closing?: boolean; silent?: boolean | undefined } = {},
): Promise<Transition[]> {
  const { store, clock, workspace } = site;
  const { plan, planVersion } = workspace;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const last = await store.judgements.latest(workspace.id);
    const judged = last === undefined ? day : latest(day, last.night);
    const night = await store.nights.get(workspace.id, judged);
    const silent = options.silent ?? night?.silent ?? false;
    const closing = (options.closing === true && judged === day) || night?.closedAt !== undefined;
    const transitions = closing ? await sourceTransitions(site, night, silent) : [];
    // Without a plan there is nothing to judge: one that was taken away takes its states along.
    let states: IndicatorState[] = [];
    let hypotheses: HypothesisState[] = [];
    if (plan && planVersion) {
      await keepVersion(site, planVersion, plan, judged, last);
      const outcome = judge({
        plan,
        metrics: workspace.metrics,
        points: await store.snapshots.points(workspace.id, addDays(plan.start, -DAYS_BEFORE), judged),
        prior: last?.states ?? [],
        priorHypotheses: last?.hypotheses,
        acknowledgements: await store.acknowledgements.list(workspace.id),
        night: judged,
        closing,
        silent,
      });
      ({ states, hypotheses } = outcome);
      const supposed = new Map(preparePlan(plan, workspace.metrics).hypotheses.map((one) => [one.step.id, one]));
      for (const change of outcome.changes) {
        const hypothesis = supposed.get(change.indicator);
        transitions.push(
          hypothesis
            ? fromHypothesis(site, hypothesis, change, judged, silent)
            : fromChange(site, indicatorNamed(plan, change.indicator), change, judged, silent),
        );
      }
    }
    const events = transitions.flatMap(
      (transition) => transitionEvent(transition, { nightId: nightId(workspace.id, judged) }) ?? [],
    );
    const written = await store.judgements.commit(
      {
        workspace: workspace.id,
        night: judged,
        planVersion: planVersion ?? '',
        judgedAt: clock.now(),
        states,
        hypotheses,
      },
      last?.night === judged ? last.version : 0,
      transitions,
      events,
      last?.night === judged ? undefined : last,
    );
    if (written) return transitions;
  }
  throw new PlumblineError(
    'conflict',
    `the judgement of ${workspace.id} on ${day} was overtaken ${TRIES} times; it will be tried again`,
    { retryable: true },
  );
}

/** The plan is kept before the first judgement of a night by it, so that each judgement's version can be read. */
async function keepVersion(
  { store, clock, workspace }: Site,
  version: string,
  plan: Plan,
  firstNight: Day,
  last: Judgement | undefined,
): Promise<void> {
  if (last?.night === firstNight && last.planVersion === version) return;
  await store.plans.keep({ workspace: workspace.id, version, plan, firstNight, at: clock.now() });
}

/** Sources whose health differs from what the night before left, as far as anybody was told of that one. */
async function sourceTransitions(site: Site, night: Night | undefined, silent: boolean): Promise<Transition[]> {
  if (!night) return [];
  const before = await site.store.nights.get(night.workspace, addDays(night.day, -1));
  const told = before?.silent === false ? before.sources : [];
  const failedBefore = new Set(told.filter((result) => result.state === 'failed').map((result) => result.source));
  return night.sources
    .filter((result) => (result.state === 'failed') !== failedBefore.has(result.source))
    .map((result) => fromSource(site, night.day, result, silent));
}
