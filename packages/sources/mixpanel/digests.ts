import { createHash } from 'node:crypto';
import type { Span } from './event-line.ts';
import { byteAt } from './json-steps.ts';
import { wordsTo } from './numbering.ts';
import type { Key } from './numbering.ts';

/** Spreads each bit over all (the last steps of MurmurHash3). */
function scatter(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * Writes into `key` a 64-bit digest of what is in it, of a number (32 bits) and of the bytes of a text: two lanes of multiplying and shifting,
 * which tell millions of keys apart but keep nothing secret. It never leaves the process but within a SHA-256.
 */
export function digestInto(key: Key, number: number, bytes: Uint8Array, { from, to }: Span): void {
  let high = key.high ^ scatter(number);
  let low = key.low ^ scatter(number + 1);
  for (let at = from; at < to; at += 4) {
    const word = wordAt(bytes, at, to);
    high = Math.imul(high ^ word, 0x9e3779b1);
    low = Math.imul(low ^ word, 0x85ebca77);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  high = scatter(high ^ (to - from));
  low = scatter(low + high);
  key.high = (high + low) >>> 0;
  key.low = low >>> 0;
}

/** Writes into `key` the digest of a text alone. */
export function digestAlone(key: Key, bytes: Uint8Array, text: Span): void {
  key.high = 0;
  key.low = 0;
  digestInto(key, 0, bytes, text);
}

/** Four bytes as one number, with zeros for those that lie behind the end. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  const first = byteAt(bytes, at);
  if (at + 4 <= end)
    return first | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
  let word = first;
  for (let more = at + 1; more < end; more += 1) word |= byteAt(bytes, more) << (8 * (more - at));
  return word;
}

/** Counts distinct 64-bit keys, in 8 bytes each and a little. */
export type Distinct = {
  add(key: Key): void;
  /** How many there are, and a SHA-256 of them in ascending order. Ends the counting and frees its memory. */
  tell(): { count: number; sha256: Buffer };
};

/** Keys in a block: memory is asked for as it is needed, and never moved. */
const BLOCK = 32_768;
/** How many parts of the keys are sorted one after another, all in the same memory. */
const PARTS = 16;

export function createDistinct(): Distinct {
  const blocks: Uint32Array<ArrayBuffer>[] = [];
  let size = 0;
  let words = new Uint32Array(0);

  /** Those whose first four bits are `part`, sorted; of use until the next part is asked for. */
  function sortedPart(part: number): BigUint64Array {
    let length = 0;
    for (const [index, block] of blocks.entries()) {
      const end = 2 * Math.min(BLOCK, size - index * BLOCK);
      for (let at = 0; at < end; at += 2) {
        const high = block[at + 1] ?? 0;
        if (high >>> 28 !== part) continue;
        words = wordsTo(words, length + 1);
        words[length] = block[at] ?? 0;
        words[length + 1] = high;
        length += 2;
      }
    }
    return new BigUint64Array(words.buffer, 0, length / 2).sort();
  }

  return {
    add({ high, low }) {
      const at = size % BLOCK;
      if (at === 0) blocks.push(new Uint32Array(2 * BLOCK));
      const block = blocks.at(-1);
      if (!block) return;
      block[2 * at] = low;
      block[2 * at + 1] = high;
      size += 1;
    },
    tell() {
      const sha256 = createHash('sha256');
      let count = 0;
      for (let part = 0; part < PARTS; part += 1) {
        const keys = onceEach(sortedPart(part));
        count += keys.length / 2;
        sha256.update(keys);
      }
      for (const { buffer } of [...blocks, words]) buffer.transfer(0);
      return { count, sha256: sha256.digest() };
    },
  };
}

/** The words of sorted keys, each key once. */
function onceEach(sorted: BigUint64Array): Uint32Array {
  const words = new Uint32Array(sorted.buffer, 0, 2 * sorted.length);
  let kept = 0;
  for (let at = 0; at < words.length; at += 2) {
    if (kept > 0 && words[at] === words[kept - 2] && words[at + 1] === words[kept - 1]) continue;
    words[kept] = words[at] ?? 0;
    words[kept + 1] = words[at + 1] ?? 0;
    kept += 2;
  }
  return words.subarray(0, kept);
}
