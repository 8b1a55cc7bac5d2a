type Words = Uint32Array<ArrayBuffer>;
type Doubles = Float64Array<ArrayBuffer>;

const longer = (array: Words | Doubles, index: number): ArrayBuffer =>
  // transfer() frees the old memory at once, where a copy would wait for the next collection of garbage.
  array.buffer.transfer(array.BYTES_PER_ELEMENT * Math.max(index + 1, 16, Math.ceil(array.length * 1.5)));

/** The array, or its content in a longer one that has a place `index`. */
export const wordsTo = (array: Words, index: number): Words =>
  index < array.length ? array : new Uint32Array(longer(array, index));

/** As `wordsTo`, of numbers of any kind. */
export const doublesTo = (array: Doubles, index: number): Doubles =>
  index < array.length ? array : new Float64Array(longer(array, index));

/** A 64-bit key, as two halves of 32 bits. */
export type Key = { high: number; low: number };

/** Gives 64-bit keys numbers, from 0 on as they come. */
export type Numbering = {
  numberOf: (high: number, low: number) => number;
  /** The key of a number that was given. */
  keyOf: (number: number) => Key;
  size: () => number;
};

/** Open addressing over typed arrays, some 20 bytes a key: a Map of strings takes eight times that. Keys must be evenly spread. */
export function createNumbering(): Numbering {
  let highs: Words = new Uint32Array(16);
  let lows: Words = new Uint32Array(16);
  /** A number and one, or 0 where the place is free. */
  let places = new Uint32Array(64);
  let size = 0;

  function placeOf(high: number, low: number): number {
    const mask = places.length - 1;
    let place = low & mask;
    for (;;) {
      const taken = places[place] ?? 0;
      if (taken === 0 || (lows[taken - 1] === low && highs[taken - 1] === high)) return place;
      place = (place + 1) & mask;
    }
  }

  function makeRoom(): void {
    places = new Uint32Array(2 * places.length);
    for (let number = 0; number < size; number += 1) {
      places[placeOf(highs[number] ?? 0, lows[number] ?? 0)] = number + 1;
    }
  }

  return {
    numberOf(high, low) {
      const place = placeOf(high, low);
      const known = places[place] ?? 0;
      if (known > 0) return known - 1;
      highs = wordsTo(highs, size);
      lows = wordsTo(lows, size);
      highs[size] = high;
      lows[size] = low;
      size += 1;
      places[place] = size;
      if (2 * size > places.length) makeRoom();
      return size - 1;
    },
    keyOf: (number) => ({ high: highs[number] ?? 0, low: lows[number] ?? 0 }),
    size: () => size,
  };
}
