import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom, toDay } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Snapshot } from '@plumbline/core/snapshot';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carryForward } from './carry.ts';

const FIRST = toDay('2026-01-01');
const common = { unit: 'count', direction: 'up', about: '', source: 'record', settleNights: 0 } as const;
const metrics = new Map<string, CatalogueMetric>([
  ['members', { ...common, id: 'members', kind: 'stock', carryDays: 30 }],
  ['signups', { ...common, id: 'signups', kind: 'flow' }],
]);

const snapshot = (metric: string, day: Day, value: number): Snapshot => ({
  workspace: 'acme',
  metric,
  day,
  value,
  unit: 'count',
  source: 'record',
  demo: false,
  revision: 1,
  state: 'settled',
  pulledAt: 0,
  quality: [],
  evidence: { requests: 0, rows: 1, sha256: '', policy: '' },
  earlier: [],
});

const shown = (rows: readonly Snapshot[]) => rows.map(({ day, value, quality }) => [day, value, ...quality]);

test('a stock stands for 30 days and is gone on the 31st', () => {
  const rows = carryForward([snapshot('members', FIRST, 7)], metrics, {
    from: addDays(FIRST, 29),
    to: addDays(FIRST, 40),
    until: addDays(FIRST, 40),
  });
  expect(shown(rows)).toEqual([
    ['2026-01-30', 7, 'carried:29d'],
    ['2026-01-31', 7, 'carried:30d'],
  ]);
});

test('each day has the last value up to it that is not too old, and only stocks are carried', () => {
  const offsets = fc.uniqueArray(fc.nat(80), { maxLength: 12 });
  fc.assert(
    fc.property(offsets, offsets, fc.nat(80), fc.nat(40), fc.nat(120), (stocks, flows, start, length, last) => {
      const span = { from: addDays(FIRST, start), to: addDays(FIRST, start + length), until: addDays(FIRST, last) };
      const stored = [
        ...stocks.map((offset) => snapshot('members', addDays(FIRST, offset), offset)),
        ...flows.map((offset) => snapshot('signups', addDays(FIRST, offset), offset)),
      ];
      const expected = daysFrom(span.from, span.to).flatMap((day) => {
        const offset = daysBetween(FIRST, day);
        const latest = Math.max(-Infinity, ...stocks.filter((one) => one <= offset));
        const age = offset - latest;
        const stock = age === 0 ? [[day, latest]] : [];
        const carried = age > 0 && age <= 30 && day <= span.until ? [[day, latest, `carried:${age}d`]] : [];
        return [...stock, ...carried, ...(flows.includes(offset) ? [[day, offset]] : [])];
      });
      expect(shown(carryForward(stored, metrics, span))).toEqual(expected);
    }),
  );
});
