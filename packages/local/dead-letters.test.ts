import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DeadLetter } from './dead-letters.ts';
import { bury, redrive } from './dead-letters.ts';

function newFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumbline-letters-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'dead-letters.jsonl');
}

const letter = (body: string): DeadLetter => ({ queue: 'pull-stripe', body, error: 'it threw' });

/** Keeps the bodies that are handed to it. */
function handler(work: (bodies: string[]) => void = () => undefined) {
  const seen: string[] = [];
  const again = async (letters: readonly DeadLetter[]) => {
    const bodies = letters.map((one) => ('queue' in one ? one.body : one.event.id));
    seen.push(...bodies);
    work(bodies);
  };
  return { seen, again };
}

test('each letter is handed out once, and then the file is gone', async () => {
  const file = newFile();
  bury(file, [letter('a'), letter('b')]);
  bury(file, [letter('c')]);
  const { seen, again } = handler();
  expect(await redrive(file, again)).toBe(3);
  expect(seen).toEqual(['a', 'b', 'c']);
  expect([existsSync(file), existsSync(`${file}.redrive`)]).toEqual([false, false]);
  expect(await redrive(file, again)).toBe(0);
});

test('what fails once more lies there again, for the next redrive', async () => {
  const file = newFile();
  bury(file, [letter('a'), letter('b')]);
  const { again } = handler(() => bury(file, [letter('b')]));
  expect(await redrive(file, again)).toBe(2);
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(letter('b'))}\n`);
});

test('a redrive that is broken off loses nothing: the next one begins with what it had taken', async () => {
  const file = newFile();
  bury(file, [letter('a')]);
  await expect(
    redrive(file, async () => {
      throw new Error('broken off');
    }),
  ).rejects.toThrow('broken off');
  bury(file, [letter('b')]);
  const { seen, again } = handler();
  expect(await redrive(file, again)).toBe(2);
  expect(seen).toEqual(['a', 'b']);
});

test('a line that is no letter is named, and all stay', async () => {
  const file = newFile();
  bury(file, [letter('a')]);
  writeFileSync(file, `${readFileSync(file, 'utf8')}hello\n`);
  const { seen, again } = handler();
  await expect(redrive(file, again)).rejects.toThrow(`line 2 of ${file}.redrive is no dead letter`);
  expect(seen).toEqual([]);
  renameSync(`${file}.redrive`, file);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
});
