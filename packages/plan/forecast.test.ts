import type { CatalogueMetric } from '@plumbline/core/metric';
import { describe, expect, it } from 'vitest';
import { canHold, trendOf } from './forecast.ts';
import { day, metric, nights, planOf, points, repeat } from './rehearsal.ts';
import type { Indicator } from './schema.ts';
import { Series } from './series.ts';
import { parseTarget } from './target.ts';

const line = (count: number, from: number, step: number): number[] =>
  Array.from({ length: count }, (_, index) => from + step * index);

/** What stands in the state after the last of these values. */
const ahead = (
  indicator: Partial<Indicator> & { target: string },
  values: number[],
  rest: Partial<CatalogueMetric> = {},
) => {
  const { state } = nights({
    plan: planOf(indicator),
    metric: metric(rest),
    points: points(1, ...values),
    to: values.length,
  });
  return { forecast: state?.forecast, requiredPace: state?.requiredPace, actualPace: state?.actualPace };
};

describe('a forecast', () => {
  it('under ten points is a required and an actual pace without a band', () => {
    expect(ahead({ target: '>= 100', by: 'day 30' }, line(9, 10, 2))).toEqual({
      forecast: undefined,
      requiredPace: 3.52380952381,
      actualPace: 2,
    });
  });

  it('from ten points on goes on along the line that most points lie on', () => {
    expect(ahead({ target: '>= 100', by: 'day 30' }, line(10, 10, 2))).toEqual({
      forecast: { value: 68, low: 68, high: 68 },
      requiredPace: 3.6,
      actualPace: 2,
    });
    const withOutlier = line(11, 10, 2).with(4, 900);
    expect(ahead({ target: '>= 100', by: 'day 30' }, withOutlier).forecast).toEqual({ value: 68, low: 68, high: 68 });
  });

  it('has a band as wide as the points scatter, wider the further it looks', () => {
    const wavy = line(20, 100, 0).map((value, index) => value + (index % 2 === 0 ? 10 : -10));
    const near = ahead({ target: '>= 1', by: 'day 22' }, wavy).forecast;
    const far = ahead({ target: '>= 1', by: 'day 80' }, wavy).forecast;
    const width = (band: typeof near) => (band ? band.high - band.low : 0);
    expect(width(near)).toBeGreaterThan(20);
    expect(width(far)).toBeGreaterThan(width(near));
  });

  it('needs nothing more once the target is reached, and nothing can be needed on the last day', () => {
    expect(ahead({ target: '>= 10', by: 'day 30' }, line(9, 10, 2)).requiredPace).toBe(0);
    const { state } = nights({
      plan: planOf({ target: '>= 100', by: 'day 9' }),
      metric: metric({ settleNights: 1 }),
      points: points(1, ...line(9, 10, 2)),
      to: 9,
    });
    expect(state).not.toHaveProperty('requiredPace');
  });

  it('of a sum adds the run-rate for the days left', () => {
    const flow = { kind: 'flow' } as const;
    expect(ahead({ target: '>= 100', during: 'day 1-30', aggregate: 'sum' }, repeat(3, 10), flow)).toEqual({
      forecast: { value: 90, low: 90, high: 90 },
      requiredPace: 3.5,
      actualPace: 3,
    });
  });

  it('of a mean weighs what is behind with what is ahead', () => {
    expect(ahead({ target: '>= 100', during: 'day 1-20', aggregate: 'mean' }, line(10, 1, 1)).forecast?.value).toBe(
      10.5,
    );
  });

  it.each([
    ['a rate in percent', { kind: 'rate', unit: '%' }, line(10, 55, 5), 100],
    ['a ratio', { kind: 'rate', unit: 'ratio' }, line(10, 0.1, 0.1), 1],
    ['an NPS', { kind: 'score', unit: 'score' }, line(10, 0, 10), 100],
    ['an NPS that falls', { kind: 'score', unit: 'score' }, line(10, 0, -10), -100],
    ['a count that falls', {}, line(10, 100, -10), 0],
    ['a rate that went beyond 100 % already', { kind: 'rate', unit: '%' }, line(10, 101, 1), 150],
    ['cents', { unit: 'USD' }, [...repeat(0, 9), 1], 0],
  ] as const)('of %s stays possible', (_, rest, values, expected) => {
    expect(ahead({ target: '>= 1', by: 'day 50' }, [...values], rest).forecast?.value).toBe(expected);
  });

  it('looks at the last 28 points', () => {
    const series = new Series(metric({}), points(1, ...repeat(500, 30), ...line(28, 0, 1)));
    expect(trendOf(series)).toMatchObject({ count: 28, last: day(58), slope: 1, level: 27 });
  });

  it.each([
    ['> 40', 30, 40, false],
    ['>= 40', 30, 40, true],
    ['< 40', 40, 50, false],
    ['<= 40', 40, 50, true],
    ['== 40', 40, 50, true],
    ['== 40', 41, 50, false],
    ['== 40', 30, 39, false],
  ])('%s can be held by a band of %i to %i: %s', (target, low, high, expected) => {
    expect(canHold(parseTarget(target, 'count'), { value: (low + high) / 2, low, high })).toBe(expected);
  });
});

describe('what is to be maintained', () => {
  it('is at risk when the line crosses the bound within seven days', () => {
    const plan = planOf({ target: '< 50', maintain: 'day 1-60' });
    const risky = (values: number[]) =>
      nights({ plan, points: points(1, ...values), to: values.length }).changes.map(({ kind }) => kind);
    // On day 20 the line stands at 43 (42 a night before): seven days on at 50, which "< 50" does not hold.
    expect(risky(line(20, 24, 1))).toEqual(['on_track']);
    expect(risky(line(21, 24, 1))).toEqual(['on_track', 'at_risk']);
  });
});
