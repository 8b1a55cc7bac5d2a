import { addDays, toDay } from '@plumbline/core/day';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer, Asked, Fault, Row } from './foreign/stripe-account.ts';
import { ACCOUNT_KEY } from './foreign/stripe-account.ts';
import type { Contents, StripeNights } from './foreign/stripe-nights.ts';
import { differing, remembered, stripeNights } from './foreign/stripe-nights.ts';
import { ASKED_AT, DAY, company } from './foreign/stripe-objects.ts';
import { tidyUp } from './support.ts';

tidyUp();

const { opened } = stripeNights();

afterEach(() => vi.restoreAllMocks());

/** Each endpoint that a night asks, with its request that is in the middle of the reading. */
const ENDPOINTS: Record<string, number> = {
  '/v1/prices': 2,
  '/v1/subscriptions': 2,
  '/v1/events': 2,
  '/v1/subscription_items': 2,
  '/v1/products': 2,
  '/v1/coupons': 2,
  '/v1/prices/{id}': 1,
  '/v1/subscriptions/{id}': 1,
};

let eve: Contents;
let right: { numbers: Awaited<ReturnType<StripeNights['numbers']>>; contents: Contents };

/** A company whose night before has come in. */
const begun = () => opened(company(), { now: ASKED_AT, from: eve });

beforeAll(async () => {
  const first = await opened(company(), { now: '2026-01-21T01:00:00Z' });
  await first.night(addDays(toDay(DAY), -1));
  eve = await first.contents();
  await first.night(DAY);
  right = { numbers: await first.numbers(DAY), contents: await first.contents() };
  await first.account.close();
});

it('an undisturbed night says what the company comes to by hand, and asks every endpoint', async () => {
  const one = await begun();
  await one.night(DAY);
  const values = (await one.numbers(DAY)).map(({ metric, value }) => [metric, value]);
  expect(Object.fromEntries(values)).toEqual({
    mrr: 69_580,
    arr: 834_960,
    paying_customers: 11,
    arpu: 6325,
    mrr_new: 4900,
    mrr_expansion: 9800,
    mrr_churn: -4900,
    mrr_contraction: 0,
    mrr_reactivation: 0,
    mrr_fx: 0,
  });
  const asked = Map.groupBy(one.account.asked, (request) => request.split('?')[0]);
  const times = Object.keys(ENDPOINTS).map((endpoint) => [endpoint, asked.get(endpoint)?.length ?? 0]);
  expect(times.filter(([endpoint, count]) => Number(count) < (ENDPOINTS[String(endpoint)] ?? 0))).toEqual([]);
});

/** The night is as if nothing had been, and running it once more writes nothing. */
async function expectRight(one: StripeNights): Promise<void> {
  expect(await one.numbers(DAY)).toEqual(right.numbers);
  const contents = await one.contents();
  expect(differing(remembered(right.contents), remembered(contents))).toEqual([]);
  expect([...contents.keys()].filter((key) => key.includes('reading'))).toEqual([]);
  expect(await one.night(DAY)).toMatchObject({ state: 'ok', written: 0 });
  expect(differing(contents, await one.contents())).toEqual([]);
}

/** Nothing but the night's own result, one event and how far the reading got. */
async function expectNothingWritten(one: StripeNights, says: RegExp): Promise<void> {
  const before = await one.contents();
  const result = await one.night(DAY);
  expect(result).toMatchObject({ source: 'stripe', state: 'failed', written: 0, error: expect.stringMatching(says) });
  expect(JSON.stringify(result)).not.toContain(ACCOUNT_KEY);
  const written = differing(before, await one.contents()).filter((key) => !/#memory#stripe reading[/#]/.test(key));
  expect(written).toEqual([
    `studio#nights ${DAY}`,
    `studio#nights ${DAY}#stripe`,
    expect.stringContaining('studio#outbox '),
  ]);
  expect(await one.events()).toEqual(['Snapshots Recorded', 'Source Failed']);
}

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });
const error = (status: number, headers: Record<string, string> = {}): Answer => ({
  ...json({ error: { type: 'api_error', message: 'of theirs' } }, status),
  headers,
});
const inTheMiddle = ({ endpoint, count }: Asked): boolean => count === ENDPOINTS[endpoint];

type Page = { data: Row[]; has_more: boolean };
const isList = (body: unknown): body is Page => typeof body === 'object' && body !== null && 'has_more' in body;

/** Changes what is answered, as JSON; what the change answers takes its place. */
const altered = (answer: Answer, change: (body: unknown) => unknown): Answer => {
  const body: unknown = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify(change(body) ?? body) };
};

describe('a fault that passes, once in the middle of every list and object', () => {
  const once =
    (fault: (answer: Answer) => Answer): Fault =>
    (asked, answer) =>
      inTheMiddle(asked) ? fault(answer) : undefined;
  const onPages = (change: (page: Page) => Page): Fault => {
    const last = new Map<string, Row>();
    return (asked, answer) =>
      altered(answer, (body) => {
        if (!isList(body)) return body;
        const before = last.get(asked.query.get('starting_after') ?? '');
        const end = body.data.at(-1);
        if (end) last.set(end.id, end);
        return change({ ...body, data: [...(before ? [before] : []), ...body.data] });
      });
  };
  const faults: [string, (one: StripeNights) => Fault][] = [
    ['a 429', () => once(() => error(429))],
    ['a 429 with Retry-After', () => once(() => error(429, { 'retry-after': '3' }))],
    ['a storm of 429 for some seconds', ({ clock }) => storm(clock.now(), clock)],
    ['a 500', () => once(() => error(500))],
    ['a 503 with an HTML page', () => once(() => ({ status: 503, body: '<html>Service Unavailable</html>' }))],
    ['a connection that breaks in the body', () => once((answer) => ({ ...answer, ends: 'broken off' }))],
    ['JSON that is cut off', () => once((answer) => ({ ...answer, body: answer.body.slice(0, -20) }))],
    ['an HTML page', () => once(() => ({ status: 200, body: '<html>Sign in</html>' }))],
    ['an empty body', () => once(() => ({ status: 200, body: '' }))],
    ['an error without a body', () => once(() => ({ status: 500, body: '' }))],
    [
      'pages that hold their first object twice',
      () => onPages((page) => ({ ...page, data: [...page.data.slice(0, 1), ...page.data] })),
    ],
    ['pages that begin with the last object of the page before', () => onPages((page) => page)],
  ];
  const storm =
    (begin: number, clock: { now(): number }): Fault =>
    () =>
      clock.now() < begin + 7000 ? error(429) : undefined;

  it.each(faults)('%s changes no number', async (_, fault) => {
    // Back-off is drawn by lot.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const one = await begun();
    one.account.breaks(fault(one));
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    expect(await one.events()).toEqual(['Snapshots Recorded', 'Snapshots Recorded']);
    one.account.breaks(undefined);
    await expectRight(one);
  });

  it('an answer that does not come changes no number', async () => {
    const one = await begun();
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 200));
    one.account.breaks((asked, answer) => (inTheMiddle(asked) ? { ...answer, ends: 'never' } : undefined));
    const result = await one.night(DAY);
    vi.restoreAllMocks();
    expect(result).toMatchObject({ state: 'ok' });
    one.account.breaks(undefined);
    await expectRight(one);
  });
});

describe('a fault that stays is told with its place, writes nothing, and is healed by the next run', () => {
  async function expectHealed(fault: Fault, says: RegExp): Promise<void> {
    const one = await begun();
    one.account.breaks(fault);
    await expectNothingWritten(one, says);
    one.account.breaks(undefined);
    expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
    await expectRight(one);
  }

  describe.each(Object.entries(ENDPOINTS))('at GET %s', (endpoint, middle) => {
    const at = String.raw`^\[stripe\] GET ${endpoint.replaceAll(/[{}]/g, String.raw`\$&`)}`;
    const fromThere =
      (answer: (right: Answer) => Answer): Fault =>
      (asked, right) =>
        asked.endpoint === endpoint && asked.count >= middle ? answer(right) : undefined;

    it.each<[string, (right: Answer) => Answer, string]>([
      ['500 until all tries are spent', () => error(500), ' answered 500 after 6 tries$'],
      ['a body that always breaks off', (right) => ({ ...right, ends: 'broken off' }), ' .*cut off.* after 6 tries$'],
      [
        'a web page',
        () => ({ status: 200, body: '<html>' }),
        " answered with something that can't be read .* after 6 tries$",
      ],
      [
        'a key that lost its rights',
        () => error(403),
        ' answered 403: the key may not read this; give it read permission',
      ],
      ['a key that was rolled', () => error(401), ' answered 401: the key is not accepted; make a restricted key'],
      [
        '429 with a wait of an hour',
        () => error(429, { 'retry-after': '3600' }),
        ' answered 429 and asks to wait 3600 s',
      ],
      ['another shape', () => json({ object: 'list' }), ' answered in a shape that is not known: '],
    ])('%s', (_, answer, says) => expectHealed(fromThere(answer), new RegExp(at + says)));
  });

  const lists = Object.keys(ENDPOINTS).filter((endpoint) => !endpoint.endsWith('}'));
  describe.each(lists)('in the list of GET %s', (endpoint) => {
    const inList =
      (change: (page: Page, asked: Asked) => void): Fault =>
      (asked, right) => {
        if (asked.endpoint !== endpoint) return undefined;
        return altered(right, (page) => change(page as Page, asked));
      };
    const nothingNew = /^\[stripe\] (GET \/v1\/\w+|a list) (says that there is more|holds objects made outside)/;

    it('more that never comes', () =>
      expectHealed(
        inList((page) => {
          page.has_more = true;
        }),
        nothingNew,
      ));
    it('the first page again and again', () => {
      let first: Page | undefined;
      return expectHealed(
        inList((page, { query }) => {
          if (!query.has('starting_after')) first = structuredClone({ ...page, has_more: true });
          Object.assign(page, first);
        }),
        nothingNew,
      );
    });
    it('no word of whether there is more', () =>
      expectHealed(
        inList((page) => {
          delete (page as Partial<Page>).has_more;
        }),
        /GET \/v1\/\w+ answered in a shape that is not known: has_more/,
      ));
    it('an object without an id', () =>
      expectHealed(
        inList(({ data }) => {
          delete (data[0] as Partial<Row> | undefined)?.id;
        }),
        /GET \/v1\/\w+ answered in a shape that is not known: id/,
      ));
  });
});
