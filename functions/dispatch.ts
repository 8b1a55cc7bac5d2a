import type { Night } from '@plumbline/core/night';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch as openNight } from '@plumbline/night/dispatch';
import { dueDays } from '@plumbline/night/schedule';
import type { Site } from '@plumbline/night/site';
import { onAws } from './environment.ts';
import type { World } from './world.ts';
import { forEachSite } from './world.ts';

const PATIENCE_MS = 20 * 60_000;
/** The time between two wakings. */
const QUARTER_MS = 15 * 60_000;

/**
 * The sources of an open night whose messages a crash may have lost: for longer than a run may take they have not come in, and they are not
 * under way. Once others have come in, theirs may also wait in a long queue, so they are asked for again at the next waking only.
 */
async function neglected({ store, workspace, clock }: Site, night: Night): Promise<string[]> {
  const age = clock.now() - night.openedAt;
  const absent = night.expects.filter((name) => !night.sources.some(({ source }) => source === name));
  if (age <= PATIENCE_MS || absent.length === 0) return [];
  const claims = await Promise.all(absent.map((source) => store.pulls.underWay(workspace.id, source, clock.now())));
  const idle = absent.filter((_, index) => claims[index] === undefined);
  const isUntouched = idle.length === night.expects.length;
  return isUntouched || age <= PATIENCE_MS + QUARTER_MS ? idle : [];
}

/**
 * Wakes every quarter of an hour: opens the nights that are due in their own zones and queues their pulls. One night of a workspace at a
 * time, so that each is judged on what the one before left.
 */
export const dispatch = (world: World) => async (): Promise<{ opened: number; pulls: number }> => {
  let opened = 0;
  let pulls = 0;
  await forEachSite(
    world,
    world.workspaces.map(({ id }) => id),
    async (site) => {
      const { id, timezone } = site.workspace;
      const last = await site.store.nights.last(id);
      const open = last?.closedAt === undefined ? last : undefined;
      const again = open && (await neglected(site, open));
      const day = open ? open.day : dueDays(site.clock.now(), timezone, last?.day)[0];
      if (day === undefined || again?.length === 0) return;
      const opening = await openNight(site, day);
      const messages = opening.messages.filter(({ source }) => again?.includes(source) ?? true);
      if (messages.length === 0) await judgeAndClose(site, day);
      else await world.sendPulls(messages);
      opened += 1;
      pulls += messages.length;
    },
  );
  return { opened, pulls };
};

export const handler = onAws(dispatch);
