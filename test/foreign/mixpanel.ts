import type { Foreign } from './server.ts';
import { json, serveForeign } from './server.ts';

// A project's raw export as https://developer.mixpanel.com/reference/raw-event-export tells of it.

export const MIXPANEL_SECRET = 'reader.1:hush';

const happened = (event: string, person: string, iso: string, properties: Record<string, unknown> = {}) => ({
  event,
  properties: {
    time: Date.parse(iso) / 1000,
    distinct_id: person,
    $insert_id: `${event} ${person} ${iso}`.replaceAll(/\W/g, '-'),
    ...properties,
  },
});

/** The first and the last are on other days by Kyiv's clocks than by UTC's; one came twice; one person thought again. */
const EVENTS = [
  happened('Feature Used', 'u4', '2026-03-06T09:00:00Z'),
  happened('NPS Response', 'u4', '2026-03-06T09:01:00Z', { score: 7 }),
  happened('Sign Up', 'u1', '2026-03-09T22:10:00Z', { city: 'Бахмач' }),
  happened('Sign Up', 'u1', '2026-03-09T22:10:00Z', { city: 'Бахмач' }),
  happened('NPS Response', 'u1', '2026-03-10T10:00:00Z', { score: 10 }),
  happened('NPS Response', 'u2', '2026-03-10T11:00:00Z', { score: 3 }),
  happened('Sign Up', 'u2', '2026-03-10T12:00:00Z'),
  happened('NPS Response', 'u2', '2026-03-10T13:00:00Z', { score: 9 }),
  happened('Sign Up', 'u3', '2026-03-10T22:10:00Z'),
];

export const startMixpanel = (): Promise<Foreign> =>
  serveForeign({ error: 'Invalid credentials', status: 'error' }, ({ url, authorization }) => {
    if (authorization !== `Basic ${Buffer.from(MIXPANEL_SECRET).toString('base64')}`)
      return json({ error: 'Invalid credentials', status: 'error' }, 401);
    if (url.pathname !== '/api/2.0/export' || url.searchParams.get('project_id') !== '99')
      return json({ error: 'not found', status: 'error' }, 404);
    const [from, to] = [url.searchParams.get('from_date') ?? '', url.searchParams.get('to_date') ?? ''];
    const lines = EVENTS.filter(({ properties: { time } }) => {
      const date = new Date(time * 1000).toISOString().slice(0, 10);
      return date >= from && date <= to;
    });
    const limit = Number(url.searchParams.get('limit') ?? lines.length);
    return {
      body: lines
        .slice(0, limit)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    };
  });
