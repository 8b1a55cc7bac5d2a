import { toInstant } from '@plumbline/core/zone';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from './foreign/stripe-account.ts';
import type { StripeNights } from './foreign/stripe-nights.ts';
import { differing } from './foreign/stripe-nights.ts';
import { ASKED_AT, DAY, company, objectIn } from './foreign/stripe-objects.ts';
import { undisturbed } from './foreign/undisturbed.ts';
import { tidyUp } from './support.ts';

tidyUp();

const { begun, expectRight, opened, right } = undisturbed();

const SUBSCRIPTIONS = '/v1/subscriptions';
const HOUR = 3_600_000;

/** Stripe is away for the subscriptions from this request on. */
const awayFrom =
  (request: number): Fault =>
  ({ endpoint, count }) =>
    endpoint === SUBSCRIPTIONS && count >= request ? { status: 503, body: '' } : undefined;

/** The pages of subscriptions that were asked for. */
const pages = ({ account }: StripeNights): number =>
  account.asked.filter((request) => request.startsWith(`${SUBSCRIPTIONS}?`)).length;

const mrrOf = async (one: StripeNights, day = DAY) =>
  (await one.numbers(day)).find(({ metric }) => metric === 'mrr')?.value;
const values = (numbers: Awaited<ReturnType<StripeNights['numbers']>>) =>
  numbers.map(({ metric, value, n, breakdown }) => ({ metric, value, n, breakdown }));

/** What the source remembers, by its keys. */
async function keysOf(one: StripeNights, which: RegExp): Promise<string[]> {
  const keys = [...(await one.contents()).keys()].map((key) => /#memory#stripe ([^#]+)#$/.exec(key)?.[1] ?? '');
  return keys.filter((key) => which.test(key)).sort();
}
const CHECKPOINT = /^reading/;

/** A night that fails when this page is asked for. */
async function interrupted(page = 6, one?: StripeNights): Promise<StripeNights> {
  const night = one ?? (await begun());
  night.account.breaks(awayFrom(page));
  expect(await night.night(DAY)).toMatchObject({ state: 'failed' });
  expect(await keysOf(night, CHECKPOINT)).toContain('reading');
  night.account.breaks(undefined);
  return night;
}

let all: number;
beforeAll(async () => {
  const one = await begun();
  one.account.breaks(undefined);
  await one.night(DAY);
  all = pages(one);
});

describe('a reading that broke off', () => {
  it('is gone on with where it was: no page that had come is asked for again', async () => {
    for (let page = 2; page < all; page += 2) {
      const one = await interrupted(page);
      await one.night(DAY);
      expect([page, pages(one)]).toEqual([page, all - (page - 1)]);
      await expectRight(one);
    }
  });

  it('may break off again and again', async () => {
    const one = await interrupted(4);
    for (let run = 0; run < 2; run++) await interrupted(2, one);
    await one.night(DAY);
    expect(pages(one)).toBe(all - 5);
    await expectRight(one);
  });

  it('goes on after its deadline, without a failure, an event or a number before its end', async () => {
    const one = await begun();
    const end = one.clock.now() + HOUR;
    one.account.breaks(({ endpoint, count }) => {
      if (endpoint === SUBSCRIPTIONS && count === 4) one.clock.advanceTo(end - 1000);
    });
    const first = await one.night(DAY, { time: { deadline: end - 1000, end } });
    expect(first).toMatchObject({
      state: 'unfinished',
      goesOn: { runs: 1, note: expect.stringMatching(/items read$/) },
    });
    expect([await one.numbers(DAY), await one.events()]).toEqual([[], ['Snapshots Recorded']]);
    const before = pages(one);
    one.account.breaks(undefined);
    const goesOn = first.state === 'unfinished' ? first.goesOn : undefined;
    const time = { deadline: end + HOUR, end: end + 2 * HOUR };
    expect(await one.night(DAY, { goesOn, time })).toMatchObject({ state: 'ok' });
    expect(before + pages(one)).toBe(all);
    await expectRight(one);
  });

  it('is gone on with by two runs at once, which both come to the same', async () => {
    const one = await interrupted();
    const results = await Promise.all([one.night(DAY), one.night(DAY)]);
    expect(results.map(({ state }) => state)).toEqual(['ok', 'ok']);
    await expectRight(one);
  });

  it('that two runs went on with and both broke off brings no wrong number', async () => {
    const one = await interrupted(4);
    one.account.breaks(awayFrom(4));
    await Promise.all([one.night(DAY), one.night(DAY)]);
    one.account.breaks(undefined);
    await one.night(DAY);
    await expectRight(one);
  });
});

describe('a reading is begun anew, and what was kept of the other goes', () => {
  it.each<[string, (one: StripeNights) => Promise<unknown>]>([
    ['after more than a day', async ({ clock }) => clock.advanceTo(clock.now() + 24 * HOUR + 1)],
    ['where the head is no JSON', (one) => one.remember('reading', new Uint8Array(300).fill(7))],
    ['where the head says other things', (one) => one.remember('reading', new TextEncoder().encode('{"of":1}'))],
    ['where a part is gone', async (one) => one.remember((await keysOf(one, /^reading\//))[1] ?? '')],
    [
      'where a part is garbage',
      async (one) => one.remember((await keysOf(one, /^reading\//))[1] ?? '', new Uint8Array(72).fill(1)),
    ],
    [
      'where a part is cut off',
      async (one) => one.remember((await keysOf(one, /^reading\//))[1] ?? '', new Uint8Array(35)),
    ],
    ['where the table lost a part', (one) => loseOne(one, /#memory#stripe reading\/\w\w#\w+#/)],
    ['where the table lost the head', (one) => loseOne(one, /#memory#stripe reading#\w+#/)],
  ])('%s', async (_, damage) => {
    const one = await interrupted();
    await damage(one);
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    expect([pages(one), await keysOf(one, CHECKPOINT)]).toEqual([all, []]);
    await expectRight(one);
  });

  it('where only its head is gone', async () => {
    const one = await interrupted();
    await one.remember('reading');
    await one.night(DAY);
    expect(pages(one)).toBe(all);
    await expectRight(one);
  });

  it('for another day', async () => {
    const one = await interrupted();
    one.clock.advanceTo(toInstant('2026-01-22T01:00:00Z'));
    expect(await one.night('2026-01-21')).toMatchObject({ state: 'ok' });
    expect([values(await one.numbers(DAY)), await mrrOf(one, '2026-01-21')]).toEqual([
      values(right().numbers),
      // One came, one grew by two, one went.
      69_580 + 4900 + 9800 - 2100,
    ]);
    expect([pages(one) >= all, await keysOf(one, CHECKPOINT)]).toEqual([true, []]);
  });

  it('by other rules', async () => {
    const before = await interrupted();
    const settings = '{ mrr: { pausedCollection: count } }';
    const one = await opened(company(), { now: ASKED_AT, settings, from: await before.contents() });
    one.account.breaks(undefined);
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    expect([await mrrOf(one), pages(one), await keysOf(one, CHECKPOINT)]).toEqual([69_580 + 4900, all, []]);
  });

  it('where a rate of exchange was corrected meanwhile', async () => {
    const one = await begun();
    const { prices, subscriptions } = one.account.objects;
    Object.assign(objectIn(prices, 'price_team'), { currency: 'eur' });
    Object.assign(objectIn(subscriptions, 'sub_year'), { currency: 'eur' });
    one.site.workspace.rates = () => '1.1';
    await interrupted(all - 1, one);
    one.site.workspace.rates = () => '1.2';
    await one.night(DAY);
    expect([await mrrOf(one), pages(one)]).toEqual([69_580 - 20_000 + 24_000, all]);
  });
});

/** The table loses one of its items without anybody having removed it. */
async function loseOne(one: StripeNights, which: RegExp): Promise<void> {
  const item = [...(await one.contents())].find(([key]) => which.test(key))?.[1];
  if (!item) throw new Error(`nothing is kept under ${which}`);
  await one.lose(item);
}

describe('what was remembered of the customers of the day before', () => {
  const partIn = async (one: StripeNights) => (await keysOf(one, /\/customers\/2026-01-19\//))[0] ?? '';
  const indexIn = async (one: StripeNights) => (await keysOf(one, /\/customers$/))[0] ?? '';

  it.each<[string, (one: StripeNights) => Promise<unknown>]>([
    ['a part is gone', async (one) => one.remember(await partIn(one))],
    ['a part is garbage', async (one) => one.remember(await partIn(one), new Uint8Array(99).fill(0x11))],
    ['a part is cut off', async (one) => one.remember(await partIn(one), new Uint8Array(4).fill(0x11))],
    ['the table lost a part', (one) => loseOne(one, /customers\/2026-01-19\/\w+\/\w+#\w+#/)],
    ['the index is gone', async (one) => one.remember(await indexIn(one))],
    ['the index is garbage', async (one) => one.remember(await indexIn(one), new Uint8Array(9).fill(7))],
    ['the table lost the index', (one) => loseOne(one, /customers#\w+#/)],
  ])('is worked out anew where %s', async (_, damage) => {
    const one = await begun();
    await damage(one);
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    expect(values(await one.numbers(DAY))).toEqual(values(right().numbers));
    const contents = await one.contents();
    expect(await one.night(DAY)).toMatchObject({ state: 'ok', written: 0 });
    expect(differing(contents, await one.contents())).toEqual([]);
    one.clock.advanceTo(toInstant('2026-01-22T01:00:00Z'));
    one.account.breaks(undefined);
    expect(await one.night('2026-01-21')).toMatchObject({ state: 'ok' });
    const since = one.account.asked.find((request) => request.startsWith('/v1/events'));
    expect(since).toContain(`created[gte]=${toInstant('2026-01-22T00:00:00Z') / 1000}`);
  });
});

it.each<[string, (one: StripeNights) => Promise<unknown>]>([
  ['is gone', async (one) => one.remember((await keysOf(one, /\/changes\//))[0] ?? '')],
  [
    'is garbage',
    async (one) => one.remember((await keysOf(one, /\/changes\//))[0] ?? '', new Uint8Array(40).fill(0x21)),
  ],
  ['was lost by the table', (one) => loseOne(one, /changes\/2026-01-19#\w+#/)],
])('a log of a day that %s stops no night', async (_, damage) => {
  const one = await begun();
  await damage(one);
  expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
  expect(await one.numbers(DAY)).toEqual(right().numbers);
});
