import { daysFrom } from '@plumbline/core/day';
import type { Point } from '@plumbline/core/snapshot';
import { describe, expect, it } from 'vitest';
import { day, metric, nights, planOf, point, points, repeat, story, told } from './rehearsal.ts';
import type { Indicator } from './schema.ts';

describe('a deadline', () => {
  it('is missed with value, gap, sample and the forecast gone', () => {
    const nps = metric({
      id: 'nps',
      unit: 'score',
      kind: 'score',
      source: 'mixpanel',
      settleNights: 1,
      minimumSample: 10,
    });
    const values = daysFrom(day(1), day(43)).map((on): Point => ({
      metric: 'nps',
      day: on,
      value: 36,
      n: 128,
      interval: { low: 24, high: 47 },
      state: 'settled',
      revision: 1,
    }));
    const plan = planOf({
      id: 'nps-by-week-6',
      says: 'NPS >40 by Week 6',
      metric: 'nps',
      target: '> 40',
      by: 'week 6',
    });
    const { changes, states } = nights({ plan, metric: nps, points: values, to: 43 });
    expect(changes.at(-1)).toEqual({
      kind: 'missed',
      indicator: 'nps-by-week-6',
      metric: 'nps',
      says: 'NPS >40 by Week 6',
      from: 'at_risk',
      to: 'missed',
      day: '2026-02-12',
      night: '2026-02-13',
      value: 36,
      gap: -4,
      n: 128,
      detail: null,
      forecast: null,
      requiredPace: null,
      corrections: 0,
      past: false,
    });
    expect(states).toEqual([
      {
        indicator: 'nps-by-week-6',
        definition: expect.stringMatching(/^[0-9a-f]{12}$/),
        status: 'missed',
        since: '2026-02-13',
        contrary: [],
        value: 36,
        day: '2026-02-12',
        n: 128,
        interval: { low: 24, high: 47 },
        gap: -4,
        verdict: { outcome: 'missed', day: '2026-02-12', value: 36 },
      },
    ]);
  });

  it.each([
    ['> 40', 40, 'missed'],
    ['> 40', 41, 'met'],
    ['>= 40', 40, 'met'],
    ['>= 40', 39, 'missed'],
    ['< 40', 40, 'missed'],
    ['<= 40', 40, 'met'],
    ['== 40', 40, 'met'],
    ['40..50', 39, 'missed'],
    ['40..50', 40, 'met'],
    ['40..50', 51, 'met'],
  ])('%s with %i is %s', (target, value, outcome) => {
    expect(told({ plan: planOf({ target, by: 'day 3' }), points: points(1, 1, 1, value), to: 3 })).toEqual([
      [day(3), outcome, `on_track > ${outcome}`, day(3), value],
    ]);
  });

  it('waits for the value to settle, and is stale when the night in which it should have closes', () => {
    const slow = metric({ settleNights: 1 });
    const provisional = [...points(1, 5, 5), point(3, 5, { state: 'provisional' })];
    const plan = planOf({ target: '>= 5', by: 'day 3' });
    expect(story(nights({ plan, metric: slow, points: provisional, to: 6 }).changes)).toEqual([
      [day(1), 'on_track', 'not_due > on_track', day(1), 5],
      [day(4), 'stale', 'on_track > stale', day(4), 5],
    ]);
    expect(told({ plan, metric: slow, points: points(1, 5, 5, 5), to: 6 })).toEqual([
      [day(4), 'met', 'on_track > met', day(3), 5],
    ]);
  });

  it('counts what was reconstructed as settled', () => {
    expect(
      told({ plan: planOf({ target: '> 1', by: 'day 1' }), points: [point(1, 2, { state: 'reconstructed' })], to: 1 }),
    ).toHaveLength(1);
  });

  it('builds no verdict on a small sample', () => {
    const score = metric({ kind: 'score', minimumSample: 10 });
    const plan = planOf({ target: '> 1', by: 'day 1' });
    const small = nights({ plan, metric: score, points: [point(1, 5, { n: 9 })], to: 1 });
    expect(small.state?.stale).toEqual({ since: day(1), missing: 'small sample (9 of 10)' });
    expect(told({ plan, metric: score, points: [point(1, 5, { n: 10 })], to: 1 })).toHaveLength(1);
    const rate = metric({ kind: 'rate', minimumSample: 10 });
    expect(nights({ plan, metric: rate, points: [point(1, 5, { denominator: 7 })], to: 1 }).state?.stale?.missing).toBe(
      'small sample (7 of 10)',
    );
  });

  it('takes a recorded stock as it was last recorded, up to its age', () => {
    const members = metric({ source: 'record', carryDays: 30 });
    const plan = planOf({ target: '>= 5', by: 'day 31' });
    expect(told({ plan, metric: members, points: points(1, 5), to: 31 })).toEqual([
      [day(31), 'met', 'on_track > met', day(31), 5],
    ]);
    const later = planOf({ target: '>= 5', by: 'day 32' });
    const { changes } = nights({ plan: later, metric: members, points: points(1, 5), to: 32 });
    expect(changes.at(-1)).toMatchObject({ kind: 'stale', detail: 'm of 2026-02-02' });
  });

  it('is recovered when the target holds again later, once, and never met', () => {
    const plan = planOf({ target: '>= 5', by: 'day 3' });
    expect(told({ plan, points: points(1, 1, 1, 4, 4, 5, 6, 3), to: 7 })).toEqual([
      [day(3), 'missed', 'on_track > missed', day(3), 4],
      [day(5), 'recovered', 'missed > recovered', day(5), 5],
    ]);
  });

  it('is corrected when a revision flips it, in place of a second verdict', () => {
    const plan = planOf({ target: '>= 5', by: 'day 3' });
    const missed = nights({ plan, points: points(1, 4, 4, 4, 4), to: 4 });
    const met = nights({ plan, points: points(1, 4, 4, 5, 4), from: 5, to: 6, prior: missed.states });
    expect(story(met.changes)).toEqual([[day(5), 'corrected', 'missed > met', day(3), 5]]);
    const back = nights({ plan, points: points(1, 4, 4, 4, 4), from: 7, to: 7, prior: met.states });
    expect(story(back.changes)).toEqual([[day(7), 'corrected', 'met > missed', day(3), 4]]);
    expect(back.state).toMatchObject({ status: 'missed', since: day(7), verdict: { outcome: 'missed', value: 4 } });
  });

  it('counts its corrections, so that no two findings of one night are the same', () => {
    const plan = planOf({ target: '>= 5', by: 'day 3' });
    const first = nights({ plan, points: points(1, 4, 4, 4), to: 3 });
    let { states } = first;
    const found = [5, 4, 5, 4].flatMap((value) => {
      const again = nights({ plan, points: points(1, 4, 4, value), from: 3, to: 3, prior: states });
      states = again.states;
      return again.changes.map(({ kind, to, corrections }) => [kind, to, corrections]);
    });
    expect(first.changes.map(({ corrections }) => corrections)).toEqual([0, 0]);
    expect(found).toEqual([
      ['corrected', 'met', 1],
      ['corrected', 'missed', 2],
      ['corrected', 'met', 3],
      ['corrected', 'missed', 4],
    ]);
  });

  it('of a part looks at the breakdown, where an empty part of what adds up is 0', () => {
    const mrr = metric({ unit: 'USD', dimensions: ['product'] });
    const plan = planOf({ target: '>= $68.6K', by: 'day 2', where: { product: 'Pro' } });
    const parts = (...pro: (number | undefined)[]) =>
      pro.map((value, index) =>
        point(index + 1, 9e6, { breakdown: { product: value === undefined ? {} : { Pro: value } } }),
      );
    expect(told({ plan, metric: mrr, points: parts(1, 6_860_000), to: 2 })).toEqual([
      [day(2), 'met', 'on_track > met', day(2), 6_860_000],
    ]);
    expect(told({ plan, metric: mrr, points: parts(1, undefined), to: 2 })[0]).toEqual([
      day(2),
      'missed',
      'on_track > missed',
      day(2),
      0,
    ]);
  });

  it('can lean on the baseline', () => {
    const plan = { ...planOf({ target: '<= baseline - 50', by: 'day 3' }), baseline: 'day 1' };
    expect(told({ plan, points: points(1, 200, 180, 150), to: 3 })).toEqual([
      [day(3), 'met', 'on_track > met', day(3), 150],
    ]);
    expect(nights({ plan, points: points(2, 180, 150), from: 3, to: 3 }).state?.stale?.missing).toBe(
      'the baseline of m',
    );
  });
});

describe('a span', () => {
  const during = (rest: Partial<Indicator> & { target: string }) => planOf({ during: 'day 2-4', ...rest });
  const flow = metric({ kind: 'flow' });

  it.each([
    ['sum', 9],
    ['mean', 3],
    ['min', 1],
    ['max', 5],
    ['last', 3],
  ] as const)('becomes one value by %s', (aggregate, value) => {
    const plan = during({ target: `== ${value}`, aggregate });
    expect(told({ plan, metric: flow, points: points(1, 100, 1, 5, 3, 100), to: 4 })).toEqual([
      [day(4), 'met', 'on_track > met', day(4), value],
    ]);
  });

  it('needs every day of a flow that is pulled', () => {
    const plan = during({ target: '>= 1', aggregate: 'sum' });
    const { changes, state } = nights({ plan, metric: flow, points: [point(2, 5), point(4, 5)], from: 4, to: 4 });
    expect(changes.map(({ kind }) => kind)).toEqual(['on_track', 'stale']);
    expect(state?.stale).toEqual({ since: day(4), missing: 'm of 2026-01-04' });
  });

  it('adds the records of a recorded flow up, and without any is stale', () => {
    const recorded = metric({ kind: 'flow', source: 'record' });
    const plan = during({ target: '>= 10', aggregate: 'sum' });
    expect(told({ plan, metric: recorded, points: [point(2, 3), point(4, 7)], to: 4 })).toEqual([
      [day(4), 'met', 'on_track > met', day(4), 10],
    ]);
    expect(nights({ plan, metric: recorded, points: [point(1, 3)], to: 4 }).state?.stale).toEqual({
      since: day(4),
      missing: 'any record of m from 2026-01-03 to 2026-01-05',
    });
  });

  it('pools the parts of a rate, never the ratios', () => {
    const rate = metric({ kind: 'rate', unit: '%' });
    const plan = during({ target: '== 10%', aggregate: 'mean' });
    const of = (k: number, numerator: number, denominator: number) =>
      point(k, (100 * numerator) / denominator, { numerator, denominator });
    expect(told({ plan, metric: rate, points: [of(2, 1, 1), of(3, 0, 49), of(4, 9, 50)], to: 4 })).toEqual([
      [day(4), 'met', 'on_track > met', day(4), 10],
    ]);
  });

  it('is recovered by as many later days, trailing', () => {
    const plan = during({ target: '>= 9', aggregate: 'sum' });
    expect(told({ plan, metric: flow, points: points(1, 0, 1, 1, 1, 3, 3, 3, 9), to: 8 })).toEqual([
      [day(4), 'missed', 'on_track > missed', day(4), 3],
      [day(7), 'recovered', 'missed > recovered', day(7), 9],
    ]);
  });

  it('that recurs is judged each time', () => {
    const plan = planOf({ during: 'each week 1-2', target: '>= 7', aggregate: 'sum' });
    const { changes } = nights({ plan, metric: flow, points: points(1, ...repeat(1, 7), ...repeat(0, 7)), to: 14 });
    expect(changes.map(({ indicator, kind, night }) => [indicator, kind, night])).toEqual([
      ['i0#week-1', 'on_track', day(1)],
      ['i0#week-1', 'met', day(7)],
      ['i0#week-2', 'on_track', day(8)],
      ['i0#week-2', 'at_risk', day(10)],
      ['i0#week-2', 'missed', day(14)],
    ]);
  });
});

describe('what is to be maintained', () => {
  const plan = planOf({ target: '< 50', maintain: 'day 1-20' });

  it('is missed on the first failing day, counts further ones, recovers after seven holding days, and fails anew', () => {
    const values = [...repeat(40, 3), 50, 60, ...repeat(49, 7), 55, ...repeat(40, 7)];
    const { state } = nights({ plan, points: points(1, ...values), to: 20 });
    expect(told({ plan, points: points(1, ...values), to: 20 })).toEqual([
      [day(4), 'missed', 'on_track > missed', day(4), 50],
      [day(12), 'recovered', 'missed > recovered', day(12), 49],
      [day(13), 'missed', 'recovered > missed', day(13), 55],
      [day(20), 'recovered', 'missed > recovered', day(20), 40],
    ]);
    expect(state?.failing).toEqual({ days: 3, last: day(13) });
  });

  it('tells the same, in order, when the nights are caught up at once', () => {
    const values = [...repeat(40, 3), 50, 60, ...repeat(49, 7), 55, ...repeat(40, 7)];
    const { changes } = nights({ plan, points: points(1, ...values), from: 20, to: 20 });
    expect(changes.map(({ kind, day: about, detail, past }) => [kind, about, detail, past])).toEqual([
      ['missed', day(4), '1 more failing day since', true],
      ['recovered', day(12), 'after 2 failing days', true],
      ['missed', day(13), null, true],
      ['recovered', day(20), 'after 1 failing day', false],
    ]);
  });

  it('is met at the end only if every day held', () => {
    expect(told({ plan, points: points(1, ...repeat(49, 20)), to: 20 })).toEqual([
      [day(20), 'met', 'on_track > met', day(20), 49],
    ]);
    const hole = points(1, ...repeat(49, 20)).filter((one) => one.day !== day(7));
    const { state } = nights({ plan, points: hole, to: 21 });
    expect(state).toMatchObject({ status: 'on_track', stale: { since: day(20), missing: 'm of 2026-01-08' } });
  });

  it('neither fails nor loses its holding days by a missing one', () => {
    const values = points(1, 60, ...repeat(40, 8)).filter((one) => one.day !== day(4));
    expect(told({ plan, points: values, to: 9 })).toEqual([
      [day(1), 'missed', 'not_due > missed', day(1), 60],
      [day(9), 'recovered', 'missed > recovered', day(9), 40],
    ]);
  });

  it('is corrected when the only failing day turns out to have held', () => {
    const failed = nights({ plan, points: points(1, 40, 60, 40), to: 3 });
    const mended = nights({ plan, points: points(1, ...repeat(40, 20)), from: 4, to: 20, prior: failed.states });
    expect(story(mended.changes)).toEqual([
      [day(4), 'corrected', 'missed > on_track', day(2), 40],
      [day(20), 'met', 'on_track > met', day(20), 40],
    ]);
    expect(mended.state).not.toHaveProperty('failing');
  });

  it('is corrected when a day fails after all', () => {
    const met = nights({ plan, points: points(1, ...repeat(40, 20)), to: 20 });
    const values = [...repeat(40, 17), 50, 40, 40];
    expect(story(nights({ plan, points: points(1, ...values), from: 21, to: 21, prior: met.states }).changes)).toEqual([
      [day(21), 'corrected', 'met > missed', day(18), 50],
    ]);
  });

  it('over 7 days is judged by the trailing mean, once the window lies inside', () => {
    const mean = planOf({ target: '<= 50', maintain: 'day 2-10', over: '7d' });
    const values = [1000, 350, ...repeat(0, 6), 7, 0];
    expect(told({ plan: mean, points: points(1, ...values), to: 10 })).toEqual([
      [day(10), 'met', 'on_track > met', day(10), 1],
    ]);
    expect(told({ plan: mean, points: points(1, 0, 351, ...repeat(0, 8)), to: 8 })).toHaveLength(1);
  });
});
