import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { accountAt, DAYS, FIRST, lives } from '@plumbline/sources/stripe/test-lives';
import { at, event, item, price, subscription } from '@plumbline/sources/stripe/test-objects';
import { pull } from '@plumbline/sources/stripe/test-pull';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objects } from './foreign/stripe-account.ts';
import type { StripeNights } from './foreign/stripe-nights.ts';
import { differing } from './foreign/stripe-nights.ts';
import { ASKED_AT, DAY, company, objectIn, set } from './foreign/stripe-objects.ts';
import { undisturbed } from './foreign/undisturbed.ts';
import { tidyUp } from './support.ts';

tidyUp();

const { begun, expectRight, opened, right } = undisturbed();

const KINDS = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'];

type Numbers = Awaited<ReturnType<StripeNights['numbers']>>;
const values = (numbers: Numbers) =>
  numbers.map(({ day, metric, value, n, breakdown }) => ({ day, metric, value, n, breakdown }));

describe('what happens while the account is read', () => {
  const NOW = Date.parse(ASKED_AT) / 1000;
  type Happens = (objects: Objects) => void;
  const told = (objects: Objects, type: string, id: string, previous_attributes: unknown): void => {
    const object = structuredClone(objectIn(objects.subscriptions, id));
    objects.events.unshift({ id: `evt_of_${id}`, type, created: NOW, data: { object, previous_attributes } });
  };

  const happenings: [string, string, Happens][] = [
    [
      'a subscription that begins',
      '/v1/subscriptions',
      (objects) => {
        const fresh = { ...structuredClone(objectIn(objects.subscriptions, 'sub_new')), id: 'sub_now', created: NOW };
        objects.subscriptions.unshift(fresh);
        told(objects, 'customer.subscription.created', 'sub_now', undefined);
      },
    ],
    [
      'a customer who is deleted, which ends its subscription',
      '/v1/subscriptions',
      (objects) => {
        const over = { status: 'canceled', ended_at: NOW, canceled_at: NOW };
        Object.assign(objectIn(objects.subscriptions, 'sub_half'), over);
        told(objects, 'customer.subscription.deleted', 'sub_half', undefined);
      },
    ],
    [
      'another quantity',
      '/v1/subscriptions',
      (objects) => {
        const year = objectIn(objects.subscriptions, 'sub_year');
        const items = structuredClone(year['items']);
        set(year, 'items.data.0.quantity', 7);
        told(objects, 'customer.subscription.updated', 'sub_year', { items });
      },
    ],
    [
      'another quantity of an item, once the page with its subscription has come',
      '/v1/subscription_items',
      (objects) => {
        const long = objectIn(objects.subscriptions, 'sub_long');
        const items = structuredClone(long['items']);
        set(long, 'items.data.3.quantity', 9);
        const item = objectIn(objects.items['sub_long'] ?? [], 'si_long_3');
        item['quantity'] = 9;
        told(objects, 'customer.subscription.updated', 'sub_long', { items });
      },
    ],
    [
      'a pause',
      '/v1/subscriptions',
      (objects) => {
        objectIn(objects.subscriptions, 'sub_named')['pause_collection'] = { behavior: 'void', resumes_at: null };
        told(objects, 'customer.subscription.updated', 'sub_named', { pause_collection: null });
      },
    ],
    [
      'a price that is taken from sale',
      '/v1/subscriptions',
      (objects) => {
        objectIn(objects.prices, 'price_small')['active'] = false;
      },
    ],
  ];

  it.each(happenings)('%s changes no number', async (_, where, happens) => {
    const one = await begun();
    let has = false;
    one.account.breaks(({ endpoint }) => {
      if (endpoint !== where || has) return;
      has = true;
      // The first page of subscriptions is still answered as it was; a list of items is asked for later than its subscription.
      if (where === '/v1/subscriptions') queueMicrotask(() => happens(one.account.objects));
      else happens(one.account.objects);
    });
    expect([await one.night(DAY), has]).toMatchObject([{ state: 'ok' }, true]);
    await expectRight(one);
  });

  it('a customer who comes as a stub, being deleted, is the same customer', async () => {
    const one = await begun();
    const stub = { id: 'cus_half', object: 'customer', deleted: true };
    objectIn(one.account.objects.subscriptions, 'sub_half')['customer'] = stub;
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    await expectRight(one);
  });

  it('an object that vanishes with a page behind it changes no number', async () => {
    const one = await begun();
    const vanished: string[] = [];
    one.account.breaks(({ endpoint, query }) => {
      const after = query.get('starting_after');
      if (endpoint !== '/v1/subscriptions' || after === null || vanished.length > 0) return;
      vanished.push(after);
      one.account.objects.subscriptions = one.account.objects.subscriptions.filter(({ id }) => id !== after);
    });
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    expect(vanished).toHaveLength(1);
    expect(await one.numbers(DAY)).toEqual(right().numbers);
  });
});

describe('a day of the calendar', () => {
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

  /** Who came a second before and at the day's begin and end, and whose seats changed then: 1, 2, then 3 at the end. */
  function border(begin: string, end: string): Objects {
    const pro = price({ id: 'price_pro', unit_amount: 1000 });
    const had = (id: string, created: number, quantity = 1) =>
      subscription([item(pro, { id: `si_${id}`, quantity })], {
        id: `sub_${id}`,
        customer: `cus_${id}`,
        created,
        start_date: created,
      });
    const seats = (quantity: number) => had('seats', at(begin) - 1, quantity);
    const changed = (when: number, from: number, to: number) =>
      event('customer.subscription.updated', iso(when), seats(to), { items: seats(from).items });
    const over = { status: 'canceled', ended_at: at(end) - 1, canceled_at: at(end) - 1 };
    const objects = {
      subscriptions: [
        had('at_end', at(end)),
        had('before_end', at(end) - 1),
        had('at_begin', at(begin)),
        { ...had('left', at(begin) - 1), ...over },
        { ...had('leaves', at(begin) - 1), ...over, ended_at: at(end), canceled_at: at(end) },
        seats(3),
      ],
      items: {},
      prices: [pro],
      unlistedPrices: [],
      products: [],
      coupons: [],
      deletedCoupons: [],
      events: [
        event('customer.subscription.deleted', end, had('leaves', at(begin) - 1)),
        changed(at(end), 2, 3),
        changed(at(end) - 1, 1, 2),
      ],
      invoices: [],
    };
    return JSON.parse(JSON.stringify(objects)) as Objects;
  }

  it.each([
    ['of 23 hours', 'Europe/Kyiv', '2026-03-29', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
    ['of 25 hours', 'Europe/Kyiv', '2026-10-25', '2026-10-24T21:00:00Z', '2026-10-25T22:00:00Z'],
    ['that a leap year has more', 'UTC', '2028-02-29', '2028-02-29T00:00:00Z', '2028-03-01T00:00:00Z'],
    [
      'that ends where there is no midnight',
      'Asia/Beirut',
      '2026-03-28',
      '2026-03-27T22:00:00Z',
      '2026-03-28T22:00:00Z',
    ],
    ['far ahead of UTC', 'Pacific/Kiritimati', '2026-01-20', '2026-01-19T10:00:00Z', '2026-01-20T10:00:00Z'],
    ['far behind UTC', 'Pacific/Pago_Pago', '2026-01-20', '2026-01-20T11:00:00Z', '2026-01-21T11:00:00Z'],
    ['at a fixed offset', '"+05:45"', '2026-12-31', '2026-12-30T18:15:00Z', '2026-12-31T18:15:00Z'],
  ])(
    '%s holds what came before its end to the second, pulled at that very second',
    async (_, timezone, day, begin, end) => {
      const one = await opened(border(begin, end), { now: end, timezone });
      expect(await one.night(day)).toMatchObject({ state: 'ok' });
      const told = Object.fromEntries((await one.numbers(day)).map(({ metric, value }) => [metric, value]));
      expect(told).toMatchObject({
        // Seats, who leaves at the end, who came at the begin and just before the end.
        mrr: 2000 + 1000 + 2000,
        paying_customers: 4,
        mrr_new: 2000,
        mrr_expansion: 1000,
        mrr_churn: -1000,
      });
      const contents = await one.contents();
      expect(await one.night(day)).toMatchObject({ state: 'ok', written: 0 });
      expect(differing(contents, await one.contents())).toEqual([]);
    },
  );
});

describe('days that come in together', () => {
  const FROM = toDay('2026-01-16');
  const outage = daysFrom(FROM, toDay(DAY));

  it('after five nights without Stripe are what each night would have told', async () => {
    const [each, healed] = [await opened(company(), { now: ASKED_AT }), await opened(company(), { now: ASKED_AT })];
    for (const one of [each, healed]) await one.night(addDays(FROM, -1));
    for (const day of outage) await each.night(day);

    healed.account.breaks(({ endpoint }) => (endpoint === '/v1/prices' ? { status: 500, body: '' } : undefined));
    for (const day of outage) expect(await healed.night(day)).toMatchObject({ state: 'failed' });
    expect(await healed.numbers(FROM, DAY)).toEqual([]);
    healed.account.breaks(undefined);
    expect(await healed.night(DAY)).toMatchObject({ state: 'ok', changedFrom: FROM });
    expect(values(await healed.numbers(FROM, DAY))).toEqual(values(await each.numbers(FROM, DAY)));
    const contents = await healed.contents();
    expect(await healed.night(DAY)).toMatchObject({ state: 'ok', written: 0 });
    expect(differing(contents, await healed.contents())).toEqual([]);
  });

  it('after more nights without Stripe than events reach back are those that events tell, and no invoice is asked for', async () => {
    const one = await opened(company(), { now: ASKED_AT });
    expect(await one.night('2025-12-10')).toMatchObject({ state: 'ok' });
    one.account.asked.length = 0;
    expect(await one.night(DAY)).toMatchObject({ state: 'ok', changedFrom: '2025-12-23' });
    expect(one.account.asked.filter((asked) => asked.startsWith('/v1/invoices'))).toEqual([]);
    const states = (await one.numbers('2025-12-11', DAY)).map(({ day, state }) => `${day} ${state}`);
    expect([states[0], ...states.filter((state) => state.endsWith('reconstructed'))]).toEqual(['2025-12-23 settled']);
  });

  it('in a backfill over the border of what events tell begin where the one before ended, to the cent', async () => {
    const days = daysFrom(toDay('2026-01-05'), addDays(toDay('2026-01-05'), DAYS - 1));
    const fx = (currency: string, day: string) => (currency === 'EUR' ? `1.0${day.slice(9)}` : `0.006${day.slice(9)}`);
    // In the middle of the fifth day, 30 days on.
    const now = FIRST + 34.5 * 86_400;
    await fc.assert(
      fc.asyncProperty(lives, async (all) => {
        const [from = '', to = ''] = [days[0], days.at(-1)];
        const { observations } = await pull(accountAt(all, now), {
          from,
          to,
          now: new Date(now * 1000).toISOString(),
          fx,
        });
        const mrr = observations.filter(({ metric }) => metric === 'mrr');
        expect(mrr.map(({ day, reconstructed = false }) => [day, reconstructed])).toEqual(
          days.map((day, index) => [day, index < 4]),
        );
        const on = (day: string, metric: string) =>
          observations.find((one) => one.day === day && one.metric === metric)?.value ?? NaN;
        for (const [index, { day, value }] of mrr.entries()) {
          const moved = KINDS.reduce((sum, kind) => sum + on(day, `mrr_${kind}`), 0);
          const before = mrr[index - 1];
          if (before) expect([day, before.value + moved]).toEqual([day, value]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

it('something free in a currency without a rate stops no night, nor the rates of thirty days', async () => {
  const pro = price({ id: 'price_pro', unit_amount: 4900 });
  const free = price({ id: 'price_free', currency: 'eur', unit_amount: 0 });
  const left = { status: 'canceled', ended_at: at('2026-02-08T10:00:00Z'), canceled_at: at('2026-02-08T10:00:00Z') };
  const memory = new Map<string, Uint8Array>();
  const told: (string | number)[][] = [];
  for (const day of daysFrom(toDay('2026-01-10'), toDay('2026-02-09'))) {
    const subscriptions = [
      subscription([item(free)], { id: 'sub_free', customer: 'cus_1', currency: 'eur' }),
      subscription([item(pro)], { id: 'sub_pro', customer: 'cus_1', ...(day >= '2026-02-08' && left) }),
      subscription([item(pro)], { id: 'sub_other', customer: 'cus_2' }),
    ];
    const night = { from: day, now: `${addDays(day, 1)}T01:00:00Z`, memory };
    const { observations } = await pull({ prices: [pro, free], subscriptions }, night);
    const of = (metric: string) => observations.filter((one) => one.metric === metric).map(({ value }) => value);
    told.push([day, ...of('mrr'), ...of('customer_churn_rate_30d')]);
  }
  expect(told.slice(-3)).toEqual([
    ['2026-02-07', 9800],
    ['2026-02-08', 4900],
    ['2026-02-09', 4900, 50],
  ]);
});
