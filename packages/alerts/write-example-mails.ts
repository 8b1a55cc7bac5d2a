// Writes docs/mails, all but its README: `npm run mails`.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exampleFiles } from './example-files.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/mails');

await mkdir(folder, { recursive: true });
const files = await exampleFiles();
const gone = (await readdir(folder)).filter((name) => /\.(html|txt|eml|png)$/.test(name) && !files.has(name));
for (const name of gone) await rm(path.join(folder, name));
for (const [name, content] of files) await writeFile(path.join(folder, name), content);
