import { DataError } from '@plumbline/core/errors';
import { fromDecimal } from '@plumbline/core/rational';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hadPaid, stripeDigits, trialEndedAt } from './mrr.ts';
import type { World } from './test-mrr.ts';
import { END, amountsOf, inputOf, parsed, standing, totalOf } from './test-mrr.ts';
import type { TestSubscription } from './test-objects.ts';
import { coupon, discount, item, price, subscription } from './test-objects.ts';

// All amounts below are worked out by hand.

const pro = price();
const counted = [{ product: 'prod_pro', interval: 'month', currency: 'USD', native: 1000, amount: 1000 }];
const leftOut = (status: string, reason = status) => ({ status, leftOut: [reason], contributions: [] });

describe('what counts', () => {
  test.each(['active', 'past_due'])('%s', (status) => {
    expect(standing(subscription([item(pro)], { status }))).toEqual({ status, leftOut: [], contributions: counted });
  });

  test.each(['trialing', 'unpaid', 'incomplete', 'incomplete_expired', 'canceled', 'paused'])('not %s', (status) => {
    expect(standing(subscription([item(pro)], { status }))).toEqual(leftOut(status));
  });

  test('not what had not begun: at the end of the day is too late', () => {
    expect(standing(subscription([item(pro)], { created: END }))).toBeUndefined();
    expect(standing(subscription([item(pro)], { created: END - 1 }))?.contributions).toEqual(counted);
  });

  test('not metered and one-off items and those without an amount, which are told one by one', () => {
    const items = [
      item(pro),
      item(price({ recurring: { usage_type: 'metered' } }), { quantity: undefined }),
      item(price({ recurring: { usage_type: 'metered' } }), { quantity: undefined }),
      item(price({ recurring: null })),
      item(price({ unit_amount: null, unit_amount_decimal: null, custom_unit_amount: { minimum: 100 } })),
    ];
    const reasons = ['metered', 'metered', 'one-off', 'no amount'];
    expect(standing(subscription(items))).toEqual({ status: 'active', leftOut: reasons, contributions: counted });
  });

  test('a free item, with nothing, for which no rate is needed', () => {
    const euros = subscription([item(price({ currency: 'eur', unit_amount: 0 }))], { currency: 'eur' });
    expect(amountsOf([euros])).toEqual([0]);
    const free = standing(subscription([item(price({ unit_amount: 0 }))]));
    expect(free?.contributions.map(({ native, amount }) => [native, amount])).toEqual([[0, 0]]);
  });

  test.each([
    ['before the end, still a trial at the end', { trial_end: END }, leftOut('trialing')],
    ['over a second before the end', { trial_end: END - 1 }, undefined],
  ])('a trial: %s', (_, fields, expected) => {
    const { trial_start, status } = { trial_start: END - 86_400, status: 'active' };
    const stood = standing(subscription([item(pro)], { trial_start, status, ...fields }));
    expect(stood).toEqual(expected ?? { status, leftOut: [], contributions: counted });
  });

  test.each([
    ['cancel_at_period_end', { cancel_at_period_end: true, canceled_at: END - 1 }],
    ['cancel_at', { cancel_at: END + 86_400, canceled_at: END - 1 }],
    ['cancel_at_period_end, gone since', { status: 'canceled', canceled_at: END - 1, ended_at: END }],
  ])('%s stops counting at the call, or at the end if so set', (_, fields) => {
    const called = subscription([item(pro)], fields);
    expect(standing(called)).toEqual(leftOut('active', 'called off'));
    expect(amountsOf([called], { rules: { cancelAtPeriodEnd: 'at-period-end' } })).toEqual([1000]);
  });

  test('what ends at the very end of the day counts in it where calls do not, and ends a second earlier does not', () => {
    const ending = (ended_at: number) =>
      subscription([item(pro)], { status: 'canceled', canceled_at: END - 9, ended_at });
    const rules = { cancelAtPeriodEnd: 'at-period-end' as const };
    expect(amountsOf([ending(END)], { rules })).toEqual([1000]);
    expect(standing(ending(END - 1), { rules })).toEqual(leftOut('canceled'));
  });

  test('a call at the very end of the day belongs to the next one', () => {
    expect(amountsOf([subscription([item(pro)], { cancel_at_period_end: true, canceled_at: END })])).toEqual([1000]);
    expect(amountsOf([subscription([item(pro)], { status: 'canceled', canceled_at: END, ended_at: END })])).toEqual([
      1000,
    ]);
  });

  test.each(['void', 'keep_as_draft', 'mark_uncollectible'])(
    'not while collection is paused (%s), unless set',
    (behavior) => {
      const paused = (resumes_at: number | null) =>
        subscription([item(pro)], { pause_collection: { behavior, resumes_at } });
      expect(standing(paused(null))).toEqual(leftOut('active', 'collection paused'));
      expect(standing(paused(END))).toEqual(leftOut('active', 'collection paused'));
      expect(amountsOf([paused(END - 1)])).toEqual([1000]);
      expect(amountsOf([paused(null)], { rules: { pausedCollection: 'count' } })).toEqual([1000]);
    },
  );
});

describe('a trial was over', () => {
  test.each<[string, Record<string, unknown>, number | undefined]>([
    ['never where there was none', {}, undefined],
    ['when it ended', { trial_end: 500 }, 500],
    ['when it was called off for later', { trial_end: 500, canceled_at: 400, cancel_at_period_end: true }, 400],
    ['when it was called off at once', { trial_end: 500, canceled_at: 300, ended_at: 300, status: 'canceled' }, 300],
    [
      'at the call, though it ended later',
      { trial_end: 500, canceled_at: 400, ended_at: 500, status: 'canceled' },
      400,
    ],
    ['before the subscription was called off', { trial_end: 500, canceled_at: 600, cancel_at_period_end: true }, 500],
    ['at its end where the call was taken back', { trial_end: 500, canceled_at: 400 }, 500],
    ['at its end where nothing tells the time of the call', { trial_end: 500, cancel_at_period_end: true }, 500],
  ])('%s', (_, fields, expected) => {
    expect(trialEndedAt(parsed(subscription([item(pro)], fields)))).toBe(expected);
  });
});

describe('had paid before', () => {
  const began = END - 10 * 86_400;
  const gone = { status: 'canceled', created: began, canceled_at: END - 100, ended_at: END - 100 };
  test.each<[string, boolean, Record<string, unknown>, World?]>([
    ['who is active', true, { created: began }],
    ['who left', true, gone],
    ['who is unpaid', true, { created: began, status: 'unpaid' }],
    ['who is paused in collection', true, { created: began, pause_collection: { behavior: 'void' } }],
    ['who called it off', true, { created: began, cancel_at_period_end: true, canceled_at: END - 1 }],
    ['who began at the end of the day', false, { created: END }],
    ['who is in a trial until then', false, { created: began, trial_start: began, trial_end: END, status: 'trialing' }],
    ['whose trial was over just before', true, { created: began, trial_start: began, trial_end: END - 1 }],
    ['who left with the trial', false, { ...gone, trial_start: began, trial_end: END - 100 }],
    ['who left a second after the trial', true, { ...gone, trial_start: began, trial_end: END - 101 }],
    [
      'who called it off in the trial',
      false,
      { ...gone, trial_start: began, trial_end: END - 150, canceled_at: END - 200 },
    ],
    [
      'who called it off in the trial, where only the end counts',
      true,
      { ...gone, trial_start: began, trial_end: END - 150, canceled_at: END - 200 },
      { rules: { cancelAtPeriodEnd: 'at-period-end' } },
    ],
    ['whose first payment never came', false, { created: began, status: 'incomplete_expired' }],
    ['whose trial ended without a means of payment', false, { created: began, status: 'paused' }],
  ])('%s: %s', (_, expected, fields, world) => {
    expect(hadPaid(parsed(subscription([item(pro)], fields)), inputOf(world))).toBe(expected);
  });

  test('nobody who had it for nothing', () => {
    const all = coupon({ percent_off: 100 });
    const free = subscription([item(price({ unit_amount: 0 }))]);
    const discounted = subscription([item(pro)], { discounts: [discount(all)] });
    const metered = subscription([item(price({ recurring: { usage_type: 'metered' } }))]);
    expect([free, discounted, metered].map((of) => hadPaid(parsed(of), inputOf({ coupons: [all] })))).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('who left a plan that was deleted since, which stops what counts but not this', () => {
    const of = item(price({ billing_scheme: 'tiered', tiers_mode: 'volume' }));
    expect(hadPaid(parsed(subscription([of], gone)), inputOf())).toBe(true);
    expect(() => standing(subscription([of]))).toThrow(DataError);
  });

  test('needs no rate of exchange', () => {
    const euros = subscription([item(price({ currency: 'eur' }))], { currency: 'eur' });
    expect(hadPaid(parsed(euros), inputOf())).toBe(true);
  });
});

describe('currencies', () => {
  test.each([
    ['jpy', 1000, 'USD', '0.0067', 670],
    ['kwd', 1000, 'USD', '3.25', 325],
    ['eur', 1000, 'USD', '1.08565', 1086],
    ['usd', 1000, 'JPY', '149.25', 1493],
    ['isk', 100_000, 'USD', '0.0072', 720],
    ['ugx', 100_050, 'USD', '0.0002', 20],
    ['eur', 1000, 'KWD', '0.3331', 3331],
  ])('%s is converted to the minor units of the workspace', (currency, unit_amount, workspace, rate, expected) => {
    const paid = subscription([item(price({ currency, unit_amount }))], { currency });
    const stood = standing(paid, { currency: workspace, rate: () => fromDecimal(rate) });
    expect(stood?.contributions).toMatchObject([
      { currency: currency.toUpperCase(), native: unit_amount, amount: expected },
    ]);
  });

  test.each([
    ['jpy', 1000, 1000],
    ['kwd', 1005, 1005],
    ['isk', 100_050, 1001],
  ])(
    "the workspace's own, %s, needs no rate and has the minor units of ISO 4217",
    (currency, unit_amount, expected) => {
      const paid = subscription([item(price({ currency, unit_amount }))], { currency });
      expect(amountsOf([paid], { currency: currency.toUpperCase() })).toEqual([expected]);
    },
  );

  test('are rounded once, after conversion: €1 a year at 6 is 50 ¢ a month, not 8 × 6', () => {
    const yearly = price({ currency: 'eur', unit_amount: 100, recurring: { interval: 'year' } });
    const stood = standing(subscription([item(yearly)], { currency: 'eur' }), { rate: () => fromDecimal('6') });
    expect(stood?.contributions).toMatchObject([{ native: 8, amount: 50 }]);
  });

  test('the amounts of Stripe have their own digits', () => {
    expect(['USD', 'JPY', 'MGA', 'KWD', 'ISK', 'UGX'].map(stripeDigits)).toEqual([2, 0, 0, 3, 2, 2]);
  });

  test('a price in several currencies counts with the one that is paid', () => {
    const of = price({ currency_options: { eur: { unit_amount: 900, unit_amount_decimal: '900' } } });
    const paid = subscription([item(of)], { currency: 'eur' });
    expect(amountsOf([paid], { prices: [of], rate: () => fromDecimal('2') })).toEqual([1800]);
  });
});

describe('what no rule knows stops the pull', () => {
  const one = coupon({ percent_off: 10, duration: 'sometimes' });
  const euros = coupon({ amount_off: 100, currency: 'eur' });
  const tiered = (fields: Record<string, unknown>) =>
    subscription([item(price({ billing_scheme: 'tiered', tiers_mode: 'volume', ...fields }))]);
  const tieredTo = (up_to: number, fields = {}) => {
    const of = price({ billing_scheme: 'tiered', tiers_mode: 'volume', tiers: [{ up_to, unit_amount: 1 }], ...fields });
    return { prices: [of], one: subscription([item(of, { quantity: 2 })]) };
  };
  const short = tieredTo(1);
  const odd = tieredTo(9, { tiers_mode: 'x' });
  test.each<[string, TestSubscription, RegExp, World?]>([
    ['status', subscription([item(pro)], { status: 'dormant' }), /status "dormant"/],
    ['scheme', subscription([item(price({ billing_scheme: 'auction' }))]), /billing scheme "auction"/],
    ['interval', subscription([item(price({ recurring: { interval: 'moon' } }))]), /interval "moon"/],
    ['usage', subscription([item(price({ recurring: { usage_type: 'barter' } }))]), /usage type "barter"/],
    ['packages', subscription([item(price({ transform_quantity: { divide_by: 2, round: 'odd' } }))]), /quantity "odd"/],
    ['tiers mode', odd.one, /tiers mode "x"/, { prices: odd.prices }],
    ['tiers that stop too early', short.one, /no tier for 2 units/, { prices: short.prices }],
    ['tiers that are missing', tiered({}), /none could be read in USD/],
    ['a missing price', subscription([item(pro, { price: 'price_gone' })]), /price_gone is in use but not/],
    ['a coupon that is missing', subscription([item(pro)], { discounts: [discount(one)] }), /coupon \S+ is in use but/],
    ['duration', subscription([item(pro)], { discounts: [discount(one)] }), /duration "sometimes"/, { coupons: [one] }],
    [
      "a coupon's currency",
      subscription([item(pro)], { discounts: [discount(euros)] }),
      /amount of USD/,
      { coupons: [euros] },
    ],
    [
      'a discount that is only an id',
      subscription([item(pro)], { discounts: ['di_gone'] }),
      /discount that was in use/,
    ],
    ["a price's currency", subscription([item(pro)], { currency: 'eur' }), /no amount in EUR/],
    ['more than an integer holds', subscription([item(pro, { quantity: Number.MAX_SAFE_INTEGER })]), /counted exactly/],
  ])('%s', (_, subscribed, message, world) => {
    expect(() => amountsOf([subscribed], world)).toThrow(DataError);
    expect(() => amountsOf([subscribed], world)).toThrow(message);
  });

  test('the most that an integer holds still counts', () => {
    const cent = price({ unit_amount: 1 });
    const most = Number.MAX_SAFE_INTEGER;
    expect(amountsOf([subscription([item(cent, { quantity: most })])])).toEqual([most]);
  });
});

describe('for any account', () => {
  const recurring = fc.record({
    interval: fc.constantFrom('day', 'week', 'month', 'year'),
    interval_count: fc.integer({ min: 1, max: 12 }),
  });
  const anItem = fc.tuple(fc.nat(1_000_000), recurring, fc.nat(500));
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

  test('the order of subscriptions and items changes nothing', () => {
    fc.assert(
      fc.property(anAccount, (account) => {
        const backwards = account.map((items) => items.toReversed()).toReversed();
        expect(totalOf(subscribed(backwards))).toBe(totalOf(subscribed(account)));
      }),
    );
  });

  test('k times the quantities is k times the MRR, but for the roundings', () => {
    fc.assert(
      fc.property(anAccount, fc.integer({ min: 1, max: 20 }), (account, k) => {
        const roundings = (account.flat().length * (k + 1)) / 2;
        const difference = Math.abs(totalOf(subscribed(account, k)) - k * totalOf(subscribed(account)));
        expect(difference).toBeLessThanOrEqual(roundings);
      }),
    );
  });

  test('a life is counted from its start, or the end of its trial, until it is called off or ends: then and never else', () => {
    const time = fc.integer({ min: 0, max: 20 });
    const life = fc.record({
      start: time,
      trial: fc.option(time),
      call: time,
      end: time,
      at: time,
      isLate: fc.boolean(),
    });
    fc.assert(
      fc.property(life, ({ start, trial, call, end, at, isLate }) => {
        const canceled_at = Math.max(start, call);
        const ended_at = Math.max(canceled_at, end);
        const trial_end = trial === null ? null : start + trial;
        const fields = { status: 'canceled', created: start, start_date: start, canceled_at, ended_at };
        const lived = subscription([item(pro)], { ...fields, trial_start: trial === null ? null : start, trial_end });
        const rules = { cancelAtPeriodEnd: isLate ? ('at-period-end' as const) : ('at-cancel' as const) };
        const from = trial_end ?? start;
        // Just before `at`: what happens at it is not in it.
        const counts = from < at && at <= (isLate ? ended_at : canceled_at);
        expect(amountsOf([lived], { end: at, rules })).toEqual(counts ? [1000] : []);
        const had = from < Math.min(at, isLate ? ended_at : canceled_at);
        expect(hadPaid(parsed(lived), inputOf({ end: at, rules }))).toBe(had);
      }),
    );
  });
});
