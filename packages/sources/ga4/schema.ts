import { DataError } from '@plumbline/core/errors';
import { z } from 'zod';

/** Kept as its text: money is worked out of it exactly. */
const decimal = z.string().regex(/^\d+(\.\d+)?([eE][+-]?\d+)?$/);
const headers = z.array(z.object({ name: z.string() })).transform((list) => list.map(({ name }) => name));
const int64 = z.union([z.string(), z.number()]).transform(Number);
const quotaStatus = z.object({ consumed: z.number(), remaining: z.number() }).nullish();

/** What is left of a property, and of its hour or day (https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/PropertyQuota). */
const propertyQuota = z.object({
  tokensPerDay: quotaStatus,
  tokensPerHour: quotaStatus,
  tokensPerProjectPerHour: quotaStatus,
  concurrentRequests: quotaStatus,
  serverErrorsPerProjectPerHour: quotaStatus,
  potentiallyThresholdedRequestsPerHour: quotaStatus,
});

export type PropertyQuota = z.output<typeof propertyQuota>;

/** What is said of a report besides its rows (https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData). */
const metadata = z.object({
  timeZone: z.string().nullish(),
  currencyCode: z.string().nullish(),
  dataLossFromOtherRow: z.boolean().nullish(),
  subjectToThresholding: z.boolean().nullish(),
  emptyReason: z.string().nullish(),
  samplingMetadatas: z.array(z.object({ samplesReadCount: int64, samplingSpaceSize: int64 })).nullish(),
  dataTruncationReasons: z.array(z.object({ dataTruncationType: z.string().nullish() })).nullish(),
  schemaRestrictionResponse: z
    .object({ activeMetricRestrictions: z.array(z.object({ metricName: z.string().nullish() })).nullish() })
    .nullish(),
});

/** A report as the SDK hands it out: absent lists are empty, absent texts too. */
export const reportSchema = z.object({
  dimensionHeaders: headers,
  metricHeaders: headers,
  rows: z.array(
    z.object({
      dimensionValues: z.array(z.object({ value: z.string() })).transform((list) => list.map(({ value }) => value)),
      metricValues: z.array(z.object({ value: decimal })).transform((list) => list.map(({ value }) => value)),
    }),
  ),
  rowCount: z.number().int().nonnegative(),
  metadata: metadata.nullish(),
  propertyQuota: propertyQuota.nullish(),
});

export const batchSchema = z.object({ reports: z.array(reportSchema) });

export type Page = z.output<typeof reportSchema>;

/** A whole report, and how many pages it came in. */
export type Report = Page & { pages: number };

/** One report of its pages, counting how many there were. Throws DataError when they don't fit together. */
export function mergePages(pages: readonly Page[]): Report {
  const [first, ...others] = pages;
  if (!first) throw new DataError('ga4', 'a report has no page');
  if (others.some((page) => columnsOf(page) !== columnsOf(first) || page.rowCount !== first.rowCount)) {
    throw new DataError(
      'ga4',
      "a report's pages have different columns or counts of rows; it changed while it was read",
    );
  }
  return { ...first, rows: pages.flatMap((page) => page.rows), pages: pages.length };
}

const columnsOf = ({ dimensionHeaders, metricHeaders }: Page): string => [...dimensionHeaders, ...metricHeaders].join();
