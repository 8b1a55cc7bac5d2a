import type { ServerResponse } from 'node:http';
import type { Asked, Reply } from '@plumbline/sources/testing';
import { serve } from '@plumbline/sources/testing';

/** Answers the n-th request of a pull (from 1) in the vendor's place; undefined lets the vendor answer. */
export type Fault = (request: number) => Reply | undefined;

export type Request = { path: string; body: string };

/** A vendor on the loopback for one test, with all that it was asked. */
export type Vendor = { baseUrl: string; asked: Request[] };

/** All that the contract of sources needs to know of one of them: how it is set up, what its vendor answers, and what is right. */
export type Driver = {
  name: string;
  source: string;
  /** Its block in workspace.yaml. */
  config: Readonly<Record<string, unknown>>;
  secret: string;
  /** Parts of the secret, and other texts as secret. */
  secrets: readonly string[];
  env?: Readonly<Record<string, string>>;
  start(fault: Fault): Promise<Vendor>;
  /** The night of 2026-02-12 in +02:00, by metric; money in minor units. */
  values: Readonly<Record<string, number>>;
  /** How many requests ask for a second page or a later one; where nothing comes in pages, why. */
  laterPages: { count: number; isOne: (request: Request) => boolean } | { none: string };
  /** An answer of another shape than the vendor's, to that request. */
  surprise: unknown;
  /** Whom the vendor's answers tell of: none of it may be kept or told. */
  people: readonly string[];
};

/** A vendor that answers by the request alone. */
export async function vendor(fault: Fault, reply: (asked: Asked) => Reply): Promise<Vendor> {
  const { baseUrl, asked } = await serve((one, count) => fault(count) ?? reply(one));
  return {
    baseUrl,
    get asked() {
      return asked.map(({ url, body }) => ({ path: url.pathname + url.search, body }));
    },
  };
}

/** Writes an answer, for a server that does not itself. */
export function send(reply: Reply, response: ServerResponse): void {
  if (typeof reply === 'function') return reply(response);
  const { status = 200, headers = {}, body } = reply;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
