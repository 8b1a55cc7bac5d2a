import { DataError } from '@plumbline/core/errors';
import { z } from 'zod';

const number = z
  .string()
  .regex(/^\d+(\.\d+)?([eE][+-]?\d+)?$/)
  .transform(Number);
const headers = z.array(z.object({ name: z.string() })).transform((list) => list.map(({ name }) => name));

/** A report as the SDK hands it out: absent lists are empty, absent texts too. */
export const reportSchema = z.object({
  dimensionHeaders: headers,
  metricHeaders: headers,
  rows: z.array(
    z.object({
      dimensionValues: z.array(z.object({ value: z.string() })).transform((list) => list.map(({ value }) => value)),
      metricValues: z.array(z.object({ value: number })).transform((list) => list.map(({ value }) => value)),
    }),
  ),
  rowCount: z.number().int().nonnegative(),
  metadata: z
    .object({
      timeZone: z.string().nullish(),
      dataLossFromOtherRow: z.boolean().nullish(),
      subjectToThresholding: z.boolean().nullish(),
      emptyReason: z.string().nullish(),
      samplingMetadatas: z.array(z.unknown()).nullish(),
    })
    .nullish(),
  propertyQuota: z
    .object({ tokensPerDay: z.object({ consumed: z.number(), remaining: z.number() }).nullish() })
    .nullish()
    .transform((quota) => quota?.tokensPerDay ?? undefined),
});

export type Page = z.output<typeof reportSchema>;

/** A whole report, and how many pages it came in. */
export type Report = Page & { pages: number };

/** One report of its pages, counting how many there were. Throws DataError when they don't fit together. */
export function mergePages(pages: readonly Page[]): Report {
  const [first, ...others] = pages;
  if (!first) throw new DataError('ga4', 'a report has no page');
  if (others.some((page) => page.metricHeaders.join() !== first.metricHeaders.join())) {
    throw new DataError('ga4', "a report's pages have different columns");
  }
  return { ...first, rows: pages.flatMap((page) => page.rows), pages: pages.length };
}
