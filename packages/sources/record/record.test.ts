import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordRules } from './csv.ts';
import { parseRecords, toObservation } from './csv.ts';
import type { RecordConfig } from './index.ts';
import { record } from './index.ts';
import { parseCsv } from './rfc4180.ts';

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
const rules: RecordRules = { metrics, today: toDay('2026-02-13') };

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

test('a metric that is declared twice is refused', () => {
  const declared = { id: 'members', unit: 'EUR', kind: 'stock', direction: 'up' };
  expect(record.config.safeParse({ metrics: [declared, declared] }).error?.issues[0]?.message).toBe(
    'declares a metric twice',
  );
});

test('a file’s rows are read with any order of columns, quotes, a byte order mark and CRLF', () => {
  const text =
    '\uFEFFday,metric,note,value,n\r\n2026-02-12,members,"said ""hi"", twice\r\nover",412,\r\n\r\n2026-02-13,nps_survey,,-3.5,12\r\n';
  expect(parseRecords(text, rules)).toEqual({
    rows: [
      { metric: 'members', day: '2026-02-12', value: 412, note: 'said "hi", twice\r\nover' },
      { metric: 'nps_survey', day: '2026-02-13', value: -3.5, n: 12 },
    ],
    problems: [],
  });
});

test('each bad row is named with its line and what is allowed, and the good ones are kept', () => {
  const text = [
    'metric,day,value,n',
    'members,2026-02-12,1,',
    'member,2026-02-12,1,',
    'members,2026-02-30,1,',
    'members,2026-02-14,1,',
    'members,2026-02-13,many,',
    'members,2026-02-13,1e999,',
    'members,2026-02-13,0x10,',
    'members,2026-02-13,,',
    'members,2026-02-13,1,2.5',
    'members,2026-02-13,1',
    'members,2026-02-13,2,0',
    'members,2026-02-13,-1e16,',
    'pipeline_value,2026-02-13,100000000000000,',
  ].join('\n');
  expect(parseRecords(text, rules)).toEqual({
    rows: [
      { metric: 'members', day: '2026-02-12', value: 1 },
      { metric: 'members', day: '2026-02-13', value: 2, n: 0 },
    ],
    problems: [
      { line: 3, message: 'metric "member" is not declared; allowed: members, nps_survey, pipeline_value' },
      { line: 4, message: 'day "2026-02-30" is not a day; write one as YYYY-MM-DD' },
      { line: 5, message: 'day 2026-02-14 is in the future; today is 2026-02-13' },
      { line: 6, message: 'value "many" is not a number; write one like 1234.5' },
      { line: 7, message: 'value "1e999" is not a number; write one like 1234.5' },
      { line: 8, message: 'value "0x10" is not a number; write one like 1234.5' },
      { line: 9, message: 'value "" is not a number; write one like 1234.5' },
      { line: 10, message: 'n "2.5" is not a whole number from 0 on' },
      { line: 11, message: 'has 3 fields where the first line names 4 columns; quote a field that holds a comma' },
      { line: 13, message: 'value "-1e16" is too large to be kept exactly' },
      { line: 14, message: 'value "100000000000000" is too large to be kept exactly' },
    ],
  });
});

test.each([
  ['', 'the first line must name the columns metric,day,value and may name n,note; metric is missing'],
  ['metric,day\n', 'the first line must name the columns metric,day,value and may name n,note; value is missing'],
  [
    'metric,day,value,who\n',
    'the first line must name the columns metric,day,value and may name n,note; "who" is none of them',
  ],
  ['metric,day,value,value\n', 'the first line must name the columns metric,day,value and may name n,note, each once'],
])('a first line of %j is refused', (text, message) => {
  expect(parseRecords(text, rules)).toEqual({ rows: [], problems: [{ line: 1, message }] });
});

test('a file may have 10 MB and 100,000 rows, and no more', () => {
  const row = 'members,2026-02-12,1\n';
  const of = (count: number) => parseRecords(`metric,day,value\n${row.repeat(count)}`, rules);
  expect(of(100_000).rows).toHaveLength(100_000);
  expect(of(100_001)).toEqual({
    rows: [],
    problems: [{ line: 1, message: 'the file has 100001 rows; at most 100,000 are allowed' }],
  });
  expect(parseRecords('x'.repeat(10 * 1024 * 1024 + 1), rules).problems).toEqual([
    { line: 1, message: 'the file is over 10 MB; split it' },
  ]);
});

test('what follows a broken quote is not read, and the line says so', () => {
  const text = 'metric,day,value,note\nmembers,2026-02-12,1,fine\nmembers,2026-02-13,2,"never closed\n';
  expect(parseRecords(text, rules)).toEqual({
    rows: [{ metric: 'members', day: '2026-02-12', value: 1, note: 'fine' }],
    problems: [
      {
        line: 3,
        message:
          'a field begins with a quote that is never closed, or goes on after its closing one; double the quotes inside',
      },
    ],
  });
  expect(parseCsv('a,b"c\n').problem).toEqual({
    line: 1,
    message:
      'a quote (or a carriage return alone) stands inside a field; put the whole field into quotes and double those inside',
  });
});

test('whatever is written as CSV is read as it was', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 })),
      fc.constantFrom('\n', '\r\n'),
      (rows, end) => {
        const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',') + end).join('');
        expect(parseCsv(text).records.map(({ fields }) => fields)).toEqual(rows);
      },
    ),
  );
});

test('a row becomes an observation in the unit’s inside form, final at once', () => {
  const metric = metrics[2];
  if (!metric) throw new Error('three metrics are declared');
  const row = { metric: 'pipeline_value', day: toDay('2026-02-12'), value: 1234.56, n: 3, note: 'two new' };
  expect(toObservation(row, metric, toInstant('2026-02-13T09:30:00Z'), 'cli')).toEqual({
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
      by: 'cli',
      note: 'two new',
    },
    settlesAt: toInstant('2026-02-13T09:30:00Z'),
  });
});
