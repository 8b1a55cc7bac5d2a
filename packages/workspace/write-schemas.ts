import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publishedSchemas } from './json-schema.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/schema');

await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(publishedSchemas())) await writeFile(path.join(folder, name), text);
