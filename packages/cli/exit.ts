import { messageOf, PlumblineError } from '@plumbline/core/errors';
import type { Outcome } from '@plumbline/local/control';

/** The one place that turns an error into an exit code: 2 where a command, a file or a secret is wrong, else 1. */
export function failure(error: unknown): Outcome {
  const code = error instanceof PlumblineError ? error.code : 'unexpected';
  const wrong = code === 'input' || code === 'config' || code === 'secret' || code === 'not-found';
  const message = messageOf(error);
  return { exit: wrong ? 2 : 1, data: { error: { code, message } }, text: message };
}
