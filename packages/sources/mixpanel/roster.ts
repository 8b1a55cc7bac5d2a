import { createNumbering, wordsTo } from './numbering.ts';
import type { Key } from './numbering.ts';

/** The people of a pull: their pseudonyms, numbered from 0 on, so that readings can hold small numbers and bits. */
export type Roster = {
  /** Of a pseudonym's two halves. */
  numberOf: (high: number, low: number) => number;
  pseudonymOf: (person: number) => Key;
  size: () => number;
};

export const createRoster = (): Roster => {
  const { numberOf, keyOf, size } = createNumbering();
  return { numberOf, pseudonymOf: keyOf, size };
};

/** A set of people, a bit each. */
export type People = Uint32Array<ArrayBuffer>;

export const nobody = (): People => new Uint32Array(0);

/** The set with one more, in place of the set that was. */
export function withPerson(people: People, person: number): People {
  const word = person >>> 5;
  const roomy = wordsTo(people, word);
  roomy[word] = (roomy[word] ?? 0) | (1 << (person & 31));
  return roomy;
}

export function peopleOf(persons: Uint32Array): People {
  let people = nobody();
  for (const person of persons) people = withPerson(people, person);
  return people;
}

export const isAmong = (people: People, person: number): boolean =>
  ((people[person >>> 5] ?? 0) & (1 << (person & 31))) !== 0;

/** Everybody who is in any of the sets. */
export function union(sets: readonly People[]): People {
  const all = new Uint32Array(Math.max(0, ...sets.map(({ length }) => length)));
  for (const set of sets)
    for (let word = 0; word < set.length; word += 1) all[word] = (all[word] ?? 0) | (set[word] ?? 0);
  return all;
}

/** How many are in both sets. */
export function countBoth(a: People, b: People): number {
  let count = 0;
  for (let word = 0; word < Math.min(a.length, b.length); word += 1) count += bitsIn((a[word] ?? 0) & (b[word] ?? 0));
  return count;
}

export const countOf = (people: People): number => countBoth(people, people);

/** Calls for each, in the order of their numbers. */
export function forEachOf(people: People, tell: (person: number) => void): void {
  for (let word = 0; word < people.length; word += 1) {
    for (let bits = people[word] ?? 0; bits !== 0; bits &= bits - 1) tell(word * 32 + 31 - Math.clz32(bits & -bits));
  }
}

/** Adds up the bits of neighbours, then of pairs, of fours, of bytes. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
