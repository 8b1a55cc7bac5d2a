import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDay, toDateFormat } from './date.ts';

const read = (text: string, format?: string) => {
  const one = readDay(text, format === undefined ? undefined : toDateFormat(format));
  return 'day' in one ? one.day : one.problem;
};

test.each([
  ['2026-01-31', '2026-01-31'],
  ['2026/01/31', '2026-01-31'],
  ['2026-1-5', '2026-01-05'],
  ['31.01.2026', '2026-01-31'],
  ['5.1.2026', '2026-01-05'],
  [' 2026-01-31 00:00:00 ', '2026-01-31'],
  ['2026-01-31T00:00', '2026-01-31'],
])('%j is %s', (text, day) => expect(read(text)).toBe(day));

test.each([
  [
    '31/01/2026',
    '"31/01/2026" may begin with the day or the month; say which comes first with --date-format DD/MM/YYYY or MM/DD/YYYY, or write YYYY-MM-DD',
  ],
  [
    '01-02-2026',
    '"01-02-2026" may begin with the day or the month; say which comes first with --date-format DD-MM-YYYY or MM-DD-YYYY, or write YYYY-MM-DD',
  ],
  ['31.01.26', '"31.01.26" has a year of two digits; write it with four'],
  ['1/31/26', '"1/31/26" has a year of two digits; write it with four'],
  ['46053', '"46053" is how a spreadsheet counts days inside; format the cells as dates, YYYY-MM-DD, and export again'],
  [
    '46053.5',
    '"46053.5" is how a spreadsheet counts days inside; format the cells as dates, YYYY-MM-DD, and export again',
  ],
  ['2026-02-30', '"2026-02-30" is not a day; write one as YYYY-MM-DD'],
  ['30.02.2026', '"30.02.2026" is not a day; write one as YYYY-MM-DD'],
  ['2026-01-31 13:00', '"2026-01-31 13:00" is not a day; write one as YYYY-MM-DD'],
  ['31 Jan 2026', '"31 Jan 2026" is not a day; write one as YYYY-MM-DD'],
  ['', '"" is not a day; write one as YYYY-MM-DD'],
])('%j is refused', (text, problem) => expect(read(text)).toBe(problem));

test('a named form decides what comes first; a day with the year in front needs none', () => {
  expect(read('05/01/2026', 'DD/MM/YYYY')).toBe('2026-01-05');
  expect(read('05/01/2026', 'mm/dd/yyyy')).toBe('2026-05-01');
  expect(read('2026-01-05', 'MM/DD/YYYY')).toBe('2026-01-05');
  expect(read('01.05.2026', 'MM.DD.YYYY')).toBe('2026-01-05');
  expect(read('2026-31-01', 'YYYY-DD-MM')).toBe('2026-01-31');
  expect(read('31/01/2026', 'MM/DD/YYYY')).toBe('"31/01/2026" is not a day; write one as YYYY-MM-DD');
  expect(read('05-01-2026', 'DD/MM/YYYY')).toBe('"05-01-2026" is not a day; write one as DD/MM/YYYY or YYYY-MM-DD');
});

test.each(['DD/MM/YY', 'DD/DD/YYYY', 'DD/MM-YYYY', 'day first', ''])('%j is no form of a date', (text) => {
  expect(() => toDateFormat(text)).toThrow(`"${text}" is no form of a date; write DD/MM/YYYY, MM/DD/YYYY or the like`);
});

test('every day is read back from every form that names its parts', () => {
  const forms = ['DD/MM/YYYY', 'MM/DD/YYYY', 'YYYY/MM/DD', 'DD-MM-YYYY', 'MM.DD.YYYY', 'YYYY.DD.MM'];
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, fc.constantFrom(...forms), (when, form) => {
      const day = when.toISOString().slice(0, 10);
      const [y = '', m = '', d = ''] = day.split('-');
      expect(read(form.replace('YYYY', y).replace('MM', m).replace('DD', d), form)).toBe(day);
    }),
  );
});
