import type { SQSEvent } from 'aws-lambda';
import { deliverEvent } from '@plumbline/night/deliver';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { publishedEvent } from './messages.ts';
import type { World } from './world.ts';
import { siteOf } from './world.ts';

/** Hears of each event and sends it to the systems that its workspace names. */
export const deliver = (world: World) => (event: SQSEvent) =>
  eachMessage(event, publishedEvent, async (published) => {
    const site = siteOf(world, published.detail.metadata.workspace);
    if (site) await deliverEvent(site, published);
  });

export const handler = onAws(deliver);
