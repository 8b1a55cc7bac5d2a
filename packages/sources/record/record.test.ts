import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import type { RecordConfig } from './index.ts';
import { record } from './index.ts';
import { toObservation, withoutContradictions } from './row.ts';

const config = record.config.parse({
  metrics: [
    { id: 'members', unit: 'count', kind: 'stock', direction: 'up' },
    {
      id: 'nps_survey',
      unit: 'score',
      kind: 'score',
      direction: 'up',
      minimumSample: 10,
      about: 'Survey',
      window: '30d',
    },
    { id: 'pipeline_value', unit: 'money', kind: 'flow', direction: 'up' },
  ],
} satisfies RecordConfig);
const metrics = record.metrics(config, { currency: 'USD' });

test('declared metrics become the catalogue’s, stocks carrying forward', () => {
  expect(metrics).toEqual([
    {
      id: 'members',
      unit: 'count',
      kind: 'stock',
      direction: 'up',
      about: 'Recorded by people or systems: members',
      settleNights: 0,
      carryDays: 30,
    },
    {
      id: 'nps_survey',
      unit: 'score',
      kind: 'score',
      direction: 'up',
      about: 'Survey',
      settleNights: 0,
      minimumSample: 10,
      window: 30,
    },
    {
      id: 'pipeline_value',
      unit: 'USD',
      kind: 'flow',
      direction: 'up',
      about: 'Recorded by people or systems: pipeline value',
      settleNights: 0,
    },
  ]);
});

test.each([
  ['a bad id', { id: 'Members' }, 'must be of small letters, digits and "_", such as user_interviews'],
  [
    'an unknown unit',
    { unit: 'furlong' },
    "must be count, %, score, ratio, ms, s, min, h, days, money (the workspace's currency) or an ISO 4217 code such as EUR",
  ],
  [
    'a code that is no currency',
    { unit: 'QQQ' },
    "must be count, %, score, ratio, ms, s, min, h, days, money (the workspace's currency) or an ISO 4217 code such as EUR",
  ],
])('a declaration with %s is refused', (_, change, message) => {
  const declared = { id: 'members', unit: 'count', kind: 'stock', direction: 'up', ...change };
  expect(record.config.safeParse({ metrics: [declared] }).error?.issues.map((issue) => issue.message)).toEqual([
    message,
  ]);
});

test('a metric that is declared twice is refused at its second place', () => {
  const declared = { id: 'members', unit: 'EUR', kind: 'stock', direction: 'up' };
  const other = { ...declared, id: 'team_size' };
  expect(record.config.safeParse({ metrics: [declared, other, declared] }).error?.issues).toEqual([
    { code: 'custom', path: ['metrics', 2, 'id'], message: 'is declared above already' },
  ]);
});

test('a row becomes an observation in the unit’s inside form, final at once', () => {
  const metric = metrics[2];
  if (!metric) throw new Error('three metrics are declared');
  const row = { metric: 'pipeline_value', day: toDay('2026-02-12'), value: 1234.56, n: 3, note: 'two new' };
  expect(toObservation(row, metric, toInstant('2026-02-13T09:30:00Z'), { by: 'ada', idempotencyKey: 'k1' })).toEqual({
    metric: 'pipeline_value',
    day: '2026-02-12',
    value: 123_456,
    n: 3,
    quality: [],
    evidence: {
      requests: 0,
      rows: 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      policy: 'record',
      by: 'ada',
      idempotencyKey: 'k1',
      note: 'two new',
    },
    settlesAt: toInstant('2026-02-13T09:30:00Z'),
  });
});

test('rows that say the same of a day count once, and of those that contradict each other none is kept', () => {
  const [day, other] = [toDay('2026-02-12'), toDay('2026-02-13')];
  const rows = [
    { row: { metric: 'members', day, value: 1 }, place: 'a' },
    { row: { metric: 'members', day: other, value: 1 }, place: 'b' },
    { row: { metric: 'members', day, value: 1 }, place: 'c' },
    { row: { metric: 'nps_survey', day, value: 1 }, place: 'd' },
    { row: { metric: 'nps_survey', day, value: 1, note: 'late' }, place: 'e' },
  ];
  const [a, b, , d, e] = rows;
  expect(withoutContradictions(rows)).toEqual({
    kept: [a, b],
    contradictions: [[d, e]],
  });
});
