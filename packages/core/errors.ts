/** Stable codes that people and programs may rely on. */
export type ErrorCode =
  | 'input' // a command's words, a parameter, a value: exit 2, HTTP 400
  | 'config' // a seed file: exit 2
  | 'secret' // a secret is missing or malformed: exit 2
  | 'forbidden' // a key may not do that: HTTP 403
  | 'not-found' // HTTP 404
  | 'conflict' // somebody else changed it meanwhile: HTTP 409
  | 'vendor' // a vendor answered with an error, or not at all
  | 'data' // a vendor's answer can't be trusted: truncated, of an unknown shape, contradicting itself
  | 'setup'; // this machine lacks something: exit 1

/** Every error of ours: one sentence that says what to do, a stable code, and whether trying again may help. */
export class PlumblineError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** Which of the caller's parameters is meant. */
  readonly parameter: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; parameter?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.parameter = options.parameter;
  }
}

/** A value that somebody typed or sent is wrong; the message names what was found and what is allowed. */
export class InputError extends PlumblineError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('input', message, options);
  }
}

/** One wrong place in a seed file. `path` is the key's path (`sources.stripe.mrr`); line and column count from 1. */
export type ConfigProblem = { file: string; line: number; column: number; path: string; message: string };

/** Seed files that can't be used, with every problem found in them. */
export class ConfigError extends PlumblineError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      'config',
      problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.path ? `${p.path}: ` : ''}${p.message}`).join('\n'),
    );
    this.problems = problems;
  }
}

/** A secret that is not there, or not of the shape its source needs. Never contains the secret itself. */
export class SecretError extends PlumblineError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('secret', message, options);
  }
}

/** A vendor's refusal or silence: `[stripe] GET /v1/subscriptions answered 429 after 6 tries`. */
export class VendorError extends PlumblineError {
  /** The HTTP status; undefined when no answer came (connection refused, reset, time-out). */
  readonly status: number | undefined;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    source: string,
    message: string,
    options: {
      cause?: unknown;
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      retryable?: boolean;
    } = {},
  ) {
    const { status } = options;
    const retryable = options.retryable ?? (status === undefined || status === 408 || status === 429 || status >= 500);
    super('vendor', `[${source}] ${message}`, { cause: options.cause, retryable });
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An answer that arrived but can't be trusted. Nothing of it may be written. */
export class DataError extends PlumblineError {
  constructor(source: string, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super('data', `[${source}] ${message}`, options);
  }
}

/** Foreign text made fit for a message: one line without control characters, which a terminal would obey, of at most 256 characters. */
export const excerpt = (text: string): string => {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 256 ? `${line.slice(0, 255)}…` : line;
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
