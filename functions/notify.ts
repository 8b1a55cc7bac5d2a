import type { SQSEvent } from 'aws-lambda';
import { notifyNight } from '@plumbline/night/notify';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { nightEvent } from './messages.ts';
import type { World } from './world.ts';
import { siteOf } from './world.ts';

/** Hears that a night is complete and sends its mails. */
export const notify = (world: World) => (event: SQSEvent) =>
  eachMessage(event, nightEvent, async ({ detail }) => {
    const site = siteOf(world, detail.metadata.workspace);
    if (!site) return;
    await notifyNight(site, detail.data.day, {
      channel: await world.channel(site.workspace),
      publicUrl: world.publicUrl,
      linkKey: await world.linkKey(),
    });
  });

export const handler = onAws(notify);
