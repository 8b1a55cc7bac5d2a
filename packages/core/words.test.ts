import { expect, test } from 'vitest';
import { toDay } from './day.ts';
import { estimate } from './unit.ts';
import { capital, counted, longDay, printed, shortDay } from './words.ts';

test('a day is written short or long, in no zone', () => {
  const day = toDay('2026-03-01');
  expect([shortDay(day), longDay(day)]).toEqual(['1 Mar', '1 Mar 2026']);
});

test('one thing and several are counted', () => {
  const hypotheses = (count: number) => counted(count, 'hypothesis', 'hypotheses');
  expect([counted(0, 'mail'), counted(1, 'mail'), counted(2, 'mail'), hypotheses(1), hypotheses(3)]).toEqual([
    '0 mails',
    '1 mail',
    '2 mails',
    '1 hypothesis',
    '3 hypotheses',
  ]);
});

test('only the first letter becomes a capital', () => {
  expect([capital('website MRR'), capital('é'), capital('')]).toEqual(['Website MRR', 'É', '']);
});

test.each([
  ['>= 1250', '≥ 1,250'],
  ['<= baseline - 50 ms', '≤ baseline - 50 ms'],
  ['== 0', '= 0'],
  ['$8K..10K', '$8K–10K'],
  ['3000..5000', '3,000–5,000'],
  ['> 1,234,567.12345', '> 1,234,567.12345'],
  ['go >= 5%, pivot >= 3%', 'go ≥ 5%, pivot ≥ 3%'],
])('%s is printed as %s', (target, expected) => {
  expect(printed(target)).toBe(expected);
});

test('what is only expected is shown to three figures, without cents, and from ten on without parts of what is counted', () => {
  const shown = (['USD', 'count', '%'] as const).map((unit) =>
    [123_456, 41.16, 1.543].map((one) => estimate(one, unit)),
  );
  expect(shown).toEqual([
    ['$1,230', '$0.41', '$0.02'],
    ['123,000', '41', '1.54'],
    ['123,000%', '41.2%', '1.54%'],
  ]);
});
