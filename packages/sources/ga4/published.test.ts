import { readFile } from 'node:fs/promises';
import { toDay } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { portsFor, serve } from '../testing.ts';
import { qualityOf } from './reading.ts';
import { reportsOf } from './reports.ts';
import { BATCH, plain, secret } from './test-property.ts';

// The answers that Google's documentation prints, through the SDK as any other; where it elides rows, those that it shows.
const samples = z
  .array(
    z.object({
      what: z.string(),
      address: z.url(),
      printed: z.record(z.string(), z.unknown()),
      rows: z.array(z.unknown()),
    }),
  )
  .parse(JSON.parse(await readFile(new URL('fixtures/published.json', import.meta.url), 'utf8')));

const day = toDay('2026-02-12');
const request = { dimensions: ['date'], metrics: ['activeUsers'], from: day, to: day };

async function read(body: unknown, count = 1) {
  const { baseUrl } = await serve(({ url }) => ({ body: url.pathname === BATCH ? { reports: body } : body }));
  const reports = reportsOf(portsFor('ga4', plain, { baseUrl, secret, now: '2026-02-13T00:00:00Z' }));
  return reports.all(Array.from({ length: count }, () => ({ request, read: (report) => report })));
}

test.each(samples)('$what parses as printed: $address', async ({ printed, rows }) => {
  expect((await read(printed)).map((report) => report.rows)).toEqual([rows]);
});

test('so do the same in a batch of five, in their order', async () => {
  const five = [...samples, ...samples.slice(0, 1)];
  const found = await read(
    five.map(({ printed }) => printed),
    5,
  );
  expect(found.map((report) => report.rows)).toEqual(five.map(({ rows }) => rows));
});

/** The fields of ResponseMetaData and PropertyQuota by the reference, each with a value of its type; int64 is a text in JSON. */
const REFERENCE = {
  metadata: {
    dataLossFromOtherRow: true,
    samplingMetadatas: [{ samplesReadCount: '9007199254740', samplingSpaceSize: '18014398509480' }],
    schemaRestrictionResponse: { activeMetricRestrictions: [] },
    currencyCode: 'JPY',
    timeZone: 'America/New_York',
    emptyReason: 'NO_DATA',
    subjectToThresholding: true,
  },
  propertyQuota: {
    tokensPerDay: { consumed: 1, remaining: 24_928 },
    tokensPerHour: { consumed: 1, remaining: 4998 },
    concurrentRequests: { consumed: 0, remaining: 10 },
    serverErrorsPerProjectPerHour: { consumed: 0, remaining: 10 },
    potentiallyThresholdedRequestsPerHour: { consumed: 0, remaining: 120 },
    tokensPerProjectPerHour: { consumed: 1, remaining: 1748 },
  },
};

test('every field that the reference names of metadata and quota is read', async () => {
  const [report] = await read({ ...samples[0]?.printed, ...REFERENCE });
  expect(report?.metadata).toMatchObject({
    ...REFERENCE.metadata,
    samplingMetadatas: [{ samplesReadCount: 9_007_199_254_740, samplingSpaceSize: 18_014_398_509_480 }],
  });
  expect(report?.propertyQuota).toEqual(REFERENCE.propertyQuota);
  expect(report && qualityOf(report)).toEqual(['thresholded', 'sampled', 'other-row', 'empty:NO_DATA']);
});
