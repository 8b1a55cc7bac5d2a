import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer, Asked, Fault, Row } from './foreign/stripe-account.ts';
import type { StripeNights } from './foreign/stripe-nights.ts';
import { DAY, set } from './foreign/stripe-objects.ts';
import { undisturbed } from './foreign/undisturbed.ts';
import { tidyUp } from './support.ts';

tidyUp();

const { begun, expectRight, expectNothingWritten } = undisturbed();

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

/** The fault is told with its place, and the run after it brings what an undisturbed one would have. */
async function expectHealed(fault: Fault, says: RegExp): Promise<void> {
  const one = await begun();
  one.account.breaks(fault);
  await expectNothingWritten(one, says);
  one.account.breaks(undefined);
  expect(await one.night(DAY)).toMatchObject({ state: 'ok' });
  await expectRight(one);
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
        'a key that lost its rights',
        () => error(403),
        ' answered 403: the key may not read this; give it read permission',
      ],
      [
        '429 with a wait of an hour',
        () => error(429, { 'retry-after': '3600' }),
        ' answered 429 and asks to wait 3600 s',
      ],
      ['another shape', () => json({ object: 'list' }), ' answered in a shape that is not known: '],
    ])('%s', (_, answer, says) => expectHealed(fromThere(answer), new RegExp(at + says)));
  });

  it('a key that is rolled meanwhile', () =>
    expectHealed(
      ({ endpoint, count }) => (endpoint === '/v1/subscriptions' && count > 2 ? error(401) : undefined),
      /GET \/v1\/subscriptions answered 401: the key is not accepted; make a restricted key/,
    ));

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
  });
});

describe('what no rule knows, or no number can be made of, is told and never guessed', () => {
  const shape = (endpoint: string, field: string) =>
    `GET /v1/${endpoint} answered in a shape that is not known: ${field}`;
  const untold = (subscription: string, reason: string) => `subscription sub_${subscription} can't be told: ${reason}`;
  const unknown = (subscription: string, what: string) => untold(subscription, `${what}, which no rule of MRR knows`);
  const tooMuch = (subscription: string, price: string) =>
    untold(subscription, `price price_${price} comes to more per month than can be counted exactly`);

  it.each<[string, string, string, unknown, string]>([
    ['subscriptions', 'sub_year', 'status', 'dormant', unknown('year', 'a subscription has the status "dormant"')],
    ['subscriptions', 'sub_year', 'status', undefined, shape('subscriptions', 'status')],
    ['subscriptions', 'sub_year', 'created', '2025', shape('subscriptions', 'created')],
    ['subscriptions', 'sub_year', 'customer', null, shape('subscriptions', 'customer')],
    ['subscriptions', 'sub_year', 'items', undefined, shape('subscriptions', 'items')],
    ['subscriptions', 'sub_year', 'items.data', [], 'subscription sub_year has items that did not come with it'],
    ['subscriptions', 'sub_year', 'items.data.0.price', null, untold('year', 'price (without an id) is in use')],
    ['subscriptions', 'sub_year', 'items.data.0.quantity', '2', shape('subscriptions', 'items.data.0.quantity')],
    ['subscriptions', 'sub_year', 'items.data.0.quantity', -2, shape('subscriptions', 'items.data.0.quantity')],
    ['subscriptions', 'sub_year', 'items.data.0.quantity', 1.5, shape('subscriptions', 'items.data.0.quantity')],
    ['subscriptions', 'sub_year', 'items.data.0.quantity', 2 ** 45, tooMuch('year', 'team')],
    ['subscriptions', 'sub_year', 'items.data.0.quantity', 2 ** 36, untold('year', 'an item comes to more per month')],
    [
      'subscriptions',
      'sub_paused',
      'pause_collection.behavior',
      'half',
      unknown('paused', 'its collection is paused as "half"'),
    ],
    [
      'prices',
      'price_pro',
      'billing_scheme',
      'auction',
      unknown('\\w+', 'price price_pro has the billing scheme "auction"'),
    ],
    ['prices', 'price_steps', 'tiers_mode', 'spiral', unknown('due', 'price price_steps has the tiers mode "spiral"')],
    [
      'prices',
      'price_steps',
      'tiers',
      undefined,
      untold('due', 'price price_steps has tiers, but none could be read in USD'),
    ],
    [
      'prices',
      'price_team',
      'recurring.interval',
      'decade',
      unknown('year', 'price price_team has the interval "decade"'),
    ],
    ['prices', 'price_team', 'recurring.interval_count', 0, shape('prices', 'recurring.interval_count')],
    [
      'prices',
      'price_team',
      'recurring.usage_type',
      'guessed',
      unknown('year', 'price price_team has the usage type "guessed"'),
    ],
    ['prices', 'price_team', 'recurring', undefined, untold('year', 'price price_team is not of one time')],
    ['prices', 'price_team', 'currency', undefined, shape('prices', 'currency')],
    ['prices', 'price_team', 'unit_amount_decimal', {}, shape('prices', 'unit_amount_decimal')],
    ['prices', 'price_team', 'unit_amount_decimal', 'NaN', shape('prices', 'unit_amount_decimal')],
    ['prices', 'price_team', 'unit_amount_decimal', '1e30', tooMuch('year', 'team')],
    ['prices', 'price_team', 'unit_amount_decimal', '-120000', untold('year', 'an item comes to less than nothing')],
    [
      'prices',
      'price_packs',
      'transform_quantity.round',
      'sideways',
      unknown('gone', 'price price_packs rounds its quantity "sideways"'),
    ],
    ['subscriptions', 'sub_paused', 'pause_collection', undefined, shape('subscriptions', 'pause_collection')],
    ['subscriptions', 'sub_half', 'discounts', undefined, shape('subscriptions', 'discounts')],
    ['subscriptions', 'sub_own', 'items.data.0.discounts', undefined, shape('subscriptions', 'discounts')],
    ['subscriptions', 'sub_long', 'items.has_more', undefined, shape('subscriptions', 'has_more')],
    ['prices', 'price_packs', 'transform_quantity', undefined, shape('prices', 'transform_quantity')],
    ['prices', 'price_steps', 'billing_scheme', undefined, shape('prices', 'billing_scheme')],
    ['prices', 'price_steps', 'tiers.1.up_to', undefined, shape('prices', 'up_to')],
    ['coupons', 'half', 'duration', 'eternal', unknown('half', 'a coupon has the duration "eternal"')],
    ['coupons', 'half', 'percent_off', undefined, untold('half', 'a coupon takes neither a percentage nor an amount')],
    ['subscription_items', 'si_long_7', 'price', null, untold('long', 'price (without an id) is in use')],
    ['subscription_items', 'si_long_7', 'quantity', -1, shape('subscription_items', 'quantity')],
    ['events', 'evt_2', 'created', null, shape('events', 'created')],
    ['events', 'evt_2', 'data', undefined, shape('events', 'data')],
    [
      'events',
      'evt_2',
      'data.previous_attributes.status',
      'dormant',
      unknown('grown', 'a subscription has the status "dormant"'),
    ],
    [
      'events',
      'evt_2',
      'data.previous_attributes.items.data.0.quantity',
      'three',
      shape('events', 'items.data.0.quantity'),
    ],
  ])('%s: %s with %s %j', (list, id, path, value, says) => {
    const fault: Fault = ({ endpoint }, answer) => {
      if (endpoint !== `/v1/${list}`) return undefined;
      return altered(answer, (page) => {
        const row = (page as Page).data.find((one) => one.id === id);
        if (row) set(row, path, value);
      });
    };
    return expectHealed(fault, new RegExp(says.replaceAll(/[()]/g, String.raw`\$&`)));
  });

  it('items that are missing from the list of all items', () =>
    expectHealed(({ endpoint }, answer) => {
      if (endpoint !== '/v1/subscription_items') return undefined;
      return altered(answer, (page) => {
        (page as Page).data = (page as Page).data.filter(({ id }) => id !== 'si_long_7');
      });
    }, /subscription sub_long has items that did not come with it/));
});
