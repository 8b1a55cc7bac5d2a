import { appendFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { PlumblineError } from '@plumbline/core/errors';
import { z } from 'zod';
import { eventSchema } from './event-log.ts';

const letterSchema = z.union([
  z.object({ at: z.string(), rule: z.string(), target: z.string(), error: z.string(), event: eventSchema }),
  z.object({ queue: z.string(), body: z.string(), error: z.string() }),
]);

/** What was given up after its last try: an event by a rule's target, or a queue's message by its handler. */
export type DeadLetter = z.infer<typeof letterSchema>;

/** Adds to the file, one letter a line. */
export function bury(file: string, letters: readonly DeadLetter[]): void {
  if (letters.length > 0) appendFileSync(file, letters.map((letter) => `${JSON.stringify(letter)}\n`).join(''));
}

/**
 * Hands every letter of the file to `again`, which buries anew what fails once more. The letters lie in `FILE.redrive` meanwhile, where a
 * redrive that is broken off leaves them for the next one. Answers how many there were; throws PlumblineError `setup` for a foreign line.
 */
export async function redrive(file: string, again: (letters: readonly DeadLetter[]) => Promise<void>): Promise<number> {
  const taken = `${file}.redrive`;
  let count = 0;
  for (let isLeftOver = existsSync(taken); ; isLeftOver = false) {
    if (!isLeftOver) {
      if (!existsSync(file)) return count;
      renameSync(file, taken);
    }
    const letters = read(taken);
    await again(letters);
    rmSync(taken);
    count += letters.length;
    if (!isLeftOver) return count;
  }
}

function read(file: string): DeadLetter[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line, index) => {
    const letter = letterSchema.safeParse(parsed(line));
    if (letter.success) return letter.data;
    throw new PlumblineError(
      'setup',
      `line ${index + 1} of ${file} is no dead letter; take it out, then redrive again`,
    );
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
