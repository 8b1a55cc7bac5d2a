import { completenessView } from '@plumbline/api/views';
import { toIso } from '@plumbline/core/zone';
import { findings, lateNights } from '@plumbline/night/watch';
import { workspaceArg } from '../args.ts';
import { command } from '../command.ts';

/** `watch`: which nights should be complete by now and are not; it fails where there are any, for whoever calls it by the clock. */
export const watch = command({
  name: 'watch',
  args: workspaceArg.partial(),
  run: async (machine, { workspace: only }) => {
    const sites = (only === undefined ? machine.workspaces.map(({ id }) => id) : [only]).map((id) => machine.site(id));
    const watched = await Promise.all(
      sites.map(async (site) => {
        const nights = await lateNights(site);
        return { site, nights, found: await findings(site, nights) };
      }),
    );
    const lines = watched.flatMap(({ site: { workspace, demo }, nights: { complete }, found }) => {
      const through = complete === null ? 'no night is complete yet' : `complete through ${complete}`;
      const fine = demo ? `${through}; a demo's nights have no hour` : `${through}; nothing is late`;
      return (found.length === 0 ? [fine] : found.map(({ says }) => says)).map((says) => `${workspace.name}: ${says}`);
    });
    const isWrong = watched.some(({ found }) => found.length > 0);
    return {
      exit: isWrong ? 1 : 0,
      data: {
        workspaces: watched.map(({ site, nights, found }) => ({
          workspace: site.workspace.id,
          demo: site.demo,
          ...completenessView(nights),
          findings: found.map(({ since, says }) => ({ since: toIso(since), says })),
        })),
      },
      text: lines.join('\n'),
    };
  },
});
