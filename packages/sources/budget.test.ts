import { VendorError } from '@plumbline/core/errors';
import type { Clock } from '@plumbline/core/ports';
import { describe, expect, test } from 'vitest';
import { createBudget, perSecond } from './budget.ts';
import { createHttp } from './http.ts';

/** A clock on which all that sleep wake in order, each as soon as nothing else is to be done. */
function orderedClock() {
  let time = 0;
  const asleep: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        asleep.push({ at: time + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  /** Lets time pass until the work is done. */
  async function during<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const finish = () => {
      state.isDone = true;
    };
    work.then(finish, finish);
    while (!state.isDone) {
      // oxlint-disable-next-line no-await-in-loop -- one instant after the other
      await new Promise((resolve) => setImmediate(resolve));
      asleep.sort((a, b) => a.at - b.at);
      const next = asleep.shift();
      if (!next) continue;
      time = Math.max(time, next.at);
      next.wake();
    }
    return work;
  }
  return { clock, during };
}

/** Numbers from 0 to 1 that look random and are the same each time. */
function sequence() {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

type Vendor = {
  /** How many calls of one second it takes, by the clock. */
  limit: (now: number) => number;
  /** What it sends with a refusal. */
  retryAfterMs?: number;
  /** The most that a call takes to arrive. */
  delayMs?: number;
};

/** A vendor behind `createHttp` at 25 requests a second, 16 at once, that answers after 80 ms and refuses what is over its limit. */
function setUp({ limit, retryAfterMs, delayMs = 0 }: Vendor) {
  const { clock, during } = orderedClock();
  const random = sequence();
  const { signal } = new AbortController();
  const http = createHttp({ source: 'test', clock, budget: perSecond(25, 16), signal, random });
  const log: { id: number; at: number; isRefused: boolean }[] = [];

  async function answer(id: number): Promise<number> {
    if (delayMs > 0) await clock.sleep(random() * delayMs);
    const at = clock.now();
    const taken = log.filter((call) => call.at > at - 1000 && !call.isRefused).length;
    const isRefused = taken >= limit(at);
    log.push({ id, at, isRefused });
    await clock.sleep(80);
    if (isRefused) throw new VendorError('test', 'GET /things answered 429', { status: 429, retryAfterMs });
    return id;
  }
  const call = (id: number) => http.call('GET /things', () => answer(id));
  return {
    log,
    http,
    call: (id: number) => during(call(id)),
    calls: (count: number) => during(Promise.all(numbers(count).map(call))),
    failures: (count: number) =>
      during(Promise.all(numbers(count).map((id) => call(id).then(() => 'no failure', String)))),
    between: (from: number, to: number) => {
      const seen = log.filter(({ at }) => at >= from && at < to);
      return { calls: seen.length, refused: seen.filter(({ isRefused }) => isRefused).length };
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the rate', () => {
  test('is used in full while nothing is refused', async () => {
    const { calls, between } = setUp({ limit: () => 25 });
    expect(await calls(1000)).toEqual(numbers(1000));
    expect(between(0, Infinity)).toEqual({ calls: 1000, refused: 0 });
    expect(between(0, 38_000).calls).toBeGreaterThanOrEqual(0.95 * 25 * 38);
  });

  test('is used in full at the very limit of a vendor that calls take now more, now less time to reach', async () => {
    const { calls, between } = setUp({ limit: () => 25, delayMs: 30 });
    expect(await calls(1500)).toEqual(numbers(1500));
    const { calls: seen, refused } = between(2000, 58_000);
    expect((seen - refused) / 56).toBeGreaterThanOrEqual(0.93 * 25);
    expect(refused / seen).toBeLessThan(0.05);
  });

  test('comes down to a lower limit, which is then seldom met and well used; nothing is lost', async () => {
    const { calls, between } = setUp({ limit: () => 10 });
    expect(await calls(800)).toEqual(numbers(800));
    const { calls: seen, refused } = between(10_000, 70_000);
    expect(refused / seen).toBeLessThan(0.05);
    expect((seen - refused) / 60).toBeGreaterThanOrEqual(0.85 * 10);
  });

  test('is back within seconds of good answers', async () => {
    const { calls, between } = setUp({ limit: (now) => (now < 20_000 ? 10 : 25) });
    await calls(1500);
    expect(between(19_000, 20_000).calls).toBeLessThanOrEqual(11);
    expect(between(35_000, 45_000).calls).toBeGreaterThanOrEqual(0.95 * 250);
  });

  test('suffers little from a moment of refusals', async () => {
    const { calls, between } = setUp({ limit: (now) => (now > 10_000 && now < 10_100 ? 0 : 25) });
    await calls(1000);
    expect(between(10_000, 20_000).refused).toBeLessThanOrEqual(16);
    expect(between(10_000, 20_000).calls).toBeGreaterThanOrEqual(0.9 * 250);
  });
});

test('Retry-After is honoured by all calls, not only by the one that heard of it', async () => {
  const { calls, log } = setUp({ limit: (now) => (now < 5000 ? 5 : 25), retryAfterMs: 7000 });
  await calls(40);
  const refusedAt = log.filter(({ isRefused }) => isRefused).map(({ at }) => at);
  // Refusals arrive with the answers, 80 ms after the calls; those under way by then are refused as well.
  const later = log.filter(({ at }) => at > Math.min(...refusedAt) + 80);
  expect(Math.min(...later.map(({ at }) => at))).toBe(Math.max(...refusedAt) + 80 + 7000);
  // Those that had to wait go before those that had not begun.
  const again = log.filter(({ isRefused }) => isRefused).map(({ id }) => id);
  expect(
    later
      .slice(0, again.length)
      .map(({ id }) => id)
      .sort((a, b) => a - b),
  ).toEqual(again);
});

test('a storm of refusals ends loudly, each call after its tries', async () => {
  const { failures, http } = setUp({ limit: () => 0 });
  expect(new Set(await failures(20))).toEqual(new Set(['VendorError: [test] GET /things answered 429 after 6 tries']));
  expect(http.requests).toBe(120);
});

test('work that waits for a slowed rate ends with an abort', async () => {
  const { clock, during } = orderedClock();
  const stop = new AbortController();
  const budget = createBudget(perSecond(1, 4), clock, stop.signal);
  const place = budget.newPlace();
  await during(budget.run(async () => undefined, place));
  budget.slowDown(place, 60_000);
  const works = [1, 2].map((id) => budget.run(async () => id).catch((error: unknown) => String(error)));
  stop.abort(new Error('the night is over'));
  expect(await during(Promise.all(works))).toEqual(['Error: the night is over', 'Error: the night is over']);
});
