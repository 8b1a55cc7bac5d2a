import type { StripeObject } from './stripe-objects.ts';

/** An answer that refuses the request, in the shape of Stripe's error object. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, code?: string, param?: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  /** Too many requests; Stripe names which limit it was and sends no `Retry-After`. */
  static rate(reason: 'endpoint-rate' | 'global-rate'): Refusal {
    const message = 'Request rate limit exceeded. Slow down and try again with exponential backoff.';
    return new Refusal(429, message, 'rate_limit', undefined, { 'Stripe-Rate-Limited-Reason': reason });
  }

  response(headers: Record<string, string>): Response {
    const { code, message, param } = this;
    const error = { ...(code ? { code } : {}), message, ...(param ? { param } : {}), type: 'invalid_request_error' };
    return Response.json({ error }, { status: this.status, headers: { ...headers, ...this.headers } });
  }
}

/** A parameter's name without its brackets: `created[gte]` is `created`, `expand[0]` is `expand`. */
const bare = (name: string): string => name.replace(/\[.*$/, '');

/** All values of a list parameter, written `types[]`, `types[0]` or `types`. */
export const valuesOf = (query: URLSearchParams, name: string): string[] =>
  [...query].filter(([key]) => bare(key) === name).map(([, value]) => value);

export function refuseUnknown(query: URLSearchParams, allowed: readonly string[]): void {
  const unknown = [...query.keys()].find((key) => !allowed.includes(bare(key)));
  if (unknown !== undefined)
    throw new Refusal(400, `Received unknown parameter: ${bare(unknown)}`, 'parameter_unknown', bare(unknown));
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw new Refusal(400, `Invalid integer: ${text}`, 'parameter_invalid_integer', name);
  return Number(text);
}

const BOUNDS: Record<string, (created: number, bound: number) => boolean> = {
  created: (created, bound) => created === bound,
  'created[gt]': (created, bound) => created > bound,
  'created[gte]': (created, bound) => created >= bound,
  'created[lt]': (created, bound) => created < bound,
  'created[lte]': (created, bound) => created <= bound,
};

/** One place of a list; what stands there at some time is undefined before it exists, and once it is no longer kept. */
export type Row = { id: string; created: number; at(now: number): StripeObject | undefined };

export const newestFirst = (a: Row, b: Row): number => b.created - a.created || (a.id < b.id ? 1 : -1);

/** An object that never changes. */
export const fixed = (object: StripeObject, created: number): Row => ({
  id: object.id,
  created,
  at: (now) => (created <= now ? object : undefined),
});

/** One page of rows, newest first as given: `limit` objects beyond a cursor, which may be any known object, also one that the filters hide. */
export function page(
  rows: readonly Row[],
  query: URLSearchParams,
  options: { now: number; fits: (object: StripeObject) => boolean },
): { rows: StripeObject[]; hasMore: boolean } {
  const limit = wholeNumber(query, 'limit') ?? 10;
  if (limit < 1 || limit > 100)
    throw new Refusal(400, 'Invalid limit: it must be from 1 to 100.', 'parameter_invalid_integer', 'limit');
  const cursor = (name: string): number | undefined => {
    const id = query.get(name);
    if (id === null) return undefined;
    const index = rows.findIndex((row) => row.id === id);
    if (rows[index]?.at(options.now) === undefined)
      throw new Refusal(400, `No such object: '${id}'`, 'resource_missing', name);
    return index;
  };
  const after = cursor('starting_after');
  const before = cursor('ending_before');
  if (after !== undefined && before !== undefined)
    throw new Refusal(400, 'Give one of starting_after and ending_before, not both.', undefined, 'ending_before');

  const bounds = Object.entries(BOUNDS).flatMap(([name, holds]) => {
    const bound = wholeNumber(query, name);
    return bound === undefined ? [] : [(created: number) => holds(created, bound)];
  });
  const beyond = before === undefined ? rows.slice((after ?? -1) + 1) : rows.slice(0, before).toReversed();
  const found: StripeObject[] = [];
  for (const row of beyond) {
    const object = bounds.every((holds) => holds(row.created)) ? row.at(options.now) : undefined;
    if (object !== undefined && options.fits(object)) found.push(object);
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  return { rows: before === undefined ? shown : shown.toReversed(), hasMore: found.length > limit };
}
