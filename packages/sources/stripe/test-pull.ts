import { hash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Observation } from '@plumbline/core/snapshot';
import type { PullPorts, SourceMemory } from '@plumbline/core/source';
import { toInstant, toZone } from '@plumbline/core/zone';
import { createHttp } from '../http.ts';
import type { StripeConfig } from './index.ts';
import { stripe } from './index.ts';
import { puller } from './pull.ts';
import { item, price, subscription } from './test-objects.ts';
import type { TestAccount } from './test-server.ts';
import { stripeServer } from './test-server.ts';

export type Night = {
  from?: string;
  to?: string;
  now?: string;
  timezone?: string;
  config?: unknown;
  fx?: Record<string, string> | ((currency: string, day: Day) => string | undefined);
  /** What earlier nights remembered; this one's is added. */
  memory?: Map<string, Uint8Array>;
  /** Seconds that a pull may take by the simulated clock. */
  deadline?: number;
};

/** What a pull of that account yields, with the requests that the server saw. Waiting passes on a simulated clock. */
export async function ports(account: TestAccount, night: Night = {}) {
  const { baseUrl, requests } = await stripeServer(account);
  let time = toInstant(night.now ?? '2026-01-21T01:00:00Z');
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
    },
  };
  const config: StripeConfig = stripe.config.parse(night.config ?? {});
  const secret = 'rk_test_key';
  const { signal } = new AbortController();
  const table = typeof night.fx === 'object' ? night.fx : {};
  const budget = stripe.budget(config, { requestsPerSecond: undefined, secret });
  const given: PullPorts<StripeConfig> = {
    workspace: {
      id: 'bakhmach',
      timezone: toZone(night.timezone ?? 'UTC'),
      currency: 'USD',
      fx: typeof night.fx === 'function' ? night.fx : (currency) => table[currency],
    },
    config,
    baseUrl,
    secret,
    http: createHttp({ source: 'stripe', clock, budget, signal, random: () => 0.5 }),
    clock,
    log: silentLog,
    memory: memoryIn(night.memory ?? new Map()),
    pseudonym: (id) => hash('sha256', id, 'hex').slice(0, 16),
    signal,
    ...(night.deadline !== undefined && { deadline: time + 1000 * night.deadline }),
  };
  return { given, requests };
}

const memoryIn = (entries: Map<string, Uint8Array>): SourceMemory => ({
  get: async (key) => entries.get(key),
  async *range(from, to) {
    for (const key of [...entries.keys()].sort()) {
      const bytes = entries.get(key);
      if (key >= from && key <= to && bytes) yield { key, bytes };
    }
  },
});

function keep(memory: Map<string, Uint8Array> | undefined, { key, bytes }: { key: string; bytes: Uint8Array }): void {
  if (bytes.length === 0) memory?.delete(key);
  else memory?.set(key, bytes);
}

export async function pull(account: TestAccount, night: Night = {}) {
  const { given, requests } = await ports(account, night);
  const from = toDay(night.from ?? '2026-01-20');
  const observations: Observation[] = [];
  const unfinished: string[] = [];
  for await (const pulled of puller.pull({ from, to: toDay(night.to ?? from) }, given)) {
    if (pulled.kind === 'memory') keep(night.memory, pulled);
    else if (pulled.kind === 'unfinished') unfinished.push(pulled.note);
    else {
      const { kind: _, ...observation } = pulled;
      observations.push(observation);
    }
  }
  const valuesOf = (metric: string) =>
    Object.fromEntries(observations.filter((o) => o.metric === metric).map((o) => [o.day, o.value]));
  return {
    observations,
    requests,
    unfinished,
    valuesOf,
    mrr: valuesOf('mrr'),
    customers: valuesOf('paying_customers'),
  };
}

export const pro = price({ id: 'price_pro', unit_amount: 4900 });
const team = price({
  id: 'price_team',
  unit_amount: 120_000,
  recurring: { interval: 'year' },
  product: { id: 'prod_team', name: 'Team' },
});

export const small: TestAccount = {
  prices: [pro, team],
  subscriptions: [
    subscription([item(pro, { id: 'si_1' })], { id: 'sub_1', customer: 'cus_1' }),
    subscription([item(team, { id: 'si_2', quantity: 2 })], { id: 'sub_2', customer: 'cus_1' }),
    subscription([item(pro, { id: 'si_3' })], { id: 'sub_3', customer: 'cus_2' }),
    subscription([item(pro, { id: 'si_4' })], { id: 'sub_4', customer: 'cus_3', status: 'trialing' }),
  ],
};
