import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { expect, test, vi } from 'vitest';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import { puller } from './pull.ts';
import { BATCH, RUN, answer, named, plain, property, requestsIn, row, secret } from './test-property.ts';

const now = '2026-02-13T00:00:00Z';
const day = toDay('2026-02-12');
const range = { from: day, to: day };
const daily = {
  dimensionHeaders: named('date'),
  metadata: { timeZone: 'Europe/Kyiv' },
  rows: [row('20260212', 10, 9, 3, 12, 40, 6, 30)],
  rowCount: 1,
};
const fine = (asked: Asked): Reply => answer(asked, { date: daily });

/** What `reply` makes of a pull: what it says, what was asked, and how long it waited. */
async function pullFrom(reply: (asked: Asked, count: number) => Reply, signal = new AbortController().signal) {
  const { baseUrl, asked } = await serve(reply);
  const ports = portsFor('ga4', plain, { baseUrl, secret, now, signal });
  const brought: unknown[] = [];
  const failure = await failureOf(
    (async () => {
      for await (const one of puller.pull(range, ports)) brought.push(one);
    })(),
  );
  return { failure, asked, brought, waited: ports.clock.now() - toInstant(now) };
}

/** The first request, or the batch after it, gets this; the others the right answer. */
const instead =
  (path: string, reply: Reply) =>
  (asked: Asked): Reply =>
    asked.url.pathname === path ? reply : fine(asked);

const google = (code: number, status: string, message: string): Reply => ({
  status: code,
  body: { error: { code, message, status } },
});

const NO_PERMISSION =
  'User does not have sufficient permissions for this property. To learn more about Property ID, see https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.';

test('a refused key is told at once, in Google’s words and with what to do', async () => {
  const forbidden = await pullFrom(() => google(403, 'PERMISSION_DENIED', NO_PERMISSION));
  expect(forbidden.failure).toBe(
    `VendorError: [ga4] POST ${RUN} answered 403: {"error":{"code":403,"message":"${NO_PERMISSION}","status":"PERMISSION_DENIED"}} ` +
      "(in GA4's Admin → Property access management, give reader@plumbline.example the role Viewer on property 314159)",
  );
  expect([forbidden.asked.length, forbidden.brought]).toEqual([1, []]);

  const unknown = await pullFrom(() => google(401, 'UNAUTHENTICATED', 'Invalid credentials.'));
  expect(unknown.failure).toContain(`[ga4] POST ${RUN} answered 401: {"error":{"code":401`);
  expect(unknown.failure).toContain('is that key still among the keys of the service account in Google Cloud');
  expect(unknown.failure).not.toContain(unknown.asked[0]?.headers.authorization?.replace('Bearer ', ''));
});

test('a refusal tells check too how to grant access', async () => {
  const { baseUrl } = await serve(() => google(403, 'PERMISSION_DENIED', NO_PERMISSION));
  expect(await failureOf(puller.check(portsFor('ga4', plain, { baseUrl, secret, now })))).toContain(
    'give reader@plumbline.example the role Viewer on property 314159',
  );
});

test('429 is waited for as it asks; one that stays fails with what to do', async () => {
  const busy = google(429, 'RESOURCE_EXHAUSTED', 'Exhausted concurrent requests quota.');
  const once = await pullFrom((asked, count) =>
    count === 1 && typeof busy === 'object' ? { ...busy, headers: { 'retry-after': '60' } } : fine(asked),
  );
  expect([once.failure, once.waited, once.brought.length]).toEqual(['no failure', 60_000, 10]);

  const spent = await pullFrom(
    instead(BATCH, google(429, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens per hour.')),
  );
  expect(spent.failure).toBe(
    `VendorError: [ga4] POST ${BATCH} answered 429 after 6 tries (the property's quota is used up: tokens of the hour come back ` +
      "within an hour, those of the day at midnight in Google's Pacific time)",
  );
  expect(spent.brought).toEqual([]);
});

const reset: Reply = (response) => response.destroy();
const cutOff: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"dimensionHeaders":[{"name":"da', () => response.destroy());
};

test.each<[string, Reply, string]>([
  ['a server error', google(503, 'UNAVAILABLE', 'The service is currently unavailable.'), 'answered 503 after 6 tries'],
  ['a reset', reset, 'broke (UND_ERR_SOCKET) after 6 tries'],
  ['a body that ends early', cutOff, 'broke (UND_ERR_SOCKET) after 6 tries'],
  ['half a JSON', { body: '{"rows":[{"metr' }, 'answered with something that is not JSON (cut off?) after 6 tries'],
])('%s, for the first report or a batch, fails the whole pull; a chance one is tried again', async (_, reply, said) => {
  for (const path of [RUN, BATCH]) {
    // oxlint-disable-next-line no-await-in-loop -- one server after the other
    const stays = await pullFrom(instead(path, reply));
    expect(stays.failure).toContain(`[ga4] POST ${path}`);
    expect(stays.failure).toContain(said);
    expect([stays.brought, stays.asked.filter(({ url }) => url.pathname === path).length]).toEqual([[], 6]);
    let isFirst = true;
    // oxlint-disable-next-line no-await-in-loop -- one server after the other
    const passes = await pullFrom((asked) => {
      if (asked.url.pathname !== path || !isFirst) return fine(asked);
      isFirst = false;
      return reply;
    });
    expect([passes.failure, passes.brought.length]).toEqual(['no failure', 10]);
  }
});

test('a server that never answers is given up after its time', async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 1000));
  const silent = await pullFrom(instead(BATCH, () => undefined)).finally(() => vi.restoreAllMocks());
  expect(silent.failure).toBe(`VendorError: [ga4] POST ${BATCH} gave no full answer within 30 s after 6 tries`);
  expect(silent.brought).toEqual([]);
});

test('an abort stops the pull with its own reason, in the first report and in a batch', async () => {
  for (const path of [RUN, BATCH]) {
    const stop = new AbortController();
    // oxlint-disable-next-line no-await-in-loop -- one server after the other
    const { failure, brought } = await pullFrom(
      instead(path, () => stop.abort(new Error('the night is over'))),
      stop.signal,
    );
    expect([failure, brought]).toEqual(['Error: the night is over', []]);
  }
});

const batchOf = (change: (reports: object[]) => unknown) => (asked: Asked) => {
  const reply = fine(asked);
  if (asked.url.pathname !== BATCH || typeof reply === 'function') return reply;
  const { reports } = reply.body as { reports: object[] };
  return { body: change(reports) };
};

test.each<[string, (reports: object[]) => unknown, string]>([
  ['without reports', () => ({}), 'DataError: [ga4] 0 reports came where 3 were asked for'],
  [
    'with a report less',
    (reports) => ({ reports: reports.slice(1) }),
    'DataError: [ga4] 2 reports came where 3 were asked for',
  ],
  [
    'with a report more',
    (reports) => ({ reports: [...reports, ...reports] }),
    'DataError: [ga4] 6 reports came where 3 were asked for',
  ],
  ['of another type', () => ({ reports: 'none' }), `DataError: [ga4] POST ${BATCH} answered in an unknown shape`],
  ['that is a list', () => [], `DataError: [ga4] `],
  [
    'whose window has two totals',
    ([channels, week, ...others]) => ({
      reports: [channels, { ...week, rows: [row([], 1, 1), row([], 2, 2)] }, ...others],
    }),
    'DataError: [ga4] the 7 days to 2026-02-12 have several rows instead of one total',
  ],
])('a batch %s is refused', async (_, change, said) => {
  const { failure, brought } = await pullFrom(batchOf(change));
  expect(failure).toContain(said);
  expect(brought).toEqual([]);
});

test('where a baseUrl knows no batches, reports are asked for one by one', async () => {
  const { failure, asked, brought } = await pullFrom(instead(BATCH, google(404, 'NOT_FOUND', 'no such method')));
  expect([failure, brought.length]).toEqual(['no failure', 10]);
  expect(asked.map(({ url }) => url.pathname)).toEqual([RUN, BATCH, RUN, RUN, RUN]);
});

test('batches bring what single reports bring', async () => {
  const whole = await property({ date: daily });
  const single = await serve(instead(BATCH, google(404, 'NOT_FOUND', 'no such method')));
  const [batched, one] = await Promise.all(
    [whole, single].map(async ({ baseUrl, asked }) => {
      const backfill = { from: toDay('2026-02-01'), to: day };
      const pulled = await collect(puller.pull(backfill, portsFor('ga4', plain, { baseUrl, secret, now })));
      return { values: valuesOf(pulled), requests: asked.length, reports: asked.flatMap(requestsIn).length };
    }),
  );
  expect(one?.values).toEqual(batched?.values);
  expect(batched).toMatchObject({ requests: 6, reports: 26 });
});
