import type { Json } from '@plumbline/core/snapshot';
import { expect, test } from 'vitest';
import { evidenceBlocks } from './evidence-words.ts';

const block = (key: string, value: Json) =>
  evidenceBlocks({ requests: 1, rows: 2, sha256: 'ab12', policy: 'test', [key]: value }, new Set())[0];

test('what is told of each monitor is a row of its own, and what one of them lacks is left empty', () => {
  expect(
    block('monitors', { home: { upSeconds: 86_160, downSeconds: 240 }, api: { upSeconds: 86_400, checked: true } }),
  ).toEqual({
    title: 'Monitors',
    head: ['', 'Up seconds', 'Down seconds', 'Checked'],
    rows: [
      ['home', '86,160', '240', ''],
      ['api', '86,400', '', 'yes'],
    ],
    more: 0,
    note: '',
  });
});

test('of many days of a cohort those beyond 40 are counted', () => {
  const days = Array.from({ length: 42 }, (_, day) => [`day ${day}`, { entered: day, through: 0 }] as const);
  const found = block('cohorts', Object.fromEntries(days));
  expect([found?.head, found?.rows.length, found?.rows[1], found?.more]).toEqual([
    ['', 'Entered', 'Through'],
    40,
    ['day 1', '1', '0'],
    2,
  ]);
});

test.each<[string, Json, readonly (readonly string[])[]]>([
  [
    'deeper',
    { a: { b: { c: 1 } }, d: { e: 2 } },
    [
      ['a b c', '1'],
      ['d e', '2'],
    ],
  ],
  [
    'a list of them',
    [{ id: 'x' }, { id: 'y' }],
    [
      ['1 id', 'x'],
      ['2 id', 'y'],
    ],
  ],
  [
    'figures beside others',
    { a: { b: 1 }, c: 2 },
    [
      ['a b', '1'],
      ['c', '2'],
    ],
  ],
  ['nothing', {}, []],
])('what is nested otherwise (%s) is named by its path', (_, value, rows) => {
  expect(block('found', value)).toEqual({ title: 'Found', head: [], rows, more: 0, note: '' });
});
