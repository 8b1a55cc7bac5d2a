import fc from 'fast-check';
import { expect, it } from 'vitest';
import { budgetLeft } from './error-budget.ts';
import { day, metric, nights, planOf, point } from './rehearsal.ts';

const uptime = metric({ id: 'uptime', unit: '%', kind: 'rate', source: 'uptime' });
const kept = (rest: object = {}) => planOf({ metric: 'uptime', target: '>= 99.5%', maintain: 'day 3-32', ...rest });
const at = (k: number, value: number, rest: object = {}) => point(k, value, { metric: 'uptime', ...rest });
const budgetAt = (to: number, points = [at(2, 0), at(3, 100), at(4, 96.25), at(6, 95)], plan = kept()) =>
  nights({ plan, metric: uptime, points, to }).state?.errorBudget;

it('is what the whole span may be down, and what its days so far were', () => {
  // 30 days of which half a percent may be down; 54 minutes on day 4, 72 on day 6, day 5 is unknown.
  expect(budgetAt(3)).toEqual({ allowedMinutes: 216, usedMinutes: 0 });
  expect(budgetAt(5)).toEqual({ allowedMinutes: 216, usedMinutes: 54 });
  expect(budgetAt(9)).toEqual({ allowedMinutes: 216, usedMinutes: 126 });
});

it('begins with the span, and ends with it', () => {
  expect(budgetAt(2)).toBeUndefined();
  expect(budgetAt(40, [at(32, 90), at(33, 0)])).toEqual({ allowedMinutes: 216, usedMinutes: 144 });
});

it('counts settled days alone', () => {
  expect(budgetAt(5, [at(3, 90, { state: 'provisional' }), at(4, 99)])).toEqual({
    allowedMinutes: 216,
    usedMinutes: 14.4,
  });
});

it('belongs to an uptime that is to be maintained, and to nothing else', () => {
  const of = (rest: object, m = uptime) =>
    nights({ plan: kept(rest), metric: m, points: [at(3, 99)], to: 5 }).state?.errorBudget;
  expect(of({ maintain: undefined, by: 'day 4' })).toBeUndefined();
  expect(of({ target: '< 99%' })).toBeUndefined();
  expect(of({ target: '> 99%', over: '7d' })).toEqual({ allowedMinutes: 432, usedMinutes: 14.4 });
  const latency = metric({ id: 'engagement', unit: '%', kind: 'rate' });
  expect(of({ metric: 'engagement' }, latency)).toBeUndefined();
});

it('is said in words, to a tenth of a minute', () => {
  expect(budgetLeft({ allowedMinutes: 216, usedMinutes: 162 })).toBe('54 of 216 min left');
  expect(budgetLeft({ allowedMinutes: 86.4, usedMinutes: 86.4 })).toBe('0 of 86.4 min left');
  expect(budgetLeft({ allowedMinutes: 86.4, usedMinutes: 86.44 })).toBe('0 of 86.4 min left');
  expect(budgetLeft({ allowedMinutes: 216, usedMinutes: 228.26 })).toBe('12.3 min over its 216 min');
  expect(budgetLeft({ allowedMinutes: 2880, usedMinutes: 0 })).toBe('2,880 of 2,880 min left');
});

it('is used up to the minute by days that are at the bound, whatever it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 9000, max: 9999 }), fc.integer({ min: 1, max: 30 }), (hundredths, length) => {
      const bound = hundredths / 100;
      const plan = kept({ target: `>= ${bound}%`, maintain: `${day(3)}..${day(2 + length)}` });
      const points = Array.from({ length }, (_, index) => at(3 + index, bound));
      const budget = budgetAt(2 + length, points, plan);
      expect(budget?.usedMinutes).toBeCloseTo(budget?.allowedMinutes ?? 0, 6);
    }),
    { numRuns: 30 },
  );
});
