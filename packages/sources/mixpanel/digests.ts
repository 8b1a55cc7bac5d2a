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
  /** How many there are, and a SHA-256 of them in ascending order. */
  tell(): { count: number; sha256: Buffer };
};

const SHELVES = 256;

/** Keys are put on shelves by their first byte, and sorted there only when they are counted. */
export function createDistinct(): Distinct {
  const shelves = Array.from({ length: SHELVES }, () => new Uint32Array(0));
  const lengths = new Uint32Array(SHELVES);

  /** Sorts a shelf and leaves each key once. */
  function tidy(index: number): Uint32Array {
    const shelf = shelves[index] ?? new Uint32Array(0);
    const length = lengths[index] ?? 0;
    new BigUint64Array(shelf.buffer, 0, length / 2).sort();
    let kept = 0;
    for (let at = 0; at < length; at += 2) {
      if (kept > 0 && shelf[at] === shelf[kept - 2] && shelf[at + 1] === shelf[kept - 1]) continue;
      shelf[kept] = shelf[at] ?? 0;
      shelf[kept + 1] = shelf[at + 1] ?? 0;
      kept += 2;
    }
    lengths[index] = kept;
    return shelf.subarray(0, kept);
  }

  return {
    add({ high, low }) {
      const index = high >>> 24;
      const length = lengths[index] ?? 0;
      const shelf = wordsTo(shelves[index] ?? new Uint32Array(0), length + 1);
      shelf[length] = low;
      shelf[length + 1] = high;
      shelves[index] = shelf;
      lengths[index] = length + 2;
    },
    tell() {
      const sha256 = createHash('sha256');
      let count = 0;
      for (let index = 0; index < SHELVES; index += 1) {
        const keys = tidy(index);
        count += keys.length / 2;
        sha256.update(keys);
      }
      return { count, sha256: sha256.digest() };
    },
  };
}
