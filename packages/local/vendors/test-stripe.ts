import { toInstant } from '@plumbline/core/zone';
import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import { simulatedClock } from '../clock.ts';
import { serveOnLoopback } from '../serve.ts';
import { bakhmach } from '../stories/bakhmach.ts';
import type { Story } from '../stories/story.ts';
import { stripeVendor } from './stripe.ts';

const STORY = bakhmach();
export const SECRET = 'rk_live_demo';

/** The demo vendor at some time of a story, on the loopback, with Stripe's own SDK to ask it. */
export async function stripeAt(now: string, options: { story?: Story; key?: string; secret?: string } = {}) {
  const clock = simulatedClock(toInstant(now));
  const secret = options.secret ?? SECRET;
  const server = await serveOnLoopback(stripeVendor(options.story ?? STORY, { clock, secret }));
  onTestFinished(() => server.close());
  const address = { host: '127.0.0.1', port: server.port, protocol: 'http' } as const;
  const sdk = new Stripe(options.key ?? secret, { ...address, telemetry: false, maxNetworkRetries: 0 });
  return { clock, sdk, url: server.url };
}
