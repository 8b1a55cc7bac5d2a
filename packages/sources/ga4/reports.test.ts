import { addDays, toDay } from '@plumbline/core/day';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portsFor, serve } from '../testing.ts';
import { reportsOf } from './reports.ts';
import type { Request } from './test-property.ts';
import { BATCH, plain, requestsIn, row, secret } from './test-property.ts';

const FIRST = toDay('2026-01-01');

test('whatever the reports’ lengths and the vendor’s pages, each row is read once, and no batch has more than five', async () => {
  const long = fc.record({ rows: fc.integer({ min: 0, max: 7 }), page: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(long, { maxLength: 13 }), async (sizes) => {
      /** The report of the n-th day has so many rows, in pages of so many. */
      const report = ({ dateRanges, offset = '0', metrics }: Request) => {
        const index = sizes.findIndex((_, days) => addDays(FIRST, days) === dateRanges[0]?.startDate);
        const { rows, page } = sizes[index] ?? { rows: 0, page: 1 };
        const all = Array.from({ length: rows }, (_, number) => row(`${index}`, number));
        return { metricHeaders: metrics, rows: all.slice(Number(offset), Number(offset) + page), rowCount: rows };
      };
      const { baseUrl, asked } = await serve((one) => {
        const reports = requestsIn(one).map(report);
        return { body: one.url.pathname === BATCH ? { reports } : reports[0] };
      });
      const reports = reportsOf(portsFor('ga4', plain, { baseUrl, secret, now: '2026-02-13T00:00:00Z' }));
      const found = await reports.all(
        sizes.map((_, index) => {
          const day = addDays(FIRST, index);
          return {
            request: { dimensions: ['date'], metrics: ['sessions'], from: day, to: day },
            read: ({ rows, pages }) => ({
              rows: rows.map((one) => [...one.dimensionValues, ...one.metricValues]),
              pages,
            }),
          };
        }),
      );
      expect(found).toEqual(
        sizes.map(({ rows, page }, index) => ({
          rows: Array.from({ length: rows }, (_, number) => [`${index}`, `${number}`]),
          pages: Math.max(1, Math.ceil(rows / page)),
        })),
      );
      expect(asked.every((one) => requestsIn(one).length <= 5)).toBe(true);
    }),
    { numRuns: 25 },
  );
});
