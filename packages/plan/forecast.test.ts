import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Forecast } from '@plumbline/core/status';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canHold, outlook } from './forecast.ts';
import type { Step } from './prepare.ts';
import { preparePlan } from './prepare.ts';
import { day, metric, nights, planOf, point, points, repeat } from './rehearsal.ts';
import type { Indicator } from './schema.ts';
import { Series } from './series.ts';
import { parseTarget } from './target.ts';
import { trendOf } from './trend.ts';

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

const stepOf = (indicator: Partial<Indicator> & { target: string }, m: CatalogueMetric): Step => {
  const [step] = preparePlan(planOf(indicator), new Map([[m.id, m]])).steps;
  if (!step) throw new Error('there is no step');
  return step;
};

/** After the last of these values. */
function forecastOf(step: Step, values: readonly number[]): Forecast {
  const reading = { value: values.at(-1) ?? 0, day: day(values.length) };
  const { forecast } = outlook(step, new Series(step.metric, points(1, ...values)), step.target, reading);
  if (!forecast) throw new Error('there is no forecast');
  return forecast;
}

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
    expect(ahead({ target: '>= 100', by: 'day 30' }, withOutlier).forecast?.value).toBe(68);
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

  it('of a sum never falls under what has come in, so that a limit that is exceeded stays at risk', () => {
    const plan = planOf({ target: '<= 2', during: 'week 3-6', aggregate: 'sum' });
    const found = [...Array.from({ length: 14 }, (_, index) => (index % 7 === 0 ? 9 : 0)), 3, ...repeat(0, 9)];
    const { state } = nights({
      plan,
      metric: metric({ kind: 'flow', direction: 'down' }),
      points: points(1, ...found),
      to: 24,
    });
    expect([state?.status, state?.forecast?.low]).toEqual(['at_risk', 3]);
    expect(state).not.toHaveProperty('requiredPace');
  });

  it.each([
    ['the mean of a score', { kind: 'score' }, { during: 'week 5-12', aggregate: 'mean' }],
    ['the mean of a stock', { kind: 'stock', carryDays: 30 }, { during: 'week 5-12', aggregate: 'mean' }],
    ['a trailing mean of a score', { kind: 'score' }, { maintain: 'week 2..end', over: '7d' }],
  ] as const)('of %s takes a value that is recorded weekly to stand for the week', (_, rest, when) => {
    const weekly = Array.from({ length: 12 }, (_, week) => point(1 + 7 * week, 50));
    const { state, changes } = nights({
      plan: planOf({ target: '>= 45', ...when }),
      metric: metric({ source: 'record', ...rest }),
      points: weekly,
      to: 80,
    });
    expect([state?.status, state?.forecast, changes.map(({ kind }) => kind)]).toEqual([
      'on_track',
      { value: 50, low: 50, high: 50 },
      ['on_track'],
    ]);
  });

  it.each([
    ['a rate in percent', { kind: 'rate', unit: '%' }, line(10, 55, 5), 100],
    ['a ratio', { kind: 'rate', unit: 'ratio' }, line(10, 0.1, 0.1), 1],
    ['an NPS', { kind: 'score', unit: 'score' }, line(10, 0, 10), 100],
    ['an NPS that falls', { kind: 'score', unit: 'score' }, line(10, 0, -10), -100],
    ['a count that falls', {}, line(10, 100, -10), 0],
    ['a rate that went beyond 100 % already', { kind: 'rate', unit: '%' }, line(10, 101, 1), 113.999468309],
    ['whole cents', { unit: 'USD' }, [...repeat(0, 5), ...repeat(1, 5)], 8],
  ] as const)('of %s stays possible', (_, rest, values, expected) => {
    expect(ahead({ target: '>= 1', by: 'day 50' }, [...values], rest).forecast?.value).toBe(expected);
  });

  it('looks at the last 28 points', () => {
    const series = new Series(metric({}), points(1, ...repeat(500, 30), ...line(28, 0, 1)));
    const trend = trendOf(series);
    expect(trend).toMatchObject({ count: 28, last: day(58), slope: 1, perDay: 13.5, hasBand: true });
    expect(trend?.after(10)).toEqual({ value: 37, low: 37, high: 37 });
    expect(trend?.sum(3)).toEqual({ value: 87, low: 87, high: 87 });
  });

  it('of a stock drifts from its last value, and gathers the chance of each day', () => {
    const trend = trendOf(new Series(metric({}), points(1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1)));
    // Nine steps of 1 over eight degrees of freedom; the drift of 0 is known to a ninth of that, and twice as unsure.
    const half = (days: number) => 1.2816 * Math.sqrt(9 / 8) * Math.sqrt(days + (2 * days) ** 2 / 9);
    for (const days of [1, 9]) {
      const { value, low, high } = trend?.after(days) ?? {};
      expect([value, low, high].map((one) => one?.toFixed(9))).toEqual(
        [1, 1 - half(days), 1 + half(days)].map((one) => one.toFixed(9)),
      );
    }
  });

  it('of anything else comes back to its level: at once where days have nothing to do with each other, slowly where they have', () => {
    const score = metric({ kind: 'score' });
    const jumpy = trendOf(new Series(score, points(1, 40, 60, 40, 60, 40, 60, 40, 60, 40, 60)));
    expect(jumpy?.after(1).value).toBe(50);
    const steady = trendOf(new Series(score, points(1, ...repeat(40, 20), 45, 50, 55, 60)));
    const [soon = 0, later = 0] = [1, 20].map((days) => steady?.after(days).value);
    expect(soon).toBeGreaterThan(50);
    expect(soon).toBeLessThan(60);
    expect(later).toBeLessThan(soon);
    expect(later).toBeGreaterThan(40);
  });

  it('stays possible, in order, and the same for more of the same', () => {
    const kinds = fc.constantFrom(
      { kind: 'stock', unit: 'USD' } as const,
      { kind: 'flow' } as const,
      { kind: 'unique' } as const,
      { kind: 'rate', unit: '%' } as const,
      { kind: 'score', unit: 'score' } as const,
    );
    const values = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(kinds, values, fc.integer({ min: 0, max: 60 }), (rest, values, left) => {
        const step = stepOf({ target: '>= 1', by: `day ${values.length + left}` }, metric(rest));
        const { low, high, value } = forecastOf(step, values);
        expect(low).toBeLessThanOrEqual(value);
        expect(value).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(rest.kind === 'score' ? -100 : 0);
        if (rest.kind === 'rate' || rest.kind === 'score') expect(high).toBeLessThanOrEqual(100);
      }),
    );
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 10, max: 40 }), (rest, value, count) => {
        const step = stepOf({ target: '>= 1', by: `day ${count + 30}` }, metric(rest));
        expect(forecastOf(step, repeat(value, count))).toEqual({ value, low: value, high: value });
      }),
    );
  });

  it.each([
    ['> 40', 40, 30, 40, false],
    ['>= 40', 40, 30, 40, true],
    ['< 40', 40, 40, 50, false],
    ['<= 40', 40, 40, 50, true],
    ['== 40', 40, 40, 50, true],
    // One case in five lies beyond two thirds of the way to the band's end: 39.6 and 40.3, 40.4 and 39.7.
    ['>= 40', 35, 28, 42, false],
    ['>= 40', 35, 27, 43, true],
    ['<= 40', 45, 38, 52, false],
    ['<= 40', 45, 37, 53, true],
    ['== 40', 45, 38, 52, false],
    ['== 40', 45, 37, 53, true],
    ['== 40', 35, 28, 42, false],
  ])('%s can be held by %i with a band of %i to %i: %s', (target, value, low, high, expected) => {
    expect(canHold(parseTarget(target, 'count'), { value, low, high })).toBe(expected);
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
