import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discountSchema } from './schema.ts';
import type { World } from './test-mrr.ts';
import { END, amountsOf, totalOf } from './test-mrr.ts';
import { coupon, discount, item, price, subscription } from './test-objects.ts';

type Coupon = ReturnType<typeof coupon>;

const hundred = price({ unit_amount: 10_000 });

/** One subscription of $100 a month with coupons on its item and on the whole. */
const discounted = (own: Coupon[], whole: Coupon[], rules: World['rules'] = {}) =>
  amountsOf(
    [
      subscription([item(hundred, { discounts: own.map((each) => discount(each)) })], {
        discounts: whole.map((each) => discount(each)),
      }),
    ],
    { coupons: [...own, ...whole], rules },
  );

const off = (items: ReturnType<typeof item>[], ...coupons: Coupon[]) =>
  amountsOf([subscription(items, { discounts: coupons.map((each) => discount(each)) })], { coupons });

const half = coupon({ percent_off: 50 });
const ten = coupon({ amount_off: 1000 });
const monthly = (unit_amount: number, id = 'prod_pro') => item(price({ unit_amount, product: { id } }));
const yearly = (unit_amount: number, id = 'prod_pro') =>
  item(price({ unit_amount, product: { id }, recurring: { interval: 'year' } }));

describe('discounts', () => {
  test("an item's come first, then the subscription's, one after the other", () => {
    expect(discounted([half], [ten])).toEqual([4000]);
    expect(discounted([ten], [half])).toEqual([4500]);
    expect(discounted([], [half, ten])).toEqual([4000]);
    expect(discounted([], [ten, half])).toEqual([4500]);
    expect(discounted([half, ten], [])).toEqual([4000]);
    expect(discounted([ten, half], [])).toEqual([4500]);
  });

  test('never below nothing', () => {
    expect(discounted([coupon({ amount_off: 20_000 })], [ten])).toEqual([0]);
    expect(discounted([], [coupon({ percent_off: 100 }), ten])).toEqual([0]);
    expect(discounted([], [coupon({ amount_off: 10_000 })])).toEqual([0]);
    expect(discounted([], [coupon({ amount_off: 9999 })])).toEqual([1]);
  });

  test('percentages with decimals are exact: 33.33 % off $100', () => {
    expect(discounted([], [coupon({ percent_off: 33.33 })])).toEqual([6667]);
  });

  test('once and repeating coupons count only as the workspace sets', () => {
    const once = coupon({ percent_off: 50, duration: 'once' });
    const repeating = coupon({ percent_off: 20, duration: 'repeating', duration_in_months: 3 });
    expect(discounted([], [once, repeating])).toEqual([10_000]);
    expect(discounted([once], [repeating])).toEqual([10_000]);
    expect(discounted([], [once, repeating], { onceCoupons: 'subtract' })).toEqual([5000]);
    expect(discounted([once], [repeating], { onceCoupons: 'subtract' })).toEqual([5000]);
    expect(discounted([], [once, repeating], { repeatingCoupons: 'subtract' })).toEqual([8000]);
    expect(discounted([], [once, repeating], { onceCoupons: 'subtract', repeatingCoupons: 'subtract' })).toEqual([
      4000,
    ]);
  });

  test.each([
    ['forever', {}],
    ['repeating', { repeatingCoupons: 'subtract' as const }],
  ])('a %s discount counts while it lasts', (duration, rules) => {
    const of = coupon({ percent_off: 50, duration });
    const lasting = (fields: Record<string, unknown>) =>
      amountsOf([subscription([item(price())], { discounts: [discount(of, fields)] })], { coupons: [of], rules });
    expect(lasting({ start: END - 1 })).toEqual([500]);
    expect(lasting({ start: END })).toEqual([1000]);
    expect(lasting({ end: END })).toEqual([500]);
    expect(lasting({ end: END - 1 })).toEqual([1000]);
  });
});

describe('a fixed amount', () => {
  const twelve = coupon({ amount_off: 1200 });
  const eight = coupon({ amount_off: 800 });

  test("is per invoice: $12 off a year's invoice is $1 a month", () => {
    expect(off([yearly(120_000)], twelve)).toEqual([9900]);
  });

  test("of an item comes off at the item's own interval", () => {
    const year = price({ unit_amount: 120_000, recurring: { interval: 'year' } });
    const items = [item(hundred), item(year, { discounts: [discount(twelve)] })];
    expect(amountsOf([subscription(items)], { coupons: [twelve] })).toEqual([10_000, 9900]);
  });

  test("of a subscription comes off at the items' shortest interval, in proportion to the monthly amounts", () => {
    // $30 a month and $120 a year: 30 + 10 = $40 a month. $8 off each month's invoice: $6 and $2.
    expect(off([monthly(3000), yearly(12_000)], eight)).toEqual([2400, 800]);
  });

  test("of a coupon for some products comes off on those products' invoices only", () => {
    const forSupport = coupon({ amount_off: 1200, applies_to: { products: ['prod_support'] } });
    expect(off([monthly(3000), yearly(12_000, 'prod_support')], forSupport)).toEqual([3000, 900]);
  });

  test('is taken in the currency that is paid', () => {
    const of = price({ currency: 'eur' });
    const either = coupon({ amount_off: 500, currency_options: { eur: { amount_off: 400 } } });
    const paid = subscription([item(of)], { currency: 'eur', discounts: [discount(either)] });
    expect(amountsOf([paid], { coupons: [either], currency: 'EUR' })).toEqual([600]);
  });
});

test('a coupon for some products leaves the others alone', () => {
  const addon = coupon({ percent_off: 50, applies_to: { products: ['prod_addon'] } });
  expect(off([monthly(1000), monthly(1000, 'prod_addon')], addon)).toEqual([1000, 500]);
  expect(off([monthly(1000)], addon)).toEqual([1000]);
});

test("Stripe's published sample discount takes 10 % off", () => {
  const text = readFileSync(new URL('fixtures/discount.json', import.meta.url), 'utf8');
  expect(discountSchema.parse(JSON.parse(text))).toMatchObject({ coupon: { id: 'wsd', percent_off: '10' } });
  expect(amountsOf([subscription([item(price())], { discounts: [JSON.parse(text)] })])).toEqual([900]);
});

describe('for any subscription', () => {
  const anItem = fc.tuple(fc.nat(1_000_000), fc.nat(500));
  const anyItems = fc.array(anItem, { minLength: 1, maxLength: 4 });
  const subscribed = (items: [number, number][], discounts: unknown[] = []) => [
    subscription(
      items.map(([unit_amount, quantity]) => item(price({ unit_amount }), { quantity })),
      { discounts },
    ),
  ];

  test('a fixed amount takes off that amount per invoice, or all there is', () => {
    fc.assert(
      fc.property(anyItems, fc.nat(100_000), (items, amount_off) => {
        const of = coupon({ amount_off });
        const left = totalOf(subscribed(items, [discount(of)]), { coupons: [of] });
        const expected = Math.max(0, totalOf(subscribed(items)) - amount_off);
        expect(Math.abs(left - expected)).toBeLessThanOrEqual(items.length / 2);
      }),
    );
  });

  test('no order of percentages changes anything', () => {
    const percentages = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 });
    fc.assert(
      fc.property(anyItems, percentages, (items, drawn) => {
        const coupons = drawn.map((percent_off) => coupon({ percent_off }));
        const left = (order: Coupon[]) =>
          amountsOf(
            subscribed(
              items,
              order.map((each) => discount(each)),
            ),
            { coupons },
          );
        expect(left(coupons.toReversed())).toEqual(left(coupons));
      }),
    );
  });

  test('a discount never adds to it, nor takes more than there is', () => {
    const any = fc.oneof(
      fc.record({ percent_off: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ amount_off: fc.integer({ min: 1, max: 10_000_000 }) }),
    );
    fc.assert(
      fc.property(anyItems, fc.array(any, { maxLength: 3 }), (items, drawn) => {
        const coupons = drawn.map((fields) => coupon(fields));
        const whole = amountsOf(subscribed(items));
        const left = amountsOf(
          subscribed(
            items,
            coupons.map((each) => discount(each)),
          ),
          { coupons },
        );
        expect(left.map((amount, index) => amount >= 0 && amount <= (whole[index] ?? 0))).toEqual(
          whole.map(() => true),
        );
      }),
    );
  });
});
