import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** An event as a test writes it: `time` in seconds, as exported. */
export type TestEvent = { event: string; properties: { time: number; [property: string]: unknown } };

export type ExportServer = {
  baseUrl: string;
  /** Paths and queries asked for, oldest first. */
  asked: string[];
  /** What the export holds; a request gets the events of its dates. */
  events: TestEvent[];
  /** Answers instead of the export, each once, in order. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void)[];
  [Symbol.asyncDispose](): Promise<void>;
};

export const SECRET = 'svc.1:s3cret';

export const linesOf = (events: readonly TestEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** A loopback server that speaks the raw export: basic auth, dates, limit, gzip. For tests. */
export async function startExportServer(events: TestEvent[] = []): Promise<ExportServer> {
  const server = createServer((request, response) => {
    exported.asked.push(request.url ?? '');
    const instead = exported.instead.shift();
    if (instead) instead(request, response);
    else answer(request, response);
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (pathname !== '/api/2.0/export') return void response.writeHead(404).end();
    if (request.headers.authorization !== `Basic ${Buffer.from(SECRET).toString('base64')}`) {
      return void response.writeHead(401).end('Invalid service account credentials');
    }
    const [from, to] = [searchParams.get('from_date') ?? '', searchParams.get('to_date') ?? ''];
    const limit = Number(searchParams.get('limit') ?? Infinity);
    const chosen = exported.events.filter(({ properties: { time } }) => {
      const date = new Date(time * 1000).toISOString().slice(0, 10);
      return date >= from && date <= to;
    });
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(linesOf(chosen.slice(0, limit))));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exported: ExportServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    events,
    instead: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return exported;
}
