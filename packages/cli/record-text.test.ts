import { addDays, toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import type { Preview } from '@plumbline/night/record';
import { expect, test } from 'vitest';
import { historyText, previewText } from './record-text.ts';

const day = toDay('2026-02-12');
const row = (more: Partial<Preview> = {}): Preview => ({
  metric: 'pipeline_value',
  day,
  value: 1200.5,
  unit: 'EUR',
  before: null,
  ...more,
});

test('what would be recorded stands beside what is there now, amounts that differ below a cent being equal', () => {
  expect(
    previewText([
      row(),
      row({ before: 1200.5, n: 3 }),
      row({ value: 1200.504, before: 1200.5 }),
      row({ value: 0, before: 900, note: 'none\u001B[2J left' }),
      row({ metric: 'win_rate', unit: '%', value: 31.5, before: 30 }),
    ]),
  ).toEqual([
    [
      '2026-02-12  pipeline_value  €1,200.50  new',
      '2026-02-12  pipeline_value  €1,200.50  as it is  n = 3',
      '2026-02-12  pipeline_value  €1,200.50  as it is',
      '2026-02-12  pipeline_value  €0         was €900         none [2J left',
      '2026-02-12  win_rate        31.5%      was 30%',
    ].join('\n'),
  ]);
});

test('of very many the first 40 are shown', () => {
  const many = Array.from({ length: 42 }, (_, index) => row({ day: addDays(day, index) }));
  const [table = '', more] = previewText(many);
  expect([table.split('\n').length, more]).toEqual([40, 'and 2 more values']);
  expect(previewText([])).toEqual([]);
});

test('the history says who stated what, when there, and why', () => {
  const said = { metric: 'members', day, unit: 'count', idempotencyKey: null };
  expect(
    historyText(
      [
        { ...said, revision: 1, value: 412, n: null, who: 'crm', at: '2026-02-12T22:30:00Z', note: null },
        { ...said, revision: 2, value: 415, n: 3, who: 'ada', at: '2026-02-13T08:00:00Z', note: 'counted twice' },
      ],
      toZone('Europe/Kyiv'),
    ),
  ).toBe(
    [
      'Day         Revision  Value  n  Who  When (Europe/Kyiv)  Note',
      '2026-02-12  1         412       crm  13 Feb 2026, 00:30',
      '2026-02-12  2         415    3  ada  13 Feb 2026, 10:00  counted twice',
    ].join('\n'),
  );
});
