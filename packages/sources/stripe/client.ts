import { AsyncLocalStorage } from 'node:async_hooks';
import { DataError, VendorError, excerpt } from '@plumbline/core/errors';
import type { Clock, Http } from '@plumbline/core/ports';
import Stripe from 'stripe';
import type { z } from 'zod';
import { networkError, retryAfterMs } from '../http-errors.ts';
import { pageSchema } from './schema.ts';

const PAGE = 100;

const PERMISSIONS = 'read permission for Subscriptions, Prices, Products, Coupons, Discounts, Events and Invoices';

export type PageParams = { limit: number; starting_after?: string };

/** Stripe's API as this source uses it. Errors are VendorError (a refusal or silence) and DataError (an answer that can't be trusted). */
export type Client = {
  /** Every object of a list, once each, page after page. `name` is like `GET /v1/prices`. */
  list<T extends { id: string }>(
    name: string,
    schema: z.ZodType<T>,
    ask: (stripe: Stripe, page: PageParams) => Promise<unknown>,
  ): Promise<T[]>;
  /** One page of a list. A cursor that vanished is a CursorGoneError. */
  page<T extends { id: string }>(
    name: string,
    schema: z.ZodType<T>,
    ask: (stripe: Stripe) => Promise<unknown>,
  ): Promise<{ rows: T[]; hasMore: boolean }>;
  /** One object. */
  get<T>(name: string, schema: z.ZodType<T>, ask: (stripe: Stripe) => Promise<unknown>): Promise<T>;
};

export function createClient(ports: { baseUrl: string; secret: string; http: Http; clock: Clock }): Client {
  const base = new URL(ports.baseUrl);

  const attempts = new AsyncLocalStorage<Attempt>();

  const send: typeof fetch = async (input, init) => {
    const attempt = attempts.getStore();
    if (!attempt) throw new Error('a request outside of an attempt');
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const url = new URL(base.pathname.replace(/\/$/, '') + pathname + search, base);
    const signal = init?.signal ? AbortSignal.any([attempt.signal, init.signal]) : attempt.signal;
    const answer = await fetch(url, { ...init, signal });
    attempt.answer = answer;
    if (!answer.ok) return answer;
    attempt.body = await answer.text();
    // The SDK would make objects of its own of it, decimals among them, at a multiple of the cost: it hears that all is well.
    return new Response('{}', answer);
  };

  const stripe = new Stripe(ports.secret, {
    telemetry: false,
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(send),
  });

  /** One request by the SDK. Retries are the shared policy's: the SDK's own ignore `Retry-After` and would not be counted. */
  const request = (name: string, ask: (stripe: Stripe) => Promise<unknown>) =>
    ports.http.call(name, async (signal) => {
      const attempt: Attempt = { signal, answer: undefined, body: undefined };
      try {
        await attempts.run(attempt, () => ask(stripe));
        if (attempt.body !== undefined) return JSON.parse(attempt.body) as unknown;
        throw new Error('an error status without an error body');
      } catch (error) {
        signal.throwIfAborted();
        throw failure(name, attempt.answer, error);
      }
    });

  function failure(name: string, answer: Response | undefined, error: unknown): VendorError | DataError {
    if (!answer) {
      return networkError('stripe', name, base, error instanceof Stripe.errors.StripeError ? error.detail : error);
    }
    const { status, headers } = answer;
    if (answer.ok) {
      const options = { cause: error, retryable: true };
      return new DataError('stripe', `${name} answered with something that can't be read (cut off?)`, options);
    }
    const kind = isAboutCursor(error) ? CursorGoneError : VendorError;
    return new kind('stripe', `${name} answered ${status}${advice(status, error)}`, {
      status,
      retryAfterMs: retryAfterMs(headers, ports.clock.now()),
    });
  }

  /** What to do about a refusal. Stripe's own words on a refused key quote a part of it, so they are left out there. */
  function advice(status: number, error: unknown): string {
    if (status === 401) return `: the key is not accepted; make a restricted key in Stripe with ${PERMISSIONS}`;
    if (status === 403) return `: the key may not read this; give it ${PERMISSIONS}`;
    if (!(error instanceof Stripe.errors.StripeError) || status === 429 || status >= 500) return '';
    return `: ${excerpt(error.message.replaceAll(ports.secret, '***'))}`;
  }

  async function get<T>(name: string, schema: z.ZodType<T>, ask: (stripe: Stripe) => Promise<unknown>): Promise<T> {
    return parse(name, schema, await request(name, ask));
  }

  const page: Client['page'] = async (name, schema, ask) => {
    const { data, has_more } = await get(name, pageSchema, ask);
    return { rows: data.map((row) => parse(name, schema, row)), hasMore: has_more };
  };

  async function list<T extends { id: string }>(
    name: string,
    schema: z.ZodType<T>,
    ask: (stripe: Stripe, page: PageParams) => Promise<unknown>,
  ): Promise<T[]> {
    // An object that moves from one page to the next while we read is seen twice.
    const found = new Map<string, T>();
    const cursors = new Set<string>();
    for (let cursor: string | undefined; ;) {
      const after = cursor === undefined ? {} : { starting_after: cursor };
      const { rows, hasMore } = await page(name, schema, (sdk) => ask(sdk, { limit: PAGE, ...after }));
      for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
      if (!hasMore) return [...found.values()];
      cursor = rows.at(-1)?.id;
      if (cursor === undefined || cursors.has(cursor)) {
        const message = `${name} says that there is more but its pages stop after ${found.size} objects`;
        throw new DataError('stripe', message);
      }
      cursors.add(cursor);
    }
  }

  return { page, list, get };
}

/** One request while it is under way. */
type Attempt = { signal: AbortSignal; answer: Response | undefined; body: string | undefined };

const isAboutCursor = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.code === 'resource_missing' && error.param === 'starting_after';

/** A page was asked for behind an object that is not there any more. */
export class CursorGoneError extends VendorError {}

/** Whether an error, or its cause, is about a cursor (`starting_after`) that vanished. */
export const isCursorGone = (error: unknown): boolean =>
  error instanceof CursorGoneError || (error instanceof Error && isCursorGone(error.cause));

/** Reads a part of an answer. Throws DataError that names the field, never its value. */
export function parse<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the object';
  const message = `${name} answered in a shape that is not known: ${where}: ${issue?.message}`;
  throw new DataError('stripe', message, { cause: result.error });
}
