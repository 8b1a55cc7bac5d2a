import { DataError, VendorError, excerpt } from '@plumbline/core/errors';
import type { Clock, Http, Log } from '@plumbline/core/ports';
import { silentLog } from '@plumbline/core/ports';
import { textOf } from './body.ts';
import type { Budget } from './budget.ts';
import { createBudget } from './budget.ts';
import { isUnreachable, networkError, retryAfterMs, secretsIn, withTries } from './http-errors.ts';

const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 30_000;
/** Where nothing listens, or nobody knows the address, waiting helps little: it is told soon. */
const TRIES_TO_REACH = 3;
const MOST_WAITING_MS = 5 * 60_000;
const TIMEOUT_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

export type HttpOptions = {
  source: string;
  clock: Clock;
  budget: Budget;
  signal: AbortSignal;
  log?: Log;
  /** 0 ≤ x < 1, for the jitter. */
  random?: () => number;
  tries?: number;
  /** The longest body that is read. */
  maxBytes?: number;
};

/** One vendor's calls under the policy that all sources share. All waiting but the network's own time-out goes by the clock. */
export function createHttp(options: HttpOptions): Http {
  const { source, clock, signal, log = silentLog, random = Math.random, tries = 6, maxBytes = MOST_BYTES } = options;
  const budget = createBudget(options.budget, clock, signal);
  let requests = 0;

  async function once<T>(name: string, attempt: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    requests++;
    try {
      return await untilAborted(attempt(either), either);
    } catch (error) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw new VendorError(source, `${name} gave no full answer within ${timeoutMs / 1000} s`, { cause: error });
    }
  }

  const call: Http['call'] = async (name, attempt, { timeoutMs = TIMEOUT_MS } = {}) => {
    let waited = 0;
    const place = budget.newPlace();
    for (let tried = 1; ; tried++) {
      try {
        return await budget.run(() => once(name, attempt, timeoutMs), place);
      } catch (error) {
        if (!(error instanceof VendorError || error instanceof DataError)) throw error;
        if (!error.retryable || tried >= (isUnreachable(error) ? Math.min(TRIES_TO_REACH, tries) : tries))
          throw withTries(source, error, tried);
        const asked = error instanceof VendorError ? error.retryAfterMs : undefined;
        // Half of it is certain, so that a storm of some seconds is not met by all tries at once.
        const backoff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tried - 1));
        const wait = asked || ((1 + random()) * backoff) / 2;
        if (waited + wait > MOST_WAITING_MS) {
          const patience = `asks to wait ${Math.ceil(wait / 1000)} s, more than the ${(MOST_WAITING_MS - waited) / 1000} s left`;
          throw withTries(source, error, tried, ` and ${patience}`);
        }
        // What the vendor asks of one call it means for all.
        if (asked || isTooMuch(error)) budget.slowDown(place, asked ?? 0);
        log.warn('trying again', { source, call: name, tried, waitMs: Math.round(wait), reason: error.message });
        await clock.sleep(wait, signal);
        waited += wait;
      }
    }
  };

  async function read(name: string, url: URL, init: RequestInit | undefined, attemptSignal: AbortSignal) {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { ...init, signal: attemptSignal });
      text = await textOf(response.body ?? [], { source, name, maxBytes });
    } catch (error) {
      if (error instanceof DataError || attemptSignal.aborted) throw error;
      throw networkError(source, name, url, error);
    }
    if (!response.ok) throw refusal(name, response, text, init);
    return { text, headers: response.headers, status: response.status };
  }

  function refusal(name: string, response: Response, text: string, init: RequestInit | undefined): VendorError {
    const { status } = response;
    const plain = new VendorError(source, `${name} answered ${status}`, {
      status,
      retryAfterMs: retryAfterMs(response.headers, clock.now()),
    });
    // What is tried again says nothing worth reading; a refusal often says what to change.
    if (plain.retryable || text === '') return plain;
    const said = secretsIn(init).reduce((left, secret) => left.replaceAll(secret, '***'), text);
    return new VendorError(source, `${name} answered ${status}: ${excerpt(said)}`, { status });
  }

  return {
    get requests() {
      return requests;
    },
    call,
    text: (name, url, init) => call(name, (attemptSignal) => read(name, url, init, attemptSignal)),
    json: (name, url, init) =>
      call(name, async (attemptSignal) => {
        const { text } = await read(name, url, init, attemptSignal);
        try {
          return JSON.parse(text) as unknown;
        } catch (cause) {
          const options = { cause, retryable: true };
          throw new DataError(source, `${name} answered with something that is not JSON (cut off?)`, options);
        }
      }),
  };
}

const isTooMuch = (error: unknown): boolean => error instanceof VendorError && error.status === 429;

/** Settles as `work` does, or rejects as soon as the signal is aborted, for clients that do not listen to it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
