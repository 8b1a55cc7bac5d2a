import type { SQSEvent } from 'aws-lambda';
import { notifyNight } from '@plumbline/night/notify';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { nightEvent } from './messages.ts';
import type { World } from './world.ts';
import { postboxOf, siteOf } from './world.ts';

/** Hears that a night is complete and sends its mails. */
export const notify = (world: World) => (event: SQSEvent) =>
  eachMessage(event, nightEvent, async ({ detail }) => {
    const site = siteOf(world, detail.metadata.workspace);
    if (site) await notifyNight(site, detail.data.day, await postboxOf(world, site.workspace));
  });

export const handler = onAws(notify);
