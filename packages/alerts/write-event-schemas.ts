import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { breakingChanges, PUBLISHED_FOLDER, publishedEventSchemas } from './event-schemas.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/events', PUBLISHED_FOLDER);
const schemas = Object.entries(publishedEventSchemas());

const published = async (name: string): Promise<unknown> => {
  const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
};

const broken: string[] = [];
for (const [name, text] of schemas) {
  const before = await published(name);
  if (before !== undefined) broken.push(...breakingChanges(before, JSON.parse(text)).map((what) => `${name}: ${what}`));
}
if (broken.length > 0) {
  console.error(
    `${broken.join('\n')}\nReceivers rely on the published form: take the change back, or raise VERSION in packages/alerts/events.ts, which writes a new folder.`,
  );
  process.exitCode = 1;
} else {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of schemas) await writeFile(path.join(folder, name), text);
}
