import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, PlumblineError } from '@plumbline/core/errors';
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { z } from 'zod';
import type { Running } from './folder.ts';
import { announce, runningIn, withdraw } from './folder.ts';
import { serveOnLoopback } from './serve.ts';

/** What a command answers: data for programs, text for people, and its exit code. */
export type Outcome = { exit: 0 | 1 | 2 | 3; data: unknown; text: string };

export type Run = (command: string, args: unknown, progress?: (line: string) => void) => Promise<Outcome>;

const outcomeSchema = z.object({
  exit: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  data: z.unknown(),
  text: z.string(),
});
const requestSchema = z.object({ command: z.string(), args: z.unknown() });

/** What a command's answer consists of, a line of JSON each; an empty line only says that it still works. */
const lineSchema = z.union([z.object({ progress: z.string() }), z.object({ outcome: outcomeSchema })]);

const WAIT_MS = 60_000;
/** Node's fetch gives an answer up after five minutes of silence; https://undici.nodejs.org/#/docs/api/Client */
const LIFE_SIGN_MS = 60_000;

/**
 * Lets other processes on this machine run commands here: they find the address and a token in the data folder.
 * Undefined where another process was faster to take the folder.
 */
export async function serveControl(
  folder: string,
  options: { seeds: string; kind: Running['kind'] },
  run: Run,
): Promise<{ close(): Promise<void> } | undefined> {
  const token = randomBytes(24).toString('hex');
  const app = new Hono();
  app.use(async (context, next) => {
    const given = Buffer.from(context.req.header('authorization') ?? '');
    const wanted = Buffer.from(`Bearer ${token}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return context.text('no', 401);
    return next();
  });
  app.get('/ping', (context) => context.text('plumbline'));
  app.post('/run', async (context) => {
    const { command, args } = requestSchema.parse(await context.req.json());
    return stream(context, async (answer) => {
      const say = (line: z.input<typeof lineSchema>) => answer.writeln(JSON.stringify(line));
      const lifeSigns = setInterval(() => void answer.writeln(''), LIFE_SIGN_MS);
      const outcome = await run(command, args, (line) => void say({ progress: line })).finally(() =>
        clearInterval(lifeSigns),
      );
      await say({ outcome });
    });
  });
  const server = await serveOnLoopback(app.fetch);
  const isOurs = await announce(folder, { pid: process.pid, url: server.url, token, ...options }).catch(
    async (cause: unknown) => {
      await server.close();
      throw new PlumblineError('setup', `can't write in ${folder}; name another folder with --data`, { cause });
    },
  );
  if (!isOurs) {
    await server.close();
    return undefined;
  }
  return {
    close: async () => {
      await withdraw(folder);
      await server.close();
    },
  };
}

/**
 * A way to run commands in the process that works on this folder, or undefined where none does. A short-lived one is waited for.
 * Throws InputError where it serves other seeds.
 */
export async function attach(folder: string, seeds: string): Promise<Run | undefined> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const running = await runningIn(folder);
    if (!running) return undefined;
    if (running.kind === 'up') {
      if (running.seeds !== seeds) {
        throw new InputError(
          `a running "plumbline up" (process ${running.pid}) has ${folder} open with the seeds ${running.seeds}; stop it, or name another folder with --data`,
        );
      }
      return (command, args, progress = toStderr) => ask(running, { command, args }, progress);
    }
    if (performance.now() > until) {
      throw new PlumblineError(
        'setup',
        `another command (process ${running.pid}) still works on ${folder}; wait for it, or name another folder with --data`,
      );
    }
    await sleep(200);
  }
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

async function ask(
  running: Running,
  request: z.input<typeof requestSchema>,
  progress: (line: string) => void,
): Promise<Outcome> {
  const ended = (cause?: unknown) =>
    new PlumblineError('setup', `the running "plumbline up" (process ${running.pid}) ended meanwhile; try again`, {
      cause,
    });
  try {
    const answer = await fetch(`${running.url}/run`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    for await (const line of linesOf(answer)) {
      const said = lineSchema.parse(JSON.parse(line));
      if ('outcome' in said) return said.outcome;
      progress(said.progress);
    }
  } catch (cause) {
    throw ended(cause);
  }
  throw ended();
}

/** The lines of an answer as they come, but for empty ones. */
async function* linesOf({ body }: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter(Boolean);
  }
}
