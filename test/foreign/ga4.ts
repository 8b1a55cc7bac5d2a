import { z } from 'zod';
import type { Foreign } from './server.ts';
import { json, serveForeign } from './server.ts';

// A property as https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport tells of it.

export const GA4_KEY = JSON.stringify({
  type: 'service_account',
  client_email: 'reader@foreign.example',
  private_key: 'made up',
});

type Session = {
  date: string;
  channel: string;
  visitor: string;
  engaged: boolean;
  seconds: number;
  pages: number;
  signsUp?: true;
};

const SESSIONS: readonly Session[] = [
  { date: '2026-03-05', channel: 'Email', visitor: 'b', engaged: false, seconds: 5, pages: 1 },
  { date: '2026-03-09', channel: 'Direct', visitor: 'c', engaged: true, seconds: 90, pages: 4 },
  { date: '2026-03-10', channel: 'Direct', visitor: 'a', engaged: true, seconds: 60, pages: 3, signsUp: true },
  { date: '2026-03-10', channel: 'Email', visitor: 'b', engaged: false, seconds: 20, pages: 1 },
  { date: '2026-03-10', channel: 'Organic Search', visitor: 'a', engaged: true, seconds: 40, pages: 2 },
];

const isFirst = (session: Session): boolean => SESSIONS.find(({ visitor }) => visitor === session.visitor) === session;
const people = (sessions: readonly Session[]): number => new Set(sessions.map(({ visitor }) => visitor)).size;
const sum = (sessions: readonly Session[], of: (session: Session) => number): number =>
  sessions.reduce((total, session) => total + of(session), 0);

const METRICS: Readonly<Record<string, (sessions: readonly Session[]) => number>> = {
  totalUsers: people,
  activeUsers: (sessions) => people(sessions.filter((one) => one.engaged || isFirst(one))),
  newUsers: (sessions) => sessions.filter(isFirst).length,
  sessions: (sessions) => sessions.length,
  screenPageViews: (sessions) => sum(sessions, ({ pages }) => pages),
  engagedSessions: (sessions) => sessions.filter(({ engaged }) => engaged).length,
  averageSessionDuration: (sessions) => sum(sessions, ({ seconds }) => seconds) / sessions.length,
  'sessionKeyEventRate:sign_up': (sessions) => sessions.filter(({ signsUp }) => signsUp).length / sessions.length,
};

const DIMENSIONS: Readonly<Record<string, (session: Session) => string>> = {
  date: ({ date }) => date.replaceAll('-', ''),
  sessionDefaultChannelGroup: ({ channel }) => channel,
};

const names = z.array(z.object({ name: z.string() })).default([]);
const requestSchema = z.object({
  dimensions: names,
  metrics: names,
  dateRanges: z.array(z.object({ startDate: z.string(), endDate: z.string() })).length(1),
});

const batchSchema = z.object({ requests: z.array(requestSchema).max(5) });

function report({ dimensions, metrics, dateRanges }: z.output<typeof requestSchema>): unknown {
  const [{ startDate, endDate } = { startDate: '', endDate: '' }] = dateRanges;
  const chosen = SESSIONS.filter(({ date }) => date >= startDate && date <= endDate);
  const groups = Map.groupBy(chosen, (one) => dimensions.map(({ name }) => DIMENSIONS[name]?.(one)).join('|'));
  const rows = [...groups]
    // In no order that a reader may count on.
    .toReversed()
    .map(([key, sessions]) => ({
      ...(dimensions.length > 0 && { dimensionValues: key.split('|').map((value) => ({ value })) }),
      metricValues: metrics.map(({ name }) => ({ value: String(METRICS[name]?.(sessions)) })),
    }));
  return {
    ...(dimensions.length > 0 && { dimensionHeaders: dimensions }),
    metricHeaders: metrics.map(({ name }) => ({ name, type: 'TYPE_FLOAT' })),
    ...(rows.length > 0 && { rows, rowCount: rows.length }),
    metadata: { currencyCode: 'USD', timeZone: 'Europe/Kyiv' },
    kind: 'analyticsData#runReport',
  };
}

export const startGa4 = (): Promise<Foreign> =>
  serveForeign({ error: { code: 401, status: 'UNAUTHENTICATED', message: 'invalid credentials' } }, (asked) => {
    const { method, url, authorization, body } = asked;
    if (!authorization.startsWith('Bearer ')) return json({ error: { code: 401, status: 'UNAUTHENTICATED' } }, 401);
    const called = `${method} ${url.pathname}`;
    if (called === 'POST /v1beta/properties/424242:runReport')
      return json(report(requestSchema.parse(JSON.parse(body))));
    if (called === 'POST /v1beta/properties/424242:batchRunReports') {
      const { requests } = batchSchema.parse(JSON.parse(body));
      return json({ reports: requests.map(report), kind: 'analyticsData#batchRunReports' });
    }
    return json({ error: { code: 404, status: 'NOT_FOUND' } }, 404);
  });
