import { InputError } from '@plumbline/core/errors';

/** Says whether one value of an event (undefined: the field is not there) passes. */
type Test = (value: unknown) => boolean;
type EventTest = (event: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const wrong = (where: string, what: string) => new InputError(`event pattern: ${where}: ${what}`);

/**
 * Reads an EventBridge pattern once, to be asked of many events: exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`,
 * `anything-but`, `numeric`, `exists`, `$or`. Throws InputError for an operator that it does not know, rather than matching wrongly.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const compilePattern = (pattern: unknown): EventTest => compileNode(pattern, 'pattern');

export const matches = (pattern: unknown, event: unknown): boolean => compilePattern(pattern)(event);

function compileNode(pattern: unknown, where: string): EventTest {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw wrong(where, 'must be an object with a field');
  const tests = Object.entries(pattern).map(([key, value]): EventTest => {
    const place = `${where}.${key}`;
    if (key === '$or') return compileOr(value, where);
    if (isObject(value)) return onField(key, compileNode(value, place));
    if (!Array.isArray(value) || value.length === 0) throw wrong(place, 'must be an object or a non-empty array');
    return onLeaf(
      key,
      (value as unknown[]).map((item) => compileMatcher(item, place)),
    );
  });
  return (event) => tests.every((test) => test(event));
}

function compileOr(branches: unknown, where: string): EventTest {
  if (!Array.isArray(branches) || branches.length < 2) throw wrong(`${where}.$or`, 'must be an array of two or more');
  const tests = (branches as unknown[]).map((branch, index) => compileNode(branch, `${where}.$or[${index}]`));
  return (event) => tests.some((test) => test(event));
}

const fieldOf = (event: unknown, key: string): unknown =>
  isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;

/** An array of objects passes when one of them passes as a whole. */
const onField =
  (key: string, test: EventTest): EventTest =>
  (event) => {
    const value = fieldOf(event, key);
    return Array.isArray(value) ? value.some(test) : test(value);
  };

/** Only leaves count: an object in this place is as good as nothing. An array passes when any of its values does. */
const onLeaf =
  (key: string, tests: readonly Test[]): EventTest =>
  (event) => {
    const value = fieldOf(event, key);
    const leaves = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isScalar);
    return tests.some((test) => (leaves.length === 0 ? test(undefined) : leaves.some(test)));
  };

function compileMatcher(matcher: unknown, where: string): Test {
  if (isScalar(matcher)) return (value) => value === matcher;
  const [operator, operand] = onlyEntry(matcher, where);
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') throw wrong(where, '"exists" takes true or false');
      return (value) => (value !== undefined) === operand;
    case 'numeric':
      return compileNumeric(operand, where);
    case 'anything-but': {
      const test = compileExcluded(operand, where);
      return (value) => value !== undefined && !test(value);
    }
    default:
      return compileText(operator, operand, where);
  }
}

function onlyEntry(matcher: unknown, where: string): [string, unknown] {
  const entries = isObject(matcher) ? Object.entries(matcher) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    throw wrong(where, 'a matcher is a value or an object with one operator');
  return entry;
}

/** What `anything-but` shuts out: a value, a list of values, or a text operator on one or several texts. */
function compileExcluded(operand: unknown, where: string): Test {
  if (isObject(operand)) {
    const [operator, inner] = onlyEntry(operand, where);
    const tests = (Array.isArray(inner) ? (inner as unknown[]) : [inner]).map((text) =>
      compileText(operator, text, where),
    );
    return (value) => tests.some((test) => test(value));
  }
  const values: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0 || !values.every((value) => typeof value === 'string' || typeof value === 'number')) {
    throw wrong(where, '"anything-but" takes a text, a number, a list of them, or a text operator');
  }
  return (value) => (values as unknown[]).includes(value);
}

function compileText(operator: string, operand: unknown, where: string): Test {
  const onText =
    (test: (text: string) => boolean): Test =>
    (value) =>
      typeof value === 'string' && test(value);
  if (operator === 'prefix' || operator === 'suffix') {
    const ignoreCase = isObject(operand);
    const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
    const part = fold(asText(ignoreCase ? ignoringCase(operand, where) : operand, operator, where));
    return onText((text) => (operator === 'prefix' ? fold(text).startsWith(part) : fold(text).endsWith(part)));
  }
  if (operator === 'equals-ignore-case') {
    const wanted = asText(operand, operator, where).toLowerCase();
    return onText((text) => text.toLowerCase() === wanted);
  }
  if (operator === 'wildcard') {
    const shape = compileWildcard(asText(operand, operator, where), where);
    return onText((text) => shape.test(text));
  }
  throw wrong(
    where,
    `"${operator}" is not an operator known here; known are prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, exists and $or`,
  );
}

function ignoringCase(operand: unknown, where: string): unknown {
  const [operator, text] = onlyEntry(operand, where);
  if (operator !== 'equals-ignore-case') throw wrong(where, `"${operator}" can't stand inside prefix or suffix`);
  return text;
}

function asText(operand: unknown, operator: string, where: string): string {
  if (typeof operand !== 'string') throw wrong(where, `"${operator}" takes a text`);
  return operand;
}

const literally = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function compileWildcard(shape: string, where: string): RegExp {
  if (/(?<!\\)(?:\\\\)*\*\*/.test(shape)) throw wrong(where, '"wildcard" can\'t have two * in a row');
  const source = shape.replaceAll(/\\([*\\])|\*|[^*\\]+|\\/g, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return literally(escaped);
    if (part === '\\') throw wrong(where, '"wildcard" may only escape * and \\');
    return part === '*' ? '.*' : literally(part);
  });
  return new RegExp(`^${source}$`, 's');
}

const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `["=", 5]`, `[">", 0, "<=", 5]`: pairs of comparison and number that must all hold. */
function compileNumeric(operand: unknown, where: string): Test {
  const parts: unknown[] = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4) throw wrong(where, '"numeric" takes one or two comparisons');
  const tests = Array.from({ length: parts.length / 2 }, (_, index) => {
    const [sign, bound] = parts.slice(index * 2, index * 2 + 2);
    const compare = COMPARE[String(sign)];
    if (compare === undefined || typeof bound !== 'number') {
      throw wrong(where, '"numeric" takes =, <, <=, > or >=, each followed by a number');
    }
    return (value: number) => compare(value, bound);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}
