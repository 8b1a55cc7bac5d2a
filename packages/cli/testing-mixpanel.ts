import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

// A Mixpanel project on the loopback, which takes and exports events as these pages tell, for tests:
// https://docs.mixpanel.com/reference/import-events, https://docs.mixpanel.com/reference/raw-event-export

export const PROJECT = { id: 271828, secret: 'svc.1:s3cret', token: 'f00dfeed' };

const batchSchema = z.array(
  z.object({ event: z.string(), properties: z.looseObject({ time: z.number().optional(), $insert_id: z.unknown() }) }),
);
export type Taken = z.infer<typeof batchSchema>[number];

export type TestProject = {
  url: string;
  /** `POST /import?strict=1`, oldest first. */
  asked: string[];
  /** How many events each import brought. */
  batches: number[];
  /** Everything that was taken, copies included, as the export has it. */
  events: Taken[];
  /** Answers to imports instead of taking them, each once, in order. */
  instead: ((response: ServerResponse) => void)[];
  close(): Promise<void>;
};

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

const failure = (code: number, error: string) => ({ code, error, status: 'an HTTP word' });

/** Says no as Mixpanel does. */
export const refuse = (response: ServerResponse, code: number, error: string, headers = {}): void =>
  void response.writeHead(code, headers).end(JSON.stringify(failure(code, error)));

function whatIsWrong({ properties: { time, $insert_id: id } }: Taken): { field: string; message: string } | undefined {
  if (typeof id !== 'string' || !/^[A-Za-z0-9-]{1,36}$/.test(id))
    return { field: 'properties.$insert_id', message: "'properties.$insert_id' is invalid" };
  if (time === undefined) return { field: 'properties.time', message: "'properties.time' is invalid: it is required" };
  return undefined;
}

export async function startProject(): Promise<TestProject> {
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', project.url);
    const body = await buffer(request);
    project.asked.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/import' && request.method === 'POST') {
      const instead = project.instead.shift();
      if (instead) return instead(response);
      return take(request, url, body, response);
    }
    if (url.pathname !== '/api/2.0/export') return void response.writeHead(404).end();
    if (request.headers.authorization !== basic(PROJECT.secret)) return refuse(response, 401, 'Invalid credentials');
    const [from, to] = [url.searchParams.get('from_date') ?? '', url.searchParams.get('to_date') ?? ''];
    const lines = project.events
      .filter(({ properties: { time = 0 } }) => {
        const date = new Date(time * 1000).toISOString().slice(0, 10);
        return date >= from && date <= to;
      })
      .slice(0, Number(url.searchParams.get('limit') ?? Infinity));
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  function take(request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const byAccount = request.headers.authorization === basic(PROJECT.secret);
    const isOurs = byAccount && url.searchParams.get('project_id') === String(PROJECT.id);
    if (!isOurs && request.headers.authorization !== basic(`${PROJECT.token}:`))
      return refuse(response, 401, 'Invalid credentials');
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const batch = batchSchema.parse(JSON.parse(text.toString('utf8')));
    if (batch.length > 2000) return refuse(response, 413, 'Payload Too Large');
    project.batches.push(batch.length);
    const failed_records = batch.flatMap((event, index) => {
      const wrong = whatIsWrong(event);
      return wrong ? [{ index, insert_id: event.properties.$insert_id, ...wrong }] : [];
    });
    const taken = batch.filter((event) => whatIsWrong(event) === undefined);
    project.events.push(...taken);
    const num_records_imported = taken.length;
    if (failed_records.length === 0)
      return void response.end(JSON.stringify({ code: 200, num_records_imported, status: 'OK' }));
    const told = failure(400, 'some data points in the request failed validation');
    response.writeHead(400).end(JSON.stringify({ ...told, num_records_imported, failed_records }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const project: TestProject = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    batches: [],
    events: [],
    instead: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return project;
}
