import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comparison } from './target.ts';
import { gapOf, holds, parseTarget, resolveTarget, showTarget } from './target.ts';

describe('a target', () => {
  it.each([
    ['> 40', 'score', { op: '>', bound: 40 }],
    ['>40', 'score', { op: '>', bound: 40 }],
    ['> -10', 'score', { op: '>', bound: -10 }],
    ['>= $8K', 'USD', { op: '>=', bound: 800_000 }],
    ['>= $68.6K', 'USD', { op: '>=', bound: 6_860_000 }],
    ['>= $1.5K', 'USD', { op: '>=', bound: 150_000 }],
    ['>= $2M', 'USD', { op: '>=', bound: 200_000_000 }],
    ['>= 2M USD', 'USD', { op: '>=', bound: 200_000_000 }],
    ['>= $0.07', 'USD', { op: '>=', bound: 7 }],
    ['>= ¥1,400', 'JPY', { op: '>=', bound: 1400 }],
    ['< 200 ms', 'ms', { op: '<', bound: 200 }],
    ['< 2 s', 'ms', { op: '<', bound: 2000 }],
    ['< 200 ms', 's', { op: '<', bound: 0.2 }],
    ['<= 90 s', 'min', { op: '<=', bound: 1.5 }],
    ['>= 99.5%', '%', { op: '>=', bound: 99.5 }],
    ['>= 40%', 'ratio', { op: '>=', bound: 0.4 }],
    ['== 0', 'count', { op: '==', bound: 0 }],
    ['>= 10K', 'count', { op: '>=', bound: 10_000 }],
    ['>= 100,000', 'count', { op: '>=', bound: 100_000 }],
    ['<= baseline - 50 ms', 'ms', { op: '<=', bound: -50, relative: true }],
    ['>= baseline + 10', 'count', { op: '>=', bound: 10, relative: true }],
    ['<= baseline', 'ms', { op: '<=', bound: 0, relative: true }],
  ])('%s of a metric in %s is read exactly', (text, unit, expected) => {
    expect(parseTarget(text, unit)).toEqual({ ...expected, unit });
  });

  it.each([
    ['3000..5000', 'count', 'up', { op: '>=', bound: 3000, stretch: 5000 }],
    ['$8K..10K', 'USD', 'up', { op: '>=', bound: 800_000, stretch: 1_000_000 }],
    ['150..200 ms', 'ms', 'down', { op: '<=', bound: 200, stretch: 150 }],
    ['0.5..1 s', 'ms', 'down', { op: '<=', bound: 1000, stretch: 500 }],
    ['200..150', 'ms', 'down', { op: '<=', bound: 200, stretch: 150 }],
  ] as const)(
    'the range %s of a metric in %s (better is %s) has its looser end as floor',
    (text, unit, direction, expected) => {
      expect(parseTarget(text, unit, direction)).toEqual({ ...expected, range: true, unit });
    },
  );

  it.each([
    ['40', 'score', 'has no comparison'],
    ['more', 'score', 'has no comparison'],
    ['> x', 'score', 'is not an amount'],
    ['> 40%', 'score', 'the metric is in score; allowed: a plain number'],
    ['< 2 s', '%', 'the metric is in %; allowed: a plain number, "%"'],
    ['>= €8K', 'USD', 'the metric is in USD; allowed: a plain number, "USD", "$"'],
    ['< 200', 'count', undefined],
    ['>= $0.001', 'USD', 'finer than the smallest coin'],
    ['> 3..5', 'count', 'mixes forms'],
    ['1..2..3', 'count', 'mixes forms'],
    ['3..3', 'count', 'equal ends'],
    ['$5 USD..6', 'USD', 'two units'],
    ['>= 999999999999999M', 'count', 'too large'],
  ])('%s of a metric in %s: %s', (text, unit, complaint) => {
    if (complaint === undefined) expect(() => parseTarget(text, unit)).not.toThrow();
    else expect(() => parseTarget(text, unit)).toThrow(complaint);
  });

  it.each([
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['==', [false, true, false]],
  ] as const)('%s is held by 39, 40, 41 as %j against 40', (op, expected) => {
    const target = parseTarget(`${op} 40`, 'score');
    expect([39, 40, 41].map((value) => holds(target, value))).toEqual(expected);
  });

  it('knows how far a value is from its deciding bound, without binary noise', () => {
    expect(gapOf(parseTarget('> 40', 'score'), 36)).toBe(-4);
    expect(gapOf(parseTarget('>= 99.5%', '%'), 99.4)).toBe(-0.1);
    expect(gapOf(parseTarget('$8K..10K', 'USD'), 900_000)).toBe(100_000);
    expect(gapOf(resolveTarget(parseTarget('<= baseline - 50 ms', 'ms'), 180), 140)).toBe(10);
  });

  it.each([
    ['> 40', 'score', '> 40'],
    ['$8K..10K', 'USD', '$8,000..$10,000'],
    ['<= baseline - 50 ms', 'ms', '<= baseline − 50 ms'],
    ['>= baseline', 'count', '>= baseline'],
  ])('%s in %s is shown as %s', (text, unit, shown) => {
    expect(showTarget(parseTarget(text, unit))).toBe(shown);
  });

  it('is read back from how it is shown', () => {
    const ops = fc.constantFrom<Comparison>('>', '>=', '<', '<=', '==');
    const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
    fc.assert(
      fc.property(ops, cents, fc.constantFrom('USD', 'count', 'ms', '%', 'JPY'), (op, bound, unit) => {
        const target = { op, bound, unit };
        expect(parseTarget(showTarget(target), unit)).toEqual(target);
      }),
    );
  });

  it('reads every amount of cents exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (cents) => {
        const text = `>= $${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
        expect(parseTarget(text, 'USD').bound).toBe(cents);
      }),
    );
  });
});

describe("the plans' own sentences", () => {
  it.each([
    ['NPS >40 by Week 6', '> 40', 'score', 'up', 41, 40],
    ['NPS 50+', '>= 50', 'score', 'up', 50, 49],
    ['<200ms latency at P95', '< 200 ms', 'ms', 'down', 199, 200],
    ['Achieve <2s AI tutor response time (P95)', '< 2 s', 'ms', 'down', 1999, 2000],
    ['Onboarding completion rate >75%', '> 75%', '%', 'up', 75.1, 75],
    ['99.5% uptime', '>= 99.5%', '%', 'up', 99.5, 99.49],
    ['MRR Target: $1.5K', '>= $1.5K', 'USD', 'up', 150_000, 149_999],
    ['$8-10K MRR', '$8K..10K', 'USD', 'up', 800_000, 799_999],
    ['Team of 5-7 people', '5..7', 'count', 'up', 5, 4],
    ['Zero critical bugs in production', '== 0', 'count', 'down', 0, 1],
    ['Issues/Bugs: <5 critical', '< 5', 'count', 'down', 4, 5],
    ['Monthly churn: <3%', '< 3%', '%', 'down', 2.9, 3],
    ['$2M pipeline value', '>= $2M', 'USD', 'up', 200_000_000, 199_999_999],
    ['100,000+ total users', '>= 100K', 'count', 'up', 100_000, 99_999],
  ] as const)('%s: %s in %s (better is %s) is kept by %d and not by %d', (_, text, unit, direction, kept, broken) => {
    const target = parseTarget(text, unit, direction);
    expect([holds(target, kept), holds(target, broken)]).toEqual([true, false]);
  });
});
