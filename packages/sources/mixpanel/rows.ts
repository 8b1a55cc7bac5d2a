import { hash } from 'node:crypto';
import { wordsTo } from './numbering.ts';
import { countOf, forEachOf, nobody, peopleOf, withPerson } from './roster.ts';
import type { People, Roster } from './roster.ts';

/** One day's reading, as measures look at it. People are numbers of the roster. */
export type Rows = { sha256: string } & (
  | { kind: 'people'; people: People }
  /** The last answer of each person; or times (seconds, as exported), of one person the oldest first. Both lists are equally long. */
  | { kind: 'scores' | 'times'; persons: Uint32Array; numbers: Uint32Array }
  | { kind: 'hits'; count: number }
  /** In ascending order. */
  | { kind: 'values'; values: Float64Array }
);

/** A day's reading in bytes: the same for the same events, in whatever order and however often they came. */
export type Packed = Uint8Array;

/** Which byte layout follows: another one means that the day is read from Mixpanel again. */
const LAYOUT = 1;

/** Bytes of a row: a person's 64-bit pseudonym, big-endian, and an answer's score or a time of 32 bits. Rows are sorted. */
const WIDTHS = { people: 8, scores: 9, times: 12 } as const;
export type RememberedKind = keyof typeof WIDTHS;

export const isRememberedKind = (kind: Rows['kind']): kind is RememberedKind => kind in WIDTHS;

function laidOut(rows: number, width: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(1 + rows * width);
  bytes[0] = LAYOUT;
  return bytes;
}

export function packPeople(people: People, roster: Roster): Packed {
  const pseudonyms = inOrder(people, roster);
  const bytes = laidOut(pseudonyms.length, WIDTHS.people);
  bytes.set(Buffer.from(pseudonyms.buffer).swap64(), 1);
  return bytes;
}

/** Their pseudonyms, the least first. */
function inOrder(people: People, roster: Roster): BigUint64Array<ArrayBuffer> {
  const pseudonyms = new BigUint64Array(countOf(people));
  const halves = new Uint32Array(pseudonyms.buffer);
  let at = 0;
  forEachOf(people, (person) => {
    const { high, low } = roster.pseudonymOf(person);
    halves[at] = low;
    halves[at + 1] = high;
    at += 2;
  });
  return pseudonyms.sort();
}

/** Of lists that are equally long; `scores` and `times` differ in how wide a number is. Rows that are there twice are kept once. */
export function packPairs(
  kind: 'scores' | 'times',
  persons: Uint32Array,
  numbers: Uint32Array,
  roster: Roster,
): Packed {
  const width = WIDTHS[kind];
  const bytes = laidOut(persons.length, width);
  const byPerson = groupByPerson(persons, numbers, roster.size());
  const pseudonyms = new Uint32Array(inOrder(peopleOf(persons), roster).buffer);
  let end = 1;
  for (let at = 0; at < pseudonyms.length; at += 2) {
    const [low, high] = [pseudonyms[at] ?? 0, pseudonyms[at + 1] ?? 0];
    let before = -1;
    for (const number of byPerson(roster.numberOf(high, low)).sort()) {
      if (number === before) continue;
      before = number;
      bytes.writeUInt32BE(high, end);
      bytes.writeUInt32BE(low, end + 4);
      bytes.writeUIntBE(number, end + 8, width - 8);
      end += width;
    }
  }
  return bytes.subarray(0, end);
}

/** A person's numbers, in the order in which they come in the lists; `people` is more than any person's number. */
export function groupByPerson(
  persons: Uint32Array,
  numbers: Uint32Array,
  people: number,
): (person: number) => Uint32Array {
  /** Where each person's numbers end, and once those are in their places, where they start. */
  const starts = new Uint32Array(people + 1);
  for (const person of persons) starts[person] = (starts[person] ?? 0) + 1;
  for (let person = 1; person <= people; person += 1)
    starts[person] = (starts[person] ?? 0) + (starts[person - 1] ?? 0);
  const grouped = new Uint32Array(numbers.length);
  for (let index = persons.length - 1; index >= 0; index -= 1) {
    const person = persons[index] ?? 0;
    const place = (starts[person] ?? 0) - 1;
    grouped[place] = numbers[index] ?? 0;
    starts[person] = place;
  }
  return (person) => grouped.subarray(starts[person] ?? grouped.length, starts[person + 1] ?? grouped.length);
}

/** What a reading of its own day only is made of; `sha256` stands for the events that were counted. */
export function packHits(count: number, sha256: Buffer): Packed {
  const bytes = Buffer.alloc(8 + sha256.length);
  bytes.writeDoubleBE(count);
  bytes.set(sha256, 8);
  return bytes;
}

export const packValues = (sorted: Float64Array): Packed =>
  new Uint8Array(sorted.buffer, sorted.byteOffset, sorted.byteLength);

/** Reads packed rows, of answers and times those of wanted people; undefined where the bytes are of another layout. */
export function unpack(
  kind: Rows['kind'],
  packed: Packed,
  roster: Roster,
  isWanted: (person: number) => boolean = () => true,
): Rows | undefined {
  const sha256 = hash('sha256', packed, 'hex');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (kind === 'hits') return { sha256, kind, count: view.getFloat64(0) };
  if (kind === 'values') {
    return {
      sha256,
      kind,
      values: new Float64Array(packed.buffer as ArrayBuffer, packed.byteOffset, packed.length / 8),
    };
  }
  if (!isLaidOut(kind, packed)) return undefined;
  const width = WIDTHS[kind];
  const personAt = (at: number): number => roster.numberOf(view.getUint32(at), view.getUint32(at + 4));
  if (kind === 'people') {
    let people = nobody();
    for (let at = 1; at < packed.length; at += width) people = withPerson(people, personAt(at));
    return { sha256, kind, people };
  }
  let persons = nobody();
  let numbers = nobody();
  let length = 0;
  for (let at = 1; at < packed.length; at += width) {
    const person = personAt(at);
    if (!isWanted(person)) continue;
    persons = wordsTo(persons, length);
    numbers = wordsTo(numbers, length);
    persons[length] = person;
    numbers[length] = kind === 'scores' ? view.getUint8(at + 8) : view.getUint32(at + 8);
    length += 1;
  }
  return { sha256, kind, persons: persons.subarray(0, length), numbers: numbers.subarray(0, length) };
}

/** Whether bytes that were remembered can be read. */
export const isLaidOut = (kind: RememberedKind, bytes: Packed): boolean =>
  bytes[0] === LAYOUT && (bytes.length - 1) % WIDTHS[kind] === 0;
