import { readFileSync } from 'node:fs';
import { DataError } from '@plumbline/core/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MrrRules } from './index.ts';
import { DEFAULT_RULES } from './index.ts';
import { mrrOf, stripeDigits } from './mrr.ts';
import type { Rational } from '@plumbline/core/rational';
import { fromDecimal } from '@plumbline/core/rational';
import { couponSchema, discountSchema, pageSchema, priceSchema, subscriptionSchema } from './schema.ts';
import type { TestPrice, TestSubscription } from './test-objects.ts';
import { at, coupon, discount, item, price, subscription } from './test-objects.ts';

const END = at('2026-01-21T00:00:00Z');

type World = {
  prices?: TestPrice[];
  coupons?: ReturnType<typeof coupon>[];
  rules?: Partial<MrrRules>;
  currency?: string;
  rate?: (currency: string) => Rational;
};

const byId = <T extends { id: string }>(list: T[]) => new Map(list.map((each) => [each.id, each]));

/** MRR in minor units of the workspace's currency, with what was left out. */
function mrr(subscriptions: TestSubscription[], world: World = {}) {
  const { contributions, ...rest } = mrrOf({
    subscriptions: subscriptions.map((each) => subscriptionSchema.parse(each)),
    catalogue: {
      prices: byId((world.prices ?? []).map((each) => priceSchema.parse(each))),
      coupons: byId((world.coupons ?? []).map((each) => couponSchema.parse(each))),
      products: new Map(),
      discounts: new Map(),
    },
    rules: { ...DEFAULT_RULES, ...world.rules },
    end: END,
    reconstructed: false,
    currency: world.currency ?? 'USD',
    rate:
      world.rate ??
      (() => {
        throw new Error('no rate was to be asked for');
      }),
  });
  return { amounts: contributions.map(({ amount }) => amount), contributions, ...rest };
}

/** One active subscription to one price. */
const amountsOf = (of: TestPrice, fields: Record<string, unknown> = {}, world: World = {}) =>
  mrr([subscription([item(of, fields)])], { prices: [of], ...world }).amounts;

// All amounts below are worked out by hand.

describe('an item comes to its invoice, per month', () => {
  test.each([
    [
      '$1,200 a year, the example on https://support.stripe.com/questions/billing-analytics',
      120_000,
      'year',
      1,
      10_000,
    ],
    ['$10 a month', 1000, 'month', 1, 1000],
    ['$30 every 3 months', 3000, 'month', 3, 1000],
    ['$10 a week: × 52 / 12', 1000, 'week', 1, 4333],
    ['$10 every 2 weeks: × 26 / 12', 1000, 'week', 2, 2167],
    ['$1 a day: × 365 / 12', 100, 'day', 1, 3042],
    ['$24 every 2 years', 2400, 'year', 2, 100],
    ['half a cent a month, rounded away from zero', 6, 'year', 1, 1],
    ['less than half a cent a month', 5, 'year', 1, 0],
  ])('%s', (_, unit_amount, interval, interval_count, expected) => {
    expect(amountsOf(price({ unit_amount, recurring: { interval, interval_count } }))).toEqual([expected]);
  });

  test('times its quantity, which is 1 where there is none', () => {
    expect(amountsOf(price(), { quantity: 7 })).toEqual([7000]);
    expect(amountsOf(price(), { quantity: undefined })).toEqual([1000]);
    expect(amountsOf(price(), { quantity: 0 })).toEqual([0]);
  });

  test('a price below a cent is not rounded before it is multiplied: 0.5 ¢ × 1,001 = 500.5 ¢', () => {
    const of = price({ unit_amount: null, unit_amount_decimal: '0.5' });
    expect(amountsOf(of, { quantity: 1001 })).toEqual([501]);
  });

  test.each([
    ['up', 3],
    ['down', 2],
  ])('packages of 10, rounded %s', (round, packages) => {
    const of = price({ transform_quantity: { divide_by: 10, round } });
    expect(amountsOf(of, { quantity: 25 })).toEqual([packages * 1000]);
    expect(amountsOf(of, { quantity: 20 })).toEqual([2000]);
  });

  const tiers = [
    { up_to: 5, unit_amount: 700, unit_amount_decimal: '700', flat_amount: 1000, flat_amount_decimal: '1000' },
    { up_to: 10, unit_amount: 650, unit_amount_decimal: '650', flat_amount: null },
    { up_to: null, unit_amount: null, unit_amount_decimal: '600.5', flat_amount: 50, flat_amount_decimal: '50' },
  ];
  test.each([
    ['graduated', 0, 0],
    ['graduated', 1, 1000 + 700],
    ['graduated', 5, 1000 + 5 * 700],
    ['graduated', 6, 1000 + 5 * 700 + 650],
    ['graduated', 12, 1000 + 5 * 700 + 5 * 650 + 50 + 1201],
    ['volume', 0, 0],
    ['volume', 5, 1000 + 5 * 700],
    ['volume', 6, 6 * 650],
    ['volume', 10, 10 * 650],
    ['volume', 11, 50 + 6606],
  ])('%s tiers, %i units, are taken from the list of prices', (tiers_mode, quantity, expected) => {
    const of = price({ billing_scheme: 'tiered', tiers_mode, tiers, unit_amount: null, unit_amount_decimal: null });
    expect(amountsOf(of, { quantity })).toEqual([expected]);
  });

  test("Stripe's published sample price comes to $10", () => {
    const sample: unknown = JSON.parse(readFileSync(new URL('fixtures/prices.json', import.meta.url), 'utf8'));
    const [row] = pageSchema.parse(sample).data;
    const { contributions } = mrr([subscription([{ ...item(price()), price: row as never }])]);
    expect(contributions).toMatchObject([
      { product: 'prod_NZKdYqrwEYx6iK', interval: 'month', currency: 'USD', amount: 1000 },
    ]);
  });
});

describe('what counts', () => {
  test.each([
    ['active', [1000]],
    ['past_due', [1000]],
    ['trialing', []],
    ['unpaid', []],
    ['incomplete', []],
    ['incomplete_expired', []],
    ['canceled', []],
    ['paused', []],
  ])('%s', (status, expected) => {
    const { amounts, statuses, excluded } = mrr([subscription([item(price())], { status })]);
    expect({ amounts, statuses, excluded }).toEqual({
      amounts: expected,
      statuses: { [status]: 1 },
      excluded: expected.length > 0 ? {} : { [status]: 1 },
    });
  });

  test('metered and one-off items and those without an amount are left out and counted', () => {
    const items = [
      item(price()),
      item(price({ recurring: { usage_type: 'metered' } }), { quantity: undefined }),
      item(price({ recurring: null })),
      item(price({ unit_amount: null, unit_amount_decimal: null })),
    ];
    const { amounts, excluded } = mrr([subscription(items)]);
    expect({ amounts, excluded }).toEqual({ amounts: [1000], excluded: { metered: 1, 'one-off': 1, 'no amount': 1 } });
  });

  test.each([
    ['cancel_at_period_end', { cancel_at_period_end: true, canceled_at: END - 1 }],
    ['cancel_at', { cancel_at: END + 86_400, canceled_at: END - 1 }],
    ['cancel_at_period_end, gone since', { status: 'canceled', canceled_at: END - 1, ended_at: END }],
  ])('%s stops counting at the call, or at the end if so set', (_, fields) => {
    const called = subscription([item(price())], fields);
    const { amounts, excluded } = mrr([called]);
    expect({ amounts, excluded }).toEqual({ amounts: [], excluded: { 'called off': 1 } });
    expect(mrr([called], { rules: { cancelAtPeriodEnd: 'at-period-end' } }).amounts).toEqual([1000]);
  });

  test('a call at the very end of the day belongs to the next one', () => {
    const called = subscription([item(price())], { cancel_at_period_end: true, canceled_at: END });
    expect(mrr([called]).amounts).toEqual([1000]);
  });

  test.each(['void', 'keep_as_draft', 'mark_uncollectible'])(
    'collection paused (%s) does not count unless set',
    (behavior) => {
      const paused = subscription([item(price())], { pause_collection: { behavior, resumes_at: null } });
      expect(mrr([paused])).toMatchObject({ amounts: [], excluded: { 'collection paused': 1 } });
      expect(mrr([paused], { rules: { pausedCollection: 'count' } }).amounts).toEqual([1000]);
    },
  );
});

describe('discounts', () => {
  const discounted = (own: ReturnType<typeof coupon>[], whole: ReturnType<typeof coupon>[], rules = {}) =>
    mrr(
      [
        subscription([item(price({ unit_amount: 10_000 }), { discounts: own.map((each) => discount(each)) })], {
          discounts: whole.map((each) => discount(each)),
        }),
      ],
      { coupons: [...own, ...whole], rules },
    ).amounts;

  const half = coupon({ percent_off: 50 });
  const ten = coupon({ amount_off: 1000 });

  test('50 % off forever halves it, as on https://support.stripe.com/questions/billing-analytics', () => {
    expect(discounted([], [half])).toEqual([5000]);
  });

  test("an item's come first, then the subscription's, one after the other", () => {
    expect(discounted([half], [ten])).toEqual([4000]);
    expect(discounted([ten], [half])).toEqual([4500]);
    expect(discounted([], [half, ten])).toEqual([4000]);
    expect(discounted([], [ten, half])).toEqual([4500]);
  });

  test('never below nothing', () => {
    expect(discounted([coupon({ amount_off: 20_000 })], [ten])).toEqual([0]);
    expect(discounted([], [coupon({ percent_off: 100 }), ten])).toEqual([0]);
    expect(discounted([], [coupon({ amount_off: 10_000 })])).toEqual([0]);
  });

  test('once and repeating coupons count only as the workspace sets', () => {
    const once = coupon({ percent_off: 50, duration: 'once' });
    const repeating = coupon({ percent_off: 20, duration: 'repeating', duration_in_months: 3 });
    expect(discounted([], [once, repeating])).toEqual([10_000]);
    expect(discounted([], [once, repeating], { onceCoupons: 'subtract' })).toEqual([5000]);
    expect(discounted([], [once, repeating], { repeatingCoupons: 'subtract' })).toEqual([8000]);
  });

  test('a discount counts while it lasts', () => {
    const of = price();
    const with_ = (fields: Record<string, unknown>) =>
      mrr([subscription([item(of)], { discounts: [discount(half, fields)] })], { coupons: [half] }).amounts;
    expect(with_({ start: END - 1 })).toEqual([500]);
    expect(with_({ start: END })).toEqual([1000]);
    expect(with_({ end: END })).toEqual([500]);
    expect(with_({ end: END - 1 })).toEqual([1000]);
  });

  test("a fixed amount is per invoice: $12 off a year's invoice is $1 a month", () => {
    const yearly = item(price({ unit_amount: 120_000, recurring: { interval: 'year' } }));
    const twelve = coupon({ amount_off: 1200 });
    const { amounts } = mrr([subscription([yearly], { discounts: [discount(twelve)] })], { coupons: [twelve] });
    expect(amounts).toEqual([9900]);
  });

  test("a subscription's fixed amount comes off at its shortest interval, in proportion to the monthly amounts", () => {
    // $30 a month and $120 a year: 30 + 10 = $40 a month. $8 off each month's invoice: $6 and $2.
    const items = [
      item(price({ unit_amount: 3000 })),
      item(price({ unit_amount: 12_000, recurring: { interval: 'year' } })),
    ];
    const eight = coupon({ amount_off: 800 });
    const { amounts } = mrr([subscription(items, { discounts: [discount(eight)] })], { coupons: [eight] });
    expect(amounts).toEqual([2400, 800]);
  });

  test('a coupon for some products leaves the others alone', () => {
    const items = [item(price()), item(price({ product: { id: 'prod_addon', name: 'Add-on' } }))];
    const addon = coupon({ percent_off: 50, applies_to: { products: ['prod_addon'] } });
    const { amounts } = mrr([subscription(items, { discounts: [discount(addon)] })], { coupons: [addon] });
    expect(amounts).toEqual([1000, 500]);
  });

  test("Stripe's published sample discount takes 10 % off", () => {
    const text = readFileSync(new URL('fixtures/discount.json', import.meta.url), 'utf8');
    expect(discountSchema.parse(JSON.parse(text))).toMatchObject({ coupon: { id: 'wsd', percent_off: '10' } });
    const subscribed = subscription([item(price())], { discounts: [JSON.parse(text)] });
    expect(mrr([subscribed]).amounts).toEqual([900]);
  });
});

describe('currencies', () => {
  test.each([
    ['jpy', 1000, 'USD', '0.0067', 670],
    ['kwd', 1000, 'USD', '3.25', 325],
    ['eur', 1000, 'USD', '1.08565', 1086],
    ['usd', 1000, 'JPY', '149.25', 1493],
    ['isk', 100_000, 'USD', '0.0072', 720],
  ])('%s is converted to the minor units of the workspace', (currency, unit_amount, workspace, rate, expected) => {
    const { contributions } = mrr([subscription([item(price({ currency, unit_amount }))], { currency })], {
      currency: workspace,
      rate: () => fromDecimal(rate),
    });
    expect(contributions).toMatchObject([{ currency: currency.toUpperCase(), amount: expected }]);
  });

  test('the amounts of Stripe have their own digits', () => {
    expect(['USD', 'JPY', 'MGA', 'KWD', 'ISK', 'UGX'].map(stripeDigits)).toEqual([2, 0, 0, 3, 2, 2]);
  });

  test('a price in several currencies counts with the one that is paid', () => {
    const of = price({ currency_options: { eur: { unit_amount: 900, unit_amount_decimal: '900' } } });
    const paid = subscription([item(of)], { currency: 'eur' });
    expect(mrr([paid], { prices: [of], rate: () => fromDecimal('2') }).amounts).toEqual([1800]);
  });
});

describe('what no rule knows stops the pull', () => {
  const one = coupon({ percent_off: 10, duration: 'sometimes' });
  const euros = coupon({ amount_off: 100, currency: 'eur' });
  const of = price();
  test.each<[string, TestSubscription, RegExp, World?]>([
    ['status', subscription([item(of)], { status: 'dormant' }), /status "dormant"/],
    ['scheme', subscription([item(price({ billing_scheme: 'auction' }))]), /billing scheme "auction"/],
    ['interval', subscription([item(price({ recurring: { interval: 'moon' } }))]), /interval "moon"/],
    ['usage', subscription([item(price({ recurring: { usage_type: 'barter' } }))]), /usage type "barter"/],
    ['tiers mode', subscription([item(price({ billing_scheme: 'tiered', tiers_mode: 'x' }))]), /tiers mode "x"/],
    [
      'tiers that are missing',
      subscription([item(price({ billing_scheme: 'tiered', tiers_mode: 'volume' }))]),
      /no tier for 1/,
    ],
    ['a missing price', subscription([{ ...item(of), price: 'price_gone' as never }]), /price_gone is in use but not/],
    ['a coupon that is missing', subscription([item(of)], { discounts: [discount(one)] }), /coupon \S+ is in use but/],
    ['duration', subscription([item(of)], { discounts: [discount(one)] }), /duration "sometimes"/, { coupons: [one] }],
    [
      "a coupon's currency",
      subscription([item(of)], { discounts: [discount(euros)] }),
      /amount of USD/,
      { coupons: [euros] },
    ],
    ['a discount that is only an id', subscription([item(of)], { discounts: ['di_gone'] }), /discount that was in use/],
    ["a price's currency", subscription([item(of)], { currency: 'eur' }), /no amount in EUR/],
    ['more than an integer holds', subscription([item(of, { quantity: Number.MAX_SAFE_INTEGER })]), /counted exactly/],
  ])('%s', (_, subscribed, message, world) => {
    expect(() => mrr([subscribed], world)).toThrow(DataError);
    expect(() => mrr([subscribed], world)).toThrow(message);
  });
});

describe('for any account', () => {
  const recurring = fc.record({
    interval: fc.constantFrom('day', 'week', 'month', 'year'),
    interval_count: fc.integer({ min: 1, max: 12 }),
  });
  const anItem = fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), recurring, fc.integer({ min: 0, max: 500 }));
  const anAccount = fc.array(fc.array(anItem, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  type Drawn = [number, { interval: string; interval_count: number }, number];
  const subscribed = (account: Drawn[][], times = 1, fields: Record<string, unknown> = {}) =>
    account.map((items) =>
      subscription(
        items.map(([unit_amount, recurring, quantity]) =>
          item(price({ unit_amount, recurring }), { quantity: quantity * times }),
        ),
        fields,
      ),
    );
  const total = (subscriptions: TestSubscription[], world?: World) =>
    mrr(subscriptions, world).amounts.reduce((sum, amount) => sum + amount, 0);

  test('the order of subscriptions and items changes nothing', () => {
    fc.assert(
      fc.property(anAccount, (account) => {
        const backwards = [...account].reverse().map((items) => [...items].reverse());
        expect(total(subscribed(backwards))).toBe(total(subscribed(account)));
      }),
    );
  });

  test('k times the quantities is k times the MRR, but for the roundings', () => {
    fc.assert(
      fc.property(anAccount, fc.integer({ min: 1, max: 20 }), (account, k) => {
        const roundings = (account.flat().length * (k + 1)) / 2;
        const difference = Math.abs(total(subscribed(account, k)) - k * total(subscribed(account)));
        expect(difference).toBeLessThanOrEqual(roundings);
      }),
    );
  });

  test('a fixed amount off a subscription takes off that amount per invoice, or all there is', () => {
    fc.assert(
      fc.property(anAccount, fc.integer({ min: 0, max: 100_000 }), ([items = []], amount_off) => {
        const monthly = items.map(([amount, , quantity]): Drawn => [
          amount,
          { interval: 'month', interval_count: 1 },
          quantity,
        ]);
        const off = coupon({ amount_off });
        const discounts = [discount(off)];
        const left = total(subscribed([monthly], 1, { discounts }), { coupons: [off] });
        const expected = Math.max(0, total(subscribed([monthly])) - amount_off);
        expect(Math.abs(left - expected)).toBeLessThanOrEqual(monthly.length / 2);
      }),
    );
  });
});
