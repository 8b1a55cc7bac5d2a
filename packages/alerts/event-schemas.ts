import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { detailSchemas, VERSION } from './events.ts';

/** `Indicator At Risk` is in the files `indicator-at-risk.…`. */
export const fileNameOf = (type: string): string => type.toLowerCase().replaceAll(' ', '-');

/** The folder under `docs/events/` that describes what is sent now. */
export const PUBLISHED_FOLDER = `v${VERSION}`;

/** The JSON Schemas of what events carry as their `detail`, as they must be, by file. `npm run schemas` writes them. */
export const publishedEventSchemas = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(detailSchemas).map(([type, schema]) => [
      `${fileNameOf(type)}.schema.json`,
      `${JSON.stringify({ title: type, ...jsonSchemaOf(schema) }, null, 2)}\n`,
    ]),
  );

/** As input, so that fields which a receiver does not know yet are allowed; a format says enough without its pattern. */
const jsonSchemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words about a form, which change nothing of it. */
const WORDS = new Set(['title', 'description', '$comment']);

/**
 * What in a JSON Schema would break those who read by an earlier one, each with its place: `data.value: its type differs`. A new field
 * breaks nobody, where the earlier one is an object that does not forbid it.
 */
export function breakingChanges(before: unknown, after: unknown, place = 'detail'): string[] {
  if (!isObject(before) || !isObject(after)) return isDeepStrictEqual(before, after) ? [] : [`${place} differs`];
  const {
    properties: fields = {},
    required = [],
    ...rest
  } = before as Json & { properties?: Json; required?: string[] };
  const {
    properties: present = {},
    required: promised = [],
    ...others
  } = after as typeof before & {
    properties?: Json;
    required?: string[];
  };
  return [
    ...Object.entries(fields).flatMap(([name, field]) =>
      Object.hasOwn(present, name)
        ? breakingChanges(field, present[name], `${place}.${name}`)
        : [`${place}.${name} is gone`],
    ),
    ...required
      .filter((name) => Object.hasOwn(present, name) && !promised.includes(name))
      .map((name) => `${place}.${name} may be absent`),
    ...[...new Set([...Object.keys(rest), ...Object.keys(others)])]
      .filter((key) => !WORDS.has(key))
      .flatMap((key) => nested(key, rest[key], others[key], place)),
  ];
}

function nested(key: string, before: unknown, after: unknown, place: string): string[] {
  if (key === 'items') return breakingChanges(before, after, `${place}[]`);
  if (key === 'anyOf' && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((one, index) => breakingChanges(one, after[index], place));
  }
  return isDeepStrictEqual(before, after) ? [] : [`${place}: its ${key} differs`];
}
