import type { Instant } from './zone.ts';

/** Time, injected: real, shifted for a rehearsal, or simulated for a replay (where `sleep` moves it). */
export type Clock = {
  now(): Instant;
  /** Resolves `ms` later by this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** Structured log lines. Fields never hold secrets or personal data. */
export type Log = {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
};

export const silentLog: Log = { info: () => undefined, warn: () => undefined };

/** Calls to one vendor under the shared policy: budget, time-out, `Retry-After`, jittered back-off, a ceiling, then a loud error. */
export type Http = {
  /** Attempts started so far: what evidence calls `requests`. */
  readonly requests: number;
  /**
   * Runs `attempt` until it succeeds. It throws VendorError (or DataError with `retryable`) to be tried again; anything else,
   * or the last try, is thrown on, with the number of tries in the message. `name` is like `GET /v1/subscriptions`.
   */
  call<T>(name: string, attempt: (signal: AbortSignal) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
  /** `call` around `fetch`: resolves with the body's text of a 2xx answer; any other answer is a VendorError. */
  text(name: string, url: URL, init?: RequestInit): Promise<{ text: string; headers: Headers; status: number }>;
  /** `text` parsed as JSON; a body that is not JSON is a DataError that is tried again (a cut-off answer). */
  json(name: string, url: URL, init?: RequestInit): Promise<unknown>;
};
