import { InputError } from '@plumbline/core/errors';
import type { Clock } from '@plumbline/core/ports';
import type { Connection } from '@plumbline/night/site';
import type { Workspace } from '@plumbline/workspace/workspace';
import { sourceOf } from '@plumbline/workspace/workspace';
import type { Loopback } from './serve.ts';
import { serveOnLoopback } from './serve.ts';
import { STORY_NAMES, storyNamed } from './stories/index.ts';
import type { Story } from './stories/story.ts';
import { betterStackVendor } from './vendors/betterstack.ts';
import { demoServiceAccount, ga4Vendor } from './vendors/ga4.ts';
import { gitHubVendor } from './vendors/github.ts';
import { mixpanelVendor } from './vendors/mixpanel.ts';
import { stripeVendor } from './vendors/stripe.ts';

/** The vendors of one demo workspace, on the loopback. */
export type Demo = { story: Story; connect(source: string): Connection; close(): Promise<void> };

type Handler = (request: Request) => Response | Promise<Response>;

/**
 * Starts a server for each source of the workspace, all fed by its story and its clock. Throws InputError for an unknown story, and for a
 * monitoring service that no demo stands in for.
 */
export async function startDemo(workspace: Workspace, clock: Clock): Promise<Demo> {
  const story = storyNamed(workspace.demo ?? '');
  if (!story)
    throw new InputError(
      `there is no demo story "${workspace.demo}" (workspace ${workspace.id}); allowed: ${STORY_NAMES.join(', ')}`,
    );
  const settings = (source: string) =>
    sourceOf(workspace, source)?.config as { projectId?: number; propertyId?: string; provider?: string } | undefined;
  const provider = settings('uptime')?.provider ?? 'betterstack';
  if (provider !== 'betterstack')
    throw new InputError(
      `the demo stands in for Better Stack, not for ${provider}: write provider: betterstack, or take demo out of workspace ${workspace.id}`,
    );
  const servers = new Map<string, Loopback & { secret: string }>();
  const start = async (source: string, secret: string, handler: Handler) => {
    if (!sourceOf(workspace, source)) return;
    servers.set(source, { ...(await serveOnLoopback(handler)), secret });
  };
  await start('stripe', 'rk_test_demo', stripeVendor(story, { clock, secret: 'rk_test_demo' }));
  await start('uptime', 'demo-token', betterStackVendor(story, { clock, secret: 'demo-token' }));
  await start('github', 'demo-token', gitHubVendor(story, { clock, secret: 'demo-token' }));
  await start(
    'mixpanel',
    'demo:secret',
    mixpanelVendor(story, { clock, secret: 'demo:secret', projectId: settings('mixpanel')?.projectId ?? 0 }),
  );
  await start('ga4', '', ga4Vendor(story, { clock, propertyId: settings('ga4')?.propertyId ?? '' }));
  const ga4 = servers.get('ga4');
  if (ga4) ga4.secret = demoServiceAccount(`${ga4.url}/token`);
  return {
    story,
    connect: (source) => {
      const server = servers.get(source);
      if (!server) throw new InputError(`there is no demo provider for source "${source}"`);
      return { baseUrl: server.url, secret: server.secret };
    },
    close: async () => {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}
