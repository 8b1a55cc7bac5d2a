import type { Day } from '@plumbline/core/day';
import type { Night } from '@plumbline/core/night';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch as openNight } from '@plumbline/night/dispatch';
import { dueDays } from '@plumbline/night/schedule';
import type { Site } from '@plumbline/night/site';
import { onAws } from './environment.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 20 * 60_000;

/** An open night that a crash may have left without its messages: for longer than a run may take nothing came in, and nothing goes on. */
async function neglected({ store, workspace, clock }: Site, night: Night): Promise<Day | undefined> {
  if (night.sources.length > 0 || clock.now() - night.openedAt <= PATIENCE_MS) return undefined;
  const underWay = night.expects.map((source) => store.pulls.underWay(workspace.id, source, clock.now()));
  return (await Promise.all(underWay)).every((claim) => claim === undefined) ? night.day : undefined;
}

/**
 * Wakes every quarter of an hour: opens the nights that are due in their own zones and queues their pulls. One night of a workspace at a
 * time, so that each is judged on what the one before left.
 */
export const dispatch = (world: World) => async (): Promise<{ opened: number; pulls: number }> => {
  let opened = 0;
  let pulls = 0;
  for (const { id, timezone } of world.workspaces) {
    const site = world.site(id);
    const last = await site.store.nights.last(id);
    const day =
      last && last.closedAt === undefined
        ? await neglected(site, last)
        : dueDays(site.clock.now(), timezone, last?.day)[0];
    if (day === undefined) continue;
    const { messages } = await openNight(site, day);
    if (messages.length === 0) await judgeAndClose(site, day);
    else await world.sendPulls(messages);
    opened += 1;
    pulls += messages.length;
  }
  return { opened, pulls };
};

export const handler = onAws(dispatch);
