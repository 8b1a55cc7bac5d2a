import { toDay } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import { encodeCustomers } from './customers.ts';
import type { DayLog } from './day-log.ts';
import { Changes, decodeLog, encodeLog } from './day-log.ts';
import { customerOf } from './test-customers.ts';

const log: DayLog = {
  day: toDay('2026-01-20'),
  mrr: 312_050,
  customers: 41,
  rates: { EUR: '1.0834' },
  changes: [
    { customer: customerOf(1), before: [], now: [{ currency: 'EUR', native: 1000, amount: 1083 }] },
    {
      customer: customerOf(2),
      before: [
        { currency: 'EUR', native: 1000, amount: 1083 },
        { currency: 'USD', native: 500, amount: 500 },
      ],
      now: [],
    },
  ],
};

const whole = (read: DayLog | undefined) => read && { ...read, changes: [...read.changes] };

test('a log is read back as it was', () => {
  expect(whole(decodeLog(encodeLog(log)))).toEqual(log);
});

test('a quiet day has no changes', () => {
  expect(whole(decodeLog(encodeLog({ ...log, changes: [] })))).toEqual({ ...log, changes: [] });
});

test('changes can be gone through again and again', () => {
  const changes = new Changes();
  for (const change of log.changes) changes.add(change);
  expect([[...changes], [...changes]]).toEqual([log.changes, log.changes]);
});

test('other bytes are no log', () => {
  const bytes = encodeLog(log);
  const others = [new Uint8Array(), bytes.subarray(0, -1), bytes.with(20, 0), encodeCustomers(new Map())];
  expect(others.map(decodeLog)).toEqual([undefined, undefined, undefined, undefined]);
});
