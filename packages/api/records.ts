import type { Json } from '@plumbline/core/snapshot';
import type { Instant } from '@plumbline/core/zone';
import type { KeyedRequest } from '@plumbline/store/types';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AccessPorts, RecordEnv } from './access.ts';
import { digestOf, recorders } from './access.ts';
import { bodyWithin } from './body.ts';
import { noQuery, readQuery } from './parameters.ts';
import { Problem } from './problems.ts';
import type { SentRecord } from './record-schemas.ts';
import { MOST_RECORDS, sentRecord } from './record-schemas.ts';

const MOST_BYTES = 1024 * 1024;
/** How long a request is remembered by its key. */
const REMEMBERED_MS = 24 * 3_600_000;

export const recordsPath = '/v1/workspaces/{workspace}/records';

const outcomeSchema = z.object({
  written: z.int(),
  unchanged: z.int(),
  errors: z.array(z.object({ index: z.int(), field: z.string().nullable(), message: z.string() })),
});
/** What became of a batch. */
export type RecordOutcome = z.output<typeof outcomeSchema>;

export type RecordPorts = AccessPorts & {
  now(workspace: string): Instant;
  /** Keeps those that are allowed there and answers which are not. `by` is who says so. */
  record(
    workspace: string,
    batch: readonly { index: number; row: SentRecord }[],
    said: { by: string; idempotencyKey?: string },
  ): Promise<RecordOutcome>;
};

/**
 * `POST …/records`: states up to 500 values. Good ones are kept whatever the others are. With an `Idempotency-Key` the same request again
 * gets the same answer for a day and does nothing (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 */
export function recordRoutes(ports: RecordPorts): Hono<RecordEnv> {
  const app = new Hono<RecordEnv>();
  app.post('/v1/workspaces/:workspace/records', recorders(ports), async (c) => {
    const { workspaces, by } = c.get('recorder');
    const workspace = c.req.param('workspace');
    if (!workspaces.some(({ id }) => id === workspace)) {
      throw new Problem(404, `there is no workspace "${workspace}" that you may record in`, { parameter: 'workspace' });
    }
    readQuery(noQuery, new URL(c.req.url).searchParams);
    const { of, good, malformed } = batchIn(await bodyOf(c));
    const idempotencyKey = keyOf(c);
    const work = async (): Promise<RecordOutcome> => {
      const said = { by, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
      const { errors, ...counts } = await ports.record(workspace, good, said);
      return { ...counts, errors: [...malformed, ...errors].toSorted((a, b) => a.index - b.index) };
    };
    if (idempotencyKey === undefined) return answer(c, { workspace, of, outcome: await work(), again: false });
    const request: KeyedRequest = {
      workspace,
      key: digestOf(JSON.stringify([by, idempotencyKey])),
      sha256: digestOf(JSON.stringify([of, good, malformed])),
      until: ports.now(workspace) + REMEMBERED_MS,
    };
    return answer(c, { workspace, of, ...(await once(ports, request, work)) });
  });
  return app;
}

/** Of a workspace's requests with one key, the first is worked on; one whose worker has gone is worked on again, which writes nothing twice. */
async function once(
  ports: RecordPorts,
  request: KeyedRequest,
  work: () => Promise<RecordOutcome>,
): Promise<{ outcome: RecordOutcome; again: boolean }> {
  const { requests } = ports.store(request.workspace);
  const taken = await requests.take(request, ports.now(request.workspace));
  if (taken && taken.sha256 !== request.sha256) {
    throw new Problem(422, 'this Idempotency-Key came with other records before; send these under a new one', {
      parameter: 'Idempotency-Key',
    });
  }
  if (taken?.answer !== undefined) return { outcome: outcomeSchema.parse(taken.answer), again: true };
  const outcome = await requests.answer(request, (await work()) satisfies Json);
  return { outcome: outcomeSchema.parse(outcome), again: false };
}

/** The body's JSON. Throws a Problem. A page elsewhere can't send this type without asking first, which is never allowed. */
async function bodyOf(c: Context): Promise<unknown> {
  if (!/^application\/json *(;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new Problem(415, 'send JSON with the header "Content-Type: application/json"', {
      headers: { accept: 'application/json' },
    });
  }
  const bytes = await bodyWithin(c, MOST_BYTES, `send at most ${MOST_RECORDS} records and 1 MB at once; split it`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Problem(400, 'the body is not JSON in UTF-8', { parameter: 'body', cause });
  }
}

type Batch = { of: number; good: { index: number; row: SentRecord }[]; malformed: RecordOutcome['errors'] };

const batchSchema = z.strictObject({ records: z.array(z.unknown()) });

/** The records that are as they must be, and what is wrong with the others. Nothing here goes down into what is nested, however deep. */
function batchIn(body: unknown): Batch {
  const batch = batchSchema.safeParse(body);
  if (!batch.success) {
    throw new Problem(400, 'send one JSON object, {"records": [{"metric": …, "day": …, "value": …}, …]}', {
      parameter: 'records',
    });
  }
  const { records } = batch.data;
  if (records.length === 0 || records.length > MOST_RECORDS) {
    throw new Problem(400, `records has ${records.length} of them; send 1 to ${MOST_RECORDS} at once`, {
      parameter: 'records',
    });
  }
  const read = records.map((record) => sentRecord.safeParse(record));
  return {
    of: records.length,
    good: read.flatMap(({ data }, index) => (data ? [{ index, row: data }] : [])),
    malformed: read.flatMap(({ error }, index) =>
      (error?.issues ?? []).map(({ path, message }) => {
        const field = path[0] === undefined ? null : String(path[0]);
        return { index, field, message: `${field ?? 'it'} ${message}` };
      }),
    ),
  };
}

/** The key, with or without the quotes that the draft has around it. */
function keyOf(c: Context): string | undefined {
  const header = c.req.header('idempotency-key');
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem(400, 'Idempotency-Key must have 1 to 255 letters, digits or signs, such as a UUID', {
    parameter: 'Idempotency-Key',
  });
}

type Answered = { workspace: string; of: number; outcome: RecordOutcome; again: boolean };

/** 200 where all is kept; else a problem that names what is not, so that nobody overlooks it. */
function answer(c: Context, { workspace, of, outcome, again }: Answered): Response {
  const { written, unchanged, errors } = outcome;
  const headers = { 'cache-control': 'no-store', ...(again ? { 'idempotent-replayed': 'true' } : {}) };
  if (errors.length === 0) return c.json({ workspace, written, unchanged }, 200, headers);
  const bad = new Set(errors.map(({ index }) => index)).size;
  throw new Problem(
    422,
    `${bad} of ${of} records are refused${bad < of ? ' and the others kept' : ''}; correct them and send them under a new Idempotency-Key`,
    { headers, more: { workspace, written, unchanged, errors } },
  );
}
