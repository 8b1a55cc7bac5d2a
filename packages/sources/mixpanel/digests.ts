import { createHash } from 'node:crypto';
import { wordsTo } from './numbering.ts';
import type { Key } from './numbering.ts';

/** Spreads each bit over all (the last steps of MurmurHash3). */
function scatter(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * Writes into `key` a 64-bit digest of what is in it, of a number (32 bits) and of a text: two lanes of multiplying and shifting, which tell
 * millions of keys apart but keep nothing secret. It never leaves the process but within a SHA-256.
 */
export function digestInto(key: Key, number: number, text: string): void {
  let high = key.high ^ scatter(number);
  let low = key.low ^ scatter(number + 1);
  const { length } = text;
  for (let at = 0; at < length; at += 2) {
    // Past the end there is NaN, which is 0 in bits.
    const pair = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    high = Math.imul(high ^ pair, 0x9e3779b1);
    low = Math.imul(low ^ pair, 0x85ebca77);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  high = scatter(high ^ length);
  low = scatter(low + high);
  key.high = (high + low) >>> 0;
  key.low = low >>> 0;
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
