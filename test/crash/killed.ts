import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { EVES, morningAfter, NIGHT, SECRETS, startCompany } from './company.ts';
import type { Outcome } from './outcome.ts';
import { differences, outcomeOf } from './outcome.ts';

const BIN = path.resolve(import.meta.dirname, '../../packages/cli/bin.js');
const GATE = path.join(import.meta.dirname, 'gate.ts');
const MOST_MS = 120_000;

type Ended = { exit: number | null; killed: boolean; said: string; moments: string[] };

/** A moment's number, which nights of other haste have elsewhere, or what it is and which of its kind: `answer PutEvents 2`. */
export type Point = number | string;

/** What became of a night that was killed at these moments, each in the run that came next, and then run to its end. */
export type Crash = {
  points: readonly Point[];
  /** The moments at which a run died; fewer than points where a run had fewer moments than that. */
  deaths: string[];
  /** How it differs from the night that nobody disturbed. */
  differences: string[];
};

/** A company on one machine whose last night is about to run, its vendors, and what that night comes to where nobody disturbs it. */
export async function nightToKill() {
  const company = await startCompany();
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-crash-'));
  const eve = path.join(folder, 'eve');

  const run = async (data: string, day: string, diesAt?: Point): Promise<Ended> => {
    const log = path.join(data, 'moments.log');
    await rm(log, { force: true });
    const words = ['up', '--once', '--port', '0', '--now', morningAfter(day), '--seeds', company.seeds, '--data', data];
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
  };

  const rightly = async (data: string, day: string, diesAt?: Point): Promise<Ended> => {
    const ended = await run(data, day, diesAt);
    // 3: done, but a source failed, which is part of the story.
    if (ended.exit === 0 || ended.exit === 3) return ended;
    throw new Error(`the night of ${day} exited ${ended.exit}\n${ended.said}`);
  };

  for (const day of EVES) {
    company.setVendors(day === EVES.at(-1) ? 'eve' : 'night before');
    await rightly(eve, day);
  }
  company.setVendors('night');
  const calm = path.join(folder, 'calm');
  await cp(eve, calm, { recursive: true });
  const { moments } = await rightly(calm, NIGHT, 0);
  const undisturbed = await folderOutcome(calm);

  let count = 0;
  return {
    /** Of the undisturbed night, in their order: `ask TransactWriteItems`. */
    moments,
    undisturbed,
    /** Kills a copy of the night at the first point, the run that follows at the second, and so on; then lets it run. */
    crash: async (...points: Point[]): Promise<Crash> => {
      const data = path.join(folder, String((count += 1)));
      await cp(eve, data, { recursive: true });
      const deaths: string[] = [];
      for (const point of points) {
        const { killed, moments: seen } = await run(data, NIGHT, point);
        if (killed) deaths.push(seen.at(-1) ?? 'before anything');
      }
      const found = await rightly(data, NIGHT).then(
        async () => differences(await folderOutcome(data), undisturbed),
        (error: unknown) => [String(error)],
      );
      if (found.length === 0) await rm(data, { recursive: true, force: true, maxRetries: 5 });
      return { points, deaths, differences: found };
    },
    close: async (): Promise<void> => {
      await company.close();
      await Promise.all([folder, company.seeds].map((one) => rm(one, { recursive: true, force: true, maxRetries: 5 })));
    },
  };
}
export type NightToKill = Awaited<ReturnType<typeof nightToKill>>;

/** What lies in a data folder on which nobody works. */
async function folderOutcome(data: string): Promise<Outcome> {
  const linesOf = async (name: string) =>
    (await readFile(path.join(data, name), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const names = (await readdir(path.join(data, 'mail'))).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(names.map((name) => readFile(path.join(data, 'mail', name), 'utf8')));
  const seen = {
    events: (await linesOf('events.jsonl')).map((line): unknown => JSON.parse(line)),
    mails: mails.map((mail) => /^X-Plumbline-Mail: (\S+)/m.exec(mail)?.[1] ?? 'a mail without an id'),
    deadLetters: await linesOf('dead-letters.jsonl'),
  };
  const engine = await startEngine({ file: path.join(data, 'dynamodb.db') });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
  try {
    return await outcomeOf(openStore({ client, table: 'plumbline' }), seen);
  } finally {
    client.destroy();
    await engine.stop();
  }
}
