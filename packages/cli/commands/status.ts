import { asJudged } from '@plumbline/api/as-judged';
import { knownAt, statusView } from '@plumbline/api/views';
import { addDays } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { LocalSite } from '@plumbline/local/machine';
import { preparePlan } from '@plumbline/plan/prepare';
import { titleOfDri } from '@plumbline/plan/words';
import type { Judgement } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { headlineMetrics } from '../status-numbers.ts';
import type { Standing } from '../status-text.ts';
import { statusText } from '../status-text.ts';

/** Days before the night that the headline numbers' changes are told of, and those that a recorded value may be older. */
const DAYS_BACK = 28 + 31;

/** `status`: the plan as known when a night closed. */
export const status = command({
  name: 'status',
  args: workspaceArg.extend({ asOf: dayArg.optional() }),
  run: async (machine, { workspace: id, asOf }) => {
    const site = machine.site(id);
    const { store, demo } = site;
    const judgement = await store.judgements.latest(id, asOf);
    const workspace = await asJudged(site.workspace, store, judgement);
    const { plan } = workspace;
    if (!plan) throw new InputError(`workspace ${id} has no plan.yaml, so there is nothing to judge`);
    const acknowledgements = await store.acknowledgements.list(id);
    const view = statusView(workspace, judgement, acknowledgements, asOf);
    if (!judgement) {
      const upTo = asOf === undefined ? '' : ` up to ${asOf}`;
      return {
        exit: 0,
        data: { ...view, demo },
        text: `No night of ${workspace.name} has been judged yet${upTo}.`,
      };
    }
    const known = acknowledgements.filter(({ at }) => asOf === undefined || at <= judgement.judgedAt);
    const answers = new Map(known.map((one) => [one.indicator, one]));
    const overlays = new Map(view.indicators.map((one) => [one.id, one.overlays]));
    const { steps, hypotheses } = preparePlan(plan, workspace.metrics);
    const states = new Map(judgement.states.map((state) => [state.indicator, state]));
    const supposed = new Map(judgement.hypotheses?.map((state) => [state.hypothesis, state]));
    const titled = (dri: string) => titleOfDri(workspace.dris, dri);
    const standing: Standing = {
      plan,
      night: judgement.night,
      demo,
      edited: judgement.planVersion !== site.workspace.planVersion,
      rows: steps.flatMap((step) => {
        const state = states.get(step.id);
        const answer = answers.get(step.id);
        const stands = answer && overlays.get(step.id)?.includes(answer.kind);
        return state ? [{ step, state, answer: stands ? answer : undefined, dri: titled(step.indicator.dri) }] : [];
      }),
      hypotheses: hypotheses.flatMap((prepared) => {
        const state = supposed.get(prepared.step.id);
        return state ? [{ prepared, state, dri: titled(prepared.hypothesis.dri) }] : [];
      }),
      headlines: await headlines(site, workspace, judgement),
    };
    return { exit: 0, data: { ...view, demo }, text: statusText(standing) };
  },
});

/** The numbers that the plan says most about, as they were known at that judgement. */
function headlines({ store }: LocalSite, { id, plan, metrics }: Workspace, { night, judgedAt }: Judgement) {
  return Promise.all(
    (plan ? headlineMetrics(plan, metrics) : []).map(async (metric) => ({
      metric,
      points: (await store.snapshots.series(id, metric.id, addDays(night, -DAYS_BACK), night)).flatMap(
        (snapshot) => knownAt(snapshot, judgedAt) ?? [],
      ),
    })),
  );
}
