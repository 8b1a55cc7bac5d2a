import { toDay } from '@plumbline/core/day';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileRules } from './csv.ts';
import { parseRecords } from './csv.ts';
import { toDateFormat } from './date.ts';
import { record } from './index.ts';
import { SEPARATORS, parseCsv } from './rfc4180.ts';
import { decodeText } from './text.ts';

const config = record.config.parse({
  metrics: [
    { id: 'members', unit: 'count', kind: 'stock', direction: 'up' },
    { id: 'nps_survey', unit: 'score', kind: 'score', direction: 'up' },
    { id: 'pipeline_value', unit: 'money', kind: 'flow', direction: 'up' },
  ],
});
const rules: FileRules = { metrics: record.metrics(config, { currency: 'USD' }), today: toDay('2026-02-13') };

test('a file’s rows are read with any order of columns, quotes, a byte order mark and CRLF', () => {
  const text =
    '\uFEFFday,metric,note,value,n\r\n2026-02-12,members,"said ""hi"", twice\r\nover",412,\r\n\r\n2026-02-13,nps_survey,,-3.5,12\r\n';
  expect(parseRecords(text, rules)).toEqual({
    rows: [
      { metric: 'members', day: '2026-02-12', value: 412, note: 'said "hi", twice\r\nover' },
      { metric: 'nps_survey', day: '2026-02-13', value: -3.5, n: 12 },
    ],
    problems: [],
    empty: 0,
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
    'members,2026-02-13,-10000000000000000,',
    'pipeline_value,2026-02-13,100000000000000,',
    'members,1026-02-13,1,',
  ].join('\n');
  expect(parseRecords(text, rules)).toEqual({
    rows: [
      { metric: 'members', day: '2026-02-12', value: 1 },
      { metric: 'members', day: '2026-02-13', value: 2, n: 0 },
    ],
    problems: [
      {
        line: 3,
        column: 'metric',
        message: 'metric "member" is not declared; allowed: members, nps_survey, pipeline_value',
      },
      { line: 4, column: 'day', message: 'day "2026-02-30" is not a day; write one as YYYY-MM-DD' },
      { line: 5, column: 'day', message: 'day 2026-02-14 is in the future; today is 2026-02-13' },
      { line: 6, column: 'value', message: 'value "many" is not a number; write one like 1234.5' },
      {
        line: 7,
        column: 'value',
        message: 'value "1e999" may be rounded by the spreadsheet; show the whole number, such as 1234.5',
      },
      { line: 8, column: 'value', message: 'value "0x10" is not a number; write one like 1234.5' },
      { line: 10, column: 'n', message: 'n "2.5" is not a whole number from 0 on' },
      { line: 11, message: 'has 3 fields where the first line names 4 columns; quote a field that holds a separator' },
      { line: 13, column: 'value', message: 'value -10000000000000000 is too large to be kept exactly' },
      { line: 14, column: 'value', message: 'value 100000000000000 is too large to be kept exactly' },
      { line: 15, column: 'day', message: 'day 1026-02-13 is before 2000-01-01; is its year right?' },
    ],
    empty: 1,
  });
});

const HEADER =
  'the first line must name the columns metric,day,value and may name n,note, or day and a column per metric';
test.each([
  ['', 'the file is empty'],
  ['\uFEFF\r\n', 'the file is empty'],
  ['metric,day\n', `${HEADER}; value is missing`],
  ['metric,value\n', `${HEADER}; day is missing`],
  ['day\n', `${HEADER}; there is no column besides day`],
  ['metric,day,value,who\n', `${HEADER}; "who" is none of them`],
  ['metric,day,value,value\n', `${HEADER}, each once; "value" is there twice`],
  ['date,day,members\n', `${HEADER}, each once; "day" is there twice`],
])('a first line of %j is refused', (text, message) => {
  expect(parseRecords(text, rules)).toEqual({ rows: [], problems: [{ line: 1, message }], empty: 0 });
});

test('a file may have 10 MB and 100,000 rows, and no more', () => {
  const row = 'members,2026-02-12,1\n';
  const of = (count: number) => parseRecords(`metric,day,value\n${row.repeat(count)}`, rules);
  expect(of(100_000)).toEqual({
    rows: [{ metric: 'members', day: '2026-02-12', value: 1 }],
    problems: [],
    empty: 0,
  });
  expect(of(100_001)).toEqual({
    rows: [],
    problems: [{ line: 1, message: 'the file has 100001 rows; at most 100,000 are allowed' }],
    empty: 0,
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
    empty: 0,
  });
  expect(parseCsv('a,b"c\n').problem).toEqual({
    line: 1,
    message:
      'a quote (or a carriage return alone) stands inside a field; put the whole field into quotes and double those inside',
  });
});

test('a cell of megabytes is read or refused, and its line named', () => {
  const cell = '""'.repeat(5_000_000);
  const header = 'metric,day,value,note\nmembers,2026-02-12,1,fine\n';
  const kept = [{ metric: 'members', day: '2026-02-12', value: 1, note: 'fine' }];
  expect(parseRecords(`${header}members,2026-02-13,2,"${cell}"\n`, rules)).toEqual({
    rows: kept,
    problems: [{ line: 3, column: 'note', message: 'note has 5000000 characters; at most 500 are allowed' }],
    empty: 0,
  });
  expect(parseRecords(`${header}members,2026-02-13,2,"${cell}\n`, rules)).toMatchObject({
    rows: kept,
    problems: [{ line: 3, message: expect.stringContaining('a quote that is never closed') as string }],
  });
});

test('whatever is written as CSV is read as it was, whatever separates it', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r', ' ', 'é') });
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }));
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.constantFrom(...SEPARATORS), (table, end, separator) => {
      const quoted = (one: string) => `"${one.replaceAll('"', '""')}"`;
      const text = table.map((row) => row.map(quoted).join(separator) + end).join('');
      expect(parseCsv(text, separator).records.map(({ fields }) => fields)).toEqual(table);
    }),
  );
});

const MEMBERS = { metric: 'members', day: '2026-02-12', value: 412.5 };
const SALES = { metric: 'pipeline_value', day: '2026-02-12', value: 1200 };
test.each([
  [
    'semicolons and decimal commas',
    'metric;day;value\nmembers;12.02.2026;412,5\npipeline_value;12.02.2026;$ 1.200,00\n',
  ],
  ['tabs', 'metric\tday\tvalue\nmembers\t2026-02-12\t412.5\npipeline_value\t2026-02-12\t$1,200.00\n'],
  [
    "Excel's own first line",
    'sep=;\r\nDate;Metric;Value\r\n2026-02-12;members;412,5\r\n2026-02-12;pipeline_value;1200',
  ],
  ['the line breaks of old Macs', 'metric,day,value\rmembers,2026-02-12,412.5\rpipeline_value,2026-02-12,1200'],
  [
    'padding at the ends',
    'metric,day,value,,\nmembers,2026-02-12,412.5,,\n,,,,\npipeline_value,2026-02-12,1200,,\n,,,,\n\n',
  ],
  ['a column per metric', 'Date,Members,Pipeline value\n2026-02-12,412.5,"$1,200.00"\n'],
])('a table with %s is read', (_, text) => {
  expect(parseRecords(text, rules)).toEqual({ rows: [MEMBERS, SALES], problems: [], empty: 0 });
});

test('of a column per metric, each bad cell is named with its line and column, a bad day once, and empty cells state nothing', () => {
  const text = [
    'sep=;',
    'day;members;Total;pipeline_value',
    '10.02.2026;1;;',
    '11.02.2026;many;7;5',
    '32.02.2026;1;;5',
    '12.02.2026;;;',
    ';;;',
    '12.02.2026;1',
    '13.02.2026;1;;€ 5',
  ].join('\n');
  expect(parseRecords(text, rules)).toEqual({
    rows: [
      { metric: 'members', day: '2026-02-10', value: 1 },
      { metric: 'pipeline_value', day: '2026-02-11', value: 5 },
      { metric: 'members', day: '2026-02-13', value: 1 },
    ],
    problems: [
      {
        line: 2,
        column: 'total',
        message: 'metric "total" is not declared; allowed: members, nps_survey, pipeline_value, and day',
      },
      { line: 4, column: 'members', message: 'members "many" is not a number; write one like 1234.5' },
      { line: 5, column: 'day', message: 'day "32.02.2026" is not a day; write one as YYYY-MM-DD' },
      { line: 8, message: 'has 2 fields where the first line names 4 columns; quote a field that holds a separator' },
      {
        line: 9,
        column: 'pipeline_value',
        message: 'pipeline_value "€ 5" is written with "€", but the metric\'s unit is USD',
      },
    ],
    empty: 2,
  });
});

test('what could be two numbers or two days is refused until it is said which', () => {
  const text = 'metric;day;value;n\nmembers;05/01/2026;1;\nmembers;2026-01-06;1.234;1.234\n';
  const named = { decimal: 'comma' as const, dateFormat: toDateFormat('DD/MM/YYYY') };
  expect(parseRecords(text, rules).problems.map(({ line, column }) => [line, column])).toEqual([
    [2, 'day'],
    [3, 'value'],
  ]);
  expect(parseRecords(text, { ...rules, ...named })).toEqual({
    rows: [
      { metric: 'members', day: '2026-01-05', value: 1 },
      { metric: 'members', day: '2026-01-06', value: 1234, n: 1234 },
    ],
    problems: [],
    empty: 0,
  });
});

test('a day that is stated twice alike counts once, and differently not at all', () => {
  const text =
    'day,metric,value\n2026-02-12,members,1\n2026-02-12,members,1\n2026-02-11,members,1\n2026-02-11,members,2\n';
  const message = 'members of 2026-02-11 is stated differently in lines 4, 5; leave one of them';
  expect(parseRecords(text, rules)).toEqual({
    rows: [{ metric: 'members', day: '2026-02-12', value: 1 }],
    problems: [
      { line: 4, column: 'value', message },
      { line: 5, column: 'value', message },
    ],
    empty: 0,
  });
});

test('a whole file about one day, as a list of sales would be, is refused in no time', () => {
  const sales = Array.from({ length: 100_000 }, (_, index) => `members,2026-02-12,${index}`);
  const { rows, problems } = parseRecords(['metric,day,value', ...sales].join('\n'), rules);
  expect([rows, problems.length, problems.at(-1)]).toEqual([
    [],
    100_000,
    {
      line: 100_001,
      column: 'value',
      message: 'members of 2026-02-12 is stated differently in lines 2, 3, 4, 5, 6 and others; leave one of them',
    },
  ]);
});

test('a file is text in UTF-8, or in UTF-16 with its mark', () => {
  const text = 'day;members\n2026-02-12;€ ü 5\n';
  const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
  expect(decodeText(Buffer.from(text))).toBe(text);
  expect(decodeText(Buffer.from(`\uFEFF${text}`))).toBe(text);
  expect(decodeText(little)).toBe(text);
  expect(decodeText(Buffer.from(little).swap16())).toBe(text);
  const other = 'the file is not UTF-8; save it as "CSV UTF-8"';
  expect(() => decodeText(Buffer.from('caf\u00E9', 'latin1'))).toThrow(other);
  expect(() => decodeText(Buffer.from(text, 'utf16le'))).toThrow(other);
  expect(() => decodeText(Buffer.from('PK\u0003\u0004'))).toThrow(
    'the file is a workbook (or another archive); save it as "CSV UTF-8" first',
  );
});
