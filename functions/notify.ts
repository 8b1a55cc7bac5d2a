import type { SQSEvent } from 'aws-lambda';
import { beat } from '@plumbline/night/heartbeat';
import { notifyNight } from '@plumbline/night/notify';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { nightEvent } from './messages.ts';
import type { World } from './world.ts';
import { postboxOf, siteOf } from './world.ts';

/** Hears that a night is complete, sends its mails, and lets whoever waits for its heartbeat hear of it. */
export const notify = (world: World) => (event: SQSEvent) =>
  eachMessage(event, nightEvent, async ({ detail }) => {
    const site = siteOf(world, detail.metadata.workspace);
    if (!site) return;
    await notifyNight(site, detail.data.day, await postboxOf(world, site.workspace));
    await beat(site);
  });

export const handler = onAws(notify);
