import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileNameOf } from '@plumbline/alerts/event-schemas';
import { detailSchemas } from '@plumbline/alerts/events';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const folder = path.resolve(import.meta.dirname, '../docs/events/v1');
const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);

const compiled = new Map(
  Object.keys(detailSchemas).map((type) => {
    const text = readFileSync(path.join(folder, `${fileNameOf(type)}.schema.json`), 'utf8');
    return [type, ajv.compile(JSON.parse(text) as object)];
  }),
);

/** What of an event's `detail` is not as the published JSON Schema of its type says; none where all is. */
export function problemsOf(type: string, detail: unknown): string[] {
  const isAsPublished = compiled.get(type);
  if (!isAsPublished) return [`"${type}" is not published`];
  if (isAsPublished(detail)) return [];
  return (isAsPublished.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}
