import type { SQSEvent } from 'aws-lambda';
import type { SesEvent } from '@plumbline/alerts/email/ses-events';
import { reportOf } from '@plumbline/alerts/email/ses-events';
import { heardOfDelivery } from '@plumbline/night/delivery';
import { beat } from '@plumbline/night/heartbeat';
import { notifyNight } from '@plumbline/night/notify';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { notifierEvent } from './messages.ts';
import type { World } from './world.ts';
import { postboxOf, siteOf } from './world.ts';

/**
 * Hears that a night is complete, sends its mails, and lets whoever waits for its heartbeat hear of it; and hears what became of mails.
 * Another deployment's mails are not known here and none of our business.
 */
export const notify = (world: World) => (event: SQSEvent) => {
  const inTurn = turns();
  return eachMessage(event, notifierEvent, async (message) => {
    if ('source' in message) return hear(world, message, inTurn);
    // All messages of a batch begin in the same turn. What became of mails is taken in first: a night may be about to send one of them again.
    await Promise.resolve();
    const { metadata, data } = message.detail;
    const site = siteOf(world, metadata.workspace);
    if (!site) return;
    await inTurn(metadata.workspace, async () =>
      notifyNight(site, data.day, await postboxOf(world, site.workspace), () => beat(site, data.day)),
    );
  });
};

/** One after the other in each workspace: a mail that one of them is about to send would look abandoned to the next. */
function turns() {
  const last = new Map<string, Promise<unknown>>();
  return (workspace: string, work: () => Promise<unknown>): Promise<unknown> => {
    const next = (last.get(workspace) ?? Promise.resolve()).then(work);
    last.set(
      workspace,
      next.catch(() => undefined),
    );
    return next;
  };
}

async function hear(world: World, event: SesEvent, inTurn: ReturnType<typeof turns>): Promise<void> {
  const told = reportOf(event);
  const room = told && siteOf(world, told.report.workspace);
  if (told && room?.demo === told.demo) {
    await inTurn(room.workspace.id, async () =>
      heardOfDelivery(room, told.report, await postboxOf(world, room.workspace)),
    );
  }
}

export const handler = onAws(notify);
