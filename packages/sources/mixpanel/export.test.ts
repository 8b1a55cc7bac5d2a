import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { DataError, VendorError } from '@plumbline/core/errors';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textAt } from './event-line.ts';
import { SECRET, linesOf, startExportServer } from './export-server.ts';
import type { ExportServer, TestEvent } from './export-server.ts';
import { readExport, scanExport } from './export.ts';
import type { ExportedEvent } from './export.ts';

const EVENTS: TestEvent[] = [
  { event: 'Реєстрація', properties: { time: 1767312000, distinct_id: 'ґанна', $insert_id: 'a', note: '🦉' } },
  { event: 'Sign Up', properties: { time: 1767312001, distinct_id: 7, city: 'Kyiv\u2028Bakhmach' } },
];

let server: ExportServer;
beforeAll(async () => {
  server = await startExportServer(EVENTS);
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.instead.length = 0;
});

type Options = { secret?: string; idleMs?: number; signal?: AbortSignal };

const requestOf = (options: Options) => ({
  url: new URL(`${server.baseUrl}/api/2.0/export?from_date=2026-01-02&to_date=2026-01-02`),
  secret: SECRET,
  signal: new AbortController().signal,
  now: Date.parse('2026-01-03T00:00:00Z'),
  ...options,
});

async function read(options: Options = {}): Promise<ExportedEvent[]> {
  const events: ExportedEvent[] = [];
  await readExport(requestOf(options), (event) => void events.push(event));
  return events;
}

/** Who did what when, and in which city, as a scan tells. */
async function scan(): Promise<unknown[]> {
  const events: unknown[] = [];
  await scanExport(requestOf({}), ['city'], ({ bytes, event, id, time, properties }) => {
    events.push([textAt(bytes, id), textAt(bytes, event), time, properties['city']]);
  });
  return events;
}
const asScanned = (events: readonly TestEvent[]): unknown[] =>
  events.map(({ event, properties: { time, distinct_id: id, city } }) => [String(id), event, time, city]);

/** Sends exactly these pieces, each in a chunk of its own. */
const inPieces = (body: Buffer, size: number, headers: Record<string, string> = {}): void =>
  void server.instead.push((_request, response) => {
    response.writeHead(200, headers);
    for (let at = 0; at < body.length; at += size) response.write(body.subarray(at, at + size));
    response.end();
  });

const caught = async (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => 'nothing',
    (error) => error,
  );

describe('readExport', () => {
  test('reads every event of a gzipped answer', async () => {
    expect(await read()).toEqual(EVENTS);
  });

  test('reads the same wherever chunks part letters and records', async () => {
    const body = Buffer.from(linesOf(EVENTS));
    for (let size = 1; size <= 40; size += 1) {
      inPieces(body, size);
      expect(await read()).toEqual(EVENTS);
    }
    inPieces(gzipSync(body), 1, { 'content-encoding': 'gzip' });
    expect(await read()).toEqual(EVENTS);
  });

  test('scans the same, also where lines are parted and their memory is freed on the way', async () => {
    const body = Buffer.from(linesOf(EVENTS));
    for (let size = 1; size <= 40; size += 1) {
      inPieces(body, size);
      expect(await scan()).toEqual(asScanned(EVENTS));
    }
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      event: `Реєстрація ${index % 7}`,
      properties: {
        time: 1767312000 + index,
        distinct_id: `ґанна ${index}`,
        city: 'Київ'.repeat(index % 9),
        $lib: '🦉'.repeat(index % 50),
      },
    }));
    for (const size of [1000, 50_000]) {
      inPieces(gzipSync(linesOf(many)), size, { 'content-encoding': 'gzip' });
      expect(await scan()).toEqual(asScanned(many));
    }
  });

  test("reads the lines of Mixpanel's own example as they are printed", async () => {
    // https://docs.mixpanel.com/reference/raw-event-export, and openapi/src/export.openapi.yaml of github.com/mixpanel/docs
    inPieces(await readFile(new URL('fixtures/export.jsonl', import.meta.url)), 50);
    expect(await read()).toEqual([
      {
        event: 'Signed up',
        properties: {
          time: 1602611311,
          $insert_id: 'hpuDqcvpltpCjBsebtxwadtEBDnFAdycabFb',
          mp_processing_time_ms: 1602625711874,
        },
      },
      {
        event: 'Signed up',
        properties: {
          time: 1602787121,
          $insert_id: 'jajcebutltmvhbbholfhxtCcycwnBjDtndha',
          mp_processing_time_ms: 1602801521561,
        },
      },
    ]);
  });

  test('takes ids that are numbers or missing, and refuses what is no id, by the key', async () => {
    const events = [undefined, null, 7, 'ada'].flatMap((id) => [
      { event: 'A', properties: { time: 1, distinct_id: id } },
      { event: 'A', properties: { time: 1, distinct_id: 'ada', $insert_id: id } },
    ]);
    inPieces(Buffer.from(linesOf(events)), 1000);
    expect(await read()).toEqual(JSON.parse(JSON.stringify(events)));
    for (const wrong of [{ distinct_id: {} }, { $insert_id: true }, { mp_processing_time_ms: 'x' }, { time: '1' }]) {
      inPieces(Buffer.from(linesOf([{ event: 'A', properties: { time: 1, ...wrong } as { time: number } }])), 1000);
      expect(await caught(read())).toMatchObject({
        message: expect.stringContaining(`line 1 is not an event (properties.${Object.keys(wrong)[0]}`),
      });
    }
  });

  test('takes a last line without its line feed, where it is whole', async () => {
    inPieces(Buffer.from(linesOf(EVENTS).trimEnd()), 1000);
    expect(await read()).toEqual(EVENTS);
  });

  test('a line that never ends is not kept in memory, but refused', async () => {
    const body = gzipSync(`${linesOf(EVENTS)}${' '.repeat(17 * 1024 * 1024)}`);
    inPieces(body, body.length, { 'content-encoding': 'gzip' });
    expect(await caught(read())).toMatchObject({
      message: '[mixpanel] GET /api/2.0/export: line 3 has no end',
      retryable: false,
    });
  });

  test('an empty answer is no events', async () => {
    inPieces(Buffer.alloc(0), 1);
    expect(await read()).toEqual([]);
  });

  test.each(['terminated early', 'export terminated early\n'])(
    'an answer that ends in %j may not be trusted',
    async (end) => {
      inPieces(Buffer.from(linesOf(EVENTS) + end), 1000);
      const error = await caught(read());
      expect(error).toBeInstanceOf(DataError);
      expect(error).toMatchObject({
        message: '[mixpanel] GET /api/2.0/export was terminated early by Mixpanel after 2 lines',
        retryable: true,
      });
    },
  );

  test('a last record that is cut off is told as such, to be tried again', async () => {
    inPieces(Buffer.from(linesOf(EVENTS).slice(0, -9)), 1000);
    expect(await caught(read())).toMatchObject({
      message: '[mixpanel] GET /api/2.0/export: line 2 is cut off',
      retryable: true,
    });
  });

  test('a line that is not JSON, or no event, is refused by its number, without quoting it', async () => {
    inPieces(Buffer.from('{"event":"ada@example.com\n{}\n'), 1000);
    expect(await caught(read())).toMatchObject({
      message: '[mixpanel] GET /api/2.0/export: line 1 is not JSON',
      retryable: false,
    });
    inPieces(Buffer.from(`${linesOf(EVENTS)}{"event":"Sign Up","properties":{"time":"ada@example.com"}}\n`), 1000);
    expect(await caught(read())).toMatchObject({
      message:
        '[mixpanel] GET /api/2.0/export: line 3 is not an event (properties.time: Invalid input: expected number, received string)',
      retryable: false,
    });
  });

  test('a connection that closes in the middle is a failure, plain or gzipped, even between two records', async () => {
    const [first = ''] = linesOf(EVENTS).split(/(?<=\n)/);
    const bodies = [
      { body: Buffer.from(first), headers: {} },
      { body: gzipSync(linesOf(EVENTS)).subarray(0, -12), headers: { 'content-encoding': 'gzip' } },
    ];
    for (const { body, headers } of bodies) {
      server.instead.push((_request, response) => {
        response.writeHead(200, headers);
        response.write(body, () => response.destroy());
      });
      const error = await caught(read());
      expect(error).toBeInstanceOf(VendorError);
      expect(error).toMatchObject({ retryable: true, status: undefined });
    }
  });

  test('a gzip body that ends too soon in an answer that ends properly is a failure', async () => {
    const whole = gzipSync(linesOf(EVENTS));
    for (const cut of [1, 8, 20]) {
      inPieces(whole.subarray(0, whole.length - cut), 1000, { 'content-encoding': 'gzip' });
      const error = await caught(read());
      expect(error).toBeInstanceOf(VendorError);
      expect(error).toMatchObject({ retryable: true });
    }
  });

  test('a server that falls silent, before or within its answer, is given up', async () => {
    server.instead.push(() => undefined);
    server.instead.push((_request, response) => {
      response.writeHead(200);
      response.write(linesOf(EVENTS));
    });
    for (let round = 0; round < 2; round += 1) {
      expect(await caught(read({ idleMs: 25 }))).toMatchObject({
        message: '[mixpanel] GET /api/2.0/export sent nothing for 0.025 s',
        retryable: true,
      });
    }
  });

  test('a server that is not there is named', async () => {
    const gone = await startExportServer();
    await gone[Symbol.asyncDispose]();
    const url = new URL(`${gone.baseUrl}/api/2.0/export`);
    const { signal } = new AbortController();
    const error = await caught(readExport({ url, secret: SECRET, signal, now: 0 }, () => undefined));
    expect(error).toMatchObject({
      message: `[mixpanel] GET /api/2.0/export at ${url.host} broke off: connect ECONNREFUSED ${url.host}`,
      retryable: true,
    });
  });

  test('stops with the reason of an abort', async () => {
    const controller = new AbortController();
    server.instead.push(() => controller.abort(new Error('the night was called off')));
    expect(await caught(read({ signal: controller.signal }))).toEqual(new Error('the night was called off'));
  });

  test.each([
    [400, 'the request was refused; check projectId', false],
    [401, "the service account's user name or secret is wrong; set it as user:secret", false],
    [402, "the project's Mixpanel plan does not include the raw export", false],
    [403, 'the service account may not read this project; check projectId, region and its role', false],
    [429, 'more than 60 exports an hour, or 3 a second', true],
  ])('answers %i in words, and never with the secret', async (status, reason, retryable) => {
    server.instead.push((_request, response) => response.writeHead(status).end('for svc.1 with s3cret: no'));
    expect(await caught(read())).toMatchObject({
      message: `[mixpanel] GET /api/2.0/export answered ${status}: ${reason}; it says: for *** with ***: no`,
      status,
      retryable,
    });
  });

  test('a wrong secret is refused', async () => {
    expect(await caught(read({ secret: 'svc.1:other' }))).toMatchObject({ status: 401, retryable: false });
  });

  test.each([
    ['7', 7000],
    ['Sat, 03 Jan 2026 00:01:00 GMT', 60_000],
    ['Fri, 02 Jan 2026 00:00:00 GMT', 0],
    ['soon', undefined],
  ])('reads Retry-After %j', async (header, retryAfterMs) => {
    const date = 'Sat, 03 Jan 2026 00:00:00 GMT';
    server.instead.push((_request, response) => response.writeHead(429, { 'retry-after': header, date }).end());
    expect(await caught(read())).toMatchObject({ status: 429, retryAfterMs });
  });
});
