import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { publish } from '@plumbline/alerts/publisher';
import type { Site } from './site.ts';

/** Puts a workspace's waiting events on the bus, oldest first, and strikes off those that were accepted: at least once each. */
export async function publishOutbox(site: Site, bus: { client: EventBridgeClient; name: string }): Promise<number> {
  let count = 0;
  for (;;) {
    const waiting = await site.store.outbox.pending(site.workspace.id, 100);
    if (waiting.length === 0) return count;
    const { published, failed } = await publish(waiting, { client: bus.client, bus: bus.name, log: site.log });
    await site.store.outbox.remove(published);
    count += published.length;
    if (failed.length > 0) return count;
  }
}
