import { everyPeriod, queriesOf, requestOf, result } from '@plumbline/sources/uptime/test-cloudwatch';
import type { Driver } from './driver.ts';
import { vendor } from './driver.ts';

const CHECK = '79ad4fe0-589a-4924-a027-d18b12eee9cb';
const HEALTH = 'route53:6c0e39a1-2d0c-4d0c-9a0b-0e7a3a2b1c4d';
const DAY_SECONDS = 86_400;

const seconds = (text: string): number => Date.parse(text) / 1000;

/** Ten minutes down, in two outages. */
const down = [
  ['2026-02-12T10:00:00Z', '2026-02-12T10:05:00Z'],
  ['2026-02-12T12:00:00Z', '2026-02-12T12:05:00Z'],
] as const;
const isDown = (at: number): boolean => down.some(([from, to]) => seconds(from) <= at && at < seconds(to));
const exact = {
  uptime: (100 * (DAY_SECONDS - 600)) / DAY_SECONDS,
  downtime_minutes: 10,
  incidents: 2,
};

const betterStack: Driver = {
  name: 'uptime by betterstack',
  source: 'uptime',
  config: { provider: 'betterstack', monitors: ['1'] },
  secret: 'bs-secret-token',
  secrets: ['bs-secret-token'],
  start: (fault) =>
    vendor(fault, ({ url }) => {
      if (url.pathname.endsWith('/sla')) {
        return { body: { data: { attributes: { availability: 99.31, total_downtime: 600, number_of_incidents: 2 } } } };
      }
      if (url.pathname.endsWith('/monitors/1')) {
        return { body: { data: { attributes: { created_at: '2025-01-01T00:00:00Z', email: 'ada@people.example' } } } };
      }
      const page = Number(url.searchParams.get('page') ?? '1');
      const [started_at, resolved_at] = down[page - 1] ?? [];
      const next = `https://uptime.betterstack.com/api/v2/incidents?monitor_id=1&page=${page + 1}`;
      const attributes = { started_at, resolved_at, acknowledged_by: 'ada@people.example' };
      return { body: { data: [{ attributes }], pagination: { next: page < down.length ? next : null } } };
    }),
  values: exact,
  laterPages: { count: 1, isOne: ({ path }) => path.includes('page=2') },
  surprise: { data: 'none' },
  people: ['ada@people.example'],
};

const uptimeRobot: Driver = {
  name: 'uptime by uptimerobot',
  source: 'uptime',
  config: { provider: 'uptimerobot', monitors: ['1', '2'], aggregate: 'min' },
  secret: 'ur-secret-key',
  secrets: ['ur-secret-key'],
  start: (fault) =>
    vendor(fault, ({ url }) => {
      if (url.pathname === '/v3/monitors') {
        const isSecond = url.searchParams.has('cursor');
        const monitor = {
          id: isSecond ? 2 : 1,
          friendlyName: 'ada@people.example',
          status: 'UP',
          createDateTime: '2025-01-01T00:00:00Z',
        };
        return { body: { data: [monitor], nextLink: isSecond ? null : '/v3/monitors?cursor=2' } };
      }
      const isSecond = url.pathname.includes('/2/');
      return {
        body: {
          uptime: isSecond ? 100 : exact.uptime,
          total_downtime_seconds: isSecond ? 0 : 600,
          incident_count: isSecond ? 0 : 2,
          from: url.searchParams.get('from'),
          to: url.searchParams.get('to'),
        },
      };
    }),
  values: exact,
  laterPages: { count: 1, isOne: ({ path }) => path.includes('cursor=2') },
  surprise: { data: 'none', uptime: 'none' },
  people: ['ada@people.example'],
};

const checkly: Driver = {
  name: 'uptime by checkly',
  source: 'uptime',
  config: { provider: 'checkly', monitors: [CHECK], account: '438c4f13-e5ff-4a6b-8e0e-5d8e2ea6b1a7' },
  secret: 'cu_secret_key',
  secrets: ['cu_secret_key'],
  start: (fault) =>
    vendor(fault, ({ url }) => {
      if (url.pathname.startsWith('/v1/checks/')) {
        return { body: { checkType: 'API', created_at: '2025-01-01T00:00:00.000Z', name: 'ada@people.example' } };
      }
      const [from, to] = ['from', 'to'].map((name) =>
        new Date(Number(url.searchParams.get(name)) * 1000).toISOString(),
      );
      return { body: { from, to, series: [{ data: [{ availability: 99.5, responseTime_p95: 412.5 }] }] } };
    }),
  values: { uptime: 99.5, downtime_minutes: 7.2, latency_p95: 412.5 },
  laterPages: { none: 'without an interval there is one row for the whole span' },
  surprise: { checks: [] },
  people: ['ada@people.example'],
};

const cloudWatch: Driver = {
  name: 'uptime by cloudwatch',
  source: 'uptime',
  config: { provider: 'cloudwatch', monitors: [HEALTH] },
  secret: '',
  secrets: ['wJalrXUtnFEMI'],
  env: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' },
  start: (fault) =>
    vendor(fault, (asked) => {
      const isLast = requestOf(asked).NextToken === 'second';
      const noon = seconds('2026-02-12T12:00:00Z');
      const values = queriesOf(asked).map((query) =>
        result(
          query.id,
          everyPeriod(query, (at) => (at >= noon === isLast ? Number(!isDown(at)) : undefined)),
          isLast ? 'Complete' : 'PartialData',
        ),
      );
      return { body: { MetricDataResults: values, Messages: [], ...(!isLast && { NextToken: 'second' }) } };
    }),
  values: exact,
  laterPages: { count: 1, isOne: ({ body }) => body.includes('NextToken') },
  surprise: { MetricDataResults: [{ Id: 'other' }] },
  people: [],
};

export const uptime = [betterStack, uptimeRobot, checkly, cloudWatch];
