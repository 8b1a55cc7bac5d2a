import { toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { expect, onTestFinished, test } from 'vitest';
import type { SimulatedClock } from '../clock.ts';
import { simulatedClock } from '../clock.ts';
import { serveOnLoopback } from '../serve.ts';
import type { ProductEvent, Story } from '../stories/story.ts';
import { mixpanelVendor } from './mixpanel.ts';

const noon = Date.parse('2026-01-10T12:00:00Z');
const HOUR_MS = 3_600_000;

const storyOf = (events: ProductEvent[]): Story => ({
  name: 'test',
  timezone: toZone('+02:00'),
  start: toDay('2026-01-02'),
  end: toDay('2026-04-02'),
  products: [],
  prices: [],
  subscriptions: [],
  sessionsZone: toZone('+02:00'),
  sessions: [],
  events,
  monitors: [],
  outages: [],
  entries: [],
});

const event = (person: string, at: string, more: Partial<ProductEvent> = {}): ProductEvent => ({
  event: 'Sign Up',
  person,
  at: Date.parse(at),
  insertId: `insert-${person}`,
  properties: {},
  ...more,
});

type Line = { event: string; properties: Record<string, unknown> };

async function start(events: ProductEvent[], clock: SimulatedClock = simulatedClock(noon)) {
  const vendor = mixpanelVendor(storyOf(events), { clock, projectId: 271828, secret: 'user:secret' });
  const server = await serveOnLoopback(vendor);
  onTestFinished(() => server.close());
  const get = (query: Record<string, string>, headers: Record<string, string> = {}) => {
    const url = new URL('/api/2.0/export', server.url);
    url.search = new URLSearchParams({ project_id: '271828', ...query }).toString();
    return fetch(url, { headers: { authorization: `Basic ${btoa('user:secret')}`, ...headers } });
  };
  const lines = async (query: Record<string, string>, headers: Record<string, string> = {}): Promise<Line[]> => {
    const answer = await get(query, headers);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  };
  return { clock, get, lines };
}

const people = (lines: Line[]) => lines.map((line) => String(line.properties['distinct_id'])).toSorted();
const span = (from: string, to = from) => ({ from_date: from, to_date: to });

test('an event is exported with its time in seconds, its ids, when it was processed, and its properties', async () => {
  const nps = event('Олена', '2026-01-09T23:59:59.999Z', {
    event: 'NPS Response',
    properties: { score: 9, comment: 'чудово\u2028"' },
  });
  const { lines } = await start([nps, { ...nps, at: nps.at + 1 }]);
  expect(await lines(span('2026-01-09'))).toEqual([
    {
      event: 'NPS Response',
      properties: {
        time: 1768003199,
        distinct_id: 'Олена',
        $insert_id: 'insert-Олена',
        mp_processing_time_ms: expect.any(Number) as unknown,
        score: 9,
        comment: 'чудово\u2028"',
      },
    },
  ]);
});

test('both dates are included, in UTC; what has not happened yet is not there, nor an id that nobody set', async () => {
  const { insertId: _, ...anonymous } = event('d', '2026-01-10T00:00:00Z');
  const { lines, clock } = await start([
    event('a', '2026-01-08T23:59:59Z'),
    event('b', '2026-01-09T00:00:00Z'),
    event('c', '2026-01-09T23:59:59Z'),
    anonymous,
    event('e', '2026-01-10T12:00:10Z'),
  ]);
  const both = span('2026-01-09', '2026-01-10');
  const now = await lines(both);
  expect(people(now)).toEqual(['b', 'c', 'd']);
  expect(now.find((line) => line.properties['distinct_id'] === 'd')?.properties).not.toHaveProperty('$insert_id');
  await clock.sleep(60_000);
  expect(people(await lines(both))).toEqual(['b', 'c', 'd', 'e']);
  expect(await lines(span('2025-12-01', '2025-12-31'))).toEqual([]);
});

const many = Array.from({ length: 3000 }, (_, index) =>
  event(`p${index}`, new Date(noon - 4 * 24 * HOUR_MS + index * 60_000).toISOString(), {
    event: index % 3 === 0 ? 'Feature Used' : 'Session End',
  }),
);

test('about one event in a hundred comes 6 to 40 hours late, and then stays', async () => {
  const { lines, clock } = await start(many, simulatedClock(noon - 2 * 24 * HOUR_MS + HOUR_MS));
  const range = span('2026-01-06', '2026-01-08');
  const early = people(await lines(range));
  clock.advanceTo(noon);
  const all = await lines(range);
  expect(all).toHaveLength(3000);
  const delays = all.map(
    ({ properties }) => Number(properties['mp_processing_time_ms']) - Number(properties['time']) * 1000,
  );
  const late = delays.filter((delay) => delay >= 2000);
  expect(late.length).toBeGreaterThan(15);
  expect(late.length).toBeLessThan(60);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(6 * HOUR_MS);
  expect(Math.max(...late)).toBeLessThan(40 * HOUR_MS);
  expect(early.length).toBeLessThan(2941);
  expect(people(all)).toEqual(expect.arrayContaining(early));
});

test('rows come in no order, the same each time, compressed or not, from the cache or not', async () => {
  const { lines, get } = await start(many);
  const range = span('2026-01-06', '2026-01-08');
  const plain = await lines(range, { 'accept-encoding': 'identity' });
  expect(await lines(range, { 'accept-encoding': 'gzip' })).toEqual(plain);
  const answer = await get(range, { 'accept-encoding': 'gzip' });
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(
    (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(plain);
  const times = plain.map((line) => Number(line.properties['time']));
  expect(times).not.toEqual(times.toSorted((a, b) => a - b));
});

test('duplicates stay duplicates', async () => {
  const twice = event('a', '2026-01-09T10:00:00Z');
  const { lines } = await start([twice, twice]);
  expect(people(await lines(span('2026-01-09')))).toEqual(['a', 'a']);
});

test('event and limit narrow an export', async () => {
  const { lines } = await start(many);
  const range = span('2026-01-06', '2026-01-08');
  const used = await lines({ ...range, event: '["Feature Used"]' });
  expect(used).toHaveLength(1000);
  expect(new Set(used.map((line) => line.event))).toEqual(new Set(['Feature Used']));
  expect(await lines({ ...range, limit: '7' })).toHaveLength(7);
});

test.each<[string, number, string, Record<string, string>]>([
  ['a date in the future', 400, 'to_date cannot be later than today', span('2026-01-10', '2026-01-11')],
  ['dates the wrong way round', 400, 'to_date cannot be less than from_date', span('2026-01-10', '2026-01-09')],
  ['no such date', 400, 'must be a date as yyyy-mm-dd', span('2026-02-30')],
  ['a limit over 100,000', 400, 'limit', { ...span('2026-01-09'), limit: '100001' }],
  ['a list of events that is none', 400, 'must be a JSON array of names', { ...span('2026-01-09'), event: 'Sign Up' }],
  ['an unknown parameter', 400, 'where', { ...span('2026-01-09'), where: 'x' }],
  ["somebody else's project", 403, 'permission', { ...span('2026-01-09'), project_id: '1' }],
])('%s is refused', async (_, status, message, query) => {
  const { get } = await start([]);
  const answer = await get(query);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ error: expect.stringContaining(message) as unknown, status: 'error' });
});

test('a wrong secret is refused', async () => {
  const { get } = await start([]);
  expect((await get(span('2026-01-09'), { authorization: `Basic ${btoa('user:wrong')}` })).status).toBe(401);
});

test('three exports a second and sixty an hour are answered, by the clock', async () => {
  const { get, clock } = await start([]);
  const statuses: number[] = [];
  const ask = async () => statuses.push((await get(span('2026-01-09'))).status);
  for (let index = 0; index < 4; index += 1) await ask();
  expect(statuses).toEqual([200, 200, 200, 429]);
  for (let index = 3; index < 60; index += 1) {
    await clock.sleep(1000);
    await ask();
  }
  expect(statuses.slice(4)).toEqual(Array.from({ length: 57 }, () => 200));
  await clock.sleep(1000);
  expect((await get(span('2026-01-09'))).status).toBe(429);
  clock.advanceTo(noon + HOUR_MS);
  expect((await get(span('2026-01-09'))).status).toBe(200);
});
