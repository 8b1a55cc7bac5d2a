/** A JSONPath that means at most one value: `text` as it was written, `steps` as names of members and indexes of elements. */
export type JsonPath = { text: string; steps: readonly (string | number)[] };

const STEP =
  /\s*(?:\.([\p{L}_][\p{L}\p{N}_]*)|\[\s*(?:(0|-?[1-9]\d{0,8})|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\])/uy;

/**
 * Reads a singular query of JSONPath (RFC 9535 §2.3.5.1): `$.data[0].mrr`, `$['monthly revenue']`, `$.days[-1]`. Undefined for anything
 * else, also for what the RFC knows besides (wildcards, slices, filters), since those may mean several values.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  for (STEP.lastIndex = 1; STEP.lastIndex < text.length;) {
    const [, name, index, single, double] = STEP.exec(text) ?? [];
    const step = name ?? (index === undefined ? unquoted(single, double) : Number(index));
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return { text, steps };
}

/** The text within the quotes, whose escapes are JSON's; in single quotes `\'` is one more. */
function unquoted(single: string | undefined, double: string | undefined): string | undefined {
  const inner = double ?? single?.replaceAll(/\\.|"/g, (found) => ({ "\\'": "'", '"': '\\"' })[found] ?? found);
  try {
    return inner === undefined ? undefined : (JSON.parse(`"${inner}"`) as string);
  } catch {
    return undefined;
  }
}

/** What the path leads to, or undefined where it leads nowhere. It never looks deeper than the path is long. */
export function valueAt({ steps }: JsonPath, json: unknown): unknown {
  let found = json;
  for (const step of steps) {
    if (typeof step === 'number') found = Array.isArray(found) ? (found.at(step) as unknown) : undefined;
    else if (typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, step))
      found = (found as Record<string, unknown>)[step];
    else return undefined;
  }
  return found;
}
