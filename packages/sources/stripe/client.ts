import { DataError, VendorError, excerpt } from '@plumbline/core/errors';
import type { Clock, Http } from '@plumbline/core/ports';
import Stripe from 'stripe';
import type { z } from 'zod';
import { networkError, retryAfterMs } from '../http-errors.ts';
import { pageSchema } from './schema.ts';

const PAGE = 100;

const PERMISSIONS = 'read permission for Subscriptions, Prices, Products, Coupons, Discounts and Events';

export type PageParams = { limit: number; starting_after?: string };

/** Stripe's API as this source uses it. Errors are VendorError (a refusal or silence) and DataError (an answer that can't be trusted). */
export type Client = {
  /** Every object of a list, once each, page after page. `name` is like `GET /v1/prices`. */
  list<T extends { id: string }>(
    name: string,
    schema: z.ZodType<T>,
    ask: (stripe: Stripe, page: PageParams) => Promise<unknown>,
  ): Promise<T[]>;
  /** One object, or one page. */
  get<T>(name: string, schema: z.ZodType<T>, ask: (stripe: Stripe) => Promise<unknown>): Promise<T>;
};

export function createClient(ports: { baseUrl: string; secret: string; http: Http; clock: Clock }): Client {
  const base = new URL(ports.baseUrl);

  /** One request by the SDK. Retries are the shared policy's: the SDK's own ignore `Retry-After` and would not be counted. */
  const request = (name: string, ask: (stripe: Stripe) => Promise<unknown>) =>
    ports.http.call(name, async (signal) => {
      let answer: Response | undefined;
      const send: typeof fetch = async (input, init) => {
        const { pathname, search } = new URL(input instanceof Request ? input.url : input);
        const url = new URL(base.pathname.replace(/\/$/, '') + pathname + search, base);
        answer = await fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal });
        return answer;
      };
      const stripe = new Stripe(ports.secret, {
        telemetry: false,
        maxNetworkRetries: 0,
        httpClient: Stripe.createFetchHttpClient(send),
      });
      try {
        const body = await ask(stripe);
        // The SDK makes objects of its own of decimals; written down again they are the text that was sent.
        if (answer?.ok) return JSON.parse(JSON.stringify(body)) as unknown;
        throw new Error('an error status without an error body');
      } catch (error) {
        signal.throwIfAborted();
        throw failure(name, answer, error);
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
    return new VendorError('stripe', `${name} answered ${status}${advice(status, error)}`, {
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

  return {
    get,
    async list<T extends { id: string }>(
      name: string,
      schema: z.ZodType<T>,
      ask: (stripe: Stripe, page: PageParams) => Promise<unknown>,
    ) {
      // An object that moves from one page to the next while we read is seen twice.
      const found = new Map<string, T>();
      const cursors = new Set<string>();
      for (let cursor: string | undefined; ;) {
        const after = cursor === undefined ? {} : { starting_after: cursor };
        const { data, has_more } = await get(name, pageSchema, (stripe) => ask(stripe, { limit: PAGE, ...after }));
        const rows = data.map((row) => parse(name, schema, row));
        for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
        if (!has_more) return [...found.values()];
        cursor = rows.at(-1)?.id;
        if (cursor === undefined || cursors.has(cursor)) {
          throw new DataError(
            'stripe',
            `${name} says that there is more but its pages stop after ${found.size} objects`,
          );
        }
        cursors.add(cursor);
      }
    },
  };
}

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
