import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Company } from './company.ts';
import { EVES, morningAfter, SECRETS, startCompany } from './company.ts';

const BIN = path.resolve(import.meta.dirname, '../../packages/cli/bin.js');
const GATE = path.join(import.meta.dirname, 'gate.ts');
const MOST_MS = 120_000;

type Ended = { exit: number | null; killed: boolean; said: string; moments: string[] };

/** A company whose nights have run up to the one that is to be broken off: its vendors, and the data folder in which that night may begin. */
export async function prepared() {
  const company = await startCompany();
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-crash-'));
  const eve = path.join(folder, 'eve');
  for (const day of EVES) {
    company.setVendors(day === EVES.at(-1) ? 'eve' : 'night before');
    await rightly(company, eve, day);
  }
  company.setVendors('night');
  return {
    company,
    folder,
    eve,
    close: async (): Promise<void> => {
      await company.close();
      const folders = [folder, company.seeds];
      await Promise.all(folders.map((one) => rm(one, { recursive: true, force: true, maxRetries: 5 })));
    },
  };
}

/** A moment's number, which nights of other haste have elsewhere, or what it is and which of its kind: `answer PutEvents 2`. */
export type Point = number | string;

/** `up --once` on the morning after that day, in a process of its own that dies at a moment, where one is named. */
export async function run({ seeds }: Company, data: string, day: string, diesAt?: Point): Promise<Ended> {
  const log = path.join(data, 'moments.log');
  await rm(log, { force: true });
  const words = ['up', '--once', '--port', '0', '--now', morningAfter(day), '--seeds', seeds, '--data', data];
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...SECRETS,
      ...(diesAt !== undefined && { NODE_OPTIONS: `--import=${GATE}`, CRASH_AT: String(diesAt), CRASH_LOG: log }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const impatient = setTimeout(() => child.kill('SIGTERM'), MOST_MS);
  const [exit, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (code, by) => resolve([code, by]));
  });
  clearTimeout(impatient);
  const text = diesAt === undefined ? '' : await readFile(log, 'utf8');
  return { exit, killed: signal === 'SIGKILL', said, moments: text.split('\n').filter(Boolean) };
}

/** The same, to its end. Throws where it fails. */
export async function rightly(company: Company, data: string, day: string, diesAt?: Point): Promise<Ended> {
  const ended = await run(company, data, day, diesAt);
  // 3: done, but a source failed, which is part of the story.
  if (ended.exit === 0 || ended.exit === 3) return ended;
  throw new Error(`the night of ${day} exited ${ended.exit}\n${ended.said}`);
}
