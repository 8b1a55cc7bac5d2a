import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { toDay } from '@plumbline/core/day';
import { DataError, VendorError } from '@plumbline/core/errors';
import { describe, expect, test } from 'vitest';
import { puller } from './pull.ts';
import { ports, pro, pull, small } from './test-pull.ts';
import type { TestAccount } from './test-server.ts';

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
    const { mrr, observations } = await pull(account);
    expect(mrr).toEqual({ '2026-01-20': 29_800 });
    expect(observations[0]?.evidence.requests).toBe(6);
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
      /^\[stripe\] GET \/v1\/subscriptions answered 401: the key is not accepted; make a restricted key in Stripe with read permission for /,
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
    const { given } = await ports(small);
    const day = toDay('2026-01-20');
    const pulled = puller.pull({ from: day, to: day }, { ...given, baseUrl: `http://127.0.0.1:${port}` });
    await expect(pulled[Symbol.asyncIterator]().next()).rejects.toThrow(
      `[stripe] GET /v1/subscriptions: nothing listens at 127.0.0.1:${port} (connection refused)`,
    );
  });
});
