import { createSign } from 'node:crypto';
import { BetaAnalyticsDataClient } from '@google-analytics/data';
import { addDays, toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { SimulatedClock } from '../clock.ts';
import { simulatedClock } from '../clock.ts';
import { serveOnLoopback } from '../serve.ts';
import type { Session, Story } from '../stories/story.ts';
import { demoServiceAccount, ga4Vendor } from './ga4.ts';

const PROPERTY = 'properties/314159';
const HOUR_MS = 3_600_000;
const later = Date.parse('2026-02-01T12:00:00Z');

const storyOf = (sessions: Session[]): Story => ({
  name: 'test',
  timezone: toZone('+02:00'),
  start: toDay('2026-01-02'),
  end: toDay('2026-04-02'),
  products: [],
  prices: [],
  subscriptions: [],
  sessionsZone: toZone('America/New_York'),
  sessions,
  events: [],
  monitors: [],
  outages: [],
  entries: [],
});

const session = (visitor: string, at: string, more: Partial<Session> = {}): Session => ({
  visitor,
  at: Date.parse(at),
  channel: 'Direct',
  pageViews: 1,
  seconds: 5,
  engaged: false,
  keyEvents: [],
  ...more,
});

/** Four sessions on the 9th and two on the 10th, in New York. */
const few = [
  session('ann', '2026-01-09T05:00:00Z', { pageViews: 4, seconds: 100, engaged: true, keyEvents: ['sign_up'] }),
  session('bob', '2026-01-09T15:00:00Z', { channel: 'Organic Search' }),
  session('ann', '2026-01-09T16:00:00Z', {
    seconds: 20,
    pageViews: 2,
    keyEvents: ['sign_up', 'purchase'],
    engaged: true,
  }),
  session('cat', '2026-01-10T04:59:59Z', { channel: 'Organic Search', seconds: 11 }),
  session('bob', '2026-01-10T05:00:00Z'),
  session('ann', '2026-01-10T20:00:00Z', { engaged: true }),
];

async function start(sessions: Session[], clock: SimulatedClock = simulatedClock(later)) {
  const server = await serveOnLoopback(ga4Vendor(storyOf(sessions), { clock, propertyId: '314159' }));
  onTestFinished(() => server.close());
  const token = await signIn(`${server.url}/token`);
  const post = (path: string, body: unknown, authorization = `Bearer ${token}`) =>
    fetch(`${server.url}/v1beta/${path}`, { method: 'POST', headers: { authorization }, body: JSON.stringify(body) });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  const client = new BetaAnalyticsDataClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: server.port,
    auth: new GoogleAuth({ authClient }),
  });
  /** A report as lines of its dimension and metric values, in order of text. */
  const report = async (dimensions: string[], metrics: string[], dates: string[][], more = {}) => {
    const [answer] = await client.runReport({
      property: PROPERTY,
      dimensions: dimensions.map((name) => ({ name })),
      metrics: metrics.map((name) => ({ name })),
      dateRanges: dates.map(([startDate, endDate, name]) => ({ startDate, endDate, name })),
      ...more,
    });
    const rows = (answer.rows ?? []).map((row) =>
      [...(row.dimensionValues ?? []), ...(row.metricValues ?? [])].map((cell) => cell.value).join(' '),
    );
    return { answer, rows: rows.toSorted() };
  };
  return { server, client, clock, post, report };
}

const accountSchema = z.object({ private_key: z.string(), client_email: z.string(), token_uri: z.string() });

/** The way of a service account from its JSON key to a token (RFC 7523). */
async function signIn(tokenUri: string): Promise<string> {
  const account = accountSchema.parse(JSON.parse(demoServiceAccount(tokenUri)));
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const scope = 'https://www.googleapis.com/auth/analytics.readonly';
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iss: account.client_email, aud: account.token_uri, scope })}`;
  const signature = createSign('RSA-SHA256').update(unsigned).sign(account.private_key, 'base64url');
  const answer = await fetch(account.token_uri, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: `${unsigned}.${signature}`,
    }),
  });
  return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
}

const BOTH = [['2026-01-09', '2026-01-10']];

test("the metrics of each date in the property's own zone", async () => {
  const { report } = await start(few);
  const counts = ['totalUsers', 'activeUsers', 'newUsers', 'sessions', 'engagedSessions', 'screenPageViews'];
  const { answer, rows } = await report(['date'], counts, BOTH);
  expect(rows).toEqual(['20260109 3 3 3 4 2 8', '20260110 2 1 0 2 1 2']);
  expect(answer.metricHeaders).toEqual(counts.map((name) => ({ name, type: 'TYPE_INTEGER' })));
  expect(answer.dimensionHeaders).toEqual([{ name: 'date' }]);
  expect(answer.rowCount).toBe(2);
  expect(answer.metadata).toMatchObject({
    currencyCode: 'USD',
    timeZone: 'America/New_York',
    dataLossFromOtherRow: false,
  });
  expect(answer.propertyQuota).toBeNull();

  const shares = ['engagementRate', 'averageSessionDuration', 'userEngagementDuration', 'keyEvents'];
  expect((await report(['date'], shares, BOTH)).rows).toEqual(['20260109 0.5 34 136 3', '20260110 0.5 5 10 0']);
  const signUps = [
    'keyEvents:sign_up',
    'sessionKeyEventRate:sign_up',
    'userKeyEventRate:sign_up',
    'sessionKeyEventRate',
  ];
  const about = await report(['date'], signUps, BOTH);
  expect(about.rows).toEqual([`20260109 2 0.5 ${1 / 3} 0.5`]);
  expect(about.answer.metricHeaders?.[1]).toEqual({ name: 'sessionKeyEventRate:sign_up', type: 'TYPE_FLOAT' });
});

test('uniques are distinct over a whole range, and by channel', async () => {
  const { report } = await start(few);
  expect((await report([], ['totalUsers', 'sessions'], BOTH)).rows).toEqual(['3 6']);
  expect((await report(['sessionDefaultChannelGroup'], ['totalUsers', 'sessions'], BOTH)).rows).toEqual([
    'Direct 2 4',
    'Organic Search 2 2',
  ]);
});

test('several ranges are told apart by a dimension, named or numbered', async () => {
  const { report } = await start(few);
  const { answer, rows } = await report(
    ['date'],
    ['sessions'],
    [
      ['2026-01-09', '2026-01-10', 'window'],
      ['2026-01-10', '2026-01-10'],
    ],
  );
  expect(answer.dimensionHeaders).toEqual([{ name: 'date' }, { name: 'dateRange' }]);
  expect(rows).toEqual(['20260109 window 4', '20260110 date_range_1 2', '20260110 window 2']);
});

test('zero rows are left out unless they are asked for; without data there are no rows at all', async () => {
  const { report } = await start(few);
  expect((await report(['date'], ['keyEvents:sign_up'], BOTH)).rows).toEqual(['20260109 2']);
  expect((await report(['date'], ['keyEvents:sign_up'], BOTH, { keepEmptyRows: true })).rows).toEqual([
    '20260109 2',
    '20260110 0',
  ]);
  const { answer, rows } = await report([], ['sessions'], [['2026-01-20', '2026-01-20']]);
  expect([rows, answer.rowCount]).toEqual([[], 0]);
});

test('no ads account is linked, so there is no row of ad cost', async () => {
  const { report } = await start(few);
  const { answer, rows } = await report(['date', 'sessionDefaultChannelGroup'], ['advertiserAdCost'], BOTH);
  expect([rows, answer.metricHeaders]).toEqual([[], [{ name: 'advertiserAdCost', type: 'TYPE_CURRENCY' }]]);
});

/** Forty visits an hour over ten days of New York. */
const many = Array.from({ length: 9600 }, (_, index) =>
  session(`v${index % 700}`, new Date(Date.parse('2026-01-09T05:00:00Z') + index * 90_000).toISOString()),
);

test('pages cover all rows once, in an order that is not that of the dates', async () => {
  const { report } = await start(many);
  const range = [['2026-01-09', '2026-01-18']];
  const pages = await Promise.all(
    [0, 4, 8].map((offset) => report(['date'], ['sessions'], range, { limit: 4, offset })),
  );
  expect(pages.map(({ rows }) => rows.length)).toEqual([4, 4, 2]);
  expect(pages.map(({ answer }) => answer.rowCount)).toEqual([10, 10, 10]);
  const dates = pages.flatMap(({ answer }) => (answer.rows ?? []).map((row) => row.dimensionValues?.[0]?.value));
  expect(new Set(dates).size).toBe(10);
  expect(dates).not.toEqual(dates.toSorted((a, b) => Number(a) - Number(b)));
});

test('today is there so far; a date counts one session in fifty only later, and stands after 60 hours', async () => {
  const clock = simulatedClock(Date.parse('2026-01-09T17:00:00Z'));
  const { report } = await start(many, clock);
  const sessionsOn = async (day: string) => Number((await report([], ['sessions'], [[day, day]])).rows[0]);
  const soFar = await sessionsOn('today');
  expect(soFar).toBeGreaterThan(450);
  expect(soFar).toBeLessThan(481);
  const end = Date.parse('2026-01-10T05:00:00Z');
  clock.advanceTo(end + 23 * HOUR_MS);
  const young = await sessionsOn('yesterday');
  expect(young).toBeGreaterThan(960 - 45);
  expect(young).toBeLessThan(960 - 5);
  clock.advanceTo(end + 60 * HOUR_MS);
  expect(await sessionsOn('3daysAgo')).toBe(960);
  expect(await sessionsOn('2026-01-09')).toBe(960);
});

test('a batch answers up to five reports', async () => {
  const { client } = await start(few);
  const one = { metrics: [{ name: 'sessions' }], dateRanges: [{ startDate: '2026-01-09', endDate: '2026-01-09' }] };
  const [answer] = await client.batchRunReports({
    property: PROPERTY,
    requests: [one, { ...one, property: PROPERTY }],
  });
  expect(answer.reports?.map((report) => report.rows?.[0]?.metricValues?.[0]?.value)).toEqual(['4', '4']);
  await expect(
    client.batchRunReports({ property: PROPERTY, requests: Array.from({ length: 6 }, () => one) }),
  ).rejects.toMatchObject({ code: 3 });
});

test('the quota is told when asked for, counts down, and runs out until the hour ends', async () => {
  const clock = simulatedClock(later);
  const { report, post } = await start([], clock);
  const ask = () => report([], ['sessions'], BOTH, { returnPropertyQuota: true });
  expect((await ask()).answer.propertyQuota).toMatchObject({
    tokensPerDay: { consumed: 5, remaining: 199_995 },
    tokensPerHour: { consumed: 5, remaining: 39_995 },
    tokensPerProjectPerHour: { consumed: 5, remaining: 13_995 },
    concurrentRequests: { consumed: 0, remaining: 10 },
  });
  expect((await ask()).answer.propertyQuota?.tokensPerProjectPerHour?.remaining).toBe(13_990);
  const one = { metrics: [{ name: 'sessions' }], dateRanges: [{ startDate: '2026-01-09', endDate: '2026-01-09' }] };
  const batch = () => post(`${PROPERTY}:batchRunReports`, { requests: Array.from({ length: 5 }, () => one) });
  for (let index = 0; index < 559; index += 1) expect((await batch()).status).toBe(200);
  const exhausted = await batch();
  expect(exhausted.status).toBe(429);
  expect(await exhausted.json()).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
  clock.advanceTo(later + HOUR_MS);
  expect((await batch()).status).toBe(200);
});

test('metadata names dimensions and metrics, those of the key events too', async () => {
  const { client } = await start(few);
  const [answer] = await client.getMetadata({ name: `${PROPERTY}/metadata` });
  expect(answer.name).toBe(`${PROPERTY}/metadata`);
  expect(answer.dimensions?.map((dimension) => dimension.apiName)).toEqual(['date', 'sessionDefaultChannelGroup']);
  expect(answer.metrics?.map((metric) => metric.apiName)).toEqual(
    expect.arrayContaining(['totalUsers', 'keyEvents:sign_up', 'sessionKeyEventRate:purchase']),
  );
});

const sessionsOf = (startDate: string, endDate: string) => ({
  metrics: [{ name: 'sessions' }],
  dateRanges: [{ startDate, endDate }],
});
const fine = sessionsOf('2026-01-09', '2026-01-10');

test.each<[string, unknown, string]>([
  ['a metric', { ...fine, metrics: [{ name: 'pageViews' }] }, 'Field pageViews is not a valid metric.'],
  ['a dimension', { ...fine, dimensions: [{ name: 'mood' }] }, 'Field mood is not a valid dimension.'],
  ['a key event', { ...fine, metrics: [{ name: 'keyEvents:nap' }] }, 'Field keyEvents:nap is not a valid metric.'],
  ['a date', sessionsOf('2026-02-30', 'today'), 'Invalid date: 2026-02-30.'],
  ['dates the wrong way round', sessionsOf('today', 'yesterday'), 'startDate today is after endDate yesterday'],
  ['a field that is not served here', { ...fine, metricFilter: {} }, 'metricFilter'],
  ['no metrics and dimensions', { ...fine, metrics: [] }, 'At least one of dimensions and metrics is required.'],
  ['a limit of nothing', { ...fine, limit: '0' }, 'Invalid JSON payload received.'],
  ['eleven metrics', { ...fine, metrics: Array.from({ length: 11 }, () => ({ name: 'sessions' })) }, 'metrics'],
  [
    'a reserved name of a range',
    { ...fine, dateRanges: [{ startDate: 'today', endDate: 'today', name: 'date_range_7' }] },
    'The dateRange name date_range_7 is reserved.',
  ],
])('an unknown or wrong part is refused: %s', async (_, body, message) => {
  const { post } = await start(few);
  const answer = await post(`${PROPERTY}:runReport`, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: { code: 400, message: expect.stringContaining(message) as unknown, status: 'INVALID_ARGUMENT' },
  });
});

test("a wrong token, somebody else's property and an unknown method are refused in Google's shape", async () => {
  const { post } = await start(few);
  const refusals = await Promise.all([
    post(`${PROPERTY}:runReport`, fine, 'Bearer ya29.mine'),
    post('properties/1:runReport', fine),
    post(`${PROPERTY}:runReport`, { ...fine, property: 'properties/1' }),
    post(`${PROPERTY}:runPivotReport`, fine),
  ]);
  expect(await Promise.all(refusals.map(async (answer) => [answer.status, await answer.json()] as const))).toEqual([
    [401, { error: expect.objectContaining({ code: 401, status: 'UNAUTHENTICATED' }) as unknown }],
    [403, { error: expect.objectContaining({ code: 403, status: 'PERMISSION_DENIED' }) as unknown }],
    [403, { error: expect.objectContaining({ code: 403, status: 'PERMISSION_DENIED' }) as unknown }],
    [404, { error: expect.objectContaining({ code: 404, status: 'NOT_FOUND' }) as unknown }],
  ]);
});

test.each<[string, Record<string, string>, string]>([
  ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['no JWT', { assertion: 'x' }, 'invalid_grant'],
  [
    'another scope',
    { assertion: jwt({ iss: 'a', aud: 'b', scope: 'https://www.googleapis.com/auth/drive' }) },
    'invalid_scope',
  ],
])('no token is issued for %s', async (_, form, error) => {
  const { server } = await start([]);
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', ...form });
  const answer = await fetch(`${server.url}/token`, { method: 'POST', body });
  expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error })]);
});

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

test('a trailing window of 28 days is one report of distinct users', async () => {
  const { report } = await start(many);
  const last = toDay('2026-01-18');
  expect((await report([], ['totalUsers', 'newUsers'], [[addDays(last, -27), last]])).rows).toEqual(['700 700']);
});
