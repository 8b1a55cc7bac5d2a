import { get as getHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError, PlumblineError, VendorError, excerpt, messageOf } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import { retryAfterIn, secretsIn } from '../http-errors.ts';

export const EXPORT = 'GET /api/2.0/export';

const id = z.union([z.string(), z.number()]).nullish();
const line = z.object({
  event: z.string(),
  properties: z.looseObject({
    time: z.number(),
    distinct_id: id,
    $insert_id: id,
    mp_processing_time_ms: z.number().optional(),
  }),
});

/** One line of the export. `properties.time` is in seconds, by the project's time basis. */
export type ExportedEvent = z.infer<typeof line>;

export type ExportRequest = {
  url: URL;
  /** `user:secret` of a service account. */
  secret: string;
  signal: AbortSignal;
  now: Instant;
  /** Longest silence: Mixpanel may take minutes before a big export begins. */
  idleMs?: number;
};

/** What unzipping hands on at once: with twice or half as much, reading is slower. */
const CHUNK_BYTES = 32 * 1024;

const REASONS: Record<number, string> = {
  400: 'the request was refused; check projectId',
  401: "the service account's user name or secret is wrong; set it as user:secret",
  402: "the project's Mixpanel plan does not include the raw export",
  403: 'the service account may not read this project; check projectId, region and its role',
  429: 'more than 60 exports an hour, or 3 a second',
};

/**
 * Streams an export and hands over its events one by one, holding no more than a chunk. Node's own HTTP rather than fetch, because
 * fetch takes a gzip body that was cut off for a whole one. Throws VendorError, or DataError where the answer can't be trusted.
 */
export async function readExport(request: ExportRequest, take: (event: ExportedEvent) => void): Promise<void> {
  try {
    const response = await open(request);
    if (response.statusCode !== 200) throw await refusal(response, request);
    const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => readLines(chunks, take);
    if (response.headers['content-encoding'] === 'gzip')
      await pipeline(response, createGunzip({ chunkSize: CHUNK_BYTES }), consume);
    else await pipeline(response, consume);
  } catch (cause) {
    request.signal.throwIfAborted();
    if (cause instanceof PlumblineError) throw cause;
    throw new VendorError('mixpanel', `${EXPORT} at ${request.url.host} broke off: ${messageOf(cause)}`, { cause });
  }
}

const basic = (secret: string): string => `Basic ${Buffer.from(secret).toString('base64')}`;

function open({ url, secret, signal, idleMs = 180_000 }: ExportRequest): Promise<IncomingMessage> {
  const headers = { authorization: basic(secret), 'accept-encoding': 'gzip' };
  const silent = () => new VendorError('mixpanel', `${EXPORT} sent nothing for ${idleMs / 1000} s`);
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    const sent = get(url, { headers, signal }, (response) => {
      // From here on the response is what tells of a silence: destroying the request would hide the reason.
      sent.setTimeout(0);
      response.setTimeout(idleMs, () => response.destroy(silent()));
      resolve(response);
    });
    sent.setTimeout(idleMs, () => sent.destroy(silent()));
    sent.on('error', reject);
  });
}

async function refusal(response: IncomingMessage, { now, secret }: ExportRequest): Promise<VendorError> {
  const status = response.statusCode ?? 0;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > 1024) break;
  }
  const said = secretsIn({ headers: { authorization: basic(secret) } }).reduce(
    (left, part) => left.replaceAll(part, '***'),
    body,
  );
  const reason = [REASONS[status], excerpt(said)].filter(Boolean).join('; it says: ');
  return new VendorError('mixpanel', `${EXPORT} answered ${status}${reason ? `: ${reason}` : ''}`, {
    status,
    retryAfterMs: retryAfterIn(response.headers, now),
  });
}

/** Only line feeds part records: readline would also part at U+2028, which may stand in a JSON text as it is. */
async function readLines(chunks: AsyncIterable<Buffer>, take: (event: ExportedEvent) => void): Promise<void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      // The byte of a line feed is never part of a letter, so whole lines are whole text.
      const text = rest.length > 0 ? textOf([...rest, chunk.subarray(0, end)]) : chunk.toString('utf8', 0, end);
      rest = [];
      let start = 0;
      for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', start)) {
        number += 1;
        takeLine(text.slice(start, feed), number, true, take);
        start = feed + 1;
      }
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
    restBytes = end > 0 ? chunk.length - end : restBytes + chunk.length;
    if (restBytes > LONGEST_LINE_BYTES) throw new DataError('mixpanel', `${EXPORT}: line ${number + 1} has no end`);
  }
  takeLine(textOf(rest), number + 1, false, take);
}

const LINE_FEED = 10;
/** Mixpanel takes in no event of more than 1 MB: https://docs.mixpanel.com/reference/import-events */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;
const textOf = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('utf8');

function takeLine(record: string, number: number, isWhole: boolean, take: (event: ExportedEvent) => void): void {
  let json: unknown;
  try {
    json = JSON.parse(record);
  } catch {
    refuse(record.trim(), number, isWhole);
    return;
  }
  take(isEvent(json) ? json : parsed(json, number));
}

/** Throws what a line says that is not JSON, unless it is empty. */
function refuse(record: string, number: number, isWhole: boolean): void {
  if (record === '') return;
  if (record.endsWith('terminated early')) {
    throw new DataError('mixpanel', `${EXPORT} was terminated early by Mixpanel after ${number - 1} lines`, {
      retryable: true,
    });
  }
  // The text is a person's event and stays out of the message, and so does the parser's, which quotes it.
  const what = isWhole ? 'is not JSON' : 'is cut off';
  throw new DataError('mixpanel', `${EXPORT}: line ${number} ${what}`, { retryable: !isWhole });
}

/** What `line` says, for nearly all lines, in a tenth of its time. */
function isEvent(json: unknown): json is ExportedEvent {
  if (typeof json !== 'object' || json === null || !('event' in json) || !('properties' in json)) return false;
  const { event, properties } = json;
  if (typeof event !== 'string' || typeof properties !== 'object' || properties === null) return false;
  const { time, distinct_id, $insert_id, mp_processing_time_ms } = properties as Record<string, unknown>;
  return (
    typeof time === 'number' &&
    typeof distinct_id === 'string' &&
    (typeof $insert_id === 'string' || $insert_id === undefined) &&
    (typeof mp_processing_time_ms === 'number' || mp_processing_time_ms === undefined)
  );
}

function parsed(json: unknown, number: number): ExportedEvent {
  const { data, error } = line.safeParse(json);
  if (data) return data;
  const issue = error?.issues[0];
  const place = issue ? `${issue.path.join('.')}: ${issue.message}` : 'it has another shape';
  throw new DataError('mixpanel', `${EXPORT}: line ${number} is not an event (${place})`);
}
