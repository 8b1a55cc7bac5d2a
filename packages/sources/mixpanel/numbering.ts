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

/** One list after another. */
export function joined(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((length, list) => length + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

/** A 64-bit key, as two halves of 32 bits. */
export type Key = { high: number; low: number };

/** Gives 64-bit keys numbers, from 0 on as they come. */
export type Numbering = {
  numberOf: (high: number, low: number) => number;
  /** The key of a number that was given. */
  keyOf: (number: number) => Key;
  size: () => number;
};

const WIDTH = 3;
const MOST_FULL = 0.7;

/**
 * Open addressing over typed arrays, some 25 to 45 bytes a key: a Map of texts takes several times that. Keys must be evenly spread. Where
 * they come in ascending order, so do their places, which is much faster than here and there.
 */
export function createNumbering(): Numbering {
  let highs: Words = new Uint32Array(16);
  let lows: Words = new Uint32Array(16);
  /** A place: both halves, and the number and one, or 0 where it is free. */
  let places = new Uint32Array(32 * WIDTH);
  let shift = 27;
  let size = 0;

  function placeOf(high: number, low: number): number {
    let place = (high >>> shift) * WIDTH;
    while (places[place + 2] !== 0 && (places[place + 1] !== low || places[place] !== high)) {
      place += WIDTH;
      if (place === places.length) place = 0;
    }
    return place;
  }

  function put(place: number, high: number, low: number, number: number): void {
    places[place] = high;
    places[place + 1] = low;
    places[place + 2] = number + 1;
  }

  function makeRoom(): void {
    const { length, buffer } = places;
    // Freed at once, as in `longer`.
    buffer.transfer(0);
    places = new Uint32Array(2 * length);
    shift -= 1;
    for (let number = 0; number < size; number += 1) {
      const [high, low] = [highs[number] ?? 0, lows[number] ?? 0];
      put(placeOf(high, low), high, low, number);
    }
  }

  return {
    numberOf(high, low) {
      const place = placeOf(high, low);
      const known = places[place + 2] ?? 0;
      if (known > 0) return known - 1;
      highs = wordsTo(highs, size);
      lows = wordsTo(lows, size);
      highs[size] = high;
      lows[size] = low;
      put(place, high, low, size);
      size += 1;
      if (size * WIDTH > MOST_FULL * places.length) makeRoom();
      return size - 1;
    },
    keyOf: (number) => ({ high: highs[number] ?? 0, low: lows[number] ?? 0 }),
    size: () => size,
  };
}
