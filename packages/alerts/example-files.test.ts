import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exampleFiles } from './example-files.ts';
import { exampleMails } from './example-mails.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/mails');
const files = await exampleFiles();

test('docs/mails holds these examples and a page that names each kind; npm run mails writes them', async () => {
  const known = ['README.md', '.gitattributes', ...files.keys()];
  expect((await readdir(FOLDER)).toSorted()).toEqual(known.toSorted());
  const index = await readFile(path.join(FOLDER, 'README.md'), 'utf8');
  const unnamed = Object.keys(exampleMails).filter((kind) => !index.includes(`(${kind}.html)`));
  expect(unnamed).toEqual([]);
});

test.each([...files])('docs/mails/%s is what is sent', async (name, content) => {
  const kept = await readFile(path.join(FOLDER, name));
  if (typeof content === 'string') expect(kept.toString()).toBe(content);
  else expect(kept.equals(content)).toBe(true);
});
