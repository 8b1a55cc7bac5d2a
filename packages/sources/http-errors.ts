import type { IncomingHttpHeaders } from 'node:http';
import { DataError, VendorError } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';

/** What `Retry-After` asks for (RFC 9110 §10.2.3: seconds or a date), in milliseconds; undefined where it says nothing. */
export function retryAfterMs(headers: Headers, now: Instant): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const until = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  // The date is by the vendor's clock, which the same answer shows; ours may be off, or shifted for a rehearsal.
  const vendorNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(vendorNow) ? now : vendorNow));
}

/** The same of an answer that Node's own HTTP has read. */
export function retryAfterIn(sent: IncomingHttpHeaders, now: Instant): number | undefined {
  const headers = new Headers();
  for (const name of ['retry-after', 'date']) if (typeof sent[name] === 'string') headers.set(name, sent[name]);
  return retryAfterMs(headers, now);
}

/** Why no answer came, naming host and port. `error` is what `fetch` or an SDK around it threw. */
export function networkError(source: string, name: string, url: URL, error: unknown): VendorError {
  const host = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
  const code = codeOf(error);
  if (code === undefined) {
    // Not the network: the request itself could not be made. Its cause may quote a header, so it is not passed on.
    return new VendorError(source, `${name} could not be sent to ${host}; check the address and the secret`, {
      retryable: false,
    });
  }
  const options = { cause: error };
  if (code === 'ECONNREFUSED') {
    const advice = 'is that server running, and is baseUrl right?';
    return new VendorError(source, `${name}: nothing listens at ${host} (connection refused); ${advice}`, options);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new VendorError(source, `${name}: no address is known for ${host}; check baseUrl and DNS`, options);
  }
  return new VendorError(source, `${name}: the connection to ${host} broke (${code})`, options);
}

/** The network's error code in an error, its causes or its parts. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (
    'code' in error &&
    typeof error.code === 'string' &&
    /^(E[A-Z_]+|UND_ERR_[A-Z_]+|CERT_\w+|\w+_CERT\w*)$/.test(error.code)
  ) {
    return error.code;
  }
  const parts: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...parts].map(codeOf).find((code) => code !== undefined);
}

/** Whether the other side was not there at all. */
export const isUnreachable = (error: unknown): boolean => ['ECONNREFUSED', 'ENOTFOUND'].includes(codeOf(error) ?? '');

/** The same error with the number of tries (and what else is to say) in its message. */
export function withTries(
  source: string,
  error: VendorError | DataError,
  tried: number,
  more = '',
): VendorError | DataError {
  if (tried === 1 && more === '') return error;
  const said = error.message.replace(`[${source}] `, '');
  const message = `${said}${more} after ${tried === 1 ? '1 try' : `${tried} tries`}`;
  const { retryable } = error;
  if (error instanceof DataError) return new DataError(source, message, { cause: error, retryable });
  const { status, retryAfterMs } = error;
  return new VendorError(source, message, { cause: error, status, retryAfterMs, retryable });
}

/** What of a request must not be shown should its answer quote it: the credentials of its `Authorization`. */
export function secretsIn(init: RequestInit | undefined): string[] {
  const [scheme, credentials = ''] = new Headers(init?.headers).get('authorization')?.split(' ') ?? [];
  const plain = scheme?.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString() : '';
  return [credentials, plain, ...plain.split(':')].filter((secret) => secret.length > 3);
}
