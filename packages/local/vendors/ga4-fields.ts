import type { Day } from '@plumbline/core/day';
import type { Visit } from './ga4-visits.ts';

type MetricField = {
  type: 'TYPE_INTEGER' | 'TYPE_FLOAT' | 'TYPE_SECONDS' | 'TYPE_CURRENCY';
  about: string;
  of(visits: readonly Visit[]): number;
};

const sum = (visits: readonly Visit[], of: (visit: Visit) => number): number =>
  visits.reduce((total, visit) => total + of(visit), 0);
const users = (visits: readonly Visit[]): number => new Set(visits.map((visit) => visit.visitor)).size;
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const engaged = (visits: readonly Visit[]): Visit[] => visits.filter((visit) => visit.engaged);

/** Definitions by https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#metrics */
const PLAIN: Record<string, MetricField> = {
  totalUsers: { type: 'TYPE_INTEGER', about: 'Distinct users who logged at least one event', of: users },
  activeUsers: {
    type: 'TYPE_INTEGER',
    about: 'Distinct users with an engaged session or their first visit',
    of: (visits) => users(visits.filter((visit) => visit.engaged || visit.isFirst)),
  },
  newUsers: {
    type: 'TYPE_INTEGER',
    about: 'Users who came for the first time',
    of: (visits) => visits.filter((visit) => visit.isFirst).length,
  },
  sessions: { type: 'TYPE_INTEGER', about: 'Sessions that began', of: (visits) => visits.length },
  engagedSessions: { type: 'TYPE_INTEGER', about: 'Engaged sessions', of: (visits) => engaged(visits).length },
  screenPageViews: {
    type: 'TYPE_INTEGER',
    about: 'Pages and screens viewed',
    of: (visits) => sum(visits, (visit) => visit.pageViews),
  },
  engagementRate: {
    type: 'TYPE_FLOAT',
    about: 'Engaged sessions by sessions, a fraction',
    of: (visits) => share(engaged(visits).length, visits.length),
  },
  averageSessionDuration: {
    type: 'TYPE_SECONDS',
    about: 'Mean duration of a session in seconds',
    of: (visits) =>
      share(
        sum(visits, (visit) => visit.seconds),
        visits.length,
      ),
  },
  userEngagementDuration: {
    type: 'TYPE_SECONDS',
    about: 'Seconds in the foreground',
    of: (visits) => sum(visits, (visit) => visit.seconds),
  },
  advertiserAdCost: {
    type: 'TYPE_CURRENCY',
    about: 'What the ads of linked accounts cost; none is linked here',
    of: () => 0,
  },
};

/** The metrics about key events: all of them, or one by its name. */
function aboutKeyEvents(suffix: string, isMeant: (name: string) => boolean): Record<string, MetricField> {
  const having = (visits: readonly Visit[]) => visits.filter((visit) => visit.keyEvents.some(isMeant));
  return {
    [`keyEvents${suffix}`]: {
      type: 'TYPE_FLOAT',
      about: 'Key events',
      of: (visits) => sum(visits, (visit) => visit.keyEvents.filter(isMeant).length),
    },
    [`sessionKeyEventRate${suffix}`]: {
      type: 'TYPE_FLOAT',
      about: 'Share of sessions with a key event, a fraction',
      of: (visits) => share(having(visits).length, visits.length),
    },
    [`userKeyEventRate${suffix}`]: {
      type: 'TYPE_FLOAT',
      about: 'Share of users with a key event, a fraction',
      of: (visits) => share(users(having(visits)), users(visits)),
    },
  };
}

/** Every metric that a property with these key events knows, by its API name. */
export const metricFields = (keyEvents: readonly string[]): ReadonlyMap<string, MetricField> =>
  new Map(
    Object.entries(
      Object.assign(
        {},
        PLAIN,
        aboutKeyEvents('', () => true),
        ...keyEvents.map((name) => aboutKeyEvents(`:${name}`, (other) => other === name)),
      ) as Record<string, MetricField>,
    ),
  );

/** The dimensions of a visit; `dateRange` comes from the request. */
export const DIMENSIONS: ReadonlyMap<string, { about: string; of(visit: Visit, date: Day): string }> = new Map([
  ['date', { about: 'The date as YYYYMMDD', of: (_visit: Visit, date: Day) => date.replaceAll('-', '') }],
  ['sessionDefaultChannelGroup', { about: "The session's channel", of: (visit: Visit) => visit.channel }],
]);
