import { DataError } from '@plumbline/core/errors';
import { multiply, ratio } from '@plumbline/core/rational';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { perMonth, priced } from './pricing.ts';
import { priceSchema } from './schema.ts';
import { amountsOf, monthly } from './test-mrr.ts';
import { item, price, subscription } from './test-objects.ts';

// All amounts below are worked out by hand.

describe('an item comes to its invoice, per month', () => {
  test.each([
    ['$10 a month', 1000, 'month', 1, 1000],
    ['$30 every 3 months', 3000, 'month', 3, 1000],
    ['$10 a week: × 52 / 12', 1000, 'week', 1, 4333],
    ['$10 every 2 weeks: × 26 / 12', 1000, 'week', 2, 2167],
    ['$1 a day: × 365 / 12', 100, 'day', 1, 3042],
    ['$24 every 2 years', 2400, 'year', 2, 100],
    ['half a cent a month, rounded away from zero', 6, 'year', 1, 1],
    ['less than half a cent a month', 5, 'year', 1, 0],
  ])('%s', (_, unit_amount, interval, interval_count, expected) => {
    expect(monthly(price({ unit_amount, recurring: { interval, interval_count } }))).toEqual([expected]);
  });

  test('times its quantity, which is 1 where there is none', () => {
    expect(monthly(price(), { quantity: 7 })).toEqual([7000]);
    expect(monthly(price(), { quantity: undefined })).toEqual([1000]);
    expect(monthly(price(), { quantity: null })).toEqual([1000]);
    expect(monthly(price(), { quantity: 0 })).toEqual([0]);
  });

  test('a price below a cent is not rounded before it is multiplied: 0.5 ¢ × 1,001 = 500.5 ¢', () => {
    const of = price({ unit_amount: null, unit_amount_decimal: '0.5' });
    expect(monthly(of, { quantity: 1001 })).toEqual([501]);
  });

  test('a price of twelve decimal places is exact: 0.000000000001 ¢ × 500,000,000,000 is half a cent', () => {
    const of = price({ unit_amount: null, unit_amount_decimal: '0.000000000001' });
    expect(monthly(of, { quantity: 500_000_000_000 })).toEqual([1]);
    expect(monthly(of, { quantity: 499_999_999_999 })).toEqual([0]);
  });

  test.each([
    ['up', 0, 0],
    ['up', 1, 1],
    ['up', 10, 1],
    ['up', 11, 2],
    ['down', 9, 0],
    ['down', 10, 1],
    ['down', 19, 1],
    ['down', 20, 2],
  ])('in packages of 10, rounded %s, %i units are %i', (round, quantity, packages) => {
    const of = price({ transform_quantity: { divide_by: 10, round } });
    expect(monthly(of, { quantity })).toEqual([packages * 1000]);
  });
});

describe('tiers', () => {
  const tiers = [
    { up_to: 5, unit_amount: 700, unit_amount_decimal: '700', flat_amount: 1000, flat_amount_decimal: '1000' },
    { up_to: 10, unit_amount: 650, unit_amount_decimal: '650', flat_amount: null },
    { up_to: null, unit_amount: null, unit_amount_decimal: '600.5', flat_amount: 50, flat_amount_decimal: '50' },
  ];
  const tiered = (fields: Record<string, unknown>) =>
    price({ billing_scheme: 'tiered', tiers, unit_amount: null, unit_amount_decimal: null, ...fields });

  test.each([
    ['graduated', 0, 1000],
    ['graduated', 1, 1000 + 700],
    ['graduated', 5, 1000 + 5 * 700],
    ['graduated', 6, 1000 + 5 * 700 + 650],
    ['graduated', 10, 1000 + 5 * 700 + 5 * 650],
    ['graduated', 12, 1000 + 5 * 700 + 5 * 650 + 50 + 1201],
    ['volume', 0, 1000],
    ['volume', 5, 1000 + 5 * 700],
    ['volume', 6, 6 * 650],
    ['volume', 10, 10 * 650],
    ['volume', 11, 50 + 6606],
  ])('%s, %i units', (tiers_mode, quantity, expected) => {
    expect(monthly(tiered({ tiers_mode }), { quantity })).toEqual([expected]);
    expect(monthly(tiered({ tiers_mode, tiers: [...tiers].reverse() }), { quantity })).toEqual([expected]);
  });

  test.each(['graduated', 'volume'])('%s without a flat amount come to nothing for no units', (tiers_mode) => {
    const of = tiered({ tiers_mode, tiers: [{ up_to: 'inf', unit_amount: 700 }] });
    expect(monthly(of, { quantity: 0 })).toEqual([0]);
  });

  test('are those of the currency that is paid', () => {
    const euros = {
      eur: { unit_amount: null, tiers: [{ up_to: null, unit_amount: 600, unit_amount_decimal: '600' }] },
    };
    const of = tiered({ tiers_mode: 'volume', currency_options: euros });
    const paid = subscription([item(of, { quantity: 2 })], { currency: 'eur' });
    expect(amountsOf([paid], { prices: [of], currency: 'EUR' })).toEqual([1200]);
  });

  test('of a currency that could not be read are never taken for nothing', () => {
    const of = tiered({ tiers_mode: 'volume', currency_options: { eur: { unit_amount: null } } });
    const paid = subscription([item(of)], { currency: 'eur' });
    const counted = () => amountsOf([paid], { prices: [of], currency: 'EUR' });
    expect(counted).toThrow(DataError);
    expect(counted).toThrow(/has tiers, but none could be read in EUR$/);
  });
});

describe('for any price', () => {
  const recurring = fc.record({
    interval: fc.constantFrom('day', 'week', 'month', 'year'),
    interval_count: fc.integer({ min: 1, max: 24 }),
  });
  const decimal = fc
    .tuple(fc.nat(1_000_000), fc.nat(999_999_999_999))
    .map(([whole, part]) => `${whole}.${String(part).padStart(12, '0')}`);

  test('k times the quantity is exactly k times as much per month, to the last of twelve decimals', () => {
    fc.assert(
      fc.property(decimal, recurring, fc.nat(1_000_000), fc.nat(1000), (unit_amount_decimal, every, quantity, k) => {
        const of = priceSchema.parse(price({ unit_amount: null, unit_amount_decimal, recurring: every }));
        const exactly = (units: number) => {
          const invoiced = priced(of, 'usd', units);
          return invoiced && multiply(invoiced, perMonth(of.id, every.interval, every.interval_count));
        };
        const once = exactly(quantity);
        expect(exactly(k * quantity)).toEqual(once && multiply(once, ratio(k)));
      }),
    );
  });

  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 4 });
  const amount = fc.nat(10_000);

  test('graduated tiers invoice each unit at its own price, and the flat amount of each tier that is reached', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.tuple(amount, amount), { minLength: 5, maxLength: 5 }),
        fc.nat(150),
        (...drawn) => {
          const [limits, amounts, quantity] = drawn;
          const upTo = [...limits.toSorted((a, b) => a - b), null];
          const tiers = upTo.map((up_to, index) => {
            const [unit_amount = 0, flat_amount = 0] = amounts[index] ?? [];
            return { up_to, unit_amount, flat_amount };
          });
          const of = {
            billing_scheme: 'tiered',
            tiers_mode: 'graduated',
            unit_amount: null,
            unit_amount_decimal: null,
          };
          const tierOf = (unit: number) => tiers.findIndex(({ up_to }) => unit <= (up_to ?? Infinity));
          let expected = 0;
          for (let unit = 1; unit <= quantity; unit++) expected += tiers[tierOf(unit)]?.unit_amount ?? 0;
          for (let tier = 0; tier <= tierOf(quantity); tier++) expected += tiers[tier]?.flat_amount ?? 0;
          expect(priced(priceSchema.parse(price({ ...of, tiers })), 'usd', quantity)).toEqual(ratio(expected));
        },
      ),
    );
  });
});
