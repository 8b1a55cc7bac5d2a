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
  // All messages of a batch begin in the same turn. What became of mails is taken in first: a night may be about to send one of them again.
  const heard: Promise<void>[] = [];
  return eachMessage(event, notifierEvent, async (message) => {
    if ('source' in message) {
      heard.push(hear(world, message));
      return heard.at(-1);
    }
    await Promise.resolve();
    await Promise.allSettled(heard);
    const { metadata, data } = message.detail;
    const site = siteOf(world, metadata.workspace);
    if (!site) return;
    await notifyNight(site, data.day, await postboxOf(world, site.workspace));
    await beat(site);
  });
};

async function hear(world: World, event: SesEvent): Promise<void> {
  const told = reportOf(event);
  const room = told && siteOf(world, told.report.workspace);
  if (told && room?.demo === told.demo) {
    await heardOfDelivery(room, told.report, await postboxOf(world, room.workspace));
  }
}

export const handler = onAws(notify);
