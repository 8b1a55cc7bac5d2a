import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDistinct, digestInto } from './digests.ts';
import { createNumbering } from './numbering.ts';
import { countBoth, countOf, forEachOf, isAmong, nobody, peopleOf, union } from './roster.ts';

const halves = fc.record({
  high: fc.constantFrom(0, 1, 0x80000000, 0xffffffff),
  low: fc.oneof(fc.nat(40), fc.constantFrom(0x80000000, 0xffffffff)),
});
const keyOf = ({ high, low }: { high: number; low: number }): string => `${high} ${low}`;

test('keys get numbers as they come, and keep them while more come', () => {
  fc.assert(
    fc.property(fc.array(halves, { maxLength: 200 }), (keys) => {
      const numbering = createNumbering();
      const known = [...new Set(keys.map(keyOf))];
      const numbers = keys.map(({ high, low }) => numbering.numberOf(high, low));
      expect(numbers).toEqual(keys.map((key) => known.indexOf(keyOf(key))));
      expect(numbering.size()).toBe(known.length);
      expect(known.map((_, number) => keyOf(numbering.keyOf(number)))).toEqual(known);
    }),
  );
});

test('a cleared numbering begins anew', () => {
  const numbering = createNumbering();
  for (let low = 0; low < 100; low += 1) numbering.numberOf(low << 24, low);
  numbering.clear();
  expect(numbering.size()).toBe(0);
  expect([7, 8, 7].map((low) => numbering.numberOf(0, low))).toEqual([0, 1, 0]);
});

test('distinct keys are counted, and told in one way whatever their order', () => {
  fc.assert(
    fc.property(fc.array(halves, { maxLength: 200 }), (keys) => {
      const [one, other] = [createDistinct(), createDistinct()];
      for (const key of keys) one.add(key);
      for (const key of [...keys.toReversed(), ...keys]) other.add(key);
      const told = one.tell();
      expect(told.count).toBe(new Set(keys.map(keyOf)).size);
      expect(other.tell()).toEqual(told);
    }),
  );
});

describe('a digest', () => {
  const digest = (high: number, low: number, number: number, text: string): string => {
    const key = { high, low };
    const bytes = Buffer.from(`_${text}_`);
    digestInto(key, number, bytes, { from: 1, to: bytes.length - 1 });
    return keyOf(key);
  };

  test('tells keys, numbers, order, length and every letter apart', () => {
    const told = [
      digest(0, 0, 0, ''),
      digest(1, 0, 0, ''),
      digest(0, 1, 0, ''),
      digest(0, 0, 1, ''),
      digest(0, 0, 2 ** 31, ''),
      digest(0, 0, 0, 'a'),
      digest(0, 0, 0, 'a\0'),
      digest(0, 0, 0, 'ab'),
      digest(0, 0, 0, 'ba'),
      digest(0, 0, 0, 'abc'),
      digest(0, 0, 0, 'abcd'),
      digest(0, 0, 0, 'abcde'),
      digest(0, 0, 0, 'abcdf'),
      digest(0, 0, 0, 'ꮀ'),
    ];
    expect(new Set(told).size).toBe(told.length);
    expect(digest(1, 2, 3, 'ab')).toBe(digest(1, 2, 3, 'ab'));
  });

  test('spreads alike texts over all its bits, so that none of a million are taken for one', () => {
    const [whole, highs, lows] = [createDistinct(), new Set<number>(), new Set<number>()];
    const key = { high: 0, low: 0 };
    const texts = Array.from({ length: 16 }, (_, index) => Buffer.from(`event-${index}`));
    const COUNT = 1_000_000;
    for (let index = 0; index < COUNT; index += 1) {
      key.high = 7;
      key.low = index >>> 8;
      const text = texts[index & 15] ?? Buffer.of();
      digestInto(key, (index >>> 4) & 15, text, { from: 0, to: text.length });
      whole.add(key);
      highs.add(key.high);
      lows.add(key.low);
    }
    expect(whole.tell().count).toBe(COUNT);
    // Of 2³² places a million random ones share about 116; each half by itself is as good as random.
    for (const half of [highs, lows]) {
      expect(COUNT - half.size).toBeGreaterThan(60);
      expect(COUNT - half.size).toBeLessThan(180);
    }
  });
});

test('sets of people unite, are counted and gone through as plain sets are', () => {
  const some = fc.array(fc.nat(200), { maxLength: 60 });
  fc.assert(
    fc.property(some, some, (a, b) => {
      const [one, other] = [peopleOf(Uint32Array.from(a)), peopleOf(Uint32Array.from(b))];
      const [first, second] = [new Set(a), new Set(b)];
      const listed: number[] = [];
      forEachOf(union([one, other, nobody()]), (person) => void listed.push(person));
      expect(listed).toEqual([...new Set([...a, ...b])].sort((x, y) => x - y));
      expect(countBoth(one, other)).toBe([...first].filter((person) => second.has(person)).length);
      expect(countOf(one)).toBe(first.size);
      expect(a.every((person) => isAmong(one, person))).toBe(true);
      expect(isAmong(one, 1000)).toBe(false);
    }),
  );
});
