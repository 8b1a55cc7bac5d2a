import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import { fromDecimal } from '@plumbline/core/rational';
import { toMajor } from '@plumbline/core/unit';
import { describe, expect, test } from 'vitest';
import type { Customers } from './customers.ts';
import { hold, remembered } from './customers.ts';
import type { Change, DayLog } from './day-log.ts';
import { Movements } from './movements.ts';
import { retentionOf } from './retention.ts';
import type { World } from './test-mrr.ts';
import { standing, totalOf } from './test-mrr.ts';
import type { TestSubscription } from './test-objects.ts';
import { item, price, subscription } from './test-objects.ts';
import { EXAMPLES } from './test-published.ts';
import { revalued } from './worth.ts';

const ANALYTICS = 'https://docs.stripe.com/billing/subscriptions/analytics';

describe('what subscriptions come to per month', () => {
  test.each(EXAMPLES.map((example) => [example.by, example.page, example.says, example] as const))(
    '%s, %s: %s',
    (_, _page, _says, { subscriptions, world, comes }) => {
      expect(toMajor(totalOf(subscriptions, world), world?.currency ?? 'USD')).toBe(comes);
    },
  );
});

/** What each customer of a period holds at one end of it. */
function customersOf(subscriptions: Record<string, TestSubscription>, world: World = {}): Customers {
  const customers: Customers = new Map();
  for (const [customer, of] of Object.entries(subscriptions)) {
    for (const each of standing(of, world)?.contributions ?? []) hold(customers, customer, each);
  }
  return remembered(new Map(), customers);
}

const at = (dollars: number, fields = {}) => subscription([item(price({ unit_amount: 100 * dollars }))], fields);
const aYear = (dollars: number) =>
  subscription([item(price({ unit_amount: 100 * dollars, recurring: { interval: 'year' } }))]);
const abroad = subscription([item(price({ currency: 'eur', unit_amount: 10_000 }))], { currency: 'eur' });

/** Movements in dollars; rates are of the euro. */
function movements(
  before: Record<string, TestSubscription>,
  now: Record<string, TestSubscription>,
  [was, is]: [string, string] = ['1', '1'],
) {
  const moved = new Movements(
    revalued(
      'USD',
      () => was,
      () => is,
    ),
  );
  moved.add(customersOf(before, { rate: () => fromDecimal(was) }), customersOf(now, { rate: () => fromDecimal(is) }));
  const tally = moved.tally();
  const dollars = (kind: keyof typeof tally.movements) => tally.movements[kind].amount / 100;
  return {
    start: tally.start / 100,
    new: dollars('new'),
    reactivation: dollars('reactivation'),
    expansion: dollars('expansion'),
    contraction: dollars('contraction'),
    churn: dollars('churn'),
    fx: dollars('fx'),
    end: tally.end / 100,
  };
}

/** The logs of 30 days and the one before them, in which everything happens on one day. */
function month(mrr: number, customers: number, changes: Change[]): { day: Day; logs: DayLog[] } {
  const first = toDay('2026-01-01');
  const logs = Array.from({ length: 31 }, (_, index) => ({
    day: addDays(first, index),
    mrr: 100 * mrr,
    customers,
    rates: {},
    changes: index === 15 ? changes : [],
  }));
  return { day: addDays(first, 30), logs };
}

const pays = (dollars: number) =>
  dollars > 0 ? [{ currency: 'USD', native: 100 * dollars, amount: 100 * dollars }] : [];
const change = (from: string, count: number, before: number, now: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({ customer: `${from}${index}`, before: pays(before), now: pays(now) }));

describe(`what moves it, on ${ANALYTICS}`, () => {
  test('$1,000 grow by $100 new, $50 more and lose $40 of less, $60 of churn and $5 of a rate: $1,045', () => {
    const others = { rest: at(640) };
    const before = { ...others, up: at(100), down: at(100), gone: at(60), abroad };
    const now = { ...others, trial: at(100), up: at(150), down: at(60), gone: at(60, { status: 'canceled' }), abroad };
    expect(movements(before, now, ['1', '0.95'])).toEqual({
      start: 1000,
      new: 100,
      reactivation: 0,
      expansion: 50,
      contraction: -40,
      churn: -60,
      fx: -5,
      end: 1045,
    });
  });

  test('one who leaves $120 a year and one who goes from $50 to $25 a month cost $35', () => {
    const { churn, contraction } = movements({ a: aYear(120), b: at(50) }, { b: at(25) });
    expect({ churn, contraction }).toEqual({ churn: -10, contraction: -25 });
  });

  test('of 1,000 subscribers and 100 new ones, 100 left: 9.1 %', async () => {
    const { day, logs } = month(10_000, 1000, [...change('left', 100, 10, 0), ...change('new', 100, 0, 10)]);
    const { churn } = (await retentionOf(day, logs, 'USD')) ?? {};
    expect(churn).toEqual({ left: 100, of: 1100 });
    expect(((100 * (churn?.left ?? 0)) / (churn?.of ?? 1)).toFixed(1)).toBe('9.1');
  });
});

describe(`what does not come out as printed on ${ANALYTICS}`, () => {
  test('100 at $10, of whom 10 leave and 5 go to $25: printed 102.5 %, which takes the whole $25 as gained', async () => {
    const { day, logs } = month(1000, 100, [...change('left', 10, 10, 0), ...change('up', 5, 10, 25)]);
    const { net } = (await retentionOf(day, logs, 'USD')) ?? {};
    expect(net).toEqual({ numerator: 97_500, denominator: 100_000 });
  });
});

test("51 figures in the table are the vendor's, beside 7 on movements and rates; 19 are derived by hand", () => {
  const count = Map.groupBy(EXAMPLES, ({ by }) => by);
  expect({ vendor: count.get('vendor')?.length, ours: count.get('ours')?.length }).toEqual({ vendor: 51, ours: 19 });
});
