import { excerpt } from '@plumbline/core/errors';
import type { Delivery } from './channel.ts';

const LIMIT_SECONDS = 10;
/** Of a refusal's body no more is read: a sentence for people is at its beginning. */
const MOST_BYTES = 4096;

/** May pass by itself; all other refusals stand until somebody mends something. */
const PASSING = new Set([408, 425, 429]);

/** What to make of a refusal: `body` is its text, cut. */
type Refusal = { status: number; body: string };

/**
 * Sends JSON by POST and says what became of it: any 2xx is `delivered`. Redirects are not followed; an answer that takes longer than 10
 * seconds is none. Reasons never hold the address; `explain` puts a refusal into words, without what came in where that may hold secrets.
 */
export async function post(
  { name, url, headers, body, messageId }: Request,
  explain: (refusal: Refusal) => string,
  signal?: AbortSignal,
): Promise<Delivery> {
  const limit = AbortSignal.timeout(LIMIT_SECONDS * 1000);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Plumbline', ...headers },
      body,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
    if (answer.ok) {
      await answer.body?.cancel();
      return { outcome: 'delivered', messageId };
    }
    const { status } = answer;
    const isPassing = PASSING.has(status) || status >= 500;
    const wait = isPassing ? waitOf(answer.headers.get('retry-after')) : '';
    const why = explain({ status, body: await beginningOf(answer) });
    return {
      outcome: isPassing ? 'retryable' : 'rejected',
      reason: excerpt(`[${name}] answered ${status}${wait}${why && `: ${why}`}`),
    };
  } catch (error) {
    const why = limit.aborted
      ? `within ${LIMIT_SECONDS} seconds`
      : signal?.aborted
        ? 'before the run ended'
        : codeOf(error);
    return { outcome: 'retryable', reason: `[${name}] gave no answer ${why}` };
  }
}

type Request = { name: string; url: string; headers?: Record<string, string>; body: string; messageId: string };

const waitOf = (retryAfter: string | null): string =>
  /^\d{1,6}$/.test(retryAfter ?? '') ? ` and asks to wait ${retryAfter} seconds` : '';

async function beginningOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of answer.body ?? []) {
      parts.push(part);
      length += part.byteLength;
      if (length >= MOST_BYTES) break;
    }
  } catch {
    // A refusal that breaks off is one all the same.
  }
  return Buffer.concat(parts).subarray(0, MOST_BYTES).toString();
}

/** `(ECONNREFUSED)`: what went wrong below HTTP, by its code alone, since messages may hold the address. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? `(${code})` : '(the connection failed)';
}
