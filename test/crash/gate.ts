import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before a process that is to die: counts the moments at which the world outside may see or not see what it does, and at the one
// that CRASH_AT names, kills it as `kill -9` would. A moment is named by its number, or by what it is and which of its kind: `17`,
// `answer PutEvents 2`. Each is a line of CRASH_LOG, the last one that of the death.

const diesAt = process.env['CRASH_AT'];
const log = fs.openSync(process.env['CRASH_LOG'] ?? '/dev/null', 'a');
const { writeSync, writeFileSync, appendFileSync } = fs;
let count = 0;
const counts = new Map<string, number>();
/** Node's own calls inside of a call are no moments of their own. */
let inside = false;

function reach(moment: string): boolean {
  const ofKind = (counts.get(moment) ?? 0) + 1;
  counts.set(moment, ofKind);
  count += 1;
  writeSync(log, `${moment}\n`);
  return diesAt === String(count) || diesAt === `${moment} ${ofKind}`;
}

function pass(moment: string): void {
  if (reach(moment)) process.kill(process.pid, 'SIGKILL');
}

// Requests: when one is made, nothing of it has been sent; when its answer begins, the server has acted and nobody here has read it.
type Request = { method: string; path: string; getHeader(name: string): unknown };
const called = (request: Request): string => {
  const target = request.getHeader('x-amz-target');
  return typeof target === 'string' ? target.replace(/^.*\./, '') : `${request.method} ${request.path.split('?')[0]}`;
};
subscribe('http.client.request.created', (message) => pass(`ask ${called((message as { request: Request }).request)}`));
subscribe('http.client.response.finish', (message) =>
  pass(`answer ${called((message as { request: Request }).request)}`),
);
type Fetched = { request: { method: string; path: string } };
const fetched = ({ request }: Fetched): string => `${request.method} ${request.path.split('?')[0]}`;
subscribe('undici:request:create', (message) => pass(`ask ${fetched(message as Fetched)}`));
subscribe('undici:request:headers', (message) => pass(`answer ${fetched(message as Fetched)}`));

// Files: before a change, in the middle of one that writes, and after it.
type Call = (...args: never[]) => unknown;
const nameOf = (file: unknown): string =>
  typeof file === 'string' ? file.replace(/^.*\//, '').replace(/^[0-9a-f]{16}-.*\./, 'mail.') : 'log';

const half = (content: unknown): string => String(content).slice(0, String(content).length / 2);

function guard<Name extends string>(
  module: Record<Name, Call>,
  name: Name,
  tears?: (file: fs.PathOrFileDescriptor, text: string) => void,
): void {
  const original = module[name];
  module[name] = (...args: never[]) => {
    if (inside) return original(...args);
    const [file, content] = args as unknown[];
    const what = `${name} ${nameOf(file)}`;
    pass(`before ${what}`);
    if (tears && reach(`during ${what}`)) {
      inside = true;
      tears(file as string, half(content));
      process.kill(process.pid, 'SIGKILL');
    }
    inside = true;
    const done = original(...args);
    inside = false;
    if (!(done instanceof Promise)) {
      pass(`after ${what}`);
      return done;
    }
    return done.then((value: unknown) => {
      pass(`after ${what}`);
      return value;
    });
  };
}
const sync = fs as unknown as Record<string, Call>;
const later = promises as unknown as Record<string, Call>;
guard(sync, 'appendFileSync', appendFileSync);
guard(sync, 'writeFileSync', writeFileSync);
guard(sync, 'renameSync');
guard(sync, 'truncateSync');
guard(later, 'writeFile', writeFileSync);
guard(later, 'appendFile', appendFileSync);
guard(later, 'rename');
guard(later, 'link');
guard(later, 'rm');
syncBuiltinESMExports();
