import { createRequire } from 'node:module';
import process from 'node:process';
import { messageOf } from '@plumbline/core/errors';
import { z } from 'zod';
import type { Job, Report } from './send-to-mixpanel.ts';

// A process of its own: `mixpanel-import` installs handlers for everything that goes wrong anywhere and may never settle.
// `require` keeps its types away, which change those of every Error in the house.

/** What its response handler gets of a batch: Mixpanel's own words, or the library's own, which have `status: false`. */
const answerSchema = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  status: z.unknown(),
  error: z.string().nullish(),
  num_records_imported: z.number().default(0),
  failed_records: z.array(z.looseObject({ message: z.string().optional(), field: z.string().optional() })).optional(),
});

type Library = (creds: object, events: readonly object[], options: object) => Promise<unknown>;

const BATCH = 1000;
/** Waits 1, 2, 4, … seconds between them, or as long as `Retry-After` says. */
const RETRIES = 6;
const WORKERS = 2;

const tell = (report: Report): void => void process.send?.(report);

function toReport(answer: unknown): Report {
  const { code, status, error, num_records_imported, failed_records } = answerSchema.parse(answer);
  if (error && !failed_records) {
    // Where there was no answer, or none that could be read, the library says 500 all the same.
    const isAnswer = typeof code === 'number' && (status !== false || error.startsWith('Response code'));
    return { kind: 'refused', status: isAnswer ? code : undefined, error };
  }
  const failed = (failed_records ?? []).map(({ message, field }) => message ?? field ?? 'no reason given');
  return { kind: 'batch', imported: num_records_imported, failed };
}

async function send({ address, region, credentials, events }: Job): Promise<void> {
  const require = createRequire(import.meta.url);
  if (address !== undefined) {
    // The library knows Mixpanel's own addresses only.
    const { prototype }: { prototype: object } = require('mixpanel-import/components/job.js');
    Object.defineProperty(prototype, 'url', { get: () => address });
  }
  const importInto: Library = require('mixpanel-import');
  await importInto(credentials, events, {
    recordType: 'event',
    region: region.toUpperCase(),
    recordsPerBatch: BATCH,
    workers: WORKERS,
    strict: true,
    compress: true,
    abridged: true,
    // Its other transport repeats a 429 at once, without any wait.
    transport: 'got',
    maxRetries: RETRIES,
    responseHandler: (answer: unknown) => tell(toReport(answer)),
  });
}

process.once('disconnect', () => process.exit());
process.once('message', (job: Job) => {
  send(job).then(
    () => tell({ kind: 'done' }),
    (error: unknown) => tell({ kind: 'refused', status: undefined, error: messageOf(error) }),
  );
});
