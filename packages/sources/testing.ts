import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@plumbline/core/ports';
import { silentLog } from '@plumbline/core/ports';
import type { Pulled, PullPorts } from '@plumbline/core/source';
import { toInstant, toZone } from '@plumbline/core/zone';
import { onTestFinished } from 'vitest';
import { createHttp } from './http.ts';

/** What a test server was asked. */
export type Asked = { method: string; url: URL; headers: IncomingMessage['headers']; body: string };

/** An answer: a status with a JSON body (or a text as it is), or what the test does with the socket itself. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body: unknown }
  | ((response: ServerResponse) => void);

/** A server on loopback for one test, with a note of all it was asked. */
export async function serve(
  reply: (asked: Asked, count: number) => Reply,
): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '/', headers } = request;
      asked.push({ method, url: new URL(url, 'http://127.0.0.1'), headers, body });
      const answer = reply(asked.at(-1) as Asked, asked.length);
      if (typeof answer === 'function') return answer(response);
      const { status = 200, headers: sent = {}, body: text } = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...sent });
      response.end(typeof text === 'string' ? text : JSON.stringify(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}

/** Ports of a pull on a clock that sleeping moves. */
export function portsFor<Config>(
  source: string,
  config: Config,
  options: { baseUrl: string; secret: string; now: string; timezone?: string; signal?: AbortSignal },
): PullPorts<Config> {
  let time = toInstant(options.now);
  const clock: Clock = {
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      time += ms;
    },
  };
  const { signal = new AbortController().signal, baseUrl, secret, timezone = 'Europe/Kyiv' } = options;
  const budget = { requests: 1000, perMs: 1000, concurrency: 10 };
  return {
    workspace: { id: 'test', timezone: toZone(timezone), currency: 'USD', fx: () => undefined },
    config,
    baseUrl,
    secret,
    http: createHttp({ source, clock, budget, signal, random: () => 0 }),
    clock,
    log: silentLog,
    memory: { get: async () => undefined, range: async function* () {} },
    pseudonym: (id) => id,
    signal,
  };
}

export async function collect(pulled: AsyncIterable<Pulled>): Promise<Pulled[]> {
  const all: Pulled[] = [];
  for await (const one of pulled) all.push(one);
  return all;
}

/** Observations as `metric day` → what is given of them, for whole comparisons. */
export const valuesOf = (pulled: readonly Pulled[]): Record<string, number> =>
  Object.fromEntries(
    pulled.flatMap((one) => (one.kind === 'observation' ? [[`${one.metric} ${one.day}`, one.value]] : [])),
  );

export const failureOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'no failure', String);
