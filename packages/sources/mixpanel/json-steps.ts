// Steps over JSON in bytes without making anything of it. Each takes the place where a thing begins and answers the place behind it, or
// NOWHERE where it is not JSON or nested very deeply. Before the end of the bytes there must be a line feed, which ends every step.

export const NOWHERE = -1;
/** Values nested deeper than this are left to JSON.parse. */
const DEEPEST = 100;

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_E = 0x65;
const LETTER_U = 0x75;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** Of a letter, the bit that small ones have. */
const SMALL = 0x20;

/** A table of bytes: 1 for those that are meant. */
const those = (isMeant: (byte: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(isMeant(byte)));
const IN_TEXT = those((byte) => byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH);
const ESCAPED = those((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));
const HEX = those((byte) => /[\dA-Fa-f]/.test(String.fromCharCode(byte)));
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

export const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] as number;
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
const isTextAt = (bytes: Buffer, at: number): boolean => bytes[at] === QUOTE;
const isObjectAt = (bytes: Buffer, at: number): boolean => bytes[at] === OPEN;

export function isAt(word: Uint8Array, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < word.length; index += 1) if (word[index] !== bytes[at + index]) return false;
  return true;
}

export function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = byteAt(bytes, at); byte <= SPACE; byte = byteAt(bytes, at)) {
    if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) break;
    at += 1;
  }
  return at;
}

/** Behind all that stands for itself. */
function afterLetters(bytes: Buffer, from: number): number {
  let at = from;
  while (IN_TEXT[byteAt(bytes, at)] === 1) at += 1;
  return at;
}

/** A text without any escape. */
export function afterPlainText(bytes: Buffer, from: number): number {
  if (!isTextAt(bytes, from)) return NOWHERE;
  const at = afterLetters(bytes, from + 1);
  return isTextAt(bytes, at) ? at + 1 : NOWHERE;
}

function afterText(bytes: Buffer, from: number): number {
  let at = afterLetters(bytes, from + 1);
  while (byteAt(bytes, at) === BACKSLASH) {
    const escape = byteAt(bytes, at + 1);
    at += 2;
    if (escape === LETTER_U) {
      for (const end = at + 4; at < end; at += 1) if (HEX[byteAt(bytes, at)] !== 1) return NOWHERE;
    } else if (ESCAPED[escape] !== 1) return NOWHERE;
    at = afterLetters(bytes, at);
  }
  return isTextAt(bytes, at) ? at + 1 : NOWHERE;
}

function afterDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(byteAt(bytes, at))) at += 1;
  return at === from ? NOWHERE : at;
}

export function afterNumber(bytes: Buffer, from: number): number {
  const first = byteAt(bytes, from) === MINUS ? from + 1 : from;
  let at = byteAt(bytes, first) === ZERO ? first + 1 : afterDigits(bytes, first);
  if (at !== NOWHERE && byteAt(bytes, at) === POINT) at = afterDigits(bytes, at + 1);
  if (at !== NOWHERE && (byteAt(bytes, at) | SMALL) === LETTER_E) {
    const sign = byteAt(bytes, at + 1);
    at = afterDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

function afterWord(bytes: Buffer, at: number): number {
  for (const word of WORDS) if (isAt(word, bytes, at)) return at + word.length;
  return NOWHERE;
}

export function afterValue(bytes: Buffer, at: number, depth = 0): number {
  const byte = byteAt(bytes, at);
  if (byte === QUOTE) return afterText(bytes, at);
  if (byte === MINUS || isDigit(byte)) return afterNumber(bytes, at);
  if (byte === OPEN_LIST || byte === OPEN) return depth < DEEPEST ? afterNested(bytes, at, depth + 1) : NOWHERE;
  return afterWord(bytes, at);
}

function afterNested(bytes: Buffer, from: number, depth: number): number {
  const isObject = isObjectAt(bytes, from);
  const end = isObject ? CLOSE : CLOSE_LIST;
  let at = afterSpace(bytes, from + 1);
  if (byteAt(bytes, at) === end) return at + 1;
  for (;;) {
    if (isObject) {
      at = isTextAt(bytes, at) ? afterText(bytes, at) : NOWHERE;
      if (at !== NOWHERE) at = afterColon(bytes, at);
    }
    if (at !== NOWHERE) at = afterValue(bytes, at, depth);
    if (at === NOWHERE) return NOWHERE;
    at = afterSpace(bytes, at);
    if (byteAt(bytes, at) === end) return at + 1;
    if (byteAt(bytes, at) !== COMMA) return NOWHERE;
    at = afterSpace(bytes, at + 1);
  }
}

function afterColon(bytes: Buffer, from: number): number {
  const at = afterSpace(bytes, from);
  return byteAt(bytes, at) === COLON ? afterSpace(bytes, at + 1) : NOWHERE;
}

/**
 * An object with members, each of which is told: where its key lies (without quotes), and where its value begins. The answer is the place
 * behind the value. A key with an escape is nowhere.
 */
export function afterMembers(
  bytes: Buffer,
  from: number,
  afterMember: (bytes: Buffer, keyFrom: number, keyTo: number, value: number) => number,
): number {
  if (!isObjectAt(bytes, from)) return NOWHERE;
  let at = from;
  do {
    const key = afterSpace(bytes, at + 1);
    const keyEnd = afterPlainText(bytes, key);
    if (keyEnd === NOWHERE) return NOWHERE;
    at = afterColon(bytes, keyEnd);
    if (at !== NOWHERE) at = afterMember(bytes, key + 1, keyEnd - 1, at);
    if (at === NOWHERE) return NOWHERE;
    at = afterSpace(bytes, at);
  } while (byteAt(bytes, at) === COMMA);
  return byteAt(bytes, at) === CLOSE ? at + 1 : NOWHERE;
}
