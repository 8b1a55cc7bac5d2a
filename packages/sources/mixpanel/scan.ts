import type { EventLine, Span } from './event-line.ts';
import {
  NOWHERE,
  afterMembers,
  afterNumber,
  afterPlainText,
  afterSpace,
  afterValue,
  byteAt,
  isAt,
} from './json-steps.ts';

const LINE_FEED = 10;

/** Nothing is asked for by most events. */
const NOTHING = Object.freeze({});
/** The longest whole numbers, in digits, that are exact while they are added up. */
const EXACT_DIGITS = 15;

/**
 * Makes what reads lines of the export into `line`, one after the other: it steps through the bytes and makes values of nothing but times
 * and the `wanted` properties, which takes little more than half the time of JSON.parse. A scan takes the place where a line begins, and
 * answers where its line feed is; or NOWHERE for a line that only JSON.parse can tell about: one that is no event, or has escapes or
 * another type in what matters.
 */
export function createScan(wanted: readonly string[], line: EventLine): (bytes: Buffer, start: number) => number {
  const parts = keys(['event', 'properties']);
  const own = ['time', 'distinct_id', '$insert_id', 'mp_processing_time_ms'];
  const names = [...new Set([...own, ...wanted])];
  const isWanted = names.map((name) => wanted.includes(name));
  const properties = keys(names);
  let found: [name: string, value: unknown][] = [];
  let partsSeen = 0;
  let hasTime = false;

  function afterPart(bytes: Buffer, keyFrom: number, keyTo: number, at: number): number {
    const part = parts(bytes, keyFrom, keyTo);
    if (part < 0) return afterValue(bytes, at);
    // Were one there twice, the later would count.
    if ((partsSeen & (part + 1)) !== 0) return NOWHERE;
    partsSeen |= part + 1;
    return part === 0 ? intoSpan(line.event, bytes, at) : afterMembers(bytes, at, afterProperty);
  }

  function afterProperty(bytes: Buffer, keyFrom: number, keyTo: number, at: number): number {
    const index = properties(bytes, keyFrom, keyTo);
    if (index < 0) return afterValue(bytes, at);
    const end = index < own.length ? afterOwn(index, bytes, at) : afterValue(bytes, at);
    if (end !== NOWHERE && isWanted[index] === true)
      found.push([names[index] ?? '', JSON.parse(bytes.toString('utf8', at, end))]);
    return end;
  }

  function afterOwn(index: number, bytes: Buffer, at: number): number {
    if (index === 1) return intoSpan(line.id, bytes, at);
    if (index === 2) return intoSpan(line.insertId, bytes, at);
    const end = afterNumber(bytes, at);
    if (end === NOWHERE) return NOWHERE;
    if (index === 3) {
      line.ingested = numberAt(bytes, at, end);
    } else {
      line.time = numberAt(bytes, at, end);
      hasTime = true;
    }
    return end;
  }

  return (bytes, start) => {
    empty(line.id);
    empty(line.insertId);
    line.ingested = 0;
    line.bytes = bytes;
    found = found.length === 0 ? found : [];
    partsSeen = 0;
    hasTime = false;
    const end = afterMembers(bytes, afterSpace(bytes, start), afterPart);
    if (end === NOWHERE || partsSeen !== 3 || !hasTime) return NOWHERE;
    line.properties = found.length === 0 ? NOTHING : Object.fromEntries(found);
    const feed = afterSpace(bytes, end);
    return byteAt(bytes, feed) === LINE_FEED ? feed : NOWHERE;
  };
}

/** Which of the names lies between two places; -1 for none. */
function keys(names: readonly string[]): (bytes: Buffer, from: number, to: number) => number {
  const known = names.map((name, index) => ({ index, key: Buffer.from(name) }));
  const longest = Math.max(...known.map(({ key }) => key.length));
  const byLength = Array.from({ length: longest + 1 }, (_, length) => known.filter(({ key }) => key.length === length));
  return (bytes, from, to) => {
    const some = byLength[to - from];
    if (some !== undefined) for (const { index, key } of some) if (isAt(key, bytes, from)) return index;
    return -1;
  };
}

function empty(span: Span): void {
  span.from = 0;
  span.to = 0;
}

function intoSpan(span: Span, bytes: Buffer, at: number): number {
  const end = afterPlainText(bytes, at);
  span.from = at + 1;
  span.to = end - 1;
  return end;
}

function numberAt(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = byteAt(bytes, at) - 0x30;
    if (digit < 0 || digit > 9 || to - from > EXACT_DIGITS) return Number(bytes.toString('latin1', from, to));
    value = 10 * value + digit;
  }
  return value;
}
