import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { PlumblineError, excerpt } from '@plumbline/core/errors';

/** A DynamoDB that runs as a child process of this one. `stop` resolves once it is gone. */
export type Engine = { endpoint: string; pid: number; stop(): Promise<void> };

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const HOST = '127.0.0.1';
const PORT_TRIES = 5;
const START_MS = 15_000;
const STOP_MS = 5000;
const NOT_FOUND = 127;

/**
 * The engine replaces the shell, so the child's pid is its own; beside it a watcher reads the pipe from this process and ends the engine
 * when the pipe closes: at `stop`, and also when this process is killed in a way that leaves it no time to clean up.
 */
const DIES_WITH_PIPE =
  'exec 3<&0; (cat <&3 >/dev/null 2>&1; kill $$ 2>/dev/null) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';

/** The engine's binary: the optional package for this platform, else what `PATH` finds by that name. */
function binary(): string {
  try {
    const manifest = `@dynoxide/${process.platform}-${process.arch}/package.json`;
    return join(dirname(createRequire(import.meta.url).resolve(manifest)), 'dynoxide');
  } catch {
    return 'dynoxide';
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves true once the engine says that it listens, false when it ended before; what it printed is in `said`. */
async function listens(child: Child, said: string[]): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (said.join('').includes('listening on')) resolve(true);
    });
  }
  child.once('close', () => resolve(false));
  child.once('error', () => resolve(false));
  const impatient = setTimeout(() => child.kill('SIGKILL'), START_MS);
  return promise.finally(() => clearTimeout(impatient));
}

async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.stdin.end();
  const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(impatient);
}

/**
 * Starts the embedded DynamoDB on the loopback, on a free port unless one is named, in memory unless a file is named.
 * Throws PlumblineError `setup` where there is no engine or it can't use the file or port.
 */
export async function startEngine(options: { file?: string; port?: number } = {}): Promise<Engine> {
  if (options.file !== undefined) await mkdir(dirname(options.file), { recursive: true });
  let said: string[] = [];
  for (let tries = 0; tries < (options.port === undefined ? PORT_TRIES : 1); tries += 1) {
    const port = options.port ?? (await freePort());
    const words = [binary(), 'serve', '--host', HOST, '-p', String(port)];
    if (options.file !== undefined) words.push('--db-path', options.file);
    // Its own process group: Ctrl-C is this process's to answer, which still has to write.
    const child = spawn('sh', ['-c', DIES_WITH_PIPE, 'sh', ...words], { detached: true, stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    said = [];
    if (await listens(child, said)) {
      return { endpoint: `http://${HOST}:${port}`, pid: child.pid ?? 0, stop: () => stop(child) };
    }
    child.stdin.destroy();
    if (child.pid === undefined || child.exitCode === NOT_FOUND) throw noEngine();
    if (!said.join('').includes('already in use')) break;
  }
  throw new PlumblineError(
    'setup',
    `the embedded DynamoDB did not start: ${excerpt(said.join('')) || 'it said nothing'}`,
  );
}

const noEngine = (): PlumblineError =>
  new PlumblineError(
    'setup',
    `there is no embedded DynamoDB for ${process.platform}-${process.arch}: run npm install with optional packages, ` +
      'or put a dynoxide binary on PATH, or name a running DynamoDB Local in PLUMBLINE_DYNAMODB_ENDPOINT',
  );
