import { fork } from 'node:child_process';
import path from 'node:path';
import { excerpt, VendorError } from '@plumbline/core/errors';
import type { ImportEvent } from '@plumbline/local/mixpanel-events';

/** What the sending process is told. */
export type Job = {
  /** Where to send instead of to Mixpanel's own address of the region. */
  address: string | undefined;
  region: 'us' | 'eu' | 'in';
  /** As `mixpanel-import` names them. */
  credentials: { acct: string; pass: string; project: number } | { token: string; project: number };
  events: readonly ImportEvent[];
};

/** What the sending process tells: how a batch went, event by event or as a whole, and that it has come to the end. */
export type Report =
  | { kind: 'batch'; imported: number; failed: string[] }
  | { kind: 'refused'; status: number | undefined; error: string }
  | { kind: 'done' };

/** What Mixpanel took, and its reasons for what it did not, with how many events each was said of. */
export type Sent = { imported: number; failed: Map<string, number> };

const IMPORT = 'POST /import';
/** Longer than all tries of a batch take, with the waits between them. */
const SILENCE_MS = 300_000;

const REASONS: Record<number, string> = {
  401: "the credentials are wrong; set the service account as user:secret, or --project-token to the project's own token",
  403: 'the service account may not write to this project: it needs the role Admin or Owner, or use --project-token',
  404: 'there is no import at this address; check baseUrl',
  413: 'the batch is too big for what stands between here and Mixpanel',
  429: 'more than the project may take in a minute; run the command again later, it goes on with what is missing',
};

/**
 * Sends events from a process of its own, and ends that process whatever comes. Throws VendorError where Mixpanel refuses a whole batch,
 * can't be reached, or nothing is heard for `silenceMs`; what was taken before that stays there.
 */
export async function sendToMixpanel(
  job: Job,
  { onProgress, silenceMs = SILENCE_MS }: { onProgress?: (done: number) => void; silenceMs?: number } = {},
): Promise<Sent> {
  const sent: Sent = { imported: 0, failed: new Map() };
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  // Nothing of this process goes along: not its environment, not its folder's .env. What the library prints may hold the secret.
  const child = fork(path.join(import.meta.dirname, 'mixpanel-sender.ts'), {
    cwd: import.meta.dirname,
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const silent = (): void =>
    reject(new VendorError('mixpanel', `${IMPORT}: nothing was heard for ${silenceMs / 1000} s`));
  let silence = setTimeout(silent, silenceMs);
  let done = 0;
  const hear = (report: Report): void => {
    clearTimeout(silence);
    silence = setTimeout(silent, silenceMs);
    if (report.kind === 'done') return resolve(sent);
    if (report.kind === 'refused') return reject(refusal(report, job));
    sent.imported += report.imported;
    for (const reason of report.failed) {
      const said = hide(reason, job);
      sent.failed.set(said, (sent.failed.get(said) ?? 0) + 1);
    }
    done += report.imported + report.failed.length;
    onProgress?.(done);
  };
  child.on('message', hear);
  child.on('error', (cause) => reject(new VendorError('mixpanel', `${IMPORT} could not be begun`, { cause })));
  child.once('exit', (code, signal) =>
    reject(new VendorError('mixpanel', `${IMPORT} broke off: its process ended with ${signal ?? `code ${code}`}`)),
  );
  try {
    child.send(job);
    return await promise;
  } finally {
    // What is still on its way would set the timer again, which keeps the whole process waiting.
    child.off('message', hear);
    clearTimeout(silence);
    child.kill('SIGKILL');
  }
}

function refusal({ status, error }: Extract<Report, { kind: 'refused' }>, job: Job): VendorError {
  const said = hide(error, job);
  if (status === undefined) return new VendorError('mixpanel', `${IMPORT} failed: ${said}`);
  const reason = [REASONS[status], said].filter(Boolean).join('; it says: ');
  return new VendorError('mixpanel', `${IMPORT} answered ${status}: ${reason}`, { status });
}

function hide(text: string, { credentials }: Job): string {
  const secrets = 'token' in credentials ? [credentials.token] : [credentials.pass, credentials.acct];
  return excerpt(secrets.filter(Boolean).reduce((said, secret) => said.replaceAll(secret, '***'), text));
}
