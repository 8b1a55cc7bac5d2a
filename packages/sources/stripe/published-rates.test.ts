import { toDay } from '@plumbline/core/day';
import { fromDecimal } from '@plumbline/core/rational';
import { toMajor } from '@plumbline/core/unit';
import { describe, expect, test } from 'vitest';
import { Movements } from './movements.ts';
import { observe } from './observe.ts';
import type { Retention } from './retention.ts';
import { END, inputOf } from './test-mrr.ts';
import type { Totals } from './totals.ts';

/** A day's metrics in major units, given what they are made of. */
function metricsOf(
  { mrr, payers, trials = { ended: 0, pay: 0 } }: { mrr: number; payers: number; trials?: Totals['trials'] },
  kept?: Retention,
) {
  const totals: Totals = {
    day: { day: toDay('2026-01-31'), end: END, windowStart: 0, reconstructed: false, rate: () => fromDecimal('1') },
    tally: { ...new Movements(({ amount }) => amount).tally(), end: 100 * mrr, payers },
    statuses: {},
    excluded: {},
    mrrByProduct: new Map(),
    mrrByInterval: new Map(),
    payersByProduct: new Map(),
    trials,
    known: { invoices: 0, today: 0 },
    untold: 0,
    currencies: new Set(),
  };
  const { catalogue, rules, currency } = inputOf();
  const reading = { catalogue, rules, currency, requests: 0, rows: 0, sha256: '' };
  const retention = kept && { ...kept, customers: payers };
  const observations = observe(totals, '2026-01-30', retention, {}, reading);
  const valueOf = (id: string) => observations.find(({ metric }) => metric === id)?.value;
  return { valueOf, moneyOf: (id: string) => toMajor(valueOf(id) ?? 0, currency) };
}

describe('averages and rates, on https://docs.stripe.com/billing/subscriptions/analytics', () => {
  test('$50,000 from 100 subscribers are $500 each', () => {
    expect(metricsOf({ mrr: 50_000, payers: 100 }).moneyOf('arpu')).toBe(500);
  });

  test('15 of 100 trials that ended pay: 15 %', () => {
    const { valueOf } = metricsOf({ mrr: 0, payers: 0, trials: { ended: 100, pay: 15 } });
    expect(valueOf('trial_conversion_rate_30d')).toBe(15);
  });

  test('10 of 110 left, the others pay $500: printed $5,555, by a rate rounded to 9 %; exactly $5,500', () => {
    expect(metricsOf({ mrr: 50_000, payers: 100 }, { churn: { left: 10, of: 110 } }).moneyOf('ltv')).toBe(5500);
  });
});

test('who keeps every cent keeps exactly 100 %, whatever the sum', () => {
  for (const cents of [69, 138, 276, 307_153, 999_999_999]) {
    const all = { numerator: cents, denominator: cents };
    const { valueOf } = metricsOf({ mrr: cents / 100, payers: 1 }, { net: all, gross: all });
    expect([valueOf('net_revenue_retention_30d'), valueOf('gross_revenue_retention_30d')]).toEqual([100, 100]);
  }
});
