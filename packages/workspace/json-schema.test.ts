import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedSchemas, workspaceJsonSchema } from './json-schema.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('the published JSON Schemas', () => {
  it.each(Object.entries(publishedSchemas()))(
    'docs/schema/%s is what the code says (npm run schemas writes it)',
    async (name, text) => {
      expect(await readFile(path.join(root, 'docs/schema', name), 'utf8')).toBe(text);
    },
  );

  it('name what a workspace must have and refuse keys that nobody knows', () => {
    const { required, additionalProperties, properties } = workspaceJsonSchema();
    expect({ required, additionalProperties, keys: Object.keys(Object(properties)) }).toEqual({
      required: ['workspace', 'name', 'timezone', 'currency', 'dris', 'fallbackDri', 'sources'],
      additionalProperties: false,
      keys: [
        'workspace',
        'name',
        'timezone',
        'currency',
        'fx',
        'demo',
        'dris',
        'fallbackDri',
        'mail',
        'heartbeat',
        'channels',
        'sources',
      ],
    });
  });

  it.each(['bakhmach', 'codementor'])('are named by the seed files of %s', async (seed) => {
    for (const name of ['workspace', 'plan']) {
      const [first] = (await readFile(path.join(root, 'seeds', seed, `${name}.yaml`), 'utf8')).split('\n');
      expect(first).toBe(`# yaml-language-server: $schema=../../docs/schema/${name}.schema.json`);
    }
  });
});
