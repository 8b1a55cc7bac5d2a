import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { DataError, VendorError } from '@plumbline/core/errors';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../http.ts';
import { createClient, isCursorGone } from './client.ts';
import { priceSchema } from './schema.ts';
import { price } from './test-objects.ts';
import type { TestAccount } from './test-server.ts';
import { stripeServer } from './test-server.ts';

const pro = price({ id: 'price_pro', unit_amount_decimal: '4900.5' });
const small: TestAccount = { prices: [pro, price({ id: 'price_team' }), price({ id: 'price_free' })] };

/** A client of that address; waiting passes on a simulated clock. */
function clientAt(baseUrl: string) {
  let time = Date.parse('2026-01-21T01:00:00Z');
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
    },
  };
  const budget = { requests: 1000, perMs: 1, concurrency: 10 };
  const { signal } = new AbortController();
  const http = createHttp({ source: 'stripe', clock, budget, signal, random: () => 0.5 });
  return { client: createClient({ baseUrl, secret: 'rk_test_key', http, clock }), http };
}

async function clientOf(account: TestAccount) {
  const { baseUrl, requests } = await stripeServer(account);
  return { ...clientAt(baseUrl), requests };
}

type Client = Awaited<ReturnType<typeof clientOf>>['client'];

const listPrices = (client: Client) =>
  client.list('GET /v1/prices', priceSchema, (stripe, page) => stripe.prices.list({ ...page, active: true }));

const pageOfPrices = (client: Client, after?: string) =>
  client.page('GET /v1/prices', priceSchema, (stripe) =>
    stripe.prices.list({ limit: 2, ...(after !== undefined && { starting_after: after }) }),
  );

const pull = async (account: TestAccount) => listPrices((await clientOf(account)).client);

test('a list is read page after page, in the order of the vendor, with decimals as they were sent', async () => {
  const { client, requests } = await clientOf({ ...small, pageSize: 2 });
  const prices = await listPrices(client);
  expect(prices.map(({ id, unit_amount_decimal }) => [id, unit_amount_decimal])).toEqual([
    ['price_pro', '4900.5'],
    ['price_team', '1000'],
    ['price_free', '1000'],
  ]);
  expect(requests).toEqual([
    '/v1/prices?limit=100&active=true',
    '/v1/prices?limit=100&starting_after=price_team&active=true',
  ]);
});

test('one page says whether there is more', async () => {
  const { client } = await clientOf(small);
  const idsOf = async (after?: string) => {
    const { rows, hasMore } = await pageOfPrices(client, after);
    return [rows.map(({ id }) => id), hasMore];
  };
  expect(await idsOf()).toEqual([['price_pro', 'price_team'], true]);
  expect(await idsOf('price_team')).toEqual([['price_free'], false]);
});

test('requests side by side each get their own answer', async () => {
  const { client } = await clientOf(small);
  const after = ['price_pro', undefined, 'price_team', 'price_pro', undefined];
  const pages = await Promise.all(after.map((cursor) => pageOfPrices(client, cursor)));
  expect(pages.map(({ rows }) => rows[0]?.id)).toEqual([
    'price_team',
    'price_pro',
    'price_free',
    'price_team',
    'price_pro',
  ]);
});

describe('a cursor that vanished', () => {
  const refusal = (error: object): TestAccount => ({
    ...small,
    fault: (_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return true;
    },
  });
  const failureOf = async (account: TestAccount) =>
    pageOfPrices((await clientOf(account)).client, 'price_gone').catch((error: unknown) => error);
  const type = 'invalid_request_error';
  const message = 'No such price';

  test('is told from other refusals', async () => {
    const gone = await failureOf(refusal({ type, message, code: 'resource_missing', param: 'starting_after' }));
    expect([String(gone), isCursorGone(gone)]).toEqual([
      'CursorGoneError: [stripe] GET /v1/prices answered 400: No such price',
      true,
    ]);
    const other = await failureOf(refusal({ type, message, code: 'resource_missing', param: 'product' }));
    expect([String(other), isCursorGone(other)]).toEqual([
      'VendorError: [stripe] GET /v1/prices answered 400: No such price',
      false,
    ]);
  });

  test('also after a try that failed in another way', async () => {
    let count = 0;
    const gone = refusal({ type, message, code: 'resource_missing', param: 'starting_after' });
    const fault: TestAccount['fault'] = (request, response) => {
      if (count++ > 0) return gone.fault?.(request, response) ?? false;
      response.destroy();
      return true;
    };
    expect(isCursorGone(await failureOf({ ...small, fault }))).toBe(true);
  });
});

describe('trouble', () => {
  const failing = (
    answer: (response: Parameters<NonNullable<TestAccount['fault']>>[1]) => void,
    times = 2,
  ): TestAccount => ({
    ...small,
    fault: ({ path, count }, response) => {
      if (path !== '/v1/prices' || count > times) return false;
      answer(response);
      return true;
    },
  });

  test.each<[string, TestAccount]>([
    [
      '429 with Retry-After',
      failing(
        (response) => void response.writeHead(429, { 'retry-after': '2' }).end('{"error":{"type":"rate_limit"}}'),
      ),
    ],
    ['500', failing((response) => void response.writeHead(500).end('{"error":{"type":"api_error","message":"oops"}}'))],
    ['503 that is not JSON', failing((response) => void response.writeHead(503).end('<html>down</html>'))],
    ['500 without an error in it', failing((response) => void response.writeHead(500).end('{}'))],
    ['a connection that breaks', failing((response) => void response.destroy())],
    [
      'JSON that is cut off',
      failing((response) => void response.writeHead(200).end('{"object":"list","data":[{"id":')),
    ],
    [
      'a body that is cut off',
      failing((response) => {
        response.writeHead(200, { 'content-length': '500' }).write('{"object":"list"');
        setImmediate(() => response.destroy());
      }),
    ],
  ])('that passes is waited out: %s', async (_, account) => {
    const { client, http } = await clientOf(account);
    expect((await listPrices(client)).map(({ id }) => id)).toEqual(['price_pro', 'price_team', 'price_free']);
    expect(http.requests).toBe(3);
  });

  test.each<[string, TestAccount, RegExp]>([
    [
      '429 for ever',
      failing((response) => void response.writeHead(429, { 'retry-after': '2' }).end('{"error":{}}'), 100),
      /^\[stripe\] GET \/v1\/prices answered 429 after 6 tries$/,
    ],
    [
      'a refused key',
      { ...small, secret: 'another' },
      /^\[stripe\] GET \/v1\/prices answered 401: the key is not accepted; make a restricted key in Stripe with read permission for /,
    ],
    [
      'a key that may not read prices',
      failing((response) => void response.writeHead(403).end('{"error":{"message":"no"}}'), 100),
      /^\[stripe\] GET \/v1\/prices answered 403: the key may not read this; give it read permission for Subscriptions, Prices, /,
    ],
    [
      'another refusal, in words that never hold the key',
      failing((response) => void response.writeHead(400).end('{"error":{"message":"bad rk_test_key"}}'), 100),
      /^\[stripe\] GET \/v1\/prices answered 400: bad \*\*\*$/,
    ],
  ])('that stays is told: %s', async (_, account, message) => {
    await expect(pull(account)).rejects.toThrow(VendorError);
    await expect(pull(account)).rejects.toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    [
      'more without an object',
      { object: 'list', has_more: true, data: [] },
      /there is more but its pages stop after 0 objects/,
    ],
    [
      'the same page for ever',
      { object: 'list', has_more: true, data: [pro] },
      /there is more but its pages stop after 1 objects/,
    ],
    ['no list at all', { object: 'price' }, /GET \/v1\/prices answered in a shape that is not known: data: /],
    [
      'an amount that is none',
      { object: 'list', has_more: false, data: [{ ...pro, unit_amount: 'ten' }] },
      /unit_amount: /,
    ],
  ])('in what is answered stops the pull: %s', async (_, body, message) => {
    const account = failing((response) => void response.writeHead(200).end(JSON.stringify(body)), 100);
    await expect(pull(account)).rejects.toThrow(DataError);
    await expect(pull(account)).rejects.toThrow(message);
  });

  test('a server that is not there is named', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    await expect(listPrices(clientAt(`http://127.0.0.1:${port}`).client)).rejects.toThrow(
      `[stripe] GET /v1/prices: nothing listens at 127.0.0.1:${port} (connection refused)`,
    );
  });
});
