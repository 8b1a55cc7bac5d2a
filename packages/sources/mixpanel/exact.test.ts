import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactSum } from './exact.ts';

test('what doubles lose on the way comes back at the end', () => {
  expect(exactSum(Float64Array.of(1e100, 1, -1e100))).toBe(1);
  expect(exactSum(new Float64Array(10).fill(0.1))).toBe(1);
  expect(exactSum(new Float64Array(0))).toBe(0);
});

test('half a last digit goes to even, unless a smaller part tips it', () => {
  expect(exactSum(Float64Array.of(1, 2 ** -53))).toBe(1);
  expect(exactSum(Float64Array.of(1, 2 ** -53, 2 ** -106))).toBe(1 + 2 ** -52);
  expect(exactSum(Float64Array.of(1, -(2 ** -54), -(2 ** -107)))).toBe(1 - 2 ** -53);
});

test('equals the sum of whole numbers as long as needed, in any order', () => {
  const terms = fc.record({ digits: fc.maxSafeInteger(), places: fc.integer({ min: 0, max: 120 }) });
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 40 }), (list) => {
      const whole = list.reduce((sum, { digits, places }) => sum + BigInt(digits) * 2n ** BigInt(places), 0n);
      const values = list.map(({ digits, places }) => digits * 2 ** (places - 60));
      const expected = Number(whole) / 2 ** 60;
      expect(exactSum(Float64Array.from(values))).toBe(expected);
      expect(exactSum(Float64Array.from(values.toReversed()))).toBe(expected);
    }),
  );
});
