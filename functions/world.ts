import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Channel } from '@plumbline/alerts/channel';
import { excerpt, messageOf, PlumblineError } from '@plumbline/core/errors';
import type { PullMessage } from '@plumbline/night/dispatch';
import type { Postbox } from '@plumbline/night/notify';
import type { Site } from '@plumbline/night/site';
import type { Workspace } from '@plumbline/workspace/workspace';

/** What handlers reach: the same shape on AWS and on one machine. */
export type World = {
  workspaces: readonly Workspace[];
  site(workspace: string): Site;
  sendPulls(messages: readonly PullMessage[]): Promise<void>;
  bus(): Promise<{ client: EventBridgeClient; name: string }>;
  channel(workspace: Workspace): Promise<Channel>;
  /** Where the read API and the dashboard are reached from outside. */
  publicUrl: string;
  /** Signs links in mails. */
  linkKey(): Promise<string>;
};

/** A message that names a workspace which is no longer there is nobody's work. */
export const siteOf = (world: World, workspace: string): Site | undefined =>
  world.workspaces.some((one) => one.id === workspace) ? world.site(workspace) : undefined;

/** Does something for each of these workspaces: one that fails holds up no other. Throws at the end, naming those that did. */
export async function forEachSite(
  world: World,
  workspaces: Iterable<string>,
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const failures: { id: string; cause: unknown }[] = [];
  for (const id of workspaces) {
    try {
      await work(world.site(id));
    } catch (cause) {
      failures.push({ id, cause });
    }
  }
  if (failures.length === 0) return;
  const words = failures.map(({ id, cause }) => `${id}: ${excerpt(messageOf(cause))}`);
  throw new PlumblineError('setup', words.join('\n'), { cause: failures[0]?.cause, retryable: true });
}

/** What a workspace's mails are sent with. */
export const postboxOf = async (world: World, workspace: Workspace): Promise<Postbox> => ({
  channel: await world.channel(workspace),
  publicUrl: world.publicUrl,
  linkKey: await world.linkKey(),
});
