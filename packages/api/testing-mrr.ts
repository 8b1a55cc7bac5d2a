import { toDay } from '@plumbline/core/day';
import type { Evidence, Snapshot } from '@plumbline/core/snapshot';
import { toZone, toInstant } from '@plumbline/core/zone';
import type { About } from './explanation.ts';
import { HOSTILE } from './testing.ts';

/** What Stripe keeps as evidence of a day's MRR. */
export const MRR_EVIDENCE: Evidence = {
  requests: 12,
  rows: 212,
  sha256: '7476314a7f91c708eb9dcc23903bfc97c4ad0fd2151aee44624a1b83d48a670c',
  policy: 'stripe-default onceCoupons=subtract',
  rules: {
    cancelAtPeriodEnd: 'at-cancel',
    repeatingCoupons: 'ignore',
    onceCoupons: 'subtract',
    pausedCollection: 'ignore',
  },
  statuses: { active: 41, trialing: 3, canceled: 7 },
  excluded: { trialing: 3, canceled: 7, 'called off': 1, metered: 2, 'collection paused': 1 },
  rates: { EUR: '1.0834' },
  start: { day: '2026-01-19', value: 3071.5 },
  movements: {
    new: { value: 49, customers: 1 },
    reactivation: { value: 0, customers: 0 },
    expansion: { value: 24.5, customers: 2 },
    contraction: { value: -10, customers: 1 },
    churn: { value: -15, customers: 1 },
    fx: { value: 0.5, customers: 1 },
  },
  top: [
    { kind: 'new', amount: 49, from: 0, to: 49, customer: '3fa9c1d2' },
    { kind: 'expansion', amount: 20, from: 24.5, to: 44.5, customer: '0b7d55e1' },
    { kind: 'churn', amount: -15, from: 15, to: 0, customer: '91c0aa04' },
  ],
};

export const MRR: Snapshot = {
  workspace: 'acme',
  metric: 'mrr',
  day: toDay('2026-01-20'),
  value: 312_050,
  unit: 'USD',
  source: 'stripe',
  demo: false,
  revision: 1,
  state: 'settled',
  pulledAt: toInstant('2026-01-21T01:00:07Z'),
  n: 41,
  quality: [],
  breakdown: { product: { [HOSTILE]: 12_050, Pro: 300_000, Team: 0 } },
  evidence: MRR_EVIDENCE,
  earlier: [],
};

/** The day before, as it is stored. */
export const MRR_BEFORE: Snapshot = { ...MRR, day: toDay('2026-01-19'), value: 307_150 };

export const ABOUT: About = {
  metric: {
    id: 'mrr',
    unit: 'USD',
    kind: 'stock',
    direction: 'up',
    about: 'Monthly recurring revenue.',
    settleNights: 0,
    source: 'stripe',
  },
  zone: toZone('+02:00'),
  currency: 'USD',
  sources: new Map([['stripe', 'Stripe']]),
  stored: (day) => (day === MRR_BEFORE.day ? MRR_BEFORE : undefined),
};
