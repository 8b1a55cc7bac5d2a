import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from './identity.ts';

describe('an identity', () => {
  it.each([
    ['10000 * 5% * $20 == $100K', false, '$10,000', '$100,000'],
    ['$66.5K + $68.6K + $3.9K == $139K', true, '$139,000', '$139,000'],
    ['10,000 x 5% × $20 <= $10K', true, '$10,000', '$10,000'],
    ['10,000 * 5% * $20 >= $10,001', false, '$10,000', '$10,001'],
    ['500 / 10000 == 5%', true, '5%', '5%'],
    ['40% + 5% == 45%', true, '45%', '45%'],
    ['50% * 50% == 25%', true, '25%', '25%'],
    ['$100K / 500 == $200', true, '$200', '$200'],
    ['$100K / $20 == 5000', true, '5,000', '5,000'],
    ['2 + 3 * 4 == 14', true, '14', '14'],
    ['(2 + 3) * 4 == 20', true, '20', '20'],
    ['10 - 2 - 3 == 5', true, '5', '5'],
    ['-(2 - 3) == 1', true, '1', '1'],
    ['2 - -3 == 5', true, '5', '5'],
    ['0.1 + 0.2 == 0.3', true, '0.3', '0.3'],
    ['1 / 3 * 3 == 1', true, '1', '1'],
    ['$1M / 3 == $333,333', false, 'about $333,333.3333', '$333,333'],
    ['2 − 5 == -3', true, '−3', '−3'],
  ])('%s', (check, holds, left, right) => {
    expect(evaluate(check)).toMatchObject({ holds, left, right });
  });

  it('names the numbers that it is made of', () => {
    expect(evaluate('10,000 * 5% * $20 == $1.5K')).toEqual({
      holds: false,
      left: '$10,000',
      right: '$1,500',
      op: '==',
      numbers: [10_000, 5, 20, 1500],
    });
  });

  const FORM = '"10000 * 5% * $20 == $100K": numbers with %, $, K, M, then + - * / x ( ), and one of == >= <=';
  it.each([
    ['1 + 2', `"1 + 2": it ends where ==, >= or <= must be; allowed: ${FORM}`],
    ['1 + == 2', `"1 + == 2": found "==" at character 5 where a number must be; allowed: ${FORM}`],
    ['1 == 2 == 3', `"1 == 2 == 3": found "==" at character 8 where its end must be; allowed: ${FORM}`],
    ['(1 + 2 == 3', `"(1 + 2 == 3": found "==" at character 8 where ")" must be; allowed: ${FORM}`],
    ['10 users == 10', `"10 users == 10": found "u" at character 4 where ==, >= or <= must be; allowed: ${FORM}`],
    ['1,00 == 100', `"1,00 == 100": found "," at character 2 where ==, >= or <= must be; allowed: ${FORM}`],
    ['1 / (2 - 2) == 0', 'divides by zero, which has no result; take that division out'],
    ['', `"": it ends where a number must be; allowed: ${FORM}`],
  ])('%j is refused with its place', (check, message) => {
    expect(() => evaluate(check)).toThrow(message);
  });

  const term = fc.letrec<{ sum: [string, bigint]; leaf: [string, bigint] }>((tie) => ({
    leaf: fc.bigInt({ min: 0n, max: 10n ** 12n }).map((n) => [n.toLocaleString('en-US'), n]),
    sum: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*', 'x', '×'), tie('sum')).map(([[a, x], operator, [b, y]]) => {
        const value = operator === '+' ? x + y : operator === '-' ? x - y : x * y;
        return [`(${a} ${operator} ${b})`, value] as [string, bigint];
      }),
    ),
  })).sum;

  it('is worked out without a rounding, however large', () => {
    fc.assert(
      fc.property(term, fc.bigInt({ min: -1n, max: 1n }), ([text, value], off) => {
        const other = value + off;
        const right = other < 0n ? `-${-other}` : `${other}`;
        expect(evaluate(`${text} == ${right}`).holds).toBe(off === 0n);
        expect(evaluate(`${text} >= ${right}`).holds).toBe(off <= 0n);
        expect(evaluate(`${text} <= ${right}`).holds).toBe(off >= 0n);
      }),
    );
  });

  it('divides exactly: a quotient times its divisor is the dividend', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (a, b) => {
        expect(evaluate(`${a} / ${b} * ${b} == ${a}`).holds).toBe(true);
        expect(evaluate(`${a} / -${b} == -${a} / ${b}`).holds).toBe(true);
        expect(evaluate(`${a}% * 100 == ${a}`).holds).toBe(true);
      }),
    );
  });
});
