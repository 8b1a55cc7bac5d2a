import { workspaceArg } from '../args.ts';
import { command } from '../command.ts';

/** The versions of a plan that nights were judged by, for `plan diff`. */
export const planVersions = command({
  name: 'plan-versions',
  args: workspaceArg,
  run: async (machine, { workspace: id }) => {
    const { store } = machine.site(id);
    const [versions, judgement] = await Promise.all([store.plans.list(id), store.judgements.latest(id)]);
    return { exit: 0, data: { versions, last: judgement?.planVersion ?? null }, text: '' };
  },
});
