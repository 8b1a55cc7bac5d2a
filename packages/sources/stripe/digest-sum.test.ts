import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestSum } from './digest-sum.ts';

const sumOf = (rows: readonly unknown[]) => {
  const sum = digestSum();
  for (const row of rows) sum.add(row);
  return sum.hex();
};

test('one row sums up to its own SHA-256, none to zeros', () => {
  expect(sumOf([{ id: 'sub_1' }])).toBe(createHash('sha256').update('{"id":"sub_1"}').digest('hex'));
  expect(sumOf([])).toBe('0'.repeat(64));
});

test('the order of rows changes nothing, nor does saving the sum on the way', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 20 }), fc.nat(20), (rows, cut) => {
      const sum = sumOf(rows);
      expect(sumOf(rows.toReversed())).toBe(sum);
      const resumed = digestSum();
      resumed.from(sumOf(rows.slice(0, cut)));
      for (const row of rows.slice(cut)) resumed.add(row);
      expect(resumed.hex()).toBe(sum);
    }),
  );
});

test('another row, or one more of the same, gives another sum', () => {
  const sums = [[], [1], [1, 1], [2], [1, 2]].map(sumOf);
  expect(new Set(sums).size).toBe(sums.length);
});
