import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Range } from './range.ts';
import { areApart, isEmpty, isSame, isStricter, isWithin } from './range.ts';

/** Ends among few values, and every value between and at them: what holds of these points holds of the ranges. */
const end = fc.constantFrom(-Infinity, 0, 1, 2, 3, Infinity);
const range = fc
  .record({ low: end, lowOpen: fc.boolean(), high: end, highOpen: fc.boolean() })
  .filter((one) => !isEmpty(one) && one.low !== Infinity && one.high !== -Infinity);
const POINTS = [-1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4];
const has = (value: number, { low, lowOpen, high, highOpen }: Range) =>
  (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high);
/** Infinity is no value, so an end there is neither open nor closed. */
const plain = (one: Range): Range => ({
  ...one,
  lowOpen: one.low !== -Infinity && one.lowOpen,
  highOpen: one.high !== Infinity && one.highOpen,
});

describe('ranges', () => {
  it('hold each other, differ and lie apart as their values do', () => {
    fc.assert(
      fc.property(range.map(plain), range.map(plain), (a, b) => {
        const [inA, inB] = [POINTS.filter((value) => has(value, a)), POINTS.filter((value) => has(value, b))];
        const within = inA.every((value) => inB.includes(value));
        const without = inB.some((value) => !inA.includes(value));
        expect(isWithin(a, b)).toBe(within);
        expect(isSame(a, b)).toBe(within && !without);
        expect(isStricter(a, b)).toBe(within && without);
        expect(areApart(a, b)).toBe(inA.every((value) => !inB.includes(value)));
      }),
      { numRuns: 1000 },
    );
  });
});
