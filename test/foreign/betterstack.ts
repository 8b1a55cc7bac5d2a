import type { Foreign } from './server.ts';
import { json, serveForeign } from './server.ts';

// One monitor as https://betterstack.com/docs/uptime/api/ tells of it: down for twelve minutes on 2026-03-10.

export const BETTERSTACK_TOKEN = 'foreign-token';

const OUTAGE = { from: '2026-03-10T10:00:00.000Z', to: '2026-03-10T10:12:00.000Z' };
const SECONDS = 720;

export const startBetterStack = (): Promise<Foreign> =>
  serveForeign({ errors: 'Invalid Uptime API token' }, ({ url: { pathname, searchParams }, authorization }) => {
    if (authorization !== `Bearer ${BETTERSTACK_TOKEN}`) return json({ errors: 'Invalid Uptime API token' }, 401);
    const [from, to] = [searchParams.get('from') ?? '', searchParams.get('to') ?? ''];
    const isIn = from <= OUTAGE.from.slice(0, 10) && OUTAGE.from.slice(0, 10) <= to;
    const days = 1 + (Date.parse(to) - Date.parse(from)) / 86_400_000;
    switch (pathname) {
      case '/api/v2/monitors/77/sla':
        return json({
          data: {
            id: '77',
            type: 'monitor_sla',
            attributes: {
              availability: isIn ? Number((100 * (1 - SECONDS / (days * 86_400))).toFixed(2)) : 100,
              total_downtime: isIn ? SECONDS : 0,
              number_of_incidents: isIn ? 1 : 0,
              longest_incident: isIn ? SECONDS : 0,
              average_incident: isIn ? SECONDS : 0,
            },
          },
        });
      case '/api/v2/monitors/77':
        return json({
          data: { id: '77', type: 'monitor', attributes: { created_at: '2025-01-01T00:00:00.000Z', paused_at: null } },
        });
      case '/api/v2/incidents':
        return json({
          data: isIn
            ? [
                {
                  id: '1',
                  type: 'incident',
                  attributes: { started_at: OUTAGE.from, resolved_at: OUTAGE.to },
                  relationships: { monitor: { data: { id: '77', type: 'monitor' } } },
                },
              ]
            : [],
          pagination: { next: null },
        });
      default:
        return json({ errors: 'Resource with provided ID was not found' }, 404);
    }
  });
