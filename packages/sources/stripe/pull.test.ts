import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MissingRate } from './fold.ts';
import { at, coupon, discount, event, item, price, subscription } from './test-objects.ts';
import { pro, pull, small } from './test-pull.ts';

test('a night yields MRR, ARR, customers and revenue per customer with their evidence', async () => {
  const { observations, requests } = await pull(small);
  const sha256 = observations[0]?.evidence.sha256;
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  const evidence = { requests: 4, rows: 6, sha256, policy: 'stripe-default' };
  const shared = {
    day: '2026-01-20',
    n: 2,
    quality: [],
    evidence,
    settlesAt: toInstant('2026-01-21T00:00:00Z'),
  };
  const still = { value: 0, customers: 0 };
  expect(observations).toEqual([
    {
      ...shared,
      metric: 'mrr',
      value: 29_800,
      breakdown: { product: { Pro: 9800, Team: 20_000 }, interval: { month: 9800, year: 20_000 } },
      evidence: {
        ...evidence,
        rules: {
          cancelAtPeriodEnd: 'at-cancel',
          repeatingCoupons: 'ignore',
          onceCoupons: 'ignore',
          pausedCollection: 'ignore',
        },
        statuses: { active: 3, trialing: 1 },
        excluded: { trialing: 1 },
        start: { day: '2026-01-19', value: 298 },
        movements: { new: still, reactivation: still, expansion: still, contraction: still, churn: still, fx: still },
        top: [],
      },
    },
    { ...shared, metric: 'arr', value: 357_600 },
    { ...shared, metric: 'paying_customers', value: 2, breakdown: { product: { Pro: 2, Team: 1 } } },
    ...['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'].map((kind) => ({
      ...shared,
      n: 0,
      metric: `mrr_${kind}`,
      value: 0,
    })),
    { ...shared, metric: 'arpu', value: 14_900, numerator: 29_800, denominator: 2 },
  ]);
  // The day before it is worked out from the same reading, so events are read from its end on.
  expect(requests.toSorted()).toEqual([
    expect.stringMatching(`^/v1/events.limit=100&types.*&created.gte.=${at('2026-01-20T00:00:00Z')}$`),
    '/v1/prices?limit=100&active=false&expand[0]=data.product&expand[1]=data.tiers&expand[2]=data.currency_options',
    '/v1/prices?limit=100&active=true&expand[0]=data.product&expand[1]=data.tiers&expand[2]=data.currency_options',
    `/v1/subscriptions?limit=100&status=all&created[gte]=0&created[lt]=${at('2026-01-21T00:00:00Z')}&expand[0]=data.discounts&expand[1]=data.items.data.discounts`,
  ]);
});

test('an account without subscribers has an MRR of 0 and no average', async () => {
  const { observations } = await pull({});
  expect(observations.map(({ metric, value, n }) => [metric, value, n])).toEqual([
    ['mrr', 0, 0],
    ['arr', 0, 0],
    ['paying_customers', 0, 0],
    ...['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'].map((kind) => [`mrr_${kind}`, 0, 0]),
  ]);
});

test('a product on sale that nobody has comes to 0, one that is not is absent', async () => {
  const old = price({ active: false, product: { id: 'prod_old', name: 'Old' } });
  const usage = price({ recurring: { usage_type: 'metered' }, product: { id: 'prod_usage', name: 'Usage' } });
  const { observations } = await pull({ prices: [pro, old, usage] });
  const shown = observations.flatMap(({ metric, breakdown }) => (breakdown ? [[metric, breakdown['product']]] : []));
  expect(shown).toEqual([
    ['mrr', { Pro: 0 }],
    ['paying_customers', { Pro: 0 }],
  ]);
});

test('products of the same name are one, and who pays for two of them is one customer', async () => {
  const [one, other] = ['prod_one', 'prod_other'].map((id) => price({ product: { id, name: 'Seats' } }));
  const subscriptions = [one, other].map((sold) => subscription([item(sold ?? pro)], { customer: 'cus_both' }));
  const { observations } = await pull({ prices: [one ?? pro, other ?? pro], subscriptions });
  const shown = observations.flatMap(({ metric, breakdown }) => (breakdown ? [[metric, breakdown['product']]] : []));
  expect(shown).toEqual([
    ['mrr', { Seats: 2000 }],
    ['paying_customers', { Seats: 1 }],
  ]);
});

test('of more than 500 products the smallest are the others, and so is one that bears their name', async () => {
  const prices = Array.from({ length: 501 }, (_, index) =>
    price({
      unit_amount: 1000 + index,
      product: { id: `prod_${index}`, name: index === 500 ? '(other)' : `P${index}` },
    }),
  );
  const { observations } = await pull({ prices, subscriptions: prices.map((sold) => subscription([item(sold)])) });
  const parts = observations[0]?.breakdown?.['product'] ?? {};
  expect([Object.keys(parts).length, parts['P499'], parts['P1'], parts['P0']]).toEqual([500, 1499, 1001, undefined]);
  expect(parts['(other)']).toBe(1500 + 1000);
  expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(observations[0]?.value);
});

test('who pays nothing after discounts is no paying customer', async () => {
  const free = coupon({ percent_off: 100 });
  const subscriptions = [
    subscription([item(pro)], { discounts: [discount(free)] }),
    subscription([item(pro)]),
    subscription([item(price({ unit_amount: 0 }))]),
  ];
  const { mrr, customers, requests } = await pull({ prices: [pro], coupons: [free], subscriptions });
  expect([mrr, customers]).toEqual([{ '2026-01-20': 4900 }, { '2026-01-20': 1 }]);
  const expanded = 'expand[0]=data.applies_to&expand[1]=data.currency_options';
  expect(requests.filter((request) => request.includes('coupons'))).toEqual([`/v1/coupons?limit=100&${expanded}`]);
});

test('the settings of the workspace are named in the policy', async () => {
  const config = { mrr: { cancelAtPeriodEnd: 'at-period-end', onceCoupons: 'subtract' } };
  const { observations } = await pull(small, { config });
  expect(observations[0]?.evidence.policy).toBe('stripe-default cancelAtPeriodEnd=at-period-end onceCoupons=subtract');
});

describe('a day', () => {
  test('ends in the zone of the workspace', async () => {
    // 22:30 UTC is half past midnight at +02:00: the next day there.
    const subscriptions = [subscription([item(pro)], { created: at('2026-01-19T22:30:00Z') })];
    const night = { from: '2026-01-19', to: '2026-01-20', now: '2026-01-20T23:00:00Z' };
    expect((await pull({ subscriptions }, { ...night, timezone: '+02:00' })).mrr).toEqual({
      '2026-01-19': 0,
      '2026-01-20': 4900,
    });
    expect((await pull({ subscriptions }, { ...night, timezone: '-05:00' })).mrr).toEqual({ '2026-01-19': 4900 });
  });

  test('that is not over yields nothing and asks nothing', async () => {
    const { observations, requests } = await pull(small, { now: '2026-01-20T23:59:59Z' });
    expect([observations, requests]).toEqual([[], []]);
  });

  test('is compared with what the night before remembered, and only its own events are read', async () => {
    const memory = new Map<string, Uint8Array>();
    await pull(small, { from: '2026-01-19', now: '2026-01-20T01:00:00Z', memory });
    const { observations, requests } = await pull(
      { ...small, subscriptions: small.subscriptions?.slice(1) },
      { memory },
    );
    expect(observations.filter(({ value }) => value < 0)).toMatchObject([
      { metric: 'mrr_contraction', value: -4900, n: 1 },
    ]);
    expect(requests.find((request) => request.startsWith('/v1/events'))).toContain(at('2026-01-21T00:00:00Z'));
  });

  test('that is healed is told from the same reading by undoing events', async () => {
    const now = item(pro, { quantity: 5 });
    const subscribed = subscription([now]);
    const before = (quantity: number) => ({ items: { data: [{ ...now, quantity }] } });
    const { mrr, requests } = await pull(
      {
        subscriptions: [subscribed],
        events: [
          event('customer.subscription.updated', '2026-01-20T12:00:00Z', subscribed, before(3)),
          event('customer.subscription.updated', '2026-01-19T12:00:00Z', subscribed, before(1)),
        ],
      },
      { from: '2026-01-18', to: '2026-01-20' },
    );
    expect(mrr).toEqual({ '2026-01-18': 4900, '2026-01-19': 3 * 4900, '2026-01-20': 5 * 4900 });
    expect(requests.filter((request) => request.startsWith('/v1/subscriptions'))).toHaveLength(1);
  });

  test('older than the events is reconstructed from lifetimes', async () => {
    const subscriptions = [
      subscription([item(pro)], { created: at('2026-01-03T00:00:00Z'), start_date: at('2025-12-01T00:00:00Z') }),
      subscription([item(pro)], {
        status: 'canceled',
        ended_at: at('2026-01-03T00:00:00Z'),
        created: at('2025-12-01T00:00:00Z'),
      }),
    ];
    const { observations, requests } = await pull(
      { subscriptions },
      { from: '2026-01-02', now: '2026-02-02T00:00:01Z' },
    );
    expect(observations[0]).toMatchObject({ value: 9800, reconstructed: true, quality: ['reconstructed:lifetimes'] });
    expect(requests.filter((request) => request.startsWith('/v1/events'))).toEqual([]);
    const inTime = await pull({ subscriptions }, { from: '2026-01-02', now: '2026-02-02T00:00:00Z' });
    expect(inTime.observations[0]).toMatchObject({ value: 4900, quality: [] });
    expect(inTime.observations[0]).not.toHaveProperty('reconstructed');
  });

  test('that is reconstructed has no subscription that days told by events have not yet', async () => {
    const since = { created: at('2026-01-08T00:00:00Z'), start_date: at('2025-12-01T00:00:00Z') };
    const night = { from: '2026-01-02', to: '2026-01-08', now: '2026-02-04T12:00:00Z' };
    const { mrr, valuesOf } = await pull({ subscriptions: [subscription([item(pro)], since)] }, night);
    const days = Object.entries(mrr).map(([day, value]) => [day, value, valuesOf('mrr_churn')[day]]);
    expect(days.filter(([, value, churned]) => value !== 0 || churned !== 0)).toEqual([['2026-01-08', 4900, 0]]);
  });

  test('that was told in time, as the one before it was, is not told anew from what is left of that one', async () => {
    const paused = subscription([item(pro)], { pause_collection: { behavior: 'void', resumes_at: null } });
    const memory = new Map<string, Uint8Array>();
    const inTime = { from: '2026-01-30', to: '2026-01-31', now: '2026-02-01T01:00:00Z', memory };
    expect((await pull({ subscriptions: [paused] }, inTime)).mrr).toEqual({ '2026-01-30': 0, '2026-01-31': 0 });
    const goesOn = { ...paused, pause_collection: null };
    const events = [
      event('customer.subscription.updated', '2026-02-05T12:00:00Z', goesOn, {
        pause_collection: { behavior: 'void', resumes_at: null },
      }),
    ];
    // The pause on the first of these days has left no trace, and the store keeps the number that was taken in time.
    const late = { from: '2026-01-30', to: '2026-02-01', now: '2026-03-02T12:00:00Z', memory };
    const { mrr, valuesOf } = await pull({ subscriptions: [goesOn], events }, late);
    expect([mrr, valuesOf('mrr_churn')]).toEqual([
      { '2026-01-30': 4900, '2026-02-01': 0 },
      { '2026-01-30': 0, '2026-02-01': 0 },
    ]);
  });

  test('that can not be known any more fails once, and is left out when it is healed', async () => {
    const items = Array.from({ length: 12 }, () => item(pro));
    const long = subscription(items.slice(0, 10), { id: 'sub_long' });
    long.items.has_more = true;
    const [, ...rest] = items;
    const shown = { ...long, items: { ...long.items, data: items.slice(0, 10), has_more: true } };
    const added = event('customer.subscription.updated', '2026-01-21T00:30:00Z', shown, {
      items: { data: rest.slice(0, 10) },
    });
    const account = {
      prices: [pro],
      subscriptions: [long],
      subscriptionItems: { sub_long: items },
      events: [added],
    };
    await expect(pull(account)).rejects.toThrow("how it stood then can't be told");
    const healed = await pull(account, { from: '2026-01-20', to: '2026-01-21', now: '2026-01-22T01:00:00Z' });
    expect(healed.mrr).toEqual({ '2026-01-21': 12 * 4900 });
  });

  test('remembers a discount that was taken off since', async () => {
    const half = coupon({ percent_off: 50 });
    const gone = discount(half);
    const subscribed = subscription([item(pro)]);
    const events = [
      event('customer.subscription.updated', '2026-01-21T00:30:00Z', subscribed, { discounts: [gone.id] }),
      event('customer.discount.deleted', '2026-01-21T00:30:00Z', gone),
    ];
    const { mrr } = await pull({ subscriptions: [subscribed], coupons: [half], events });
    expect(mrr).toEqual({ '2026-01-20': 2450 });
  });
});

describe('everything is read', () => {
  test('page after page, an object seen twice counting once', async () => {
    const one = subscription([item(pro)]);
    const rest = Array.from({ length: 6 }, () => subscription([item(pro)]));
    const [first, second, third, ...others] = rest;
    const subscriptions = [one, first, second, first, third, ...others].filter((each) => each !== undefined);
    const { mrr, requests } = await pull({ subscriptions, prices: [pro], pageSize: 3 });
    expect(mrr).toEqual({ '2026-01-20': 7 * 4900 });
    expect(requests.filter((request) => request.startsWith('/v1/subscriptions'))).toHaveLength(4);
  });

  test('items beyond those embedded', async () => {
    const items = Array.from({ length: 12 }, () => item(pro));
    const long = subscription(items.slice(0, 10));
    long.items.has_more = true;
    const { mrr } = await pull({ subscriptions: [long], subscriptionItems: { [long.id]: items }, pageSize: 5 });
    expect(mrr).toEqual({ '2026-01-20': 12 * 4900 });
  });

  test('inactive prices, with their tiers', async () => {
    const tiers = [{ up_to: null, unit_amount: 700, unit_amount_decimal: '700', flat_amount: 1000 }];
    const old = price({
      active: false,
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers,
      unit_amount: null,
      unit_amount_decimal: null,
    });
    const { mrr } = await pull({ subscriptions: [subscription([item(old, { quantity: 3 })])], prices: [old] });
    expect(mrr).toEqual({ '2026-01-20': 3100 });
  });

  test('names of products that came unexpanded, the id standing in for one that is gone', async () => {
    const inline = price({ product: { id: 'prod_named' } });
    const nameless = price({ product: { id: 'prod_gone' } });
    const subscriptions = [subscription([item(inline), item(nameless)])];
    const { observations } = await pull({ subscriptions, products: [{ id: 'prod_named', name: 'Named' }] });
    expect(observations[0]?.breakdown?.['product']).toEqual({ Named: 1000, prod_gone: 1000 });
  });

  test('coupons that were deleted but are still in use', async () => {
    const [own, whole] = [coupon({ percent_off: 50 }), coupon({ amount_off: 450 })];
    const discounted = item(pro, { discounts: [discount(own)] });
    const subscribed = subscription([discounted], { discounts: [discount(whole)] });
    const { mrr } = await pull({
      subscriptions: [subscribed],
      subscriptionItems: { [subscribed.id]: [discounted] },
      deletedCoupons: [own, whole],
    });
    expect(mrr).toEqual({ '2026-01-20': 2000 });
  });

  test('amounts in the currency that is paid, and its rate', async () => {
    const several = price({
      id: 'price_several',
      currency_options: { eur: { unit_amount: 900, unit_amount_decimal: '900' } },
    });
    const account = { subscriptions: [subscription([item(several)], { currency: 'eur' })], prices: [several] };
    const { observations } = await pull(account, { fx: { EUR: '1.1' } });
    expect(observations[0]).toMatchObject({ value: 990, evidence: { rates: { EUR: '1.1' } } });
    await expect(pull(account)).rejects.toThrow(
      new MissingRate(
        'stripe',
        'customers pay in EUR, and no rate to USD is known for 2026-01-20; add one to the file that the workspace names as fx',
      ),
    );
  });

  test('tiers in the currency that is paid, which no list of prices has', async () => {
    const tiers = (unit_amount: number) => [{ up_to: null, unit_amount }];
    const tiered = price({
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      unit_amount: null,
      unit_amount_decimal: null,
      tiers: tiers(1000),
      currency_options: { eur: { tiers: tiers(900) }, gbp: { tiers: tiers(800) } },
    });
    const subscriptions = ['eur', 'gbp', 'usd'].map((currency) =>
      subscription([item(tiered, { quantity: 2 })], { currency }),
    );
    const { mrr, requests } = await pull({ prices: [tiered], subscriptions }, { fx: { EUR: '1.5', GBP: '2' } });
    expect(mrr).toEqual({ '2026-01-20': 1.5 * 1800 + 2 * 1600 + 2000 });
    expect(requests.filter((request) => request.includes(tiered.id))).toHaveLength(2);
  });

  test('discounts that an earlier state only names', async () => {
    const [half, tenth] = [coupon({ percent_off: 50 }), coupon({ percent_off: 10 })];
    const [first, second] = [discount(half), discount(tenth)];
    const now = subscription([item(pro)], { discounts: [first, second] });
    const added = event('customer.subscription.updated', '2026-01-21T00:30:00Z', now, { discounts: [first.id] });
    const account = { prices: [pro], coupons: [half, tenth], subscriptions: [now], events: [added] };
    expect((await pull(account)).mrr).toEqual({ '2026-01-20': 2450 });
  });

  test('the same whatever the order and the size of pages', async () => {
    const subscriptions = Array.from({ length: 7 }, (_, index) => subscription([item(pro, { quantity: index })]));
    const [expected] = (await pull({ subscriptions })).observations;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(subscriptions, { minLength: subscriptions.length }),
        fc.integer({ min: 1, max: 9 }),
        async (shuffled, pageSize) => {
          const [found] = (await pull({ subscriptions: shuffled, pageSize })).observations;
          expect({ ...found, evidence: { ...found?.evidence, requests: 0 } }).toEqual({
            ...expected,
            evidence: { ...expected?.evidence, requests: 0 },
          });
        },
      ),
      { numRuns: 15 },
    );
  });
});
