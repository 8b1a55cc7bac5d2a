import { expect, it } from 'vitest';
import { drawnSeries } from './drawn.ts';
import { preparePlan } from './prepare.ts';
import { day, metric, planOf, point, points } from './rehearsal.ts';

const stepOf = (indicator: Parameters<typeof planOf>[0], rest = {}) => {
  const [step] = preparePlan(planOf(indicator), new Map([['m', metric(rest)]])).steps;
  if (!step) throw new Error('the plan has no step');
  return step;
};

it('draws its own metric by day', () => {
  const others = [point(1, 7), { ...point(2, 9), metric: 'other' }];
  expect(drawnSeries(stepOf({ target: '>= 1', by: 'day 9' }), others)).toEqual([{ day: day(1), value: 7 }]);
});

it('draws a sum as it builds up over its days only', () => {
  const step = stepOf({ target: '>= 9', during: 'day 2-4', aggregate: 'sum' }, { kind: 'flow' });
  expect(drawnSeries(step, points(1, 5, 1, 2, 3, 8))).toEqual([
    { day: day(2), value: 1 },
    { day: day(3), value: 3 },
    { day: day(4), value: 6 },
  ]);
});

it('draws the part that it is about, and leaves out days without it', () => {
  const step = stepOf({ target: '>= 1', by: 'day 9', where: { product: 'Pro' } }, { dimensions: ['product'] });
  const broken = [point(1, 9, { breakdown: { product: { Pro: 4, Team: 5 } } }), point(2, 9)];
  expect(drawnSeries(step, broken)).toEqual([{ day: day(1), value: 4 }]);
});
