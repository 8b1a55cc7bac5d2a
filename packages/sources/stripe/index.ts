import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { perSecond } from '../budget.ts';

const mrrRules = z.strictObject({
  /** When a subscription that is called off for later stops counting: at the call, as on Stripe's screen, or when it ends. */
  cancelAtPeriodEnd: z.enum(['at-cancel', 'at-period-end']).default('at-cancel'),
  repeatingCoupons: z.enum(['ignore', 'subtract']).default('ignore'),
  onceCoupons: z.enum(['ignore', 'subtract']).default('ignore'),
  /** What a subscription counts for while `pause_collection` is set. */
  pausedCollection: z.enum(['ignore', 'count']).default('ignore'),
});
export type MrrRules = z.infer<typeof mrrRules>;

export const DEFAULT_RULES: MrrRules = mrrRules.parse({});

const config = z.strictObject({ mrr: mrrRules.default(DEFAULT_RULES) });
export type StripeConfig = z.infer<typeof config>;

/** Stripe allows 25 requests a second on one list endpoint: https://docs.stripe.com/rate-limits */
const MOST_PER_SECOND = 25;

/** Whether a key belongs to a sandbox or to test mode: `sk_test_…`, `rk_test_…`. */
export const isTestKey = (secret: string): boolean => secret.includes('_test_');

/** Monthly recurring revenue, subscribers and revenue per subscriber, as at the end of each day, from Stripe Billing's subscriptions. */
export const stripe: SourceDefinition<StripeConfig> = {
  name: 'stripe',
  title: 'Stripe',
  baseUrl: 'https://api.stripe.com',
  config,
  secret: {
    describe: 'a restricted API key, rk_live_… or rk_test_…',
    isValid: (text) => /^\S+$/.test(text) && !/^(pk|whsec)_/.test(text),
  },
  metrics: (_config, { currency }) => [
    {
      id: 'mrr',
      unit: currency,
      kind: 'stock',
      direction: 'up',
      about: 'Monthly recurring revenue: what the active and past-due subscriptions come to per month.',
      dimensions: ['product', 'interval'],
      settleNights: 0,
    },
    {
      id: 'arr',
      unit: currency,
      kind: 'stock',
      direction: 'up',
      about: 'Annual recurring revenue: twelve times MRR.',
      settleNights: 0,
    },
    {
      id: 'paying_customers',
      unit: 'count',
      kind: 'stock',
      direction: 'up',
      about: 'Customers whose subscriptions come to more than nothing per month.',
      dimensions: ['product'],
      settleNights: 0,
    },
    {
      id: 'arpu',
      unit: currency,
      kind: 'rate',
      direction: 'up',
      about: 'Average revenue per paying customer and month: MRR ÷ paying customers.',
      settleNights: 0,
    },
  ],
  repullDays: 0,
  // As far back as Stripe keeps the events that tell how things stood.
  healDays: 30,
  budget: (_config, { requestsPerSecond, secret }) =>
    perSecond(Math.min(requestsPerSecond ?? (isTestKey(secret) ? 10 : 20), MOST_PER_SECOND), 4),
  sdk: ['stripe'],
  lambda: { memoryMb: 512, timeoutSeconds: 900 },
  load: () => import('./pull.ts').then((module) => module.puller),
};
