import { readFile } from 'node:fs/promises';
import { toDay } from '@plumbline/core/day';
import { toInstant, toIso } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import type { UptimeConfig } from './index.ts';
import { puller } from './pull.ts';

// As API v3 answered on 2026-09-21; https://uptimerobot.com/api/v3 names the fields without a sample.
const recorded: object = JSON.parse(
  await readFile(new URL('fixtures/uptimerobot-uptime.json', import.meta.url), 'utf8'),
);
const day = toDay('2026-09-20');
const now = '2026-09-21T10:00:00Z';
const one: UptimeConfig = { provider: 'uptimerobot', monitors: ['804045264'], aggregate: 'min' };
const two: UptimeConfig = { ...one, monitors: ['1', '2'] };

type Life = { status?: string; createDateTime?: string; currentStateDuration?: number };
const monitor = (id: number, life: Life = {}) => ({
  id,
  friendlyName: 'Hub',
  status: 'UP',
  createDateTime: '2025-01-01T00:00:00.000Z',
  currentStateDuration: 10,
  ...life,
});

/** The recorded answer, or other numbers, for the span that is asked for. */
const answered = ({ url }: Asked, more: object = {}) => ({
  ...recorded,
  ...more,
  from: url.searchParams.get('from'),
  to: url.searchParams.get('to'),
});

const uptimeRobot = (stats: (asked: Asked) => unknown, monitors = [monitor(804_045_264), monitor(1), monitor(2)]) =>
  serve((asked): Reply => {
    if (asked.url.pathname === '/v3/monitors') return { body: { data: monitors, nextLink: null } };
    const body = stats(asked);
    return body === undefined ? { status: 404, body: { error: true, message: 'Not found' } } : { body };
  });

type Options = { config?: UptimeConfig; timezone?: string; now?: string };
async function pullFrom(baseUrl: string, { config = one, ...options }: Options = {}, days = { from: day, to: day }) {
  const ports = portsFor('uptime', config, { baseUrl, secret: 'ur-key', now, timezone: 'UTC', ...options });
  return collect(puller.pull(days, ports));
}

test('a recorded answer is the day’s uptime, with the seconds that its percentage is of', async () => {
  const { baseUrl, asked } = await uptimeRobot((request) => answered(request));
  const pulled = await pullFrom(baseUrl);
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-09-20': 92.54237891737893,
    'downtime_minutes 2026-09-20': expect.closeTo(107.35, 6),
    'incidents 2026-09-20': 2,
  });
  expect(pulled[0]).toMatchObject({
    denominator: expect.closeTo(86_368, 0),
    quality: [],
    evidence: { requests: 1, rows: 1, policy: 'uptimerobot-min', coverage: expect.closeTo(0.9996, 4) },
    settlesAt: toInstant('2026-09-21T00:00:00Z'),
  });
  expect(asked.map(({ url, headers }) => [url.pathname + url.search, headers.authorization])).toEqual([
    ['/v3/monitors', 'Bearer ur-key'],
    ['/v3/monitors/804045264/stats/uptime?from=2026-09-20T00%3A00%3A00Z&to=2026-09-21T00%3A00%3A00Z', 'Bearer ur-key'],
  ]);
});

test.each([
  ['Europe/Kyiv', '2026-03-29', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z', 23],
  ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
  ['Asia/Kolkata', '2026-02-28', '2026-02-27T18:30:00Z', '2026-02-28T18:30:00Z', 24],
])('a day in %s is asked for from midnight to midnight', async (timezone, text, from, to, hours) => {
  const { baseUrl, asked } = await uptimeRobot((request) =>
    answered(request, { uptime: 100, total_downtime_seconds: 0, incident_count: 0 }),
  );
  const one = toDay(text);
  const pulled = await pullFrom(baseUrl, { timezone, now: '2026-12-01T00:00:00Z' }, { from: one, to: one });
  expect(pulled[0]).toMatchObject({ value: 100, denominator: hours * 3600, evidence: { coverage: 1 } });
  expect(Object.fromEntries(asked.at(-1)?.url.searchParams ?? [])).toEqual({ from, to });
});

test('of several monitors the worst one counts, or all their seconds', async () => {
  const { baseUrl } = await uptimeRobot((request) =>
    answered(
      request,
      request.url.pathname.includes('/1/')
        ? { uptime: 100, total_downtime_seconds: 0, incident_count: 0 }
        : { uptime: 99, total_downtime_seconds: 864, incident_count: 3 },
    ),
  );
  expect(valuesOf(await pullFrom(baseUrl, { config: two }))).toEqual({
    'uptime 2026-09-20': 99,
    'downtime_minutes 2026-09-20': expect.closeTo(14.4, 9),
    'incidents 2026-09-20': 3,
  });
  expect(valuesOf(await pullFrom(baseUrl, { config: { ...two, aggregate: 'mean' } }))).toMatchObject({
    'uptime 2026-09-20': 99.5,
    'downtime_minutes 2026-09-20': expect.closeTo(7.2, 9),
  });
});

test('seconds down are never less than UptimeRobot counts, also where its percentage is whole', async () => {
  const { baseUrl } = await uptimeRobot((request) =>
    answered(request, { uptime: 100, total_downtime_seconds: 3, incident_count: 1 }),
  );
  expect(valuesOf(await pullFrom(baseUrl))).toMatchObject({
    'uptime 2026-09-20': (100 * 86_397) / 86_400,
    'downtime_minutes 2026-09-20': 0.05,
  });
});

test('a monitor counts from when it was made, and up to when it was paused', async () => {
  const whole = (request: Asked) => answered(request, { uptime: 100, total_downtime_seconds: 0, incident_count: 0 });
  const paused = { status: 'PAUSED', currentStateDuration: 22 * 3600 };
  const { baseUrl, asked } = await uptimeRobot(whole, [
    monitor(1, { createDateTime: '2026-09-20T06:00:00.000Z' }),
    monitor(2, paused),
  ]);
  const pulled = await pullFrom(baseUrl, { config: { ...two, aggregate: 'mean' } });
  expect(pulled[0]).toMatchObject({ denominator: (18 + 12) * 3600, evidence: { coverage: 30 / 48 } });

  const asleep = await uptimeRobot(whole, [monitor(1, { ...paused, currentStateDuration: 34 * 3600 }), monitor(2)]);
  const rest = await pullFrom(asleep.baseUrl, { config: two });
  expect(rest[0]).toMatchObject({ denominator: 86_400, quality: ['unobserved:1'], evidence: { coverage: 0.5 } });
  expect([asked.length, asleep.asked.length]).toEqual([3, 2]);
});

test('a day of which nothing is known is absent', async () => {
  const { baseUrl } = await uptimeRobot((request) => answered(request, { uptime: null }));
  expect(await pullFrom(baseUrl)).toEqual([]);
});

test('pages of monitors are followed to the one that is asked for, and not in circles', async () => {
  const paged = await serve(({ url }): Reply => {
    if (url.pathname !== '/v3/monitors')
      return { body: { ...recorded, uptime: 100, from: '2026-09-20T00:00:00Z', to: '2026-09-21T00:00:00Z' } };
    const isLater = url.searchParams.get('cursor') === '7';
    return {
      body: {
        data: [monitor(isLater ? 804_045_264 : 7)],
        nextLink: isLater ? null : 'https://api.uptimerobot.com/v3/monitors/?cursor=7',
      },
    };
  });
  expect(await pullFrom(paged.baseUrl)).toHaveLength(3);
  expect(paged.asked.map(({ url }) => url.pathname + url.search).slice(0, 2)).toEqual([
    '/v3/monitors',
    '/v3/monitors?cursor=7',
  ]);

  const circle = await serve((): Reply => ({ body: { data: [], nextLink: '?cursor=7' } }));
  expect(await failureOf(pullFrom(circle.baseUrl))).toBe(
    'DataError: [uptime] GET /v3/monitors names a page as its own next one',
  );
});

test('a monitor that is not there is named', async () => {
  const message =
    "VendorError: [uptime] there is no monitor 804045264; take its id from its address in UptimeRobot's dashboard, or remove it from monitors";
  const listed = await uptimeRobot((request) => answered(request), [monitor(5)]);
  expect(await failureOf(pullFrom(listed.baseUrl))).toBe(message);
  const gone = await uptimeRobot(() => undefined);
  expect(await failureOf(pullFrom(gone.baseUrl))).toBe(message);
});

test('an answer about another span than the day is refused', async () => {
  const { baseUrl } = await uptimeRobot(() => recorded);
  expect(await failureOf(pullFrom(baseUrl))).toBe(
    'DataError: [uptime] GET /v3/monitors/804045264/stats/uptime was asked for 2026-09-20T00:00:00Z to 2026-09-21T00:00:00Z and tells of 2026-09-20T08:58:51.465Z to 2026-09-21T08:58:51.465Z',
  );
  const off = (ms: number) =>
    uptimeRobot((request) => ({ ...answered(request), to: toIso(toInstant('2026-09-21T00:00:00Z') - ms) }));
  expect(await pullFrom((await off(60_000)).baseUrl)).toHaveLength(3);
  expect(await failureOf(pullFrom((await off(60_001)).baseUrl))).toContain('DataError');
});

test('a refused key says what to make, 429 waits as it is told, 5xx is tried again', async () => {
  const closed = await serve(() => ({ status: 401, body: { error: true, message: 'Bad key ur-key' } }));
  expect(await failureOf(pullFrom(closed.baseUrl))).toBe(
    `VendorError: [uptime] GET /v3/monitors answered 401: {"error":true,"message":"Bad key ***"} (make a read-only API key under UptimeRobot's Integrations & API)`,
  );
  const busy = await serve((asked, count): Reply => {
    if (count <= 2) return { status: [429, 503][count - 1] ?? 500, headers: { 'retry-after': '30' }, body: '' };
    return { body: asked.url.pathname === '/v3/monitors' ? { data: [monitor(804_045_264)] } : answered(asked) };
  });
  const ports = portsFor('uptime', one, { baseUrl: busy.baseUrl, secret: 'ur-key', now, timezone: 'UTC' });
  expect((await puller.check(ports)).sees).toBe('monitor 804045264 was up 92.54 % on 2026-09-20');
  expect(ports.clock.now() - toInstant(now)).toBe(60_000);
});

test('a cut-off answer and a broken connection are tried again, then told; an unknown shape is told at once', async () => {
  const cut = await serve(() => ({ body: '{"data":[{"id":8040' }));
  expect(await failureOf(pullFrom(cut.baseUrl))).toBe(
    'DataError: [uptime] GET /v3/monitors answered with something that is not JSON (cut off?) after 6 tries',
  );
  const reset = await serve(() => (response) => response.destroy());
  expect(await failureOf(pullFrom(reset.baseUrl))).toMatch(
    /^VendorError: \[uptime\] GET \/v3\/monitors: the connection to 127\.0\.0\.1:\d+ broke \(\w+\) after 6 tries$/,
  );
  const odd = await uptimeRobot((request) => answered(request, { uptime: 'high' }));
  expect(await failureOf(pullFrom(odd.baseUrl))).toContain(
    'DataError: [uptime] GET /v3/monitors/804045264/stats/uptime answered in an unknown shape: ✖ Invalid input: expected number, received string',
  );
});
