import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, isDay } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { dayAt } from '@plumbline/core/zone';
import { z } from 'zod';
import { DIMENSIONS, metricFields } from './ga4-fields.ts';
import type { Visit } from './ga4-visits.ts';
import { hash32 } from './hash.ts';

/** An error as Google's APIs give it. */
export class GoogleError extends Error {
  readonly code: number;
  readonly status: string;

  constructor(code: number, status: string, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const invalid = (message: string): GoogleError => new GoogleError(400, 'INVALID_ARGUMENT', message);

/** The limits of https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport */
const MOST = { dimensions: 9, metrics: 10, dateRanges: 4, rows: 250_000 };
const DEFAULT_ROWS = 10_000;

/** int64 in proto3 JSON: a number or its text. */
const int64 = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const named = z.strictObject({ name: z.string() });

/** The part of a RunReportRequest that is known here; the rest is refused rather than passed over. */
export const reportRequestSchema = z.strictObject({
  property: z.string().optional(),
  dimensions: z.array(named).max(MOST.dimensions).default([]),
  metrics: z.array(named).max(MOST.metrics).default([]),
  dateRanges: z
    .array(z.strictObject({ startDate: z.string(), endDate: z.string(), name: z.string().optional() }))
    .min(1)
    .max(MOST.dateRanges),
  offset: int64.pipe(z.int().nonnegative()).default(0),
  limit: int64.pipe(z.int().positive()).default(DEFAULT_ROWS),
  keepEmptyRows: z.boolean().default(false),
  returnPropertyQuota: z.boolean().default(false),
  currencyCode: z.string().optional(),
});
export type ReportRequest = z.output<typeof reportRequestSchema>;

export type Property = { zone: Zone; visits: ReadonlyMap<Day, readonly Visit[]>; keyEvents: readonly string[] };

/** Computes a RunReportResponse from the visits counted by `now`. Throws GoogleError. */
export function runReport(request: ReportRequest, property: Property, now: Instant): Record<string, unknown> {
  const known = metricFields(property.keyEvents);
  const metrics = request.metrics.map(({ name }) => ({ name, ...found(known.get(name), name, 'metric') }));
  const ranges = request.dateRanges.map((range, index) => readRange(range, index, dayAt(now, property.zone)));
  const names = request.dimensions.map(({ name }) => name);
  if (metrics.length + names.length === 0) throw invalid('At least one of dimensions and metrics is required.');
  // Several ranges are told apart by a dimension that nobody has to ask for.
  if (ranges.length > 1 && !names.includes('dateRange')) names.push('dateRange');
  for (const name of names) if (name !== 'dateRange') found(DIMENSIONS.get(name), name, 'dimension');

  const rows = ranges
    .flatMap((range) => groups(range, names, property, now))
    .map(({ key, visits }) => ({ key, values: metrics.map((metric) => metric.of(visits)) }))
    .filter(({ values }) => request.keepEmptyRows || values.length === 0 || values.some((value) => value !== 0))
    // No order is promised without orderBys, but pages must not change it.
    .sort((a, b) => hash32(a.key.join('|')) - hash32(b.key.join('|')));
  const page = rows.slice(request.offset, request.offset + Math.min(request.limit, MOST.rows));
  return {
    ...(names.length > 0 && { dimensionHeaders: names.map((name) => ({ name })) }),
    ...(metrics.length > 0 && { metricHeaders: metrics.map(({ name, type }) => ({ name, type })) }),
    // Empty lists and zeros are left out of proto3 JSON.
    ...(page.length > 0 && {
      rows: page.map(({ key, values }) => ({
        ...(key.length > 0 && { dimensionValues: key.map((value) => ({ value })) }),
        ...(values.length > 0 && { metricValues: values.map((value) => ({ value: String(value) })) }),
      })),
    }),
    ...(rows.length > 0 && { rowCount: rows.length }),
    metadata: { currencyCode: request.currencyCode ?? 'USD', timeZone: property.zone },
    kind: 'analyticsData#runReport',
  };
}

function found<T>(field: T | undefined, name: string, kind: 'dimension' | 'metric'): T {
  if (field !== undefined) return field;
  throw invalid(
    `Field ${name} is not a valid ${kind}. For a list of valid dimensions and metrics, see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema`,
  );
}

type Range = { name: string; from: Day; to: Day };

function readRange(range: ReportRequest['dateRanges'][number], index: number, today: Day): Range {
  const [from, to] = [readDate(range.startDate, today), readDate(range.endDate, today)];
  if (to < from) throw invalid(`Invalid dateRange. startDate ${range.startDate} is after endDate ${range.endDate}.`);
  if (/^(date_range_|RESERVED_)/.test(range.name ?? '')) throw invalid(`The dateRange name ${range.name} is reserved.`);
  return { name: range.name ?? `date_range_${index}`, from, to };
}

function readDate(text: string, today: Day): Day {
  if (isDay(text)) return text;
  if (text === 'today') return today;
  if (text === 'yesterday') return addDays(today, -1);
  const ago = /^(\d+)daysAgo$/.exec(text)?.[1];
  if (ago !== undefined) return addDays(today, -Number(ago));
  throw invalid(`Invalid date: ${text}. Dates are YYYY-MM-DD, NdaysAgo, yesterday or today.`);
}

/** The range's counted visits by their dimension values. */
function groups(range: Range, names: readonly string[], { visits }: Property, now: Instant) {
  const groups = new Map<string, { key: string[]; visits: Visit[] }>();
  for (const date of daysFrom(range.from, range.to)) {
    for (const visit of visits.get(date) ?? []) {
      if (visit.countedFrom > now) continue;
      const key = names.map((name) => DIMENSIONS.get(name)?.of(visit, date) ?? range.name);
      const id = key.join('|');
      const group = groups.get(id);
      if (group === undefined) groups.set(id, { key, visits: [visit] });
      else group.visits.push(visit);
    }
  }
  return [...groups.values()];
}
