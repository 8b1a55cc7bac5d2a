import { endOfDay, toInstant } from '@plumbline/core/zone';
import type { Day } from '@plumbline/core/day';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { simulatedClock } from '../clock.ts';
import { bakhmach } from '../stories/bakhmach.ts';
import { codementor } from '../stories/codementor.ts';
import { mrrAt } from '../stories/truth.ts';
import { stripeVendor } from './stripe.ts';
import { SECRET, stripeAt } from './test-stripe.ts';

const story = bakhmach();
const everySubscription = async (sdk: Stripe, limit = 7): Promise<Stripe.Subscription[]> => {
  const all: Stripe.Subscription[] = [];
  for await (const subscription of sdk.subscriptions.list({ status: 'all', limit })) all.push(subscription);
  return all;
};

const monthly = (subscription: Stripe.Subscription): number => {
  const [item] = subscription.items.data;
  if (item === undefined || subscription.cancel_at_period_end) return 0;
  if (subscription.status !== 'active' && subscription.status !== 'past_due') return 0;
  const months = item.price.recurring?.interval === 'year' ? 12 : 1;
  return Math.round(((item.price.unit_amount ?? 0) * (item.quantity ?? 0)) / months);
};

describe("the SDK pages through a story's subscriptions as they are", () => {
  test.each([
    ['2026-01-09', 6],
    ['2026-02-12', 25],
    ['2026-04-01', 49],
  ])('at the end of %s', async (day, count) => {
    const end = endOfDay(day as Day, story.timezone);
    const { sdk } = await stripeAt(new Date(end - 1000).toISOString());
    const all = await everySubscription(sdk);
    expect(all.map(({ id }) => id)).toEqual(
      Array.from({ length: count }, (_, index) => `sub_bh${String(count - index).padStart(3, '0')}`),
    );
    expect(all.reduce((sum, subscription) => sum + monthly(subscription), 0)).toBe(mrrAt(story, end));
  });

  test('for both stories on many days they are worth what the causes say', async () => {
    for (const told of [story, codementor()]) {
      const { sdk, clock } = await stripeAt('2026-01-01T00:00:00Z', { story: told });
      for (const day of ['2026-01-10', '2026-01-25', '2026-02-06', '2026-03-05', '2026-03-19', '2026-04-01'] as Day[]) {
        const end = endOfDay(day, told.timezone);
        clock.advanceTo(end - 1000);
        const sum = (await everySubscription(sdk, 100)).reduce((total, one) => total + monthly(one), 0);
        expect([told.name, day, sum]).toEqual([told.name, day, mrrAt(told, end)]);
      }
    }
  });

  test('the usual list hides canceled ones, other lists ask for one status', async () => {
    const { sdk } = await stripeAt('2026-02-13T00:00:00Z');
    const ids = async (params: Stripe.SubscriptionListParams) =>
      (await sdk.subscriptions.list({ limit: 100, ...params })).data.map(({ id }) => id);
    const canceled = ['sub_bh013', 'sub_bh011', 'sub_bh007', 'sub_bh005'];
    expect(await ids({ status: 'canceled' })).toEqual(canceled);
    expect(await ids({ status: 'ended' })).toEqual(canceled);
    expect((await ids({})).filter((id) => canceled.includes(id))).toEqual([]);
    expect(await ids({ price: 'price_enterprise_m' })).toEqual(['sub_bh024', 'sub_bh019', 'sub_bh010']);
    expect(await ids({ created: { gte: 1_770_022_800, lt: 1_770_279_000 } })).toEqual(['sub_bh020', 'sub_bh019']);
  });

  test('a cursor goes back as well as on', async () => {
    const { sdk } = await stripeAt('2026-01-10T00:00:00Z');
    const list = async (params: Stripe.SubscriptionListParams) => {
      const { data, has_more } = await sdk.subscriptions.list({ limit: 2, status: 'all', ...params });
      return { ids: data.map(({ id }) => id), has_more };
    };
    expect(await list({ starting_after: 'sub_bh003' })).toEqual({ ids: ['sub_bh002', 'sub_bh001'], has_more: false });
    expect(await list({ ending_before: 'sub_bh002' })).toEqual({ ids: ['sub_bh004', 'sub_bh003'], has_more: true });
    expect(await list({ ending_before: 'sub_bh005' })).toEqual({ ids: ['sub_bh006'], has_more: false });
  });
});

describe('a subscription is shaped as its life was', () => {
  const seconds = (text: string): number => toInstant(text) / 1000;
  const look = async (now: string, id: string) => {
    const { sdk } = await stripeAt(now);
    const found = await sdk.subscriptions.retrieve(id);
    const { status, trial_end, cancel_at_period_end, cancel_at, canceled_at, ended_at } = found;
    const [item] = found.items.data;
    const period = [item?.current_period_start, item?.current_period_end];
    return { status, trial_end, cancel_at_period_end, cancel_at, canceled_at, ended_at, period };
  };
  const plain = { trial_end: null, cancel_at_period_end: false, cancel_at: null, canceled_at: null, ended_at: null };

  test('a trial turns into a paid subscription', async () => {
    const trial_end = seconds('2026-01-24T14:00:00+02:00');
    expect(await look('2026-01-24T13:59:59+02:00', 'sub_bh008')).toEqual({
      ...plain,
      status: 'trialing',
      trial_end,
      period: [seconds('2026-01-10T14:00:00+02:00'), trial_end],
    });
    expect(await look('2026-01-24T14:00:00+02:00', 'sub_bh008')).toEqual({
      ...plain,
      status: 'active',
      trial_end,
      period: [trial_end, seconds('2026-02-24T14:00:00+02:00')],
    });
  });

  test('a bill stays open for some days, and the period goes on', async () => {
    const period = [seconds('2026-02-06T12:05:00+02:00'), seconds('2026-03-06T12:05:00+02:00')];
    expect(await look('2026-02-07T00:00:00+02:00', 'sub_bh003')).toEqual({ ...plain, status: 'past_due', period });
    expect(await look('2026-02-10T00:00:00+02:00', 'sub_bh003')).toEqual({ ...plain, status: 'active', period });
  });

  test('one that is to end with its period stays active until then', async () => {
    const end = seconds('2026-03-19T14:05:00+02:00');
    const period = [seconds('2026-02-19T14:05:00+02:00'), end];
    const canceled_at = seconds('2026-03-02T10:00:00+02:00');
    const asked = { ...plain, cancel_at_period_end: true, cancel_at: end, canceled_at, period };
    expect(await look('2026-03-19T14:04:59+02:00', 'sub_bh030')).toEqual({ ...asked, status: 'active' });
    expect(await look('2026-03-19T14:05:00+02:00', 'sub_bh030')).toEqual({
      ...asked,
      status: 'canceled',
      ended_at: end,
    });
  });
});

describe('events', () => {
  test('tell each change with what was before, newest first, for 30 days', async () => {
    const { sdk } = await stripeAt('2026-01-28T00:00:00+02:00');
    const events: Stripe.Event[] = [];
    for await (const event of sdk.events.list({ types: ['customer.subscription.updated'], limit: 2 }))
      events.push(event);
    const told = events.map(({ type, created, data }) => {
      const object = data.object as Stripe.Subscription;
      const { items, ...previous } = (data.previous_attributes ?? {}) as Partial<Stripe.Subscription>;
      const [item] = items?.data ?? [];
      return [type.slice(22), object.id, created, Object.keys(previous).toSorted(), item?.price.id, item?.quantity];
    });
    const at = (text: string): number => toInstant(`2026-01-${text}+02:00`) / 1000;
    expect(told).toEqual([
      ['updated', 'sub_bh004', at('27T10:10:00'), ['latest_invoice'], 'price_builder_m', 1],
      ['updated', 'sub_bh008', at('24T14:00:00'), ['latest_invoice', 'status'], 'price_professional_m', 1],
      ['updated', 'sub_bh002', at('20T11:00:00'), [], 'price_team_m', 5],
    ]);
    const created = { gte: at('22T00:00:00'), lt: at('23T00:00:00') };
    const day = await sdk.events.list({ type: 'customer.subscription.*', created });
    expect(day.data.map(({ type, data }) => [type, (data.object as Stripe.Subscription).id])).toEqual([
      ['customer.subscription.deleted', 'sub_bh005'],
      ['customer.subscription.created', 'sub_bh015'],
    ]);
  });

  test('older than 30 days are gone', async () => {
    const { sdk } = await stripeAt('2026-03-01T00:00:00+02:00');
    let oldest = Infinity;
    for await (const event of sdk.events.list({ limit: 100 })) oldest = Math.min(oldest, event.created);
    expect(oldest).toBeGreaterThan(toInstant('2026-01-30T00:00:00+02:00') / 1000);
  });
});

test('the catalogue shows prices with their products, and no coupons', async () => {
  const { sdk } = await stripeAt('2026-01-10T00:00:00Z');
  const prices = await sdk.prices.list({ limit: 100, expand: ['data.product', 'data.tiers'] });
  expect(
    prices.data.map(({ id, product, unit_amount }) => [id, (product as Stripe.Product).name, unit_amount]),
  ).toEqual([
    ['price_team_m', 'Team', 3_900],
    ['price_professional_y', 'Professional', 143_000],
    ['price_professional_m', 'Professional', 14_900],
    ['price_enterprise_y', 'Enterprise', 990_000],
    ['price_enterprise_m', 'Enterprise', 99_000],
    ['price_builder_y', 'Builder', 46_800],
    ['price_builder_m', 'Builder', 4_900],
  ]);
  expect((await sdk.prices.list({ active: false })).data).toEqual([]);
  expect((await sdk.coupons.list()).data).toEqual([]);
  const items = await sdk.subscriptionItems.list({ subscription: 'sub_bh002' });
  expect(items.data.map(({ id, quantity }) => [id, quantity])).toEqual([['si_bh002', 5]]);
  expect((await sdk.products.list()).data.map(({ name }) => name).toSorted()).toEqual(
    story.products.map(({ name }) => name).toSorted(),
  );
});

describe('it refuses as Stripe does', () => {
  const refusal = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Stripe.errors.StripeError)) return error;
    return { status: error.statusCode, type: error.type, code: error.code, param: error.param };
  };

  test('a wrong key', async () => {
    const { sdk } = await stripeAt('2026-01-10T00:00:00Z', { key: 'rk_live_wrong' });
    expect(await refusal(sdk.subscriptions.list())).toMatchObject({ status: 401, type: 'StripeAuthenticationError' });
  });

  test('an unknown id, an unknown cursor, a page of 101, what cannot be expanded', async () => {
    const { sdk } = await stripeAt('2026-01-10T00:00:00Z');
    const subscriptions = (params: Stripe.SubscriptionListParams) => refusal(sdk.subscriptions.list(params));
    expect(await refusal(sdk.subscriptions.retrieve('sub_none'))).toMatchObject({
      status: 404,
      code: 'resource_missing',
    });
    expect(await subscriptions({ starting_after: 'sub_none' })).toMatchObject({ status: 400, param: 'starting_after' });
    expect(await subscriptions({ limit: 101 })).toMatchObject({ status: 400, param: 'limit' });
    expect(await subscriptions({ expand: ['data.items.data.price.tiers'] })).toMatchObject({
      status: 400,
      param: 'expand',
    });
    expect(await subscriptions({ expand: ['data.items.data.discounts', 'data.discounts.source.coupon'] })).toBe(
      undefined,
    );
  });

  test('the 26th request within a second on one endpoint, until the second is over', async () => {
    const { sdk, url, clock } = await stripeAt('2026-01-10T00:00:00Z');
    for (let request = 0; request < 25; request += 1) await sdk.subscriptions.list();
    expect(await refusal(sdk.subscriptions.list())).toMatchObject({ status: 429, code: 'rate_limit' });
    const answer = await fetch(`${url}/v1/subscriptions`, { headers: { authorization: `Bearer ${SECRET}` } });
    expect([
      answer.status,
      answer.headers.get('stripe-rate-limited-reason'),
      answer.headers.get('retry-after'),
    ]).toEqual([429, 'endpoint-rate', null]);
    expect(await refusal(sdk.prices.list())).toBe(undefined);
    await clock.sleep(1000);
    expect(await refusal(sdk.subscriptions.list())).toBe(undefined);
  });

  test('the 26th request of a sandbox over all endpoints', async () => {
    const { sdk } = await stripeAt('2026-01-10T00:00:00Z', { secret: 'rk_test_demo' });
    for (let request = 0; request < 13; request += 1) await sdk.subscriptions.list();
    for (let request = 0; request < 12; request += 1) await sdk.prices.list();
    expect(await refusal(sdk.products.list())).toMatchObject({ status: 429, code: 'rate_limit' });
  });

  test('whatever a test wants to go wrong', async () => {
    const clock = simulatedClock(0);
    const faults = () => new Response('out of order', { status: 500 });
    const answer = await stripeVendor(story, { clock, secret: SECRET, faults })(
      new Request('http://127.0.0.1/v1/prices'),
    );
    expect([answer.status, await answer.text()]).toEqual([500, 'out of order']);
  });
});
