import { readFile } from 'node:fs/promises';
import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import { addressAt } from './client.ts';
import type { Ga4Config } from './index.ts';
import { ga4 } from './index.ts';
import { puller } from './pull.ts';
import type { Options } from './test-property.ts';
import {
  BATCH,
  RUN,
  account,
  answer,
  config,
  kindOf,
  plain,
  observed,
  property,
  pullFrom,
  requestsIn,
  row,
  secret,
} from './test-property.ts';

const daily = JSON.parse(await readFile(new URL('fixtures/daily.json', import.meta.url), 'utf8'));
const now = '2026-02-13T00:00:00Z';
const range = { from: toDay('2026-02-11'), to: toDay('2026-02-12') };

const pullWith = (report: object, { range: asked = range, ...options }: Options = {}) =>
  pullFrom({ date: report }, asked, options);

test('a report becomes a day’s numbers, rates with their parts; a day without a row in a whole report is 0', async () => {
  const { pulled, asked, requests } = await pullWith(daily);
  expect(valuesOf(pulled)).toEqual({
    'website_visitors 2026-02-11': 0,
    'active_users 2026-02-11': 0,
    'new_users 2026-02-11': 0,
    'sessions 2026-02-11': 0,
    'page_views 2026-02-11': 0,
    'website_visitors_7d 2026-02-11': 711,
    'active_users_7d 2026-02-11': 1711,
    'active_users_28d 2026-02-11': 2811,
    'website_visitors 2026-02-12': 120,
    'active_users 2026-02-12': 110,
    'new_users 2026-02-12': 40,
    'sessions 2026-02-12': 150,
    'page_views 2026-02-12': 610,
    'engagement_rate 2026-02-12': 62,
    'web_session_length 2026-02-12': 84.253,
    'website_conversion_rate 2026-02-12': (100 * 7) / 150,
    'website_visitors_7d 2026-02-12': 712,
    'active_users_7d 2026-02-12': 1712,
    'active_users_28d 2026-02-12': 2812,
  });
  const conversion = pulled.find((one) => one.kind === 'observation' && one.metric === 'website_conversion_rate');
  expect(conversion).toEqual({
    kind: 'observation',
    metric: 'website_conversion_rate',
    day: '2026-02-12',
    value: (100 * 7) / 150,
    n: 150,
    numerator: 7,
    denominator: 150,
    quality: [],
    evidence: { requests: 1, rows: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), policy: 'ga4-default' },
    settlesAt: toInstant('2026-02-15T22:00:00Z'),
  });
  expect(asked.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([`POST ${RUN}`, `POST ${BATCH}`]);
  expect(requests.map((request) => [kindOf(request), request.dateRanges[0]])).toEqual([
    ['date', { startDate: '2026-02-11', endDate: '2026-02-12' }],
    ['date sessionDefaultChannelGroup', { startDate: '2026-02-11', endDate: '2026-02-12' }],
    ['', { startDate: '2026-02-05', endDate: '2026-02-11' }],
    ['', { startDate: '2026-01-15', endDate: '2026-02-11' }],
    ['', { startDate: '2026-02-06', endDate: '2026-02-12' }],
    ['', { startDate: '2026-01-16', endDate: '2026-02-12' }],
  ]);
  expect(new Set(requests.map(({ returnPropertyQuota }) => returnPropertyQuota))).toEqual(new Set([true]));
});

test('each window is asked for by itself, with its own first day', async () => {
  const { requests } = await pullWith(daily, { range: { from: range.to, to: range.to } });
  expect(requests.slice(2).map(({ metrics, dateRanges }) => [metrics.map(({ name }) => name), dateRanges])).toEqual([
    [['totalUsers', 'activeUsers'], [{ startDate: '2026-02-06', endDate: '2026-02-12' }]],
    [['activeUsers'], [{ startDate: '2026-01-16', endDate: '2026-02-12' }]],
  ]);
});

test('a token that the key signed itself is sent, and Google is not asked for one', async () => {
  const { asked } = await pullWith(daily);
  const token = asked[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    iss: account.client_email,
    scope: 'https://www.googleapis.com/auth/analytics.readonly',
  });
});

test('a token_uri on the test server’s own host is asked once for the token', async () => {
  const { baseUrl, asked } = await serve((one) =>
    one.url.pathname === '/token' ? { body: { access_token: 'given' } } : answer(one, { date: daily }),
  );
  const near = JSON.stringify({ ...account, token_uri: `${baseUrl}/token` });
  await collect(puller.pull(range, portsFor('ga4', config, { baseUrl, secret: near, now })));
  expect(asked.map(({ url }) => url.pathname).filter((path) => path === '/token')).toHaveLength(1);
  expect(new Set(asked.slice(1).map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer given']));
  expect(new URLSearchParams(asked[0]?.body).get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
});

test('a made-up private key will do behind a baseUrl', async () => {
  const { baseUrl, asked } = await property({ date: daily });
  const madeUp = JSON.stringify({ ...account, private_key: 'made up' });
  await collect(puller.pull(range, portsFor('ga4', config, { baseUrl, secret: madeUp, now })));
  expect(asked[0]?.headers.authorization).toBe('Bearer unsigned');
});

test('a baseUrl may have a path, a port and https', () => {
  const google = new URL('https://analyticsdata.googleapis.com:443/v1beta/properties/1:runReport?$alt=json');
  expect(addressAt(undefined, google).href).toBe(
    'https://analyticsdata.googleapis.com/v1beta/properties/1:runReport?$alt=json',
  );
  expect(addressAt('https://proxy.example:8443/ga/', google).href).toBe(
    'https://proxy.example:8443/ga/v1beta/properties/1:runReport?$alt=json',
  );
});

test('a date that is not over in the property’s zone is left out, and another zone is named', async () => {
  const inLosAngeles = { ...daily, metadata: { timeZone: 'America/Los_Angeles' } };
  const early = await pullWith(inLosAngeles, { now: '2026-02-13T07:59:59Z' });
  expect(new Set(early.pulled.map((one) => one.kind === 'observation' && one.day))).toEqual(new Set(['2026-02-11']));
  const over = await pullWith(inLosAngeles, { now: '2026-02-13T08:00:00Z' });
  expect(
    over.pulled.find((one) => one.kind === 'observation' && one.metric === 'sessions' && one.day === range.to),
  ).toMatchObject({
    value: 150,
    quality: ['zone:America/Los_Angeles'],
    settlesAt: toInstant('2026-02-16T08:00:00Z'),
  });
});

test('zones whose day is the same are no difference', async () => {
  const { pulled } = await pullWith(daily, { timezone: '+02:00' });
  expect(new Set(pulled.flatMap((one) => (one.kind === 'observation' ? one.quality : [])))).toEqual(new Set());
});

test.each([
  ['thresholded', { subjectToThresholding: true }],
  ['sampled', { samplingMetadatas: [{ samplesReadCount: '500', samplingSpaceSize: '1000' }] }],
  ['other-row', { dataLossFromOtherRow: true }],
  ['empty:NO_DATA', { emptyReason: 'NO_DATA' }],
])('a report that is %s says so and fills in no 0', async (quality, metadata) => {
  const { pulled } = await pullWith({ ...daily, metadata: { timeZone: 'Europe/Kyiv', ...metadata } });
  const observations = pulled
    .filter((one) => one.kind === 'observation')
    .filter(({ metric }) => !/_\d+d$/.test(metric));
  expect(observations.map(({ metric, day, quality: said }) => [metric, day, said])).toEqual(
    [
      'website_visitors',
      'active_users',
      'new_users',
      'sessions',
      'page_views',
      'engagement_rate',
      'web_session_length',
      'website_conversion_rate',
    ].map((metric) => [metric, '2026-02-12', [quality]]),
  );
});

test('of a sampled report the evidence says how much was read', async () => {
  const samplingMetadatas = [{ samplesReadCount: '500', samplingSpaceSize: '1000' }];
  const { pulled } = await pullWith({ ...daily, metadata: { timeZone: 'Europe/Kyiv', samplingMetadatas } });
  expect(observed(pulled, 'page_views').map(({ evidence }) => evidence)).toEqual([
    expect.objectContaining({ requests: 1, rows: 1, sampling: '500 of 1000 events' }),
  ]);
});

test('a report without rows at all is 0 each day', async () => {
  const { rows: _, rowCount: __, ...empty } = daily;
  const { pulled } = await pullWith(empty, { config: plain, range: { from: range.to, to: range.to } });
  expect(valuesOf(pulled)).toMatchObject({ 'sessions 2026-02-12': 0, 'website_visitors 2026-02-12': 0 });
  expect(Object.keys(valuesOf(pulled))).not.toContain('engagement_rate 2026-02-12');
});

test('pages are followed by offset up to rowCount, and a missing rest is refused', async () => {
  const whole = { from: toDay('2026-02-10'), to: range.to };
  const { pulled, requests } = await pullFrom(
    { date: ({ offset = '0' }) => ({ ...daily, rows: daily.rows.slice(Number(offset), Number(offset) + 1) }) },
    whole,
  );
  expect(valuesOf(pulled)).toMatchObject({
    'sessions 2026-02-10': 125,
    'sessions 2026-02-11': 0,
    'sessions 2026-02-12': 150,
  });
  expect(requests.filter((one) => kindOf(one) === 'date').map(({ offset }) => offset)).toEqual([undefined, '1']);

  const cut = pullFrom({ date: ({ offset }) => ({ ...daily, rows: offset ? [] : daily.rows, rowCount: 3 }) }, whole);
  expect(await failureOf(cut)).toBe('DataError: [ga4] a report ended after 2 rows, though it counts 3');

  const moving = pullFrom(
    { date: ({ offset }) => ({ ...daily, rows: daily.rows.slice(0, 1), rowCount: offset ? 3 : 2 }) },
    whole,
  );
  expect(await failureOf(moving)).toBe(
    "DataError: [ga4] a report's pages have different columns or counts of rows; it changed while it was read",
  );
});

test('pages of a report in a batch are followed beside the others’ first ones', async () => {
  const channels = ['Direct', 'Email', 'Display'].map((channel, index) =>
    row(['20260212', channel], index + 1, index + 2),
  );
  const { pulled, asked } = await pullFrom(
    {
      date: daily,
      'date sessionDefaultChannelGroup': ({ offset = '0' }) => ({
        dimensionHeaders: [{ name: 'date' }, { name: 'sessionDefaultChannelGroup' }],
        rows: channels.slice(Number(offset), Number(offset) + 2),
        rowCount: 3,
      }),
    },
    { from: range.to, to: range.to },
  );
  expect(observed(pulled, 'sessions')[0]?.breakdown).toEqual({ channel: { Direct: 2, Email: 3, Display: 4 } });
  expect(asked.map((one) => [one.url.pathname, requestsIn(one).map(({ offset }) => offset)])).toEqual([
    [RUN, [undefined]],
    [BATCH, [undefined, undefined, undefined]],
    [RUN, ['2']],
  ]);
});

test('a night’s range renews only the last 4 days, but key events of all 14', async () => {
  const nightly = { from: toDay('2026-01-30'), to: range.to, unpulled: range.to };
  const { pulled, asked } = await pullWith(daily, { range: nightly });
  const days = (metric: string) =>
    pulled.flatMap((one) => (one.kind === 'observation' && one.metric === metric ? [one.day] : []));
  expect(days('sessions')).toEqual(['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12']);
  expect(days('active_users_28d')).toEqual(['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12']);
  expect(days('website_conversion_rate')).toEqual(['2026-02-10', '2026-02-12']);
  expect(asked.map((one) => requestsIn(one).length)).toEqual([1, 5, 4]);

  const older = [row('20260130', 9, 9, 9, 10, 9, 9, 9, 0.1), ...daily.rows];
  const renewed = await pullWith({ ...daily, rows: older, rowCount: 3 }, { range: nightly });
  expect(valuesOf(renewed.pulled)).toMatchObject({ 'website_conversion_rate 2026-01-30': 10 });
  expect(Object.keys(valuesOf(renewed.pulled))).not.toContain('sessions 2026-01-30');
});

test('a night after nights that failed renews what each of them would have renewed', async () => {
  const healing = { from: toDay('2026-01-25'), to: range.to, unpulled: toDay('2026-02-07') };
  const { pulled } = await pullWith(daily, { range: healing });
  const sessions = pulled.flatMap((one) => (one.kind === 'observation' && one.metric === 'sessions' ? [one.day] : []));
  expect([sessions.length, sessions[0]]).toEqual([9, '2026-02-04']);
});

test('a backfill takes every day whole, whatever its length', async () => {
  const { pulled, asked } = await pullWith(daily, { range: { from: toDay('2026-01-30'), to: range.to } });
  expect(pulled.filter((one) => one.kind === 'observation' && one.metric === 'sessions')).toHaveLength(14);
  expect(asked.map((one) => requestsIn(one).length)).toEqual([1, 5, 5, 5, 5, 5, 4]);
});

test('west of the workspace a night renews one day more, since that one settles only now', async () => {
  const nightly = { from: toDay('2026-01-30'), to: range.to, unpulled: range.to };
  const { pulled } = await pullWith({ ...daily, metadata: { timeZone: 'America/Los_Angeles' } }, { range: nightly });
  expect(pulled.flatMap((one) => (one.kind === 'observation' && one.metric === 'sessions' ? [one.day] : []))).toEqual([
    '2026-02-08',
    '2026-02-09',
    '2026-02-10',
    '2026-02-11',
  ]);
});

test.each([
  [
    'no number where one belongs',
    { ...daily, rows: [{ ...daily.rows[0], metricValues: [{ value: 'many' }] }] },
    'answered in an unknown shape',
  ],
  ['rows of another type', { ...daily, rows: 'none' }, 'answered in an unknown shape'],
  [
    'fewer columns than asked for',
    { ...daily, metricHeaders: daily.metricHeaders.slice(1) },
    'a report lacks the metric',
  ],
  ['two rows for a day', { ...daily, rows: [daily.rows[0], daily.rows[0]] }, 'a report has two rows for 2026-02-12'],
  [
    'a rate above 1',
    { ...daily, rows: [row('20260212', 1, 1, 1, 1, 1, 1, 1, 1.5)], rowCount: 1 },
    'is 1.5; a share of sessions is at most 1',
  ],
  [
    'a zone that is none',
    { ...daily, metadata: { timeZone: 'Nowhere/Land' } },
    'time zone "Nowhere/Land" is not known here',
  ],
])('an answer with %s is refused', async (_, report, message) => {
  const failure = await failureOf(pullWith(report));
  expect(failure).toContain('DataError: [ga4] ');
  expect(failure).toContain(message);
});

test('check tells what the key sees', async () => {
  const { baseUrl, asked } = await property({ date: { ...daily, metadata: { timeZone: 'America/Los_Angeles' } } });
  expect(await puller.check(portsFor('ga4', config, { baseUrl, secret, now }))).toEqual({
    sees: 'property 314159 in America/Los_Angeles, 150 sessions on 2026-02-12',
    warnings: ['zone:America/Los_Angeles'],
  });
  expect(asked).toHaveLength(1);
});

test('the definition names its metrics, its secret and its config', () => {
  const ids = (value: Ga4Config) => ga4.metrics(value, { currency: 'USD' }).map(({ id }) => id);
  expect(ids(config).filter((id) => !ids(plain).includes(id))).toEqual(['website_conversion_rate']);
  expect([secret, '{}', 'a token', '{"client_email":"a"}'].map((text) => ga4.secret?.isValid(text))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(ga4.config.safeParse({ propertyId: '12a' }).success).toBe(false);
  expect(
    ga4.config.safeParse({ propertyId: '12', metrics: { website_conversion_rate: { keyEvent: 'sign up' } } }).success,
  ).toBe(false);
});
