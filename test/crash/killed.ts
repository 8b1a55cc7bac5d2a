import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { NIGHT } from './company.ts';
import type { Outcome } from './outcome.ts';
import { differences, outcomeIn } from './outcome.ts';
import type { Point } from './prepared.ts';
import { prepared, rightly, run } from './prepared.ts';

/** What became of a night that was killed at these moments, each in the run that came next, and then run to its end. */
export type Crash = {
  points: readonly Point[];
  /** The moments at which a run died; fewer than points where a run had fewer moments than that. */
  deaths: string[];
  /** How it differs from the night that nobody disturbed. */
  differences: string[];
};

/** A company on one machine whose last night is about to run, and what that night comes to where nobody disturbs it. */
export async function nightToKill() {
  const { company, folder, eve, close } = await prepared();
  const calm = path.join(folder, 'calm');
  await cp(eve, calm, { recursive: true });
  const { moments } = await rightly(company, calm, NIGHT, 0);
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
        const { killed, moments: seen } = await run(company, data, NIGHT, point);
        if (killed) deaths.push(seen.at(-1) ?? 'before anything');
      }
      const found = await rightly(company, data, NIGHT).then(
        async () => differences(await folderOutcome(data), undisturbed),
        (error: unknown) => [String(error)],
      );
      if (found.length === 0) await rm(data, { recursive: true, force: true, maxRetries: 5 });
      return { points, deaths, differences: found };
    },
    close,
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
  return outcomeIn(path.join(data, 'dynamodb.db'), seen);
}
