import { readFile } from 'node:fs/promises';
import { toDay } from '@plumbline/core/day';
import { toInstant, toIso } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import { analyticsSchema } from './checkly.ts';
import type { UptimeConfig } from './index.ts';
import { puller } from './pull.ts';

const A = '79ad4fe0-589a-4924-a027-d18b12eee9cb';
const B = 'd2881e09-411b-4c8d-84b8-fe05fbca80b6';
const ACCOUNT = '438c4f13-e5ff-4a6b-8e0e-5d8e2ea6b1a7';
const day = toDay('2026-02-12');
const now = '2026-02-13T01:00:00Z';
const one: UptimeConfig = { provider: 'checkly', monitors: [A], aggregate: 'min', account: ACCOUNT };
const two: UptimeConfig = { ...one, monitors: [A, B] };

const analytics = ({ url }: Asked, data: unknown) => ({
  checkId: url.pathname.split('/').at(-1),
  from: toIso(Number(url.searchParams.get('from')) * 1000),
  to: toIso(Number(url.searchParams.get('to')) * 1000),
  series: [{ data }],
  metadata: {},
});

/** Checkly as far as this goes: checks by their type, and a row of analytics for each. */
const checklyWith = (
  row: (asked: Asked) => unknown,
  check: object = { checkType: 'API', created_at: '2025-01-01T00:00:00.000Z' },
) =>
  serve((asked): Reply => ({
    body: asked.url.pathname.startsWith('/v1/checks/') ? check : analytics(asked, row(asked)),
  }));

type Options = { config?: UptimeConfig; timezone?: string; now?: string };
async function pullFrom(baseUrl: string, { config = one, ...options }: Options = {}, on = day) {
  const ports = portsFor('uptime', config, { baseUrl, secret: 'cu_key', now, timezone: 'UTC', ...options });
  return collect(puller.pull({ from: on, to: on }, ports));
}

test('the sample answer of the documentation parses as it is printed there', async () => {
  // https://www.checklyhq.com/docs/platform/reporting/analytics-api
  const sample: unknown = JSON.parse(
    await readFile(new URL('fixtures/checkly-analytics.json', import.meta.url), 'utf8'),
  );
  const { from, to, rows } = analyticsSchema.parse(sample);
  expect([toIso(from), toIso(to), rows.map((row) => row['TTFB_p99'])]).toEqual([
    '2023-01-20T12:45:57.494Z',
    '2023-01-27T12:45:57.494Z',
    [1059.7, 310.8, 0],
  ]);
});

test('a day is the share of its successful runs, and the p95 of their response times', async () => {
  const { baseUrl, asked } = await checklyWith(() => [{ availability: 99.5, responseTime_p95: 412.5 }]);
  const pulled = await pullFrom(baseUrl);
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-02-12': 99.5,
    'downtime_minutes 2026-02-12': expect.closeTo(7.2, 9),
    'latency_p95 2026-02-12': 412.5,
  });
  expect(pulled[0]).toMatchObject({
    denominator: 86_400,
    evidence: { requests: 1, rows: 1, policy: 'checkly-min', coverage: 1 },
  });
  expect(pulled[2]).toMatchObject({ quality: [], evidence: { rows: 1, policy: 'checkly-p95-worst' } });
  expect([asked[0]?.headers.authorization, asked[0]?.headers['x-checkly-account']]).toEqual(['Bearer cu_key', ACCOUNT]);
  expect(asked.map(({ url }) => url.pathname + url.search)).toEqual([
    `/v1/checks/${A}`,
    `/v1/analytics/api-checks/${A}?from=1770854400&to=1770940800&metrics=availability%2CresponseTime_p95`,
  ]);
});

test.each([
  ['URL', 'url-monitors', 'responseTime_p95'],
  ['BROWSER', 'browser-checks', 'responseTime_p95'],
  ['TCP', 'tcp-checks', 'total_p95'],
  ['ICMP', 'icmp', 'latencyAvg_p95'],
])('a check of type %s has its analytics in %s', async (checkType, place, p95) => {
  // The rows of some come as one object.
  const { baseUrl, asked } = await checklyWith(() => ({ availability: 100, [p95]: 80 }), { checkType });
  expect(valuesOf(await pullFrom(baseUrl))).toMatchObject({ 'uptime 2026-02-12': 100, 'latency_p95 2026-02-12': 80 });
  expect(asked.at(-1)?.url.pathname).toBe(`/v1/analytics/${place}/${A}`);
});

test('a heartbeat has no latency, and a type without analytics is named', async () => {
  const heart = await checklyWith(() => [{ availability: 100 }], { checkType: 'HEARTBEAT' });
  expect(Object.keys(valuesOf(await pullFrom(heart.baseUrl)))).toEqual([
    'uptime 2026-02-12',
    'downtime_minutes 2026-02-12',
  ]);
  expect(heart.asked.at(-1)?.url.searchParams.get('metrics')).toBe('availability');
  const other = await checklyWith(() => [], { checkType: 'TRACEROUTE' });
  expect(await failureOf(pullFrom(other.baseUrl))).toBe(
    `DataError: [uptime] monitor ${A} is a check of type TRACEROUTE, of which no analytics are known`,
  );
});

test('of several checks the worst counts or all their seconds, and of latencies always the worst', async () => {
  const { baseUrl } = await checklyWith(({ url }) =>
    url.pathname.endsWith(A)
      ? [{ availability: 100, responseTime_p95: 900 }]
      : [{ availability: 99, responseTime_p95: 100 }],
  );
  expect(valuesOf(await pullFrom(baseUrl, { config: two }))).toMatchObject({
    'uptime 2026-02-12': 99,
    'latency_p95 2026-02-12': 900,
  });
  expect(valuesOf(await pullFrom(baseUrl, { config: { ...two, aggregate: 'mean' } }))).toMatchObject({
    'uptime 2026-02-12': 99.5,
    'downtime_minutes 2026-02-12': expect.closeTo(7.2, 9),
    'latency_p95 2026-02-12': 900,
  });
});

test('a check without a run observed nothing, and one made on the day is measured from then on', async () => {
  for (const rows of [[], [{ availability: null, responseTime_p95: null }]]) {
    const { baseUrl } = await checklyWith(() => rows);
    expect(await pullFrom(baseUrl)).toEqual([]);
  }
  const young = await checklyWith(() => [{ availability: 50 }], {
    checkType: 'API',
    created_at: '2026-02-12T12:00:00Z',
  });
  expect((await pullFrom(young.baseUrl))[0]).toMatchObject({
    value: 50,
    denominator: 43_200,
    evidence: { coverage: 0.5 },
  });
  const unborn = await checklyWith(() => [{ availability: 50 }], {
    checkType: 'API',
    created_at: '2026-02-13T00:00:00Z',
  });
  expect(await pullFrom(unborn.baseUrl)).toEqual([]);
});

test.each([
  ['Europe/Kyiv', '2026-03-29', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
  ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ['+05:45', '2026-02-28', '2026-02-27T18:15:00Z', '2026-02-28T18:15:00Z'],
])('a day in %s is asked for from midnight to midnight', async (timezone, text, from, to) => {
  const { baseUrl, asked } = await checklyWith(() => [{ availability: 100 }]);
  const [found] = await pullFrom(baseUrl, { timezone, now: '2026-12-01T00:00:00Z' }, toDay(text));
  const total = (toInstant(to) - toInstant(from)) / 1000;
  expect(found).toMatchObject({ denominator: total, evidence: { coverage: 1 } });
  const { searchParams } = asked.at(-1)?.url ?? new URL('http://x');
  expect([searchParams.get('from'), searchParams.get('to')]).toEqual(
    [from, to].map((at) => String(toInstant(at) / 1000)),
  );
});

test('an answer about another span, of several rows or in an unknown shape is refused', async () => {
  const refusal = async (answer: (asked: Asked) => object) => {
    const { baseUrl } = await serve((asked): Reply => ({
      body: asked.url.pathname.startsWith('/v1/checks/') ? { checkType: 'API' } : answer(asked),
    }));
    return (await failureOf(pullFrom(baseUrl))).replace(`GET /v1/analytics/api-checks/${A} `, '');
  };
  expect(await refusal((asked) => ({ ...analytics(asked, []), from: '2026-02-11T22:00:00Z' }))).toBe(
    'DataError: [uptime] was asked for 2026-02-12T00:00:00Z to 2026-02-13T00:00:00Z and tells of 2026-02-11T22:00:00Z to 2026-02-13T00:00:00Z',
  );
  expect(await refusal((asked) => analytics(asked, [{ availability: 1 }, { availability: 2 }]))).toBe(
    'DataError: [uptime] answered with 2 rows for one day',
  );
  expect(await refusal((asked) => analytics(asked, [{ availability: 'high' }]))).toContain(
    'DataError: [uptime] answered in an unknown shape: ✖ Invalid input: expected number, received string',
  );
  expect(await refusal((asked) => analytics(asked, [{ availability: 101 }]))).toContain('answered in an unknown shape');
});

test('a refused key and a check that is not there say what to do, 429 and 5xx are tried again', async () => {
  const closed = await serve(() => ({ status: 403, body: { statusCode: 403, error: 'Forbidden' } }));
  expect(await failureOf(pullFrom(closed.baseUrl))).toBe(
    `VendorError: [uptime] GET /v1/checks/${A} answered 403: {"statusCode":403,"error":"Forbidden"} (make an API key as a user or with the role Read Only in Checkly, and give the account's id as account)`,
  );
  const gone = await serve(() => ({ status: 404, body: { statusCode: 404, error: 'Not Found' } }));
  expect(await failureOf(pullFrom(gone.baseUrl))).toBe(
    `VendorError: [uptime] there is no monitor ${A}; take its id from its address in Checkly, or remove it from monitors`,
  );
  const busy = await serve((asked, count): Reply => {
    if (count <= 2) return { status: [429, 500][count - 1] ?? 500, body: '' };
    return {
      body: asked.url.pathname.startsWith('/v1/checks/')
        ? { checkType: 'API' }
        : analytics(asked, [{ availability: 99.987 }]),
    };
  });
  const ports = portsFor('uptime', one, { baseUrl: busy.baseUrl, secret: 'cu_key', now, timezone: 'UTC' });
  expect((await puller.check(ports)).sees).toBe(`monitor ${A} was up 99.99 % on 2026-02-12`);
});
