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

const newestFirst = (a: StripeObject, b: StripeObject): number => b.created - a.created || (a.id < b.id ? 1 : -1);

/** One page of a list, newest first: `limit` objects beyond a cursor, which may be any known object, also one that the filters hide. */
export function page(
  rows: readonly StripeObject[],
  known: readonly StripeObject[],
  query: URLSearchParams,
): { rows: StripeObject[]; hasMore: boolean } {
  const limit = wholeNumber(query, 'limit') ?? 10;
  if (limit < 1 || limit > 100)
    throw new Refusal(400, 'Invalid limit: it must be from 1 to 100.', 'parameter_invalid_integer', 'limit');
  let found = rows.toSorted(newestFirst);
  for (const [name, holds] of Object.entries(BOUNDS)) {
    const bound = wholeNumber(query, name);
    if (bound !== undefined) found = found.filter(({ created }) => holds(created, bound));
  }
  const cursor = (name: string): StripeObject | undefined => {
    const id = query.get(name);
    if (id === null) return undefined;
    const object = known.find((candidate) => candidate.id === id);
    if (object === undefined) throw new Refusal(400, `No such object: '${id}'`, 'resource_missing', name);
    return object;
  };
  const after = cursor('starting_after');
  const before = cursor('ending_before');
  if (after !== undefined && before !== undefined)
    throw new Refusal(400, 'Give one of starting_after and ending_before, not both.', undefined, 'ending_before');
  if (before !== undefined) {
    const newer = found.filter((row) => newestFirst(row, before) < 0 && row.id !== before.id);
    return { rows: newer.slice(-limit), hasMore: newer.length > limit };
  }
  if (after !== undefined) found = found.filter((row) => newestFirst(after, row) < 0 && row.id !== after.id);
  return { rows: found.slice(0, limit), hasMore: found.length > limit };
}
