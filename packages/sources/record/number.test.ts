import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decimal } from './number.ts';
import { readNumber } from './number.ts';

const read = (text: string, unit = 'count', decimal?: Decimal) => {
  const one = readNumber(text, { unit, decimal });
  return 'value' in one ? one.value : one.problem;
};

test.each<[string, number]>([
  ['412', 412],
  ['-3.5', -3.5],
  ['+7', 7],
  ['−8', -8],
  ['.5', 0.5],
  [',5', 0.5],
  ['0.125', 0.125],
  ['0,125', 0.125],
  ['1.5', 1.5],
  ['1,50', 1.5],
  ['1234.567', 1234.567],
  ['1234,567', 1234.567],
  ['1,234.5', 1234.5],
  ['1.234,5', 1234.5],
  ['1,234,567', 1_234_567],
  ['1.234.567', 1_234_567],
  ['1 234', 1234],
  ['1\u00A0234,5', 1234.5],
  ['1\u202F234\u202F567', 1_234_567],
  ['1\u2009234.25', 1234.25],
  ["1'234.50", 1234.5],
  ['1’234,50', 1234.5],
  ['(1 234)', -1234],
  [' 12 ', 12],
  ['0', 0],
  ['-0', 0],
])('%j is %d', (text, value) => expect(read(text)).toBe(value));

test.each<[string, string, number]>([
  ['$1,200.00', 'USD', 1200],
  ['$1,200', 'USD', 1200],
  ['€0,125', 'EUR', 0.125],
  ['(US$ 1,200)', 'USD', -1200],
  ['¥120,000', 'JPY', 120_000],
  ['-$1,200.00', 'USD', -1200],
  ['$-1,200.00', 'USD', -1200],
  ['($ 1,200.00)', 'USD', -1200],
  ['US$ 12', 'USD', 12],
  ['$12', 'CAD', 12],
  ['€ 1.200,00', 'EUR', 1200],
  ['1.200,00 €', 'EUR', 1200],
  ['1 200,50\u00A0₴', 'UAH', 1200.5],
  ['usd 5', 'USD', 5],
  ['5 EUR', 'EUR', 5],
  ['12%', '%', 12],
  ['12,5 %', '%', 12.5],
  ['200 ms', 'ms', 200],
])('%j is, in %s, %d', (text, unit, value) => expect(read(text, unit)).toBe(value));

test.each<readonly [string, string, string]>([
  ['1,234', 'count', '"1,234" may be 1.234 or 1234; say which with --decimal point or --decimal comma'],
  ['1.234', 'count', '"1.234" may be 1.234 or 1234; say which with --decimal point or --decimal comma'],
  ['1,200', 'USD', '"1,200" may be 1.2 or 1200; say which with --decimal point or --decimal comma'],
  ['$1.200', 'USD', '"$1.200" may be 1.2 or 1200; say which with --decimal point or --decimal comma'],
  ['1,259 €', 'EUR', '"1,259 €" may be 1.259 or 1259; say which with --decimal point or --decimal comma'],
  ['KWD 1,200', 'KWD', '"KWD 1,200" may be 1.2 or 1200; say which with --decimal point or --decimal comma'],
  ['€ 5', 'USD', '"€ 5" is written with "€", but the metric\'s unit is USD'],
  ['US$ 5', 'CAD', '"US$ 5" is written with "US$", but the metric\'s unit is CAD'],
  ['12%', 'count', '"12%" is written with "%", but the metric\'s unit is count'],
  ['5K', 'count', '"5K" is written with "K", but the metric\'s unit is count'],
  ['5 s', 'ms', '"5 s" is written with "s", but the metric\'s unit is ms'],
  ['1.23E+05', 'count', '"1.23E+05" may be rounded by the spreadsheet; show the whole number, such as 1234.5'],
  ...[
    '',
    '-',
    'many',
    '0x10',
    '1..2',
    '1,2,3',
    '1,23,456',
    '12 34',
    '1.234,567.8',
    '--1',
    '(-1)',
    '(1',
    '$1$',
    '#DIV/0!',
    '1.',
  ].map((text) => [text, 'USD', `"${text}" is not a number; write one like 1234.5`] as const),
])('%j in %s is refused', (text, unit, problem) => expect(read(text, unit)).toBe(problem));

test('the decimal sign that was named decides, and the other one only sets thousands apart', () => {
  expect(read('1,234', 'count', 'point')).toBe(1234);
  expect(read('1,234', 'count', 'comma')).toBe(1.234);
  expect(read('$1,200', 'USD', 'comma')).toBe(1.2);
  expect(read('1.234', 'count', 'comma')).toBe(1234);
  expect(read('1.5', 'count', 'comma')).toBe('"1.5" is not a number with a decimal comma; write one like 1234,5');
  expect(read('1,5', 'count', 'point')).toBe('"1,5" is not a number; write one like 1234.5');
});

test('a long text is refused at once', () => {
  expect(read('1'.repeat(65))).toMatch(/is not a number/);
  expect(read('9'.repeat(100_000))).toMatch(/is not a number/);
});

const STYLES = [
  { sign: '.', group: ',' },
  { sign: '.', group: ' ' },
  { sign: '.', group: "'" },
  { sign: '.', group: '' },
  { sign: ',', group: '.' },
  { sign: ',', group: '\u00A0' },
  { sign: ',', group: '\u202F' },
  { sign: ',', group: '' },
] as const;

test('a number written in any style is read back as it was, or refused for its decimal sign alone', () => {
  const style = fc.constantFrom(...STYLES);
  const whole = fc.nat(999_999_999);
  const fraction = fc.option(fc.stringMatching(/^\d{1,6}$/), { nil: '' });
  fc.assert(
    fc.property(whole, fraction, fc.boolean(), style, (size, decimals, isNegative, { sign, group }) => {
      const value = Number(`${size}.${decimals || 0}`) * (isNegative ? -1 : 1) || 0;
      const digits = String(size).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, group);
      const text = `${isNegative ? '-' : ''}${digits}${decimals && sign}${decimals}`;
      const found = read(text);
      if (typeof found === 'string') expect(found).toMatch(/say which with --decimal/);
      else expect(found).toBe(value);
      expect(read(text, 'count', sign === '.' ? 'point' : 'comma')).toBe(value);
    }),
    { numRuns: 2000 },
  );
});

test('whatever is written, it is read as one number or refused', () => {
  const text = fc.string({ unit: fc.constantFrom(..."0123456789.,' -+()$€%eE\u00A0".split('')), maxLength: 12 });
  fc.assert(
    fc.property(text, (written) => {
      const free = read(written, 'USD');
      const named = [read(written, 'USD', 'point'), read(written, 'USD', 'comma')];
      if (typeof free === 'number') {
        expect(Number.isFinite(free)).toBe(true);
        const isAmount = /\$ ?\d{1,3},\d{3}\)?$/.test(written.trim().replaceAll(/\s/g, ' '));
        for (const one of isAmount ? named.slice(0, 1) : named) if (typeof one === 'number') expect(one).toBe(free);
      }
    }),
    { numRuns: 2000 },
  );
});
