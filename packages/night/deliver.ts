import type { PublishedEvent } from '@plumbline/alerts/channel';
import { PlumblineError } from '@plumbline/core/errors';
import { attempted } from './post.ts';
import type { Site } from './site.ts';

/**
 * Sends an event to each channel of its workspace that hears of events, such as a webhook, and wants this one. A demo's go nowhere. Throws
 * PlumblineError with all that did not take it, to be tried again: then those that did take it get it once more.
 */
export async function deliverEvent(site: Site, event: PublishedEvent): Promise<void> {
  const { workspace, demo } = site;
  if (demo) return;
  const failures: string[] = [];
  for (const { definition, config } of workspace.channels) {
    if (definition.hears !== 'events' || !definition.wants(config, event['detail-type'])) continue;
    const delivery = await attempted(async () =>
      definition.open(config, await site.channelSecret(definition.name), site).send(event),
    );
    if (delivery.outcome !== 'delivered')
      failures.push(`${event.detail.metadata.id} of ${workspace.id}: ${delivery.reason}`);
  }
  if (failures.length > 0) throw new PlumblineError('vendor', failures.join('\n'), { retryable: true });
}
