import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Observation } from '@plumbline/core/snapshot';
import type { Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay } from '@plumbline/core/zone';
import type { Report } from './schema.ts';

/** A number is final when it was pulled this long after the end of its date in the property's zone. */
const SETTLES_AFTER_MS = 72 * 3_600_000;

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

/** What a report is read against. */
export type Reading = { property: Zone; workspace: Zone };

/** One row's values by the vendor's name. */
type Values = ReadonlyMap<string, number>;

type Found = Pick<Observation, 'value'> & Partial<Pick<Observation, 'n' | 'numerator' | 'denominator'>>;

/** What a reader should know of a report's numbers. */
export function qualityOf({ metadata }: Report): string[] {
  return [
    ...(metadata?.subjectToThresholding ? ['thresholded'] : []),
    ...(metadata?.samplingMetadatas?.length ? ['sampled'] : []),
    ...(metadata?.dataLossFromOtherRow ? ['other-row'] : []),
    ...(metadata?.emptyReason ? [`empty:${metadata.emptyReason}`] : []),
  ];
}

/** `zone:<property's>` where the day begins or ends at another time than the workspace's. */
export function zoneQuality(day: Day, { property, workspace }: Reading): string[] {
  const same =
    startOfDay(day, property) === startOfDay(day, workspace) && endOfDay(day, property) === endOfDay(day, workspace);
  return same ? [] : [`zone:${property}`];
}

/** The daily report's numbers of these days. A day without a row is 0 where the report is whole, otherwise absent. */
export function readDaily(
  report: Report,
  days: readonly Day[],
  keyEvent: string | undefined,
  reading: Reading,
): Observation[] {
  const rows = rowsByDay(report);
  const quality = qualityOf(report);
  return days.flatMap((day) => {
    const row = rows.get(day);
    if (row === undefined && quality.length > 0) return [];
    const values = row ?? new Map(report.metricHeaders.map((name) => [name, 0]));
    return Object.entries(dailyNumbers(values, keyEvent)).map(([metric, found]) => {
      const evidence = evidenceOf('daily', day, found, { requests: report.pages, rows: row ? 1 : 0 });
      return observation(metric, day, found, [...quality, ...zoneQuality(day, reading)], evidence, reading);
    });
  });
}

/** A trailing window's numbers, of a report without dimensions. */
export function readWindow(report: Report, window: Window, day: Day, reading: Reading): Observation[] {
  const quality = qualityOf(report);
  const [row, another] = report.rows;
  if (another) throw new DataError('ga4', `the ${window.days} days to ${day} have several rows instead of one total`);
  if (row === undefined && quality.length > 0) return [];
  const values = row ? valuesOf(report, row) : new Map(report.metricHeaders.map((name) => [name, 0]));
  return Object.entries(window.metrics).map(([metric, name]) => {
    const found = { value: take(values, name) };
    const evidence = evidenceOf(`${window.days}d`, day, found, { requests: report.pages, rows: row ? 1 : 0 });
    return observation(metric, day, found, [...quality, ...zoneQuality(day, reading)], evidence, reading);
  });
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

function rowsByDay(report: Report): Map<Day, Values> {
  const column = report.dimensionHeaders.indexOf('date');
  const rows = new Map<Day, Values>();
  for (const row of report.rows) {
    const date = row.dimensionValues[column] ?? '';
    // The row that stands for what GA4 lumped together; the report's metadata says so too.
    if (date === '(other)') continue;
    const day = date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
    if (!isDay(day)) throw new DataError('ga4', `a report's date is "${date}" where YYYYMMDD is expected`);
    if (rows.has(day)) throw new DataError('ga4', `a report has two rows for ${day}`);
    rows.set(day, valuesOf(report, row));
  }
  return rows;
}

const valuesOf = (report: Report, row: Report['rows'][number]): Values =>
  new Map(report.metricHeaders.flatMap((name, index) => [[name, row.metricValues[index]] as const]).filter(isWhole));

const isWhole = (entry: readonly [string, number | undefined]): entry is [string, number] => entry[1] !== undefined;

function take(values: Values, name: string): number {
  const value = values.get(name);
  if (value === undefined) throw new DataError('ga4', `a report lacks the metric ${name}, which was asked for`);
  return value;
}

function evidenceOf(report: string, day: Day, found: Found, counts: { requests: number; rows: number }) {
  const sha256 = createHash('sha256')
    .update(JSON.stringify([report, day, found]))
    .digest('hex');
  return { ...counts, sha256, policy: 'ga4-default' };
}

function observation(
  metric: string,
  day: Day,
  found: Found,
  quality: string[],
  evidence: Observation['evidence'],
  { property }: Reading,
): Observation {
  return { metric, day, ...found, quality, evidence, settlesAt: endOfDay(day, property) + SETTLES_AFTER_MS };
}
