import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Observation } from '@plumbline/core/snapshot';
import type { Channels } from './channels.ts';
import type { Found, Reading, Values } from './reading.ts';
import { observation, qualityOf, rowsByDay, take, valuesOf, zeros } from './reading.ts';
import type { Report } from './schema.ts';

export const DAILY_METRICS = [
  'totalUsers',
  'activeUsers',
  'newUsers',
  'sessions',
  'screenPageViews',
  'engagedSessions',
  'averageSessionDuration',
];

/** The share of sessions with one key event, a fraction (https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema). */
export const keyEventRate = (keyEvent: string): string => `sessionKeyEventRate:${keyEvent}`;

/** Uniques over the days that end with a day, by our id; never summed from days. */
export const WINDOWS = [
  { days: 7, metrics: { website_visitors_7d: 'totalUsers', active_users_7d: 'activeUsers' } },
  { days: 28, metrics: { active_users_28d: 'activeUsers' } },
] as const;

export type Window = (typeof WINDOWS)[number];

/** The daily report's numbers of these days. A day without a row is 0 where the report is whole, otherwise absent. */
export function readDaily(
  report: Report,
  days: readonly Day[],
  { keyEvent, channels, reading }: { keyEvent: string | undefined; channels?: Channels; reading: Reading },
): Observation[] {
  const found = rowsByDay(report);
  const quality = qualityOf(report);
  return days.flatMap((day) => {
    const row = found.get(day)?.get('');
    if (row === undefined && quality.length > 0) return [];
    const rows = row ? 1 : 0;
    return Object.entries(dailyNumbers(row ?? zeros(report), keyEvent)).map(([metric, number]) => {
      const parts = channels?.of(metric, day, number.value);
      if (!parts) return observation(metric, day, number, { reports: [report], rows, quality, reading });
      const { breakdown, report: byChannel } = parts;
      return observation(
        metric,
        day,
        { ...number, ...(breakdown && { breakdown }) },
        {
          reports: [report, byChannel],
          rows: rows + Object.keys(breakdown?.channel ?? {}).length,
          quality: [...quality, ...parts.quality],
          reading,
        },
      );
    });
  });
}

/** A trailing window's numbers, of a report without dimensions. */
export function readWindow(report: Report, window: Window, day: Day, reading: Reading): Observation[] {
  const quality = qualityOf(report);
  const [row, another] = report.rows;
  if (another) throw new DataError('ga4', `the ${window.days} days to ${day} have several rows instead of one total`);
  if (row === undefined && quality.length > 0) return [];
  const values = row ? valuesOf(report, row.metricValues) : zeros(report);
  return Object.entries(window.metrics).map(([metric, name]) =>
    observation(metric, day, { value: take(values, name) }, { reports: [report], rows: row ? 1 : 0, quality, reading }),
  );
}

/** The first day of the window that ends with `day`. */
export const windowStart = (window: Window, day: Day): Day => addDays(day, 1 - window.days);

function dailyNumbers(values: Values, keyEvent: string | undefined): Record<string, Found> {
  const sessions = take(values, 'sessions');
  const counts = {
    website_visitors: { value: take(values, 'totalUsers') },
    active_users: { value: take(values, 'activeUsers') },
    new_users: { value: take(values, 'newUsers') },
    sessions: { value: sessions },
    page_views: { value: take(values, 'screenPageViews') },
  };
  // Of no sessions there is neither a share nor a mean.
  if (sessions === 0) return counts;
  return {
    ...counts,
    engagement_rate: share(take(values, 'engagedSessions'), sessions),
    web_session_length: { value: take(values, 'averageSessionDuration'), n: sessions },
    ...(keyEvent === undefined ? {} : { website_conversion_rate: conversion(values, keyEvent, sessions) }),
  };
}

/** GA4 gives only the rate of one key event; the whole number of sessions behind it is what the rate stands for. */
function conversion(values: Values, keyEvent: string, sessions: number): Found {
  const rate = take(values, keyEventRate(keyEvent));
  if (rate > 1) throw new DataError('ga4', `${keyEventRate(keyEvent)} is ${rate}; a share of sessions is at most 1`);
  return share(Math.round(rate * sessions), sessions);
}

const share = (numerator: number, denominator: number): Found => ({
  value: (100 * numerator) / denominator,
  n: denominator,
  numerator,
  denominator,
});
