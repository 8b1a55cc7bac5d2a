import { readFile } from 'node:fs/promises';
import { toDay } from '@plumbline/core/day';
import type { Observation } from '@plumbline/core/snapshot';
import { toInstant, toZone } from '@plumbline/core/zone';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import type { UptimeConfig } from './index.ts';
import { isUtcDay, readDay, secondsIn } from './betterstack-day.ts';
import { puller } from './pull.ts';

// As printed at https://betterstack.com/docs/uptime/api/get-a-monitors-availability-summary/
const printed = JSON.parse(await readFile(new URL('fixtures/sla.json', import.meta.url), 'utf8'));
const day = toDay('2026-02-12');
const only = { from: day, to: day };
const now = '2026-02-13T01:00:00Z';
const one: UptimeConfig = { provider: 'betterstack', monitors: ['258338'], aggregate: 'min' };
const two: UptimeConfig = { ...one, monitors: ['1', '2'] };

const sla = (availability: number | null, downtime: number, incidents = 1) => ({
  data: { attributes: { availability, total_downtime: downtime, number_of_incidents: incidents } },
});

/** Ten minutes of a day. */
const tenMinutes = sla(99.31, 600, 2);

const outage = (from: string, to: string | null, monitor = '258338') => ({
  attributes: { started_at: from, resolved_at: to },
  relationships: { monitor: { data: { id: monitor, type: 'monitor' } } },
});

const notFound: Reply = { status: 404, body: { errors: 'Not found' } };

/** Better Stack as far as these answers go; what is not given is not found. */
const betterStack = (answers: {
  sla: (asked: Asked) => unknown;
  monitor?: unknown;
  incidents?: (asked: Asked) => unknown;
}) =>
  serve((asked): Reply => {
    const { pathname } = asked.url;
    const body = pathname.endsWith('/sla')
      ? answers.sla(asked)
      : pathname.endsWith('/incidents')
        ? answers.incidents?.(asked)
        : answers.monitor;
    return body === undefined ? notFound : { body };
  });

type Options = { config?: UptimeConfig; timezone?: string; now?: string };
async function pullFrom(baseUrl: string, { config = one, ...options }: Options = {}) {
  const ports = portsFor('uptime', config, { baseUrl, secret: 'token', now, timezone: 'UTC', ...options });
  return collect(puller.pull(only, ports));
}

const qualities = (pulled: Awaited<ReturnType<typeof pullFrom>>) => [
  ...new Set(pulled.flatMap((found) => (found.kind === 'observation' ? found.quality : []))),
];

test('a day of a UTC workspace is the SLA’s date, in exact seconds', async () => {
  const { baseUrl, asked } = await betterStack({ sla: () => tenMinutes });
  const pulled = await pullFrom(baseUrl);
  const found = (metric: string, numbers: Partial<Observation>) => ({
    kind: 'observation',
    metric,
    day,
    ...numbers,
    quality: [],
    evidence: {
      requests: 1,
      rows: 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      policy: 'betterstack-min',
      coverage: 1,
      monitors: { '258338': { upSeconds: 85_800, downSeconds: 600, unobservedSeconds: 0 } },
    },
    settlesAt: toInstant('2026-02-13T00:00:00Z'),
  });
  expect(pulled).toEqual([
    found('uptime', { value: (100 * 85_800) / 86_400, numerator: 85_800, denominator: 86_400 }),
    found('downtime_minutes', { value: 10 }),
    found('incidents', { value: 2 }),
  ]);
  expect(asked.map(({ url, headers }) => [url.pathname + url.search, headers.authorization])).toEqual([
    ['/api/v2/monitors/258338', 'Bearer token'],
    ['/api/v2/monitors/258338/sla?from=2026-02-12&to=2026-02-12', 'Bearer token'],
  ]);
});

test('a day without an outage is 100 %', async () => {
  const { baseUrl } = await betterStack({ sla: () => sla(100, 0, 0) });
  expect(valuesOf(await pullFrom(baseUrl))).toEqual({
    'uptime 2026-02-12': 100,
    'downtime_minutes 2026-02-12': 0,
    'incidents 2026-02-12': 0,
  });
});

test('a percentage that the day’s seconds do not explain is taken as the vendor says, and named rounded', async () => {
  // 600 s at 98 % were 30,000 observed seconds: the monitor was paused or under maintenance for the rest.
  const { baseUrl } = await betterStack({ sla: () => sla(98, 600) });
  const pulled = await pullFrom(baseUrl);
  expect(pulled[0]).toMatchObject({ value: 98, quality: ['rounded'] });
  expect(pulled[0]?.kind === 'observation' && pulled[0].denominator).toBeCloseTo(30_000, 6);
  expect(pulled[1]).toMatchObject({ metric: 'downtime_minutes', value: expect.closeTo(10, 9) });
});

test('the answer that Better Stack prints is read, and of a single day its seconds count: 17 were not down for 600', async () => {
  const { baseUrl } = await betterStack({ sla: () => printed });
  const pulled = await pullFrom(baseUrl);
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-02-12': (100 * 85_800) / 86_400,
    'downtime_minutes 2026-02-12': 10,
    'incidents 2026-02-12': 3,
  });
  expect(qualities(pulled)).toEqual(['rounded']);
});

test('a monitor that observed nothing is absent', async () => {
  const nothing = await betterStack({ sla: () => sla(null, 0, 0) });
  expect(await pullFrom(nothing.baseUrl)).toEqual([]);
  const younger = { data: { attributes: { created_at: '2026-02-13T00:00:00.000Z', paused_at: null } } };
  const created = await betterStack({ sla: () => sla(100, 0), monitor: younger });
  expect(await pullFrom(created.baseUrl)).toEqual([]);
  const paused = { data: { attributes: { created_at: '2025-01-01T00:00:00Z', paused_at: '2026-02-12T00:00:00Z' } } };
  const asleep = await betterStack({ sla: () => sla(100, 0), monitor: paused });
  expect(await pullFrom(asleep.baseUrl)).toEqual([]);
});

test('a monitor made during the day is measured from then on', async () => {
  const monitor = { data: { attributes: { created_at: '2026-02-12T12:00:00Z', paused_at: null } } };
  const { baseUrl } = await betterStack({ sla: () => sla(99, 432), monitor });
  const [found] = await pullFrom(baseUrl);
  expect(found).toMatchObject({ value: 99, numerator: 42_768, denominator: 43_200, evidence: { coverage: 0.5 } });
});

test('of several monitors the worst one counts, or all their seconds', async () => {
  const answers = { sla: ({ url }: Asked) => (url.pathname.includes('/1/') ? sla(100, 0, 0) : sla(99, 864, 3)) };
  const { baseUrl } = await betterStack(answers);
  expect(valuesOf(await pullFrom(baseUrl, { config: two }))).toEqual({
    'uptime 2026-02-12': 99,
    'downtime_minutes 2026-02-12': 14.4,
    'incidents 2026-02-12': 3,
  });
  expect(valuesOf(await pullFrom(baseUrl, { config: { ...two, aggregate: 'mean' } }))).toEqual({
    'uptime 2026-02-12': 99.5,
    'downtime_minutes 2026-02-12': 7.2,
    'incidents 2026-02-12': 3,
  });
});

test('a monitor that saw nothing is left out of the others’ number, and named', async () => {
  const { baseUrl } = await betterStack({
    sla: ({ url }) => (url.pathname.includes('/1/') ? sla(null, 0, 0) : sla(99, 864)),
  });
  const pulled = await pullFrom(baseUrl, { config: two });
  expect(pulled[0]).toMatchObject({ value: 99, quality: ['unobserved:1'], evidence: { coverage: 0.5 } });
});

test('in another zone the day is cut by its outages, once they give the SLA’s own seconds', async () => {
  // 2026-02-12 in +02:00 is 22:00Z to 22:00Z: the first outage half belongs to it, the last one not at all.
  const pages = [
    {
      data: [outage('2026-02-11T21:55:00.000Z', '2026-02-11T22:05:00.000Z')],
      pagination: { next: 'https://uptime.betterstack.com/api/v2/incidents?page=2' },
    },
    {
      data: [outage('2026-02-12T10:00:00.000Z', '2026-02-12T10:10:00.000Z'), outage('2026-02-12T22:30:00.000Z', null)],
      pagination: { next: null },
    },
  ];
  const { baseUrl, asked } = await betterStack({
    sla: () => sla(99.31 - 2.083, 600 + 1800),
    incidents: ({ url }) => pages[url.searchParams.get('page') === '2' ? 1 : 0],
  });
  const pulled = await pullFrom(baseUrl, { timezone: '+02:00', now: '2026-02-12T23:00:00Z' });
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-02-12': (100 * 85_500) / 86_400,
    'downtime_minutes 2026-02-12': 15,
    'incidents 2026-02-12': 1,
  });
  expect(qualities(pulled)).toEqual([]);
  expect(asked.map(({ url }) => url.pathname + url.search).slice(2)).toEqual([
    '/api/v2/incidents?monitor_id=258338&from=2026-01-29&to=2026-02-13&per_page=50',
    '/api/v2/incidents?page=2',
  ]);
});

test('a UTC date that is not over yet may be measured up to now', async () => {
  const { baseUrl } = await betterStack({
    sla: () => sla(97.1, 2400),
    incidents: () => ({
      data: [outage('2026-02-12T10:00:00Z', '2026-02-12T10:10:00Z'), outage('2026-02-12T22:30:00Z', null)],
    }),
  });
  const pulled = await pullFrom(baseUrl, { timezone: '+02:00', now: '2026-02-12T23:00:00Z' });
  expect([valuesOf(pulled)['downtime_minutes 2026-02-12'], qualities(pulled)]).toEqual([10, []]);
});

test('outages that do not give the SLA’s seconds are not believed: the UTC date stands, and says so', async () => {
  const silent = await betterStack({ sla: () => tenMinutes, incidents: () => ({ data: [] }) });
  const unknown = await betterStack({ sla: () => tenMinutes });
  for (const { baseUrl } of [silent, unknown]) {
    const pulled = await pullFrom(baseUrl, { timezone: '+02:00' });
    expect(valuesOf(pulled)).toMatchObject({ 'uptime 2026-02-12': (100 * 85_800) / 86_400, 'incidents 2026-02-12': 2 });
    expect(qualities(pulled)).toEqual(['zone:UTC']);
  }
});

test('outages of other monitors do not count', async () => {
  const { baseUrl } = await betterStack({
    sla: () => sla(100, 0, 0),
    incidents: () => ({ data: [outage('2026-02-12T10:00:00Z', '2026-02-12T11:00:00Z', '7')] }),
  });
  const pulled = await pullFrom(baseUrl, { timezone: '+02:00' });
  expect([valuesOf(pulled)['uptime 2026-02-12'], qualities(pulled)]).toEqual([100, []]);
});

test('a list of outages that names a page as its own next one is refused', async () => {
  const { baseUrl } = await betterStack({
    sla: () => sla(100, 0, 0),
    incidents: () => ({ data: [], pagination: { next: 'https://uptime.betterstack.com/api/v2/incidents?page=2' } }),
  });
  expect(await failureOf(pullFrom(baseUrl, { timezone: '+02:00' }))).toBe(
    'DataError: [uptime] GET /api/v2/incidents names a page as its own next one',
  );
});

test('the next page is asked for at our own address, whatever its link says', async () => {
  const linked = (next: string) =>
    betterStack({
      sla: () => sla(100, 0, 0),
      incidents: ({ url }) => ({ data: [], pagination: { next: url.searchParams.get('page') === '2' ? null : next } }),
    });
  for (const next of ['https://other.example/x?page=2', '?page=2', '//x/y?page=2']) {
    const { baseUrl, asked } = await linked(next);
    expect(await pullFrom(baseUrl, { timezone: '+02:00' })).toHaveLength(3);
    expect(asked.at(-1)?.url.href).toBe('http://127.0.0.1/api/v2/incidents?page=2');
  }
  const { baseUrl } = await linked('http://[');
  expect(await failureOf(pullFrom(baseUrl, { timezone: '+02:00' }))).toBe(
    'DataError: [uptime] GET /api/v2/incidents names a next page that is no address',
  );
});

test('a list of outages without an end is refused', async () => {
  const { baseUrl } = await betterStack({
    sla: () => sla(100, 0, 0),
    incidents: ({ url }) => ({
      data: [],
      pagination: { next: `?page=${Number(url.searchParams.get('page') ?? '1') + 1}` },
    }),
  });
  expect(await failureOf(pullFrom(baseUrl, { timezone: '+02:00' }))).toBe(
    'DataError: [uptime] GET /api/v2/incidents goes on after 1000 pages',
  );
});

test('a day that is not over yields nothing, and at its end it does', async () => {
  const { baseUrl } = await betterStack({ sla: () => tenMinutes });
  expect(await pullFrom(baseUrl, { now: '2026-02-12T23:59:59Z' })).toEqual([]);
  expect(await pullFrom(baseUrl, { now: '2026-02-13T00:00:00Z' })).toHaveLength(3);
});

test('a monitor that is not there is named', async () => {
  const { baseUrl } = await betterStack({ sla: () => undefined });
  expect(await failureOf(pullFrom(baseUrl))).toBe(
    'VendorError: [uptime] there is no monitor 258338; take its id from its address in Better Stack, or remove it from monitors',
  );
});

test('429 and 5xx are tried again, other refusals and unknown shapes are not', async () => {
  const busy = await serve((_, count): Reply =>
    count <= 2 ? { status: [429, 500][count - 1] ?? 500, body: '' } : { body: tenMinutes },
  );
  const ports = portsFor('uptime', one, { baseUrl: busy.baseUrl, secret: 'token', now, timezone: 'UTC' });
  expect((await puller.check(ports)).sees).toBe('monitor 258338 was up 99.31 % on 2026-02-12');

  const closed = await serve(() => ({ status: 401, body: { errors: 'Invalid token token' } }));
  expect(await failureOf(pullFrom(closed.baseUrl))).toBe(
    'VendorError: [uptime] GET /api/v2/monitors/258338 answered 401: {"errors":"Invalid *** ***"}',
  );
  const odd = await betterStack({ sla: () => ({ data: { attributes: { availability: 'high' } } }) });
  expect(await failureOf(pullFrom(odd.baseUrl))).toContain(
    'DataError: [uptime] GET /api/v2/monitors/258338/sla answered in an unknown shape: ✖ Invalid input: expected number, received string',
  );
});

test('an abort stops the pull with its own reason', async () => {
  const stop = new AbortController();
  const { baseUrl } = await serve(() => () => stop.abort(new Error('the night is over')));
  const ports = portsFor('uptime', one, { baseUrl, secret: 'token', now, signal: stop.signal });
  expect(await failureOf(collect(puller.pull(only, ports)))).toBe('Error: the night is over');
});

test('up and down seconds make up the observed ones, whatever the vendor says', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.integer({ min: 0, max: 86_400 }),
      (availability, downtime) => {
        const answers = {
          monitor: '1',
          sla: { availability, downtime, incidents: 0 },
          details: undefined,
          incidents: undefined,
          requests: 1,
        };
        const seen = readDay(answers, day, toZone('UTC'), toInstant(now));
        if (!seen) throw new Error('a day with an availability was observed');
        expect(seen.percent).toBeGreaterThanOrEqual(0);
        expect(seen.percent).toBeLessThanOrEqual(100);
        expect(seen.observedSeconds).toBeLessThanOrEqual(86_400);
        expect(seen.upSeconds + seen.downSeconds).toBeCloseTo(seen.observedSeconds, 6);
        expect((100 * seen.upSeconds) / seen.observedSeconds).toBeCloseTo(seen.percent, 6);
      },
    ),
  );
});

test('seconds in several outages at once count once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: 0, max: 10 }))), (spans) => {
      const outages = spans.map(([from, length]) => ({ from: from * 1000, to: (from + length) * 1000 }));
      const each = Array.from({ length: 20 }, (_, second) =>
        outages.some(({ from, to }) => from <= second * 1000 && second * 1000 < to),
      );
      expect(secondsIn({ from: 0, to: 20_000 }, outages)).toBe(each.filter(Boolean).length);
    }),
  );
});

test('only a zone whose day is UTC’s is UTC', () => {
  expect(['UTC', '+00:00', 'Europe/London', 'Europe/Kyiv'].map((zone) => isUtcDay(day, toZone(zone)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(isUtcDay(toDay('2026-07-01'), toZone('Europe/London'))).toBe(false);
});
