import { describe, expect, it } from 'vitest';
import type { Trial } from './backtest.ts';
import { backtest, rehearse } from './backtest.ts';
import { reportOn } from './backtest-report.ts';
import { lastValue, straightLine } from './backtest-rules.ts';
import { day, metric, planOf, points, repeat } from './rehearsal.ts';
import type { Indicator } from './schema.ts';

const line = (count: number, from: number, step: number): number[] =>
  Array.from({ length: count }, (_, index) => from + step * index);

const past = (
  indicator: Partial<Indicator> & { target: string },
  values: number[],
  rest: Parameters<typeof metric>[0] = {},
) => ({
  plan: planOf(indicator),
  metrics: new Map([['m', metric(rest)]]),
  points: points(1, ...values),
  through: day(values.length),
});

const only = (trials: Trial[]): Trial => {
  const [trial] = trials;
  if (!trial || trials.length > 1) throw new Error(`one trial is expected, not ${trials.length}`);
  return trial;
};

describe('looking back', () => {
  it('holds the forecast of each night against the value that the verdict was built on', () => {
    // From ten points on, and never on the deadline's own night: nights 10 and 11 of 12. The twelfth value leaves the line.
    const trial = only(backtest(past({ target: '>= 20', by: 'day 12' }, [...line(11, 1, 2), 19])));
    expect(trial).toEqual({
      indicator: 'i0',
      kind: 'stock',
      outcome: 'missed',
      day: day(12),
      bound: 20,
      expectations: [
        { night: day(10), daysAhead: 2, forecast: { value: 23, low: 23, high: 23 }, came: 19 },
        { night: day(11), daysAhead: 1, forecast: { value: 23, low: 23, high: 23 }, came: 19 },
      ],
      atRisk: [],
    });
  });

  it('counts the nights on which a step stood at risk before its day', () => {
    const trial = only(backtest(past({ target: '>= 100', by: 'day 12' }, line(12, 1, 2))));
    // Five points are known from night 5 on; the second night that says so turns it.
    expect(trial.atRisk).toEqual([6, 7, 8, 9, 10, 11].map(day));
  });

  it("knows no more than each night did: a sum's last days are still to come, and what came is its settled whole", () => {
    const flow = { kind: 'flow', settleNights: 1 } as const;
    const trial = only(backtest(past({ target: '>= 40', during: 'day 1-14', aggregate: 'sum' }, repeat(3, 16), flow)));
    expect(trial).toMatchObject({ outcome: 'met', day: day(14), atRisk: [] });
    expect(trial.expectations).toEqual(
      [10, 11, 12, 13].map((k) => ({
        night: day(k),
        daysAhead: 14 - k,
        forecast: { value: 42, low: 42, high: 42 },
        came: 42,
      })),
    );
  });

  it('holds a forecast of what is to be maintained against the day that it spoke of, a week on at most', () => {
    const trial = only(backtest(past({ target: '< 50', maintain: 'day 1-20' }, line(20, 1, 1))));
    expect(trial.outcome).toBe('met');
    expect(trial.expectations.map(({ night, daysAhead, came }) => [night, daysAhead, came])).toEqual(
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((k) => [day(k), Math.min(7, 20 - k), Math.min(k + 7, 20)]),
    );
  });

  it('takes a failing day of what is to be maintained as the day to warn of', () => {
    const trial = only(backtest(past({ target: '< 50', maintain: 'day 1-60' }, line(40, 24, 1))));
    expect(trial).toMatchObject({ outcome: 'missed', day: day(27), bound: 50 });
    expect(trial.atRisk.every((night) => night < day(27))).toBe(true);
    expect(trial.atRisk.length).toBeGreaterThan(3);
  });

  it('knows the bound of a target that leans on a baseline', () => {
    const leaning = past({ target: '>= baseline + 4', by: 'day 12' }, line(12, 1, 2));
    const plan = { ...leaning.plan, baseline: 'day 9' };
    expect(only(backtest({ ...leaning, plan }))).toMatchObject({ outcome: 'met', bound: 21 });
  });

  it('leaves out what is not decided, and goes through every night', () => {
    const open = past({ target: '>= 20', by: 'day 60' }, line(12, 1, 2));
    expect(backtest(open)).toEqual([]);
    expect([...rehearse(open)]).toEqual(Array.from({ length: 12 }, (_, index) => day(index + 1)));
  });
});

describe('the two rules by hand', () => {
  // On the way in a rising line: where it stands now it would miss, along the line it meets.
  const rising = past({ target: '>= 23', by: 'day 12' }, line(12, 1, 2));

  it('expect what is there now, or what lies on the line through both ends', () => {
    const values = (rule: typeof lastValue) =>
      only(backtest(rising, rule)).expectations.map(({ forecast }) => forecast.value);
    expect(values(lastValue)).toEqual([19, 21]);
    expect(values(straightLine)).toEqual([23, 23]);
  });

  it('turn the risk by the same two nights', () => {
    expect(only(backtest(rising, lastValue)).atRisk).toEqual([6, 7, 8, 9, 10, 11].map(day));
    expect(only(backtest(rising, straightLine)).atRisk).toEqual([]);
  });
});

describe('a report', () => {
  const trial = (rest: Partial<Trial>): Trial => ({
    indicator: 'i0',
    kind: 'stock',
    outcome: 'met',
    day: day(30),
    bound: 100,
    expectations: [],
    atRisk: [],
    ...rest,
  });
  const expectation = (daysAhead: number, low: number, high: number, came: number) => ({
    night: day(1),
    daysAhead,
    forecast: { value: (low + high) / 2, low, high },
    came,
  });

  it('adds up bands by distance and kind, misses with their lead, and false alarms', () => {
    const nothing = { nights: 0, held: null, width: null, error: null, score: null };
    const far = { nights: 1, held: 0, width: 0.2, error: 0.3, score: 0.2 + 10 * 0.2 };
    const near = { nights: 2, held: 1, width: 0.1, error: 0.05, score: 0.1 };
    const report = reportOn([
      trial({
        // The value may lie on the edge of the band.
        expectations: [expectation(7, 90, 100, 100), expectation(1, 90, 100, 90)],
        atRisk: [day(10), day(11)],
      }),
      trial({
        outcome: 'missed',
        kind: 'score',
        atRisk: [day(20), day(25)],
        expectations: [expectation(8, 80, 100, 60)],
      }),
      trial({ outcome: 'missed', kind: 'score', atRisk: [day(24)] }),
      trial({ outcome: 'missed', kind: 'score' }),
    ]);
    expect(report).toEqual({
      steps: 4,
      all: {
        nights: 3,
        held: 2 / 3,
        width: 0.1,
        error: 0.05,
        score: expect.closeTo((0.1 + 0.1 + 2.2) / 3, 12),
      },
      byHorizon: [
        { days: '1-7', bands: near },
        { days: '8-14', bands: { ...far, score: expect.closeTo(far.score, 12) } },
        { days: '15-28', bands: nothing },
        { days: '29+', bands: nothing },
      ],
      byKind: [
        { kind: 'score', bands: { ...far, score: expect.closeTo(far.score, 12) } },
        { kind: 'stock', bands: near },
      ],
      misses: { steps: 3, warned: 2, lead: 8 },
      met: { steps: 1, alarmed: 1, nights: 2 },
    });
  });

  it('measures no width against a target of nothing', () => {
    const { all } = reportOn([trial({ bound: 0, expectations: [expectation(3, 0, 2, 1)] })]);
    expect(all).toEqual({ nights: 1, held: 1, width: null, error: null, score: null });
  });
});
