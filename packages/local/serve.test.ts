import { PlumblineError } from '@plumbline/core/errors';
import { expect, test } from 'vitest';
import { serveOnLoopback } from './serve.ts';

test('a handler answers on a free loopback port until it is closed', async () => {
  const server = await serveOnLoopback(async (request) => new Response(`you said ${await request.text()}`));
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const answer = await fetch(server.url, { method: 'POST', body: 'hello' });
  expect(await answer.text()).toBe('you said hello');
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});

test('a port in use is named with what to do', async () => {
  const first = await serveOnLoopback(() => new Response('first'));
  const second = serveOnLoopback(() => new Response('second'), { port: first.port });
  await expect(second).rejects.toThrow(
    new PlumblineError(
      'setup',
      `port ${first.port} on 127.0.0.1 is in use; stop what listens there or choose another one with --port`,
    ),
  );
  await first.close();
});
