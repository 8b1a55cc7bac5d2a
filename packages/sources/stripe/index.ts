import type { Metric } from '@plumbline/core/metric';
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

type Told = Pick<Metric, 'id' | 'direction' | 'about' | 'limits'>;

const GAIN = { low: 0 };
const LOSS = { high: 0 };

/** What moves MRR from one day's end to the next: they add up to its change. */
const MOVEMENTS: readonly Told[] = [
  {
    id: 'mrr_new',
    direction: 'up',
    limits: GAIN,
    about: 'MRR of customers who began to pay that day, for the first time.',
  },
  {
    id: 'mrr_reactivation',
    direction: 'up',
    limits: GAIN,
    about: 'MRR of customers who paid once, stopped, and pay again from that day.',
  },
  {
    id: 'mrr_expansion',
    direction: 'up',
    limits: GAIN,
    about: 'What paying customers came to pay more per month that day.',
  },
  {
    id: 'mrr_contraction',
    direction: 'up',
    limits: LOSS,
    about: 'What customers who stay came to pay less per month that day; 0 or below.',
  },
  {
    id: 'mrr_churn',
    direction: 'up',
    limits: LOSS,
    about: 'MRR of customers who stopped to pay that day; 0 or below.',
  },
  { id: 'mrr_fx', direction: 'up', about: 'What only the rates of exchange made of MRR that day.' },
];

/** What the trailing rates look back on. */
export const WINDOW_DAYS = 30;

const RATES: readonly Told[] = [
  {
    id: 'customer_churn_rate_30d',
    direction: 'down',
    about: 'Of the customers who paid 30 days ago or have begun to pay since, the share that does not pay.',
  },
  {
    id: 'customer_retention_rate_30d',
    direction: 'up',
    about: 'Of the customers who paid 30 days ago or have begun to pay since, the share that still pays.',
  },
  {
    id: 'net_revenue_retention_30d',
    direction: 'up',
    // Those who stay may pay more than all paid before.
    limits: GAIN,
    about: 'What the customers of 30 days ago pay now, as a share of what they paid then.',
  },
  {
    id: 'gross_revenue_retention_30d',
    direction: 'up',
    about:
      'What the customers of 30 days ago pay now, each at most as much as then, as a share of what they paid then.',
  },
  {
    id: 'trial_conversion_rate_30d',
    direction: 'up',
    about: 'Of the trials that ended or were called off in the last 30 days, the share that pays.',
  },
];

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
    ...MOVEMENTS.map((told): Metric => ({ ...told, unit: currency, kind: 'flow', settleNights: 0 })),
    ...RATES.map((told): Metric => ({ ...told, unit: '%', kind: 'rate', window: WINDOW_DAYS, settleNights: 0 })),
    {
      id: 'ltv',
      unit: currency,
      kind: 'rate',
      direction: 'up',
      about: 'Lifetime value of a customer: revenue per customer and month ÷ the share of customers lost in 30 days.',
      window: WINDOW_DAYS,
      settleNights: 0,
    },
  ],
  repullDays: 0,
  // Stripe keeps the events that tell how things stood for 30 days; they have to reach to the evening before the first day.
  healDays: 28,
  // One reading of the account answers any number of days.
  backfillDays: 400,
  budget: (_config, { requestsPerSecond, secret }) =>
    perSecond(Math.min(requestsPerSecond ?? (isTestKey(secret) ? 10 : 20), MOST_PER_SECOND), 16),
  sdk: ['stripe'],
  lambda: { memoryMb: 512, timeoutSeconds: 900 },
  load: () => import('./pull.ts').then((module) => module.puller),
};
