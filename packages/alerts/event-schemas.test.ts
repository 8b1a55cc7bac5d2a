import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { breakingChanges, PUBLISHED_FOLDER, publishedEventSchemas } from './event-schemas.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/events', PUBLISHED_FOLDER);
const schemas = publishedEventSchemas();

describe('the published JSON Schemas of events', () => {
  it.each(Object.entries(schemas))('docs/events hold %s as the code says it (npm run schemas)', async (name, text) => {
    expect(await readFile(path.join(folder, name), 'utf8')).toBe(text);
  });

  it('are beside an example each, and nothing else is there', async () => {
    const names = Object.keys(schemas).flatMap((name) => [name, name.replace('.schema.', '.example.')]);
    expect((await readdir(folder)).toSorted()).toEqual(names.toSorted());
  });
});

describe('a change of a published form', () => {
  const before = {
    type: 'object',
    properties: {
      value: { type: 'number', description: 'dollars' },
      day: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
      parts: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
    },
    required: ['value', 'day'],
  };
  const changed = (changes: object) => ({ ...before, properties: { ...before.properties, ...changes } });

  it.each([
    ['nothing', before],
    ['other words about a field', changed({ value: { type: 'number', description: 'in dollars' } })],
    ['a new field', { ...changed({ unit: { type: 'string' } }), required: ['value', 'day', 'unit'] }],
    [
      'a new field of a part',
      changed({
        parts: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, count: { type: 'number' } },
            required: ['name', 'count'],
          },
        },
      }),
    ],
  ])('%s breaks nobody', (_, after) => {
    expect(breakingChanges(before, after)).toEqual([]);
  });

  it.each([
    ['another type', changed({ value: { type: 'string' } }), 'detail.value: its type differs'],
    [
      'another alternative',
      changed({ day: { anyOf: [{ type: 'string' }, { type: 'null' }] } }),
      'detail.day: its format differs',
    ],
    ['one alternative less', changed({ day: { anyOf: [{ type: 'null' }] } }), 'detail.day: its anyOf differs'],
    ['fewer values', changed({ value: { type: 'number', enum: [1] } }), 'detail.value: its enum differs'],
    ['a promise less', { ...before, required: ['value'] }, 'detail.day may be absent'],
    [
      'a field less',
      { ...before, properties: { value: before.properties.value, day: before.properties.day } },
      'detail.parts is gone',
    ],
    [
      'a field of a part less',
      changed({ parts: { type: 'array', items: { type: 'object', properties: {}, required: [] } } }),
      'detail.parts[].name is gone',
    ],
  ])('%s does', (_, after, what) => {
    expect(breakingChanges(before, after)).toEqual([what]);
  });
});
