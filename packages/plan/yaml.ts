import type { ConfigProblem } from '@plumbline/core/errors';
import { ConfigError, excerpt, messageOf } from '@plumbline/core/errors';
import type { Document, Node } from 'yaml';
import { isAlias, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

const MOST_BYTES = 1_000_000;
const MOST_ALIASES = 100;
/** Enough to mend a file by; one slip can upset everything below it. */
const MOST_PROBLEMS = 50;
/** One broken line breaks those after it. */
const MOST_SYNTAX_PROBLEMS = 3;

export type Path = readonly (string | number)[];
/** Counting from 1. */
export type Place = { line: number; column: number };
export type At = (path: (string | number)[]) => Place;

/** A key's path as people write it: `indicators[3].target`. */
const showPath = (path: Path): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key), '');

/** A problem at a place of a file that `parseYaml` has read, for checks across keys and files. */
export const problem = (file: string, at: At, path: (string | number)[], message: string): ConfigProblem => ({
  file,
  ...at(path),
  path: showPath(path),
  message,
});

/** The one of `names` that differs from `name` by at most two letters: `, did you mean "metric"?`; otherwise nothing. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const near = [...names]
    .map((candidate) => ({ candidate, distance: lettersBetween(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.min(2, candidate.length - 1))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near ? `, did you mean "${near.candidate}"?` : '';
}

function lettersBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const [above = 0, aboveNext = 0, left = 0] = [row[j], row[j + 1], next[j]];
      next.push(Math.min(aboveNext + 1, left + 1, above + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Reads a YAML file by a schema. Throws ConfigError with every problem found, each with its place, its path, what was found and what is
 * allowed. `at` answers the place of a value, or of the nearest thing above a path that isn't there.
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): { value: T; at: At } {
  const fail = (message: string, place: Place = { line: 1, column: 1 }): never => {
    throw new ConfigError([{ file, ...place, path: '', message }]);
  };
  if (Buffer.byteLength(text) > MOST_BYTES) fail(`is larger than ${MOST_BYTES / 1_000_000} MB`);
  if (text.trim() === '') fail('is missing or empty');
  const lines = new LineCounter();
  const { document, input } = read(text, lines, file, fail);
  const places = placesIn(document, lines);
  const allowed = new Map<string, string[]>();
  const result = schema.safeParse(input, { error: (issue) => expectation(issue, allowed) });
  if (result.success) return { value: result.data, at: places.value };
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    if (issue.code !== 'unrecognized_keys') {
      return [problem(file, places.value, path, `${found(input, path)}${issue.message}`)];
    }
    const keys = allowed.get(JSON.stringify(path)) ?? [];
    return issue.keys.map((key) => ({
      file,
      ...places.key([...path, key]),
      path: showPath([...path, key]),
      message: `is not a known key${didYouMean(key, keys)}${keys.length > 0 ? `; allowed: ${keys.join(', ')}` : ''}`,
    }));
  });
  throw new ConfigError(problems.slice(0, MOST_PROBLEMS));
}

function read(text: string, lines: LineCounter, file: string, fail: (message: string) => never) {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    if (document.errors.length > 0) {
      throw new ConfigError(
        document.errors.slice(0, MOST_SYNTAX_PROBLEMS).map((error) => {
          const { line, col } = lines.linePos(error.pos[0]);
          return {
            file,
            line,
            column: col,
            path: '',
            message: `is not YAML: ${excerpt(error.message)}; quote values that hold > or :`,
          };
        }),
      );
    }
    return { document, input: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // What is left: aliases that multiply, an alias without its anchor, nesting deeper than the stack.
    return fail(`can't be read as YAML: ${excerpt(messageOf(error))}`);
  }
}

function placesIn(document: Document, lines: LineCounter): { value: At; key: At } {
  const placeOf = (node: Node | null | undefined): Place => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line, column: col };
  };
  const locate = (path: Path): { value: Node | null; key: Node | null } => {
    let [value, key]: (Node | null)[] = [document.contents, null];
    for (const step of path) {
      const inside = isAlias(value) ? value.resolve(document) : value;
      if (!isCollection(inside)) break;
      const pair = isMap(inside)
        ? inside.items.find((item) => isScalar(item.key) && item.key.value === step)
        : undefined;
      const next = isMap(inside) ? pair?.value : inside.get(step, true);
      if (!isNode(next)) break;
      value = next;
      key = isNode(pair?.key) ? pair.key : null;
    }
    return { value: value ?? null, key: key ?? null };
  };
  return {
    // An empty value has no place of its own worth showing: its key has.
    value: (path) => {
      const { value, key } = locate(path);
      return placeOf(isScalar(value) && value.value === null && key ? key : value);
    },
    key: (path) => {
      const { value, key } = locate(path);
      return placeOf(key ?? value);
    },
  };
}

function found(input: unknown, path: Path): string {
  let value = input;
  for (const key of path)
    value = value === null || typeof value !== 'object' ? undefined : (value as Record<string, unknown>)[key];
  if (value === undefined) return 'is missing; it ';
  if (value === null) return 'found nothing; it ';
  if (typeof value === 'object') return `found ${Array.isArray(value) ? 'a list' : 'a mapping'}; it `;
  return `found ${excerpt(JSON.stringify(value))}; it `;
}

/** What a schema without words of its own asks for; notes the known keys of the place where an unknown one stands. */
function expectation(issue: z.core.$ZodRawIssue, allowed: Map<string, string[]>): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      if (issue.inst instanceof z.ZodObject)
        allowed.set(JSON.stringify(issue.path ?? []), Object.keys(issue.inst.shape));
      return undefined;
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${MEASURES[issue.origin] ?? ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${MEASURES[issue.origin] ?? ''}`;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text (in quotes, where it looks like something else)',
  int: 'a whole number',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
};
const MEASURES: Readonly<Record<string, string>> = { string: ' characters long', array: ' entries long' };
