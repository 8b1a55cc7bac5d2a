import { ConfigError } from '@plumbline/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, writeLines } from './document-lines.ts';
import { amountsIn, numberedLines, numbersIn } from './figures.ts';

describe('numbers of a line', () => {
  it.each<[string, string[], string[]]>([
    ['Grow to $8-10K of revenue', ['$8-10K'], []],
    ['**Metric**: Zero outages, <200ms at P95', ['Zero', '<200ms'], ['P95']],
    ['1. Talk to 20 people, close 5+ deals', ['20', '5+'], ['1.']],
    ['WEEK 5-6: 99.5%+ available', ['99.5%+'], ['WEEK 5-6']],
    ['30-day retention: 60%+ by Day 90', ['60%+'], ['30-day', 'Day 90']],
    ['10,000 people × 5% = $500', ['10,000', '5%', '$500'], []],
    ['March 28-April 2, 2026, 4pm GMT+2', [], ['March 28-April 2, 2026', '4pm', 'GMT+2']],
    ['A deal of $15K-30K, rank #1-5', ['$15K-30K', '#1-5'], []],
    ['24/7 help, weekly 1:1s, 30/60/90-day plan', [], ['24/7', '1:1s', '30/60/90-day']],
    ['SOC 2 50% complete, v2 for 2 weeks', ['50%'], ['SOC 2', 'v2', '2 weeks']],
    ['Meet for 30 min', ['30 min'], []],
    ['No number here, not even one', [], []],
    ['5 000 people, 1\u00a0200 of them paying', ['5 000', '1\u00a0200'], []],
    ['A dozen pilots, twenty-five partners, five hundred fans', ['dozen', 'twenty-five', 'five hundred'], []],
    ['€5k, USD 300, $1.5 million, $3bn', ['€5k', 'USD 300', '$1.5 million', '$3bn'], []],
    ['2—3 hires, 4 − 5 deals, ≥ 99.9 %', ['2—3', '4 − 5', '≥ 99.9 %'], []],
    ['Sign-ups per day: 500', ['500'], []],
    ['Answer in <2 days, runway >= 18 months', ['<2', '>= 18'], []],
    ['Goals for 2026: $2025 and 2020+ people', ['$2025', '2020+'], ['2026']],
    ['## 3. Ten goals', ['Ten'], ['## 3.']],
    [
      '- (2) by 5 January 2026, Jan 5th or 12.5.2026, 3 p.m.',
      [],
      ['- (2)', '5 January 2026', 'Jan 5th', '12.5.2026', '3 p.m.'],
    ],
    ['Weeks 5 and 6, days 1 to 30, H2 2026', [], ['Weeks 5 and 6', 'days 1 to 30', 'H2 2026']],
    ['3rd engineer, v2.0, 2FA, level 2', [], ['3rd', 'v2.0', '2FA', 'level 2']],
    ['See https://example.com/p/123?q=5 for 20 more', ['20'], ['link']],
  ])('%s', (text, figures, labels) => expect(numbersIn(text)).toEqual({ figures, labels }));

  it('are found in every line that has a digit, and nowhere twice', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [line] = text.split(/[\r\n]/);
        const { figures, labels } = numbersIn(line ?? '');
        if (/\d/.test(line ?? '')) expect(figures.length + labels.length).toBeGreaterThan(0);
        const digits = (parts: readonly string[]) => parts.join('').replaceAll(/\D/g, '').length;
        expect(digits([...figures, ...labels])).toBe((line ?? '').replaceAll(/\D/g, '').length);
      }),
    );
  });

  it.each<[string, number[]]>([
    ['$8-10K', [8, 8000, 10_000]],
    ['$1.5K', [1500]],
    ['10,000', [10_000]],
    ['$1,234,567.89', [1_234_567.89]],
    ['1 200', [1200]],
    ['1.200', [1.2, 1200]],
    ['1.200.000,5', [1_200_000.5]],
    ['99,5 %', [99.5]],
    ['$15K-30K', [15_000, 30_000]],
    ['<200ms', [200]],
    ['$2M', [2_000_000]],
    ['3 billion', [3_000_000_000]],
    ['Zero', [0]],
    ['two dozen', [24]],
    ['seventy-five', [75]],
    ['five hundred thousand', [500_000]],
  ])('%s may mean %j', (figure, amounts) => expect(amountsIn(figure)).toEqual(amounts));
});

it('a document of megabytes without a line break is read in seconds', () => {
  for (const part of ['https://', '1/', '1,111,', ' ', '#', 'ten ', 'week  ', '1-', 'jan   '])
    expect(numberedLines(part.repeat(200_000)).length).toBeLessThan(2);
});

describe('the list of numbered lines', () => {
  const document = '# Plan for 90 days\n\n- 10,000 users\r\n- a promise\n- $8-10K by Week 6';

  it('is written and read again', () => {
    const lines = numberedLines(document);
    expect(lines).toEqual([
      { line: 1, figures: [], labels: ['90 days'] },
      { line: 3, figures: ['10,000'], labels: [] },
      { line: 5, figures: ['$8-10K'], labels: ['Week 6'] },
    ]);
    expect(readLines(writeLines(lines), 'lines.tsv')).toEqual(lines);
  });

  it.each([
    ['line,figures\n3,4', 1],
    ['line\tfigures\tlabels\nx\t4\t', 2],
    ['line\tfigures\tlabels\n3\t4\t\n3\t4\t', 3],
    ['line\tfigures\tlabels\n3\t4\t\t', 2],
    ['', 1],
  ])('names the place of what is wrong in %j', (text, line) => {
    expect(() => readLines(text, 'lines.tsv')).toThrow(ConfigError);
    expect(() => readLines(text, 'lines.tsv')).toThrow(`lines.tsv:${line}:1`);
  });
});
