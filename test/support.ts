import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { z } from 'zod';
import { problemsOf } from './event-forms.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const BIN = path.join(ROOT, 'packages/cli/bin.js');
const MOST_MS = 60_000;

const folders: string[] = [];
const running = new Set<ChildProcess>();

/** Call it once in a test file: ends every child after each test, and removes the temporary folders at the end. */
export function tidyUp(): void {
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
  });
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-test-'));
  folders.push(folder);
  return folder;
}

/** A folder with copies of these of the project's own seeds. */
export async function seedsOf(...names: string[]): Promise<string> {
  const folder = await temporaryFolder();
  await Promise.all(
    names.map((name) => cp(path.join(ROOT, 'seeds', name), path.join(folder, name), { recursive: true })),
  );
  return folder;
}

/** A folder with one workspace of these files. */
export async function seedsWith(workspace: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(path.join(folder, workspace), { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(folder, workspace, name), text)));
  return folder;
}

export type Answer = { exit: number | null; out: string; err: string };
export type CliOptions = { env?: Readonly<Record<string, string>>; cwd?: string };

/** The command line as a child process. Its environment has none of this machine's own settings; it works in an empty folder. */
export function start(args: readonly string[], { env = {}, cwd = tmpdir() }: CliOptions = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const answer: Answer = { exit: null, out: '', err: '' };
  const { promise: ended, resolve } = Promise.withResolvers<Answer>();
  const impatient = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (answer.err += text));
  child.once('close', (exit) => {
    clearTimeout(impatient);
    running.delete(child);
    resolve({ ...answer, exit });
  });
  return { child, ended, said: (): string => answer.out + answer.err };
}

/** Runs a command to its end. */
export const plumbline = (args: readonly string[], options?: CliOptions): Promise<Answer> => start(args, options).ended;

/** Runs a command with `--json`: its exit code, and what it answered, parsed. */
export async function asked<T>(
  schema: z.ZodType<T>,
  args: readonly string[],
  options?: CliOptions,
): Promise<{ exit: number | null; data: T }> {
  const { exit, out, err } = await plumbline([...args, '--json'], options);
  try {
    return { exit, data: schema.parse(JSON.parse(out)) };
  } catch (cause) {
    throw new Error(`plumbline ${args.join(' ')} exited ${exit}\n${out}\n${err}`, { cause });
  }
}

/** Waits until the check is true: each time that the machine has a moment, and not longer than a test may take. */
export async function until(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const last = performance.now() + MOST_MS;
  while (!(await check())) {
    if (performance.now() > last) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Something else that has a port. */
export async function listening(): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

export const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.size ?? 0;

const eventSchema = z.object({
  'detail-type': z.string(),
  source: z.literal('plumbline'),
  detail: z.object({ metadata: z.looseObject({ id: z.string() }), data: z.unknown() }),
});

/** The published events of a data folder; each is held against the published JSON Schema of its type. */
export async function eventsIn(data: string): Promise<{ type: string; id: string; data: unknown }[]> {
  const text = await readFile(path.join(data, 'events.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { 'detail-type': type, detail } = eventSchema.parse(JSON.parse(line));
      const problems = problemsOf(type, detail);
      if (problems.length > 0) throw new Error(`a "${type}" is not as published: ${problems.join(', ')}: ${line}`);
      return { type, id: detail.metadata.id, data: detail.data };
    });
}

export type Mail = { file: string; head: string; raw: string };

/** The accepted mails of a data folder, oldest first. */
export async function mailsIn(data: string): Promise<Mail[]> {
  const folder = path.join(data, 'mail');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(
    names.map(async (file) => {
      const raw = await readFile(path.join(folder, file), 'utf8');
      return { file, raw, head: raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ') };
    }),
  );
}

/** A header of a mail, as it stands there. */
export const headerOf = ({ head }: Mail, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? '';

const quotedPrintable = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

/** What divides the parts of a mail: letters, digits, `_` and `-`. */
const boundariesIn = (raw: string): string[] => [...raw.matchAll(/boundary="?([\w-]+)/g)].map(([, name = '']) => name);

/** The parts of a mail of some type, encoded as they are. */
const partsOf = ({ raw }: Mail, type: string): string[] =>
  raw
    .split(new RegExp(`\\r\\n--(?:${boundariesIn(raw).join('|')})(?:--)?\\r\\n`))
    .filter((part) => part.toLowerCase().startsWith(`content-type: ${type}`))
    .map((part) => part.slice(part.indexOf('\r\n\r\n') + 4));

/** The text that a mail program without HTML shows. */
export const textOf = (mail: Mail): string => partsOf(mail, 'text/plain').map(quotedPrintable).join('\n');

export const pngsOf = (mail: Mail): Buffer[] =>
  partsOf(mail, 'image/png').map((base64) => Buffer.from(base64.replaceAll(/\s/g, ''), 'base64'));

/** The HTML that a mail program shows, with the pictures that the mail brings along in their places. */
export function htmlOf(mail: Mail): string {
  const ids = [...mail.raw.matchAll(/^Content-ID: <([^>]+)>/gim)].map(([, id]) => id);
  const pictures = new Map(pngsOf(mail).map((png, index) => [ids[index], png.toString('base64')]));
  return partsOf(mail, 'text/html')
    .map(quotedPrintable)
    .join('\n')
    .replaceAll(/cid:([^"]+)/g, (cid, id: string) =>
      pictures.has(id) ? `data:image/png;base64,${pictures.get(id)}` : cid,
    );
}
