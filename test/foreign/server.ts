import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does instead of answering: refuses the key, is broken, or sends half of what it promised. */
export type Fault = 'refuses' | 'breaks' | 'cuts off';

export type Asked = { method: string; url: URL; authorization: string; body: string };
export type Reply = { status?: number; body: string };

/** Somebody else's server on the loopback. */
export type Foreign = { url: string; asked: string[]; fault: Fault | undefined; close(): Promise<void> };

export const json = (body: unknown, status = 200): Reply => ({ status, body: JSON.stringify(body) });

/** Serves an API that is told by a function. `refusal` is how it says 401. */
export async function serveForeign(refusal: unknown, reply: (asked: Asked) => Reply): Promise<Foreign> {
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const { method = '', url = '/', headers } = request;
    foreign.asked.push(`${method} ${url}`);
    // A wait that a test can afford.
    if (foreign.fault === 'breaks') return void response.writeHead(500, { 'retry-after': '0.02' }).end('oops');
    if (foreign.fault === 'refuses') return void response.writeHead(401).end(JSON.stringify(refusal));
    const { authorization = '' } = headers;
    const { status = 200, body: text } = reply({ method, url: new URL(url, foreign.url), authorization, body });
    if (foreign.fault === 'cuts off') {
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(text)) });
      response.write(text.slice(0, text.length / 2), () => response.destroy());
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const foreign: Foreign = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return foreign;
}
