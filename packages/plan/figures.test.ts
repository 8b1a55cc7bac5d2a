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
    ['$8-10K', [8, 10, 8000, 10_000]],
    ['$1.5K', [1.5, 1500]],
    ['10,000', [10_000]],
    ['$15K-30K', [15, 30, 15_000, 30_000]],
    ['<200ms', [200]],
    ['$2M', [2, 2_000_000]],
    ['Zero', [0]],
  ])('%s may mean %j', (figure, amounts) => expect(amountsIn(figure)).toEqual(amounts));
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
