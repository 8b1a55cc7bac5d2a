import type { ErrorCode } from '@plumbline/core/errors';
import { PlumblineError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { Context } from 'hono';
import type { ProblemAnswer } from './schemas.ts';

const TITLES = {
  400: 'The request is wrong',
  401: 'A key is needed',
  403: 'That is not allowed',
  404: 'There is no such thing',
  405: 'That can only be done another way',
  409: 'Somebody else changed it meanwhile',
  413: 'The request is too large',
  415: 'The request is of the wrong type',
  422: 'It is refused, whole or in part',
  500: 'Something went wrong here',
} as const;
export type ProblemStatus = keyof typeof TITLES;

/** A refusal that is told to the caller as it stands. */
export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly parameter: string | undefined;
  readonly headers: Record<string, string>;
  /** Members of its own, beside those of every problem. */
  readonly more: Record<string, unknown>;

  constructor(
    status: ProblemStatus,
    detail: string,
    options: {
      parameter?: string;
      headers?: Record<string, string>;
      more?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.parameter = options.parameter;
    this.headers = options.headers ?? {};
    this.more = options.more ?? {};
  }
}

const STATUS_OF: Partial<Record<ErrorCode, ProblemStatus>> = {
  input: 400,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
};

/** What an error is to the caller. Only errors meant for callers keep their words. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = error instanceof PlumblineError ? STATUS_OF[error.code] : undefined;
  if (status !== undefined && error instanceof PlumblineError)
    return new Problem(status, error.message, error.parameter === undefined ? {} : { parameter: error.parameter });
  return new Problem(500, 'the server failed to answer; try again, and look at its log if it happens once more', {
    cause: error,
  });
}

/** An error as problem details (RFC 9457). What is our own fault goes to the log. */
export function answerProblem(c: Context, error: unknown, log: Log): Response {
  const problem = problemOf(error);
  const { status, message: detail, parameter, more } = problem;
  if (status === 500) log.warn('a request failed', { path: c.req.path, error: String(error) });
  const body: ProblemAnswer & Record<string, unknown> = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail,
    ...(parameter === undefined ? {} : { parameter }),
    ...more,
  };
  return c.body(JSON.stringify(body), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...problem.headers,
  });
}
