import { judgeAndClose } from '@plumbline/night/close';
import { publishOutbox } from '@plumbline/night/publish';
import { onAws } from './environment.ts';
import type { World } from './world.ts';
import { forEachSite } from './world.ts';

/** Wakes every quarter of an hour: closes nights whose hour has struck, and publishes what a failure left in an outbox. */
export const sweep = (world: World) => async (): Promise<{ published: number }> => {
  let published = 0;
  await forEachSite(
    world,
    world.workspaces.map(({ id }) => id),
    async (site) => {
      const last = await site.store.nights.last(site.workspace.id);
      if (last && last.closedAt === undefined) await judgeAndClose(site, last.day);
      published += await publishOutbox(site, await world.bus());
    },
  );
  return { published };
};

export const handler = onAws(sweep);
