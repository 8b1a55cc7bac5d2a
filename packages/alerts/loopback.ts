import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

export type Received = { method: string; path: string; headers: NodeJS.Dict<string | string[]>; body: unknown };
type Answer = { status?: number; headers?: Record<string, string>; body: unknown } | 'hang up' | 'say nothing';

/** A JSON server on 127.0.0.1 for tests: keeps what it received, answers as told. */
export async function startLoopback(answer: (request: Received, count: number) => Answer) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: JSON.parse(Buffer.concat(chunks).toString() || 'null') as unknown };
      received.push(one);
      const told = answer(one, received.length);
      if (told === 'hang up') return request.socket.destroy();
      if (told === 'say nothing') return undefined;
      response.writeHead(told.status ?? 200, { 'content-type': 'application/json', ...told.headers });
      return response.end(JSON.stringify(told.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
