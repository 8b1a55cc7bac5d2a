import type { Day } from '@plumbline/core/day';
import { daysFrom } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Evidence, Observation } from '@plumbline/core/snapshot';
import type { Pulled, Puller, PullPorts } from '@plumbline/core/source';
import type { Instant } from '@plumbline/core/zone';
import { endOfDay } from '@plumbline/core/zone';
import { z } from 'zod';
import { EVENT_DAYS, undo } from './as-at.ts';
import { onSale } from './catalogue.ts';
import { createClient } from './client.ts';
import type { MrrRules, StripeConfig } from './index.ts';
import { DEFAULT_RULES, isTestKey, stripe as definition } from './index.ts';
import type { Contribution } from './mrr.ts';
import { mrrOf } from './mrr.ts';
import type { Rational } from '@plumbline/core/rational';
import { fromDecimal, ratio, round } from '@plumbline/core/rational';
import type { Account } from './read.ts';
import { readAccount } from './read.ts';

const EVENTS_KEPT_MS = EVENT_DAYS * 86_400_000;

type Ports = PullPorts<StripeConfig>;

const clientOf = (ports: Ports) => createClient({ ...ports, baseUrl: ports.baseUrl ?? definition.baseUrl });

async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { clock, http, workspace } = ports;
  const now = clock.now();
  const asked = http.requests;
  const days = daysFrom(from, to)
    .map((day) => ({ day, end: endOfDay(day, workspace.timezone) }))
    .filter(({ end }) => end <= now)
    .map((each) => ({ ...each, reconstructed: now - each.end > EVENTS_KEPT_MS }));
  if (days.length === 0) return;

  const spans = days.filter(({ end, reconstructed }) => !reconstructed && end < now).map(({ end }) => end);
  const account = await readAccount(clientOf(ports), spans.length > 0 ? Math.min(...spans) / 1000 : undefined);
  const requests = http.requests - asked;
  for (const each of days) {
    for (const observation of observe(each, account, requests, ports)) yield { kind: 'observation', ...observation };
  }
}

/** The metrics of one day: what the account comes to just before the day's end. */
function observe(
  { day, end, reconstructed }: { day: Day; end: Instant; reconstructed: boolean },
  account: Account,
  requests: number,
  { workspace, config }: Ports,
): Observation[] {
  const { currency } = workspace;
  const rates: Record<string, string> = {};
  const rate = (paidIn: string): Rational => {
    const text = workspace.fx(paidIn, day);
    if (text === undefined) {
      const missing = `customers pay in ${paidIn}, and no rate to ${currency} is known for ${day}`;
      throw new DataError('stripe', `${missing}; add one to the file that the workspace names as fx`);
    }
    rates[paidIn] = text;
    return fromDecimal(text);
  };
  const seconds = end / 1000;
  const { contributions, statuses, excluded } = mrrOf({
    subscriptions: reconstructed ? account.subscriptions : undo(account.subscriptions, account.events, seconds),
    catalogue: account.catalogue,
    rules: config.mrr,
    end: seconds,
    reconstructed,
    currency,
    rate,
  });

  const evidence: Evidence = {
    requests,
    rows: account.rows,
    sha256: account.sha256,
    policy: policyOf(config.mrr),
    statuses,
    excluded,
    ...(Object.keys(rates).length > 0 && { rates }),
  };
  const mrr = sumOf(contributions);
  const customers = payingCustomers(contributions);
  const shared = {
    day,
    n: customers,
    quality: reconstructed ? ['reconstructed:lifetimes'] : [],
    evidence,
    settlesAt: end,
    ...(reconstructed && { reconstructed }),
  };
  const nameOf = (product: string) => account.catalogue.products.get(product) ?? product;
  const byProduct = new Map([
    ...onSale(account.catalogue).map((product): [string, Contribution[]] => [nameOf(product), []]),
    ...Map.groupBy(contributions, ({ product }) => nameOf(product)),
  ]);
  const byInterval = Map.groupBy(contributions, ({ interval }) => interval);
  const observations: Observation[] = [
    {
      ...shared,
      metric: 'mrr',
      value: mrr,
      breakdown: { product: measured(byProduct, sumOf), interval: measured(byInterval, sumOf) },
    },
    { ...shared, metric: 'arr', value: 12 * mrr },
    {
      ...shared,
      metric: 'paying_customers',
      value: customers,
      breakdown: { product: measured(byProduct, payingCustomers) },
    },
  ];
  // Nobody pays: there is no average.
  if (customers > 0) {
    const value = Number(round(ratio(mrr, customers)));
    observations.push({ ...shared, metric: 'arpu', value, numerator: mrr, denominator: customers });
  }
  return observations;
}

const sumOf = (contributions: readonly Contribution[]): number =>
  contributions.reduce((sum, { amount }) => sum + amount, 0);

/** Customers whose items together come to more than nothing. */
function payingCustomers(contributions: readonly Contribution[]): number {
  return [...Map.groupBy(contributions, ({ customer }) => customer).values()].filter((own) => sumOf(own) > 0).length;
}

const measured = (
  groups: Map<string, Contribution[]>,
  measure: (group: Contribution[]) => number,
): Record<string, number> =>
  Object.fromEntries(
    [...groups].map(([key, group]) => [key, measure(group)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** `stripe-default`, or what the workspace set differently: `stripe-default cancelAtPeriodEnd=at-period-end`. */
function policyOf(rules: MrrRules): string {
  const defaults: Record<string, string> = DEFAULT_RULES;
  const set = Object.entries(rules).filter(([rule, value]) => defaults[rule] !== value);
  return ['stripe-default', ...set.map(([rule, value]) => `${rule}=${value}`)].join(' ');
}

const glance = z.object({ data: z.array(z.object({ livemode: z.boolean().nullish() })) });

export const puller: Puller<StripeConfig> = {
  pull,
  async check(ports) {
    const { data } = await clientOf(ports).get('GET /v1/subscriptions', glance, (stripe) =>
      stripe.subscriptions.list({ status: 'all', limit: 1 }),
    );
    const live = data[0]?.livemode ?? !isTestKey(ports.secret);
    const warnings = [
      ...(live ? [] : ['this is test data: its numbers are not money']),
      ...(ports.secret.startsWith('sk_')
        ? ['a secret key may do anything; a restricted key that only reads is enough']
        : []),
      ...(data.length > 0 ? [] : ['there is no subscription yet']),
    ];
    return { sees: `subscriptions in ${live ? 'live' : 'test'} mode`, warnings };
  },
};
