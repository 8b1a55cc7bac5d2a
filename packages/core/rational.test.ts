import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rational } from './rational.ts';
import { add, divide, fromDecimal, isLess, larger, multiply, ratio, round, smaller, subtract } from './rational.ts';

const any = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.bigInt({ min: 1n, max: 10n ** 6n }))
  .map(([n, d]) => ratio(n, d));

test.each<[string, Rational]>([
  ['10', { n: 10n, d: 1n }],
  ['-0.50', { n: -1n, d: 2n }],
  ['19.99', { n: 1999n, d: 100n }],
  ['0.000000000001', { n: 1n, d: 10n ** 12n }],
  ['1.5e3', { n: 1500n, d: 1n }],
  ['1e-2', { n: 1n, d: 100n }],
])('%s is read exactly', (text, expected) => {
  expect(fromDecimal(text)).toEqual(expected);
});

test.each(['', 'ten', '1,5', '.5', 'Infinity', '1e'])('"%s" is no decimal number', (text) => {
  expect(() => fromDecimal(text)).toThrow(RangeError);
});

test('halves are rounded away from zero', () => {
  const halves = [ratio(5, 2), ratio(-5, 2), ratio(7, 3), ratio(-7, 3), ratio(8, 3), ratio(0), ratio(1, -2)];
  expect(halves.map(round)).toEqual([3n, -3n, 2n, -2n, 3n, 0n, -1n]);
});

test('what is added can be taken away, what is multiplied divided', () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(subtract(add(a, b), b)).toEqual(a);
      fc.pre(b.n !== 0n);
      expect(divide(multiply(a, b), b)).toEqual(a);
    }),
  );
});

test('the smaller and the larger of two are those two', () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(add(smaller(a, b), larger(a, b))).toEqual(add(a, b));
      expect(isLess(larger(a, b), smaller(a, b))).toBe(false);
    }),
  );
});

test('rounding moves a number by half at most', () => {
  fc.assert(
    fc.property(any, (a) => {
      const moved = subtract(ratio(round(a)), a);
      expect(isLess(ratio(1, 2), moved)).toBe(false);
      expect(isLess(moved, ratio(-1, 2))).toBe(false);
    }),
  );
});
