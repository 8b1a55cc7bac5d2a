import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumblineError } from '@plumbline/core/errors';
import { z } from 'zod';

/** The files of one machine's data folder. */
export const filesIn = (folder: string) => ({
  database: path.join(folder, 'dynamodb.db'),
  events: path.join(folder, 'events.jsonl'),
  cursor: path.join(folder, 'events.cursor.json'),
  deadLetters: path.join(folder, 'dead-letters.jsonl'),
  mail: path.join(folder, 'mail'),
  mailEvents: path.join(folder, 'mail-events.jsonl'),
  mailCursor: path.join(folder, 'mail-events.cursor.json'),
  keys: path.join(folder, 'keys.json'),
  running: path.join(folder, 'running.json'),
});

const keysSchema = z.object({ links: z.string().min(32), pseudonyms: z.string().min(32) });
export type Keys = z.infer<typeof keysSchema>;

/** The folder's own keys, made at first use: links in mails are signed and people's ids hidden with them. */
export async function keysOf(folder: string): Promise<Keys> {
  await mkdir(folder, { recursive: true });
  const file = filesIn(folder).keys;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    const keys = keysSchema.safeParse(parsed(text));
    if (keys.success) return keys.data;
    throw new PlumblineError('setup', `${file} is damaged; put it back from a copy, or remove ${folder} to begin anew`);
  }
  const keys = { links: randomBytes(32).toString('hex'), pseudonyms: randomBytes(32).toString('hex') };
  await writeWhole(file, JSON.stringify(keys));
  return keys;
}

/** Writes a file so that a reader sees all of it or none, readable by its owner only. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

const runningSchema = z.object({
  pid: z.int(),
  url: z.url(),
  token: z.string(),
  seeds: z.string(),
  kind: z.enum(['up', 'command']),
});
/** Who works on a data folder, and how to ask it something. */
export type Running = z.infer<typeof runningSchema>;

/** The process that works on this folder; undefined where none does, or only the trace of one that was killed is left. */
export const runningIn = async (folder: string): Promise<Running | undefined> => alive(await traceIn(folder));

/** Says that this process works on the folder, unless another one does: of two that try at once, one is told false. */
export async function announce(folder: string, running: Running): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const file = filesIn(folder).running;
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(running), { mode: 0o600 });
  try {
    for (;;) {
      if (await linked(draft, file)) return true;
      const trace = await traceIn(folder);
      if (await alive(trace)) return false;
      if (trace === (await traceIn(folder))) await withdraw(folder);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

export const withdraw = (folder: string): Promise<void> => rm(filesIn(folder).running, { force: true });

const traceIn = (folder: string): Promise<string> => readFile(filesIn(folder).running, 'utf8').catch(() => '');

async function alive(trace: string): Promise<Running | undefined> {
  const running = runningSchema.safeParse(parsed(trace));
  if (!running.success) return undefined;
  const answer = await fetch(`${running.data.url}/ping`, {
    headers: { authorization: `Bearer ${running.data.token}` },
    signal: AbortSignal.timeout(5000),
  }).catch(() => undefined);
  return answer?.ok ? running.data : undefined;
}

/** Gives a file a second name, unless that name is taken. */
async function linked(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
