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
  /** Forgets all keys and frees their memory at once. */
  clear: () => void;
};

const MOST_FULL = 0.7;
const FEWEST = 32;

/**
 * Open addressing over typed arrays, some 15 to 25 bytes a key: a Map of texts takes several times that. Keys must be evenly spread. Where
 * they come in ascending order, so do their places, which is much faster than here and there.
 */
export function createNumbering(): Numbering {
  /** The halves of each key, in the order of their numbers. */
  let keys: Words = new Uint32Array(FEWEST);
  /** By a key's first bits, or next to there: its number and one, or 0 where it is free. */
  let places: Words = new Uint32Array(FEWEST);
  let size = 0;

  const startOf = (high: number): number => high >>> (Math.clz32(places.length) + 1);
  const after = (place: number): number => (place + 1) & (places.length - 1);

  function makeRoom(): void {
    const { length, buffer } = places;
    // Freed at once, as in `longer`.
    buffer.transfer(0);
    places = new Uint32Array(2 * length);
    for (let number = 0; number < size; number += 1) {
      let place = startOf(keys[2 * number] ?? 0);
      while (places[place] !== 0) place = after(place);
      places[place] = number + 1;
    }
  }

  return {
    numberOf(high, low) {
      let place = startOf(high);
      for (let known = places[place] ?? 0; known !== 0; known = places[place] ?? 0) {
        if (keys[2 * known - 1] === low && keys[2 * known - 2] === high) return known - 1;
        place = after(place);
      }
      keys = wordsTo(keys, 2 * size + 1);
      keys[2 * size] = high;
      keys[2 * size + 1] = low;
      size += 1;
      places[place] = size;
      if (size > MOST_FULL * places.length) makeRoom();
      return size - 1;
    },
    keyOf: (number) => ({ high: keys[2 * number] ?? 0, low: keys[2 * number + 1] ?? 0 }),
    size: () => size,
    clear() {
      for (const { buffer } of [keys, places]) buffer.transfer(0);
      keys = new Uint32Array(FEWEST);
      places = new Uint32Array(FEWEST);
      size = 0;
    },
  };
}
