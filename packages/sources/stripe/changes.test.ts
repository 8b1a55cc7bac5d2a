import type { Clock } from '@plumbline/core/ports';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../http.ts';
import { asAt } from './as-at.ts';
import { followChanges } from './changes.ts';
import { createClient } from './client.ts';
import { subscriptionSchema } from './schema.ts';
import { at, coupon, discount, event, item, price, subscription } from './test-objects.ts';
import type { TestAccount } from './test-server.ts';
import { stripeServer } from './test-server.ts';

const END = at('2026-01-21T00:00:00Z');
const HOUR = 3600;

const pro = price();
const seats = item(pro, { quantity: 5 });
const now = subscription([seats]);

type Happened = ReturnType<typeof event>;

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** The quantity was this before, `seconds` after the end of the day. */
const changed = (seconds: number, quantity: number, of = now) =>
  event('customer.subscription.updated', iso(END + seconds), of, { items: { data: [{ ...seats, quantity }] } });

/** Follows the events of an account; they may be added to while it is followed. Newest first, as Stripe lists them. */
async function follow(events: Happened[], from: number | null = END, account: TestAccount = {}) {
  const { baseUrl, requests } = await stripeServer({ ...account, events });
  let time = Date.parse('2026-01-21T01:00:00Z');
  const slept: number[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  };
  const budget = { requests: 1000, perMs: 1, concurrency: 10 };
  const { signal } = new AbortController();
  const http = createHttp({ source: 'stripe', clock, budget, signal, tries: 2, random: () => 0 });
  const client = createClient({ baseUrl, secret: 'rk_test_key', http, clock });
  return { changes: followChanges(client, { from: from ?? undefined, lanes: 4, clock }), requests, slept };
}

const quantityAt = (told: Parameters<typeof asAt>[1], end = END) =>
  asAt(subscriptionSchema.parse(now), told, end).items.data[0]?.quantity;

test('without a time to follow from, nothing is asked and nothing is known', async () => {
  const { changes, requests } = await follow([changed(1, 3)], null);
  await changes.caughtUp();
  expect([requests, changes.of(now.id), changes.rows]).toEqual([[], [], 0]);
});

describe('what happened since', () => {
  test('is read once, page after page, and is known per subscription', async () => {
    const other = subscription([item(pro)]);
    const events = [
      event('customer.subscription.deleted', iso(END + 9), other),
      ...Array.from({ length: 150 }, () => changed(8, 7)),
      changed(2, 3),
    ];
    const { changes, requests } = await follow(events, END, { pageSize: 40 });
    await changes.caughtUp();
    expect(changes.of(other.id).map(({ type }) => type)).toEqual(['customer.subscription.deleted']);
    expect(quantityAt(changes.of(now.id))).toBe(3);
    expect([changes.rows, changes.of('sub_of_nobody'), requests.length > 3]).toEqual([152, [], true]);
  });

  test('is asked for by type and from the end of the day on', async () => {
    const { changes, requests } = await follow([changed(1, 3), changed(-1, 2)]);
    await changes.caughtUp();
    expect(changes.rows).toBe(1);
    expect(requests[0]).toContain(`created[gte]=${END}`);
    expect(requests[0]).toContain('customer.subscription.updated');
    expect(requests[0]).toContain('customer.discount.deleted');
    expect(requests[0]).not.toContain('created[lt]');
  });

  test('and later still is in after the next catching up, wherever its second lies', async () => {
    const events = [changed(HOUR, 3)];
    const { changes } = await follow(events);
    await changes.caughtUp();
    expect(quantityAt(changes.of(now.id))).toBe(3);
    // Listed newest first; the one made earlier turns up late.
    events.unshift(changed(HOUR + 5, 9));
    events.push(changed(HOUR - 60, 2));
    await changes.caughtUp();
    expect(quantityAt(changes.of(now.id))).toBe(2);
    expect(quantityAt(changes.of(now.id), END + HOUR + 1)).toBe(9);
    await changes.caughtUp();
    expect([changes.rows, changes.of(now.id).length]).toEqual([3, 3]);
  });

  test('in one second is undone newest first, also when it came in two readings', async () => {
    const events = [changed(HOUR, 4), changed(HOUR, 3)];
    const { changes } = await follow(events);
    await changes.caughtUp();
    events.unshift(changed(HOUR, 9), changed(HOUR, 8));
    await changes.caughtUp();
    expect(changes.of(now.id).map(({ previous }) => previous.items?.data[0]?.quantity)).toEqual([9, 8, 4, 3]);
    expect(quantityAt(changes.of(now.id))).toBe(3);
  });

  test('but changes nothing that is read, is counted and not kept', async () => {
    const renewal = event('customer.subscription.updated', iso(END + 1), now, { latest_invoice: 'in_1' });
    const { changes } = await follow([renewal]);
    await changes.caughtUp();
    expect([changes.rows, changes.of(now.id)]).toEqual([1, []]);
  });

  test('to a discount is kept as it was first told', async () => {
    const half = coupon({ percent_off: 50 });
    const taken = discount(half, { id: 'di_1', end: END + 5 });
    const events = [
      event('customer.discount.deleted', iso(END + 5), taken),
      event('customer.discount.created', iso(END + 1), { ...taken, end: null }),
    ];
    const { changes } = await follow(events);
    await changes.caughtUp();
    events.unshift(event('customer.discount.updated', iso(END + 9), { ...taken, end: END + 9 }));
    await changes.caughtUp();
    expect([...changes.discounts]).toEqual([['di_1', { id: 'di_1', start: taken.start, end: null, coupon: half.id }]]);
  });
});

describe('catching up', () => {
  test('is one reading for all who wait, and a second one for those who ask while it is under way', async () => {
    const { changes, requests } = await follow([changed(1, 3)]);
    await Promise.all([changes.caughtUp(), changes.caughtUp(), changes.caughtUp()]);
    expect(requests.length).toBe(1);
    const first = changes.caughtUp();
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, changes.caughtUp(), changes.caughtUp()]);
    expect(requests.length).toBeLessThanOrEqual(3);
  });

  test('asks once a second at most', async () => {
    const { changes, slept } = await follow([changed(1, 3)]);
    for (let turn = 0; turn < 4; turn++) await changes.caughtUp();
    expect(slept).toEqual([1000, 1000, 1000]);
  });

  test('reads no further back than what is known, whatever the number of events', async () => {
    const events = Array.from({ length: 900 }, (_, index) => changed(9000 - index, 1));
    const { changes, requests } = await follow(events);
    await changes.caughtUp();
    const before = requests.length;
    events.unshift(changed(9001, 3));
    await changes.caughtUp();
    expect(requests.length - before).toBe(1);
    expect(changes.rows).toBe(901);
  });

  test('reads all of the last seconds again, as an event may be listed late, however many there are', async () => {
    const events = Array.from({ length: 350 }, (_, index) => changed(9000 - Math.floor(index / 100), 1));
    const { changes } = await follow(events);
    await changes.caughtUp();
    events.unshift(changed(9001, 1));
    events.splice(330, 0, event('customer.subscription.paused', iso(END + 8997), now));
    await changes.caughtUp();
    expect(changes.rows).toBe(352);
    expect(changes.of(now.id).filter(({ type }) => type === 'customer.subscription.paused').length).toBe(1);
  });

  test('fails for good once a reading failed, as there would be a gap', async () => {
    let isDown = false;
    const fault: TestAccount['fault'] = (_, response) => {
      if (isDown) response.writeHead(403).end('{"error":{"message":"no"}}');
      return isDown;
    };
    const { changes } = await follow([changed(1, 3)], END, { fault });
    await changes.caughtUp();
    isDown = true;
    await expect(changes.caughtUp()).rejects.toThrow('GET /v1/events answered 403');
    isDown = false;
    await expect(changes.caughtUp()).rejects.toThrow('GET /v1/events answered 403');
  });
});
