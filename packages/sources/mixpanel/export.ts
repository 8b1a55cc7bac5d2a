import { get as getHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError, PlumblineError, VendorError, excerpt, messageOf } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import { lineOf } from './event-line.ts';
import type { EventLine } from './event-line.ts';
import { retryAfterIn, secretsIn } from '../http-errors.ts';
import { NOWHERE } from './json-steps.ts';
import { createScan } from './scan.ts';

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

/** What unzipping hands on at once: half as much costs more turns between its thread and ours, twice as much only memory. */
const CHUNK_BYTES = 128 * 1024;

const REASONS: Record<number, string> = {
  400: 'the request was refused; check projectId',
  401: "the service account's user name or secret is wrong; set it as user:secret",
  402: "the project's Mixpanel plan does not include the raw export",
  403: 'the service account may not read this project; check projectId, region and its role',
  429: 'more than 60 exports an hour, or 3 a second',
};

/** Takes the line that begins at `start` and answers where its line feed is. `number` counts from 1; a last line may lack its end. */
type TakeLine = (bytes: Buffer, start: number, number: number, isWhole: boolean) => number;

/**
 * Streams an export and hands over its events one by one, holding no more than a chunk. Throws VendorError, or DataError where the
 * answer can't be trusted.
 */
export function readExport(request: ExportRequest, take: (event: ExportedEvent) => void): Promise<void> {
  return stream(request, (bytes, start, number, isWhole) => {
    const feed = bytes.indexOf(LINE_FEED, start);
    const event = parse(bytes.toString('utf8', start, feed), number, isWhole);
    if (event) take(event);
    return feed;
  });
}

/**
 * As `readExport`, but faster: of their properties events have at least those that are `wanted`. All come as one object, and must
 * be looked at before the next.
 */
export function scanExport(
  request: ExportRequest,
  wanted: readonly string[],
  take: (line: EventLine) => void,
): Promise<void> {
  const line = lineOf({ event: '', properties: { time: 0 } });
  const scan = createScan(wanted, line);
  return stream(request, (bytes, start, number, isWhole) => {
    const scanned = scan(bytes, start);
    if (scanned !== NOWHERE) {
      take(line);
      return scanned;
    }
    const feed = bytes.indexOf(LINE_FEED, start);
    const event = parse(bytes.toString('utf8', start, feed), number, isWhole);
    if (event) take(lineOf(event));
    return feed;
  });
}

/** Node's own HTTP rather than fetch, because fetch takes a gzip body that was cut off for a whole one. */
async function stream(request: ExportRequest, takeLine: TakeLine): Promise<void> {
  try {
    const response = await open(request);
    if (response.statusCode !== 200) throw await refusal(response, request);
    const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => readLines(chunks, takeLine);
    if (response.headers['content-encoding'] === 'gzip')
      await pipeline(response, createGunzip({ chunkSize: CHUNK_BYTES }), (chunks) => consume(freeing(chunks)));
    else await pipeline(response, consume);
  } catch (cause) {
    request.signal.throwIfAborted();
    if (cause instanceof PlumblineError) throw cause;
    throw new VendorError('mixpanel', `${EXPORT} at ${request.url.host} broke off: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Frees each buffer of unzipping once all of it was looked at; to leave that to the collection of garbage takes a fifth more time. Unzipping
 * fills a buffer piece by piece, and after its last byte begins another.
 */
async function* freeing(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    const { buffer, byteOffset, length } = chunk;
    yield chunk;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === CHUNK_BYTES && byteOffset + length === CHUNK_BYTES)
      buffer.transfer(0);
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
async function readLines(chunks: AsyncIterable<Buffer>, takeLine: TakeLine): Promise<void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      // The byte of a line feed is never part of a letter, so whole lines are whole text.
      let start = 0;
      if (rest.length > 0) {
        start = chunk.indexOf(LINE_FEED) + 1;
        number += 1;
        takeLine(Buffer.concat([...rest, chunk.subarray(0, start)]), 0, number, true);
        rest = [];
      }
      while (start < end) {
        number += 1;
        start = takeLine(chunk, start, number, true) + 1;
      }
    }
    // A copy, since the chunk may be freed.
    if (end < chunk.length) rest.push(Buffer.from(chunk.subarray(end)));
    restBytes = end > 0 ? chunk.length - end : restBytes + chunk.length;
    if (restBytes > LONGEST_LINE_BYTES) throw new DataError('mixpanel', `${EXPORT}: line ${number + 1} has no end`);
  }
  takeLine(Buffer.concat([...rest, Buffer.of(LINE_FEED)]), 0, number + 1, false);
}

const LINE_FEED = 10;
/** Mixpanel takes in no event of more than 1 MB: https://docs.mixpanel.com/reference/import-events */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

/** The event of a line; none of an empty one. */
function parse(record: string, number: number, isWhole: boolean): ExportedEvent | undefined {
  let json: unknown;
  try {
    json = JSON.parse(record);
  } catch {
    return refuse(record.trim(), number, isWhole);
  }
  return isEvent(json) ? json : parsed(json, number);
}

/** Throws what a line says that is not JSON, unless it is empty. */
function refuse(record: string, number: number, isWhole: boolean): undefined {
  if (record === '') return undefined;
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
