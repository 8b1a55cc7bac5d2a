import { toInstant } from '@plumbline/core/zone';
import { afterAll, expect, test } from 'vitest';
import { simulatedClock } from '../clock.ts';
import { serveOnLoopback } from '../serve.ts';
import { bakhmach } from '../stories/bakhmach.ts';
import { betterStackVendor } from './betterstack.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function betterStackAt(now: string) {
  const clock = simulatedClock(toInstant(now));
  const server = await serveOnLoopback(betterStackVendor(bakhmach(), { clock, secret: 'token' }));
  closing.push(() => server.close());
  const get = async (path: string, token = 'token') => {
    const url = path.startsWith('http') ? path : server.url + path;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { clock, get, url: server.url };
}

test('a monitor sums up a day with its outage', async () => {
  const { get } = await betterStackAt('2026-02-26T00:00:00Z');
  expect(await get('/api/v2/monitors/5678/sla?from=2026-02-24&to=2026-02-24')).toEqual({
    status: 200,
    body: {
      data: {
        id: '5678',
        type: 'monitor_sla',
        attributes: {
          availability: 97.22,
          total_downtime: 2400,
          number_of_incidents: 1,
          longest_incident: 2400,
          average_incident: 2400,
        },
      },
    },
  });
});

test('a day with maintenance only is a whole one, a day that has not ended counts what there was', async () => {
  const attributes = async (now: string, day: string): Promise<unknown> => {
    const { get } = await betterStackAt(now);
    const { body } = await get(`/api/v2/monitors/5678/sla?from=${day}&to=${day}`);
    return (body['data'] as { attributes: unknown }).attributes;
  };
  expect(await attributes('2026-03-12T00:00:00Z', '2026-03-10')).toMatchObject({
    availability: 100,
    total_downtime: 0,
  });
  expect(await attributes('2026-02-24T07:22:00Z', '2026-02-24')).toMatchObject({
    availability: 97.74,
    total_downtime: 600,
  });
});

test('monitors are listed with their present state, page by page', async () => {
  const { get, url } = await betterStackAt('2026-02-24T07:30:00Z');
  const { body } = await get('/api/v2/monitors?per_page=1');
  expect(body['pagination']).toEqual({
    first: `${url}/api/v2/monitors?per_page=1&page=1`,
    last: `${url}/api/v2/monitors?per_page=1&page=2`,
    prev: null,
    next: `${url}/api/v2/monitors?per_page=1&page=2`,
  });
  const states = async (path: string) => {
    const page = (await get(path)).body as { data: { id: string; attributes: { status: string } }[] };
    return page.data.map(({ id, attributes }) => [id, attributes.status]);
  };
  expect(await states('/api/v2/monitors')).toEqual([
    ['1234', 'up'],
    ['5678', 'down'],
  ]);
  expect(await states(`${url}/api/v2/monitors?per_page=1&page=2`)).toEqual([['5678', 'down']]);
  const one = (await get('/api/v2/monitors/1234')).body as {
    data: { attributes: { pronounceable_name: string; created_at: string } };
  };
  expect(one.data.attributes).toMatchObject({ pronounceable_name: 'Website', created_at: '2025-12-02T22:00:00.000Z' });
});

test('incidents come newest first, the open one without an end', async () => {
  const { get } = await betterStackAt('2026-02-24T07:30:00Z');
  const list = async (query: string) => {
    const page = (await get(`/api/v2/incidents${query}`)).body as {
      data: { attributes: { name: string; started_at: string; resolved_at: string | null; status: string } }[];
    };
    return page.data.map(({ attributes: { name, started_at, resolved_at, status } }) => [
      name,
      started_at,
      resolved_at,
      status,
    ]);
  };
  expect(await list('?from=2026-02-01&to=2026-02-24')).toEqual([
    ['API', '2026-02-24T07:12:00.000Z', null, 'Started'],
    ['Website', '2026-02-24T07:12:00.000Z', '2026-02-24T07:21:00.000Z', 'Resolved'],
    ['API', '2026-02-09T09:20:00.000Z', '2026-02-09T09:26:00.000Z', 'Resolved'],
  ]);
  expect(await list('?monitor_id=1234&to=2026-02-01')).toEqual([
    ['Website', '2026-01-27T16:45:00.000Z', '2026-01-27T16:50:00.000Z', 'Resolved'],
  ]);
});

test.each([
  ['/api/v2/monitors', 'wrong', 401],
  ['/api/v2/monitors/9', 'token', 404],
  ['/api/v2/monitors/9/sla', 'token', 404],
  ['/api/v2/heartbeats', 'token', 404],
  ['/api/v2/monitors/1234/sla?from=2026-02-30', 'token', 400],
  ['/api/v2/monitors/1234/sla?from=2026-03-01', 'token', 400],
  ['/api/v2/monitors/1234/sla?from=2026-02-02&to=2026-02-01', 'token', 400],
])('%s with the token "%s" is answered %i', async (path, token, status) => {
  const { get } = await betterStackAt('2026-02-24T07:30:00Z');
  expect(await get(path, token)).toEqual({ status, body: { errors: expect.any(String) } });
});

test('more than 20 requests a second are refused', async () => {
  const { get, clock } = await betterStackAt('2026-02-24T07:30:00Z');
  for (let request = 0; request < 20; request += 1) await get('/api/v2/monitors/1234');
  expect((await get('/api/v2/monitors/1234')).status).toBe(429);
  await clock.sleep(1000);
  expect((await get('/api/v2/monitors/1234')).status).toBe(200);
});
