import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DataError, VendorError } from '@plumbline/core/errors';
import type { Clock } from '@plumbline/core/ports';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createBudget, perSecond } from './budget.ts';
import type { HttpOptions } from './http.ts';
import { createHttp } from './http.ts';
import { codeOf, networkError, retryAfterMs } from './http-errors.ts';

/** A clock that sleeping moves, with a note of each sleep. */
function simulatedClock(start = Date.parse('2026-02-13T01:00:00Z')) {
  let time = start;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
  };
  return { clock, slept };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that gives these answers in turn, the last one again and again. */
async function serverOf(...answers: Answer[]) {
  let count = 0;
  const server = createServer((request, response) =>
    answers[Math.min(count++, answers.length - 1)]?.(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/things?key=hush`), seen: () => count };
}

const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(body);

const ok = status(200, '{"fine":true}');

function policy(options: Partial<HttpOptions> = {}) {
  const time = simulatedClock();
  const http = createHttp({
    source: 'stripe',
    clock: time.clock,
    budget: { requests: 100, perMs: 1000, concurrency: 10 },
    signal: new AbortController().signal,
    random: () => 0.5,
    ...options,
  });
  return { http, ...time };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

const messageOf = async (work: Promise<unknown>) => String(await failure(work));

test('an answer comes through with its text, headers and status', async () => {
  const { url } = await serverOf(status(201, 'grüße', { 'x-seen': 'yes' }));
  const { http } = policy();
  const answer = await http.text('GET /things', url);
  expect({ ...answer, headers: answer.headers.get('x-seen') }).toEqual({ text: 'grüße', headers: 'yes', status: 201 });
  expect(http.requests).toBe(1);
});

test('a 429 waits as long as Retry-After says, then goes on', async () => {
  const { url } = await serverOf(status(429, '', { 'retry-after': '7' }), ok);
  const { http, slept } = policy();
  expect(await http.json('GET /things', url)).toEqual({ fine: true });
  expect(slept).toEqual([7000]);
  expect(http.requests).toBe(2);
});

test('a Retry-After that is a date is counted from the date of the answer', async () => {
  const date = 'Fri, 13 Feb 2026 01:00:00 GMT';
  const until = 'Fri, 13 Feb 2026 01:01:30 GMT';
  const { url } = await serverOf(status(503, '', { date, 'retry-after': until }), ok);
  const { http, slept } = policy();
  await http.json('GET /things', url);
  expect(slept).toEqual([90_000]);
});

test('Retry-After is read as seconds or a date, and ignored otherwise', () => {
  const now = Date.parse('2026-02-13T01:00:00Z');
  const read = (text: string) => retryAfterMs(new Headers({ 'retry-after': text }), now);
  expect(['0', '1.5', '30', 'soon', '', '-3'].map(read)).toEqual([0, 1500, 30_000, undefined, undefined, undefined]);
  expect(read('Fri, 13 Feb 2026 01:00:10 GMT')).toBe(10_000);
  expect(read('Fri, 13 Feb 2026 00:00:00 GMT')).toBe(0);
  expect(retryAfterMs(new Headers(), now)).toBeUndefined();
});

test('errors without Retry-After back off with jitter, twice as long each time, until the tries are spent', async () => {
  const { url, seen } = await serverOf(status(500, 'oops'));
  const { http, slept } = policy();
  const error = await failure(http.text('GET /v1/subscriptions', url));
  expect(error).toBeInstanceOf(VendorError);
  expect(error).toMatchObject({ message: '[stripe] GET /v1/subscriptions answered 500 after 6 tries', status: 500 });
  expect(slept).toEqual([750, 1500, 3000, 6000, 12_000]);
  expect([seen(), http.requests]).toEqual([6, 6]);
});

test('back-off is capped at 30 s', async () => {
  const { url } = await serverOf(status(500));
  const { http, slept } = policy({ tries: 9, random: () => 1 });
  await failure(http.text('GET /things', url));
  expect(slept).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a Retry-After of exactly the ceiling is waited for, a longer one fails at once', async () => {
  const patient = await serverOf(status(429, '', { 'retry-after': '300' }), ok);
  expect(await policy().http.json('GET /things', patient.url)).toEqual({ fine: true });

  const { url, seen } = await serverOf(status(429, '', { 'retry-after': '301' }), ok);
  const { http, slept } = policy();
  expect(await messageOf(http.json('GET /things', url))).toBe(
    'VendorError: [stripe] GET /things answered 429 and asks to wait 301 s, more than the 300 s left after 1 try',
  );
  expect([slept, seen()]).toEqual([[], 1]);
});

test('waits add up to the ceiling', async () => {
  const { url, seen } = await serverOf(status(429, '', { 'retry-after': '200' }));
  const { http, slept } = policy();
  expect(await messageOf(http.json('GET /things', url))).toContain(
    'asks to wait 200 s, more than the 100 s left after 2 tries',
  );
  expect([slept, seen()]).toEqual([[200_000], 2]);
});

test('a refusal is not tried again and shows what the vendor said, cut and without the credentials', async () => {
  const basic = Buffer.from('reader:s3cret').toString('base64');
  const { url, seen } = await serverOf(status(403, `s3cret of ${basic} may not\n read ${'x'.repeat(400)}`));
  const { http } = policy();
  const error = await messageOf(http.text('GET /things', url, { headers: { authorization: `Basic ${basic}` } }));
  expect(error).toBe(`VendorError: [stripe] GET /things answered 403: *** of *** may not read ${'x'.repeat(231)}…`);
  expect(seen()).toBe(1);
});

test('a refusal after a retry says how many tries there were', async () => {
  const { url } = await serverOf(status(500), status(401, 'bad key'));
  expect(await messageOf(policy().http.text('GET /things', url))).toBe(
    'VendorError: [stripe] GET /things answered 401: bad key after 2 tries',
  );
});

test('a refused connection names host and port, never the query', async () => {
  const { http } = policy({ tries: 2 });
  const free = await freePort();
  const closed = new URL(`http://127.0.0.1:${free}/things?key=hush`);
  expect(await messageOf(http.text('GET /things', closed))).toBe(
    `VendorError: [stripe] GET /things: nothing listens at 127.0.0.1:${free} (connection refused); is that server running, and is baseUrl right? after 2 tries`,
  );
});

test('where nothing listens, or nobody knows the address, three tries are enough', async () => {
  const failure = (code: string) => async () => {
    throw new VendorError('stripe', 'GET /things failed', { cause: Object.assign(new Error(code), { code }) });
  };
  const triesAt = (code: string) => messageOf(policy().http.call('GET /things', failure(code)));
  expect([await triesAt('ECONNREFUSED'), await triesAt('ENOTFOUND'), await triesAt('ECONNRESET')]).toEqual([
    'VendorError: [stripe] GET /things failed after 3 tries',
    'VendorError: [stripe] GET /things failed after 3 tries',
    'VendorError: [stripe] GET /things failed after 6 tries',
  ]);
});

test('a connection that is reset is tried again', async () => {
  const { url } = await serverOf((request) => void request.socket.destroy(), ok);
  expect(await policy().http.json('GET /things', url)).toEqual({ fine: true });
});

test('a body shorter than promised is tried again', async () => {
  const cut: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': '13' });
    response.write('{"fine"', () => response.destroy());
  };
  const { url } = await serverOf(cut, ok);
  expect(await policy().http.json('GET /things', url)).toEqual({ fine: true });
});

test('a body that is not JSON is tried again, then is bad data', async () => {
  const { url, seen } = await serverOf(status(200, '{"fine":'));
  const error = await failure(policy({ tries: 3 }).http.json('GET /things', url));
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toBe(
    'DataError: [stripe] GET /things answered with something that is not JSON (cut off?) after 3 tries',
  );
  expect(seen()).toBe(3);
});

test('a body of the allowed length is read, a longer one is refused', async () => {
  const { url } = await serverOf(status(200, '12345678'));
  expect((await policy({ maxBytes: 8 }).http.text('GET /things', url)).text).toBe('12345678');
  expect(await messageOf(policy({ maxBytes: 7 }).http.text('GET /things', url))).toBe(
    'DataError: [stripe] GET /things answered with more than 7 bytes',
  );
});

test('a request that can not be made is not tried again and does not show its headers', async () => {
  const { url, seen } = await serverOf(ok);
  const error = await failure(policy().http.text('GET /things', url, { headers: { authorization: 'Bearer a\nb' } }));
  expect(String(error)).toMatch(
    /^VendorError: \[stripe\] GET \/things could not be sent to 127\.0\.0\.1:\d+; check the address and the secret$/,
  );
  expect((error as Error).cause).toBeUndefined();
  expect(seen()).toBe(0);
});

test('an attempt that takes too long is given up and tried again', async () => {
  let calls = 0;
  const { http } = policy();
  const attempt = () => (++calls === 1 ? new Promise<string>(() => undefined) : Promise.resolve('late but there'));
  const alive = setTimeout(() => undefined, 10_000);
  onTestFinished(() => clearTimeout(alive));
  expect(await http.call('GET /things', attempt, { timeoutMs: 20 })).toBe('late but there');
  expect(
    await messageOf(policy({ tries: 1 }).http.call('GET /x', () => new Promise(() => undefined), { timeoutMs: 20 })),
  ).toBe('VendorError: [stripe] GET /x gave no full answer within 0.02 s');
});

test('an abort stops a request under way at once, and all that wait, with its own reason', async () => {
  const stop = new AbortController();
  const { url, seen } = await serverOf(() => stop.abort(new Error('the night is over')));
  const { http } = policy({ signal: stop.signal, budget: { requests: 9, perMs: 1000, concurrency: 1 } });
  const failures = await Promise.all([1, 2, 3].map(() => messageOf(http.text('GET /things', url))));
  expect(failures).toEqual(Array.from({ length: 3 }, () => 'Error: the night is over'));
  expect(await messageOf(http.text('GET /things', url))).toBe('Error: the night is over');
  expect(seen()).toBe(1);
});

test('errors that are not the vendor’s are thrown on as they are', async () => {
  const bug = new TypeError('a bug of ours');
  const { http } = policy();
  expect(await failure(http.call('GET /things', () => Promise.reject(bug)))).toBe(bug);
  expect(http.requests).toBe(1);
});

test('a network error is named by the code found in its causes', () => {
  const inner = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
  expect(codeOf(new TypeError('fetch failed', { cause: new AggregateError([inner]) }))).toBe('ENOTFOUND');
  expect(codeOf('text')).toBeUndefined();
  const lost = networkError(
    'ga4',
    'POST /x',
    new URL('https://nowhere.example/x?key=hush'),
    new TypeError('fetch failed', { cause: inner }),
  );
  expect([lost.message, lost.retryable]).toEqual([
    '[ga4] POST /x: no address is known for nowhere.example:443; check baseUrl and DNS',
    true,
  ]);
});

test('no span of the budget ever holds more starts than it allows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 0, max: 30 })),
      async (requests, perMs, gaps) => {
        const { clock } = simulatedClock();
        const budget = createBudget({ requests, perMs, concurrency: 1 }, clock, new AbortController().signal);
        const starts: number[] = [];
        for (const gap of gaps) {
          await clock.sleep(gap);
          await budget.run(async () => starts.push(clock.now()));
        }
        const tooClose = starts.filter((at, index) => at - (starts[index - requests] ?? -Infinity) < perMs);
        expect(tooClose).toEqual([]);
      },
    ),
    { numRuns: 50 },
  );
});

test('no more work runs at once than the budget allows, and in order', async () => {
  const { clock } = simulatedClock();
  const budget = createBudget({ requests: 100, perMs: 1, concurrency: 2 }, clock, new AbortController().signal);
  let running = 0;
  const order: number[] = [];
  const seen = await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      budget.run(async () => {
        order.push(number);
        const now = ++running;
        await Promise.resolve();
        running--;
        return now;
      }),
    ),
  );
  expect(Math.max(...seen)).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test('rates below one a second stretch the span', () => {
  expect([perSecond(20, 4), perSecond(0.5, 1), perSecond(2.5, 1)]).toEqual([
    { requests: 20, perMs: 1000, concurrency: 4 },
    { requests: 1, perMs: 2000, concurrency: 1 },
    { requests: 2, perMs: 800, concurrency: 1 },
  ]);
});

/** A port on which nothing listens: one that was just given back. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
