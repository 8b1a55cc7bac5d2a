import type { Point } from '@plumbline/core/snapshot';
import type { IndicatorState } from '@plumbline/core/status';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import type { Case } from './rehearsal.ts';
import type { Plan } from './schema.ts';
import { day, metric, nights, planOf, points, point, repeat } from './rehearsal.ts';

describe('risk', () => {
  const plan = planOf({ target: '>= 100', by: 'day 30' });
  const risks = (input: Case) =>
    nights(input).changes.flatMap(({ kind, night }) =>
      kind === 'at_risk' || kind === 'on_track' ? [[kind, night]] : [],
    );

  it('is silent in the first fifth of the way, then takes two nights', () => {
    expect(risks({ plan, points: points(1, ...repeat(1, 29)), to: 29 })).toEqual([
      ['on_track', day(1)],
      ['at_risk', day(8)],
    ]);
  });

  it('is silent under five points', () => {
    const late = points(1, ...repeat(1, 29)).filter((one) => one.day >= day(20));
    expect(risks({ plan, points: late, to: 29 })).toEqual([
      ['on_track', day(1)],
      ['at_risk', day(25)],
    ]);
  });

  it('takes two nights to leave, and one night alone changes nothing', () => {
    const near = planOf({ target: '>= 100', by: 'day 15' });
    expect(risks({ plan: near, points: points(1, ...repeat(1, 6), 50, 60), to: 8 })).toEqual([
      ['on_track', day(1)],
      ['at_risk', day(6)],
      ['on_track', day(8)],
    ]);
    expect(risks({ plan: near, points: points(1, ...repeat(1, 5), 60, 1, 1), to: 8 })).toEqual([
      ['on_track', day(1)],
      ['at_risk', day(8)],
    ]);
  });

  it('does not count the same night twice', () => {
    const seven = nights({ plan, points: points(1, ...repeat(1, 29)), to: 7 });
    expect(seven.state?.contrary).toEqual([day(7)]);
    const again = nights({ plan, points: points(1, ...repeat(1, 29)), from: 7, to: 7, prior: seven.states });
    expect([again.changes, again.states]).toEqual([[], seven.states]);
  });

  it('has no opinion before the night has its value, unless it closes', () => {
    const seven = nights({ plan, points: points(1, ...repeat(1, 7)), to: 7 });
    const input = {
      plan,
      metrics: new Map([['m', metric({})]]),
      prior: seven.states,
      acknowledgements: [],
      night: day(8),
      closing: false,
    };
    expect(judge({ ...input, points: points(1, ...repeat(1, 7)) }).states[0]).toMatchObject({
      status: 'on_track',
      contrary: [day(7)],
    });
    expect(judge({ ...input, points: points(1, ...repeat(1, 8)) }).states[0]).toMatchObject({
      status: 'at_risk',
      contrary: [],
    });
  });

  it('is told of the nearest step only', () => {
    const steps = planOf({ target: '>= 100', by: 'day 30' }, { target: '>= 200', by: 'day 60' });
    const { changes, states } = nights({ plan: steps, points: points(1, ...repeat(1, 29)), to: 29 });
    expect(changes.map(({ indicator, kind }) => [indicator, kind])).toEqual([
      ['i0', 'on_track'],
      ['i0', 'at_risk'],
    ]);
    expect(states[1]?.status).toBe('not_due');
    const later = nights({ plan: steps, points: points(1, ...repeat(1, 40)), from: 30, to: 40, prior: states });
    expect(later.changes.map(({ indicator, kind, night }) => [indicator, kind, night])).toEqual([
      ['i0', 'missed', day(30)],
      ['i1', 'on_track', day(31)],
      ['i0', 'reminder', day(37)],
      ['i1', 'at_risk', day(38)],
    ]);
  });
});

describe('staleness', () => {
  const plan = planOf({ target: '>= 0', by: 'day 9' });

  it('is told once when a closing night lacks its value, lifted by the value, and touches no status', () => {
    const gap = points(1, ...repeat(1, 9)).filter((one) => one.day !== day(3) && one.day !== day(4));
    const { changes } = nights({ plan, points: gap, to: 8 });
    expect(changes.map(({ kind, from, to, night, detail }) => [kind, from, to, night, detail]).slice(1)).toEqual([
      ['stale', 'on_track', 'stale', day(3), 'm of 2026-01-04'],
    ]);
    expect(nights({ plan, points: gap, to: 4 }).state?.stale).toEqual({ since: day(3), missing: 'm of 2026-01-05' });
    expect(nights({ plan, points: gap, to: 5 }).state).not.toHaveProperty('stale');
  });

  it("waits for the source's own delay, and counts only days of the plan", () => {
    const slow = metric({ settleNights: 3 });
    expect(nights({ plan, metric: slow, points: [], to: 3 }).state).not.toHaveProperty('stale');
    expect(nights({ plan, metric: slow, points: [], to: 4 }).state?.stale).toEqual({
      since: day(4),
      missing: 'm of 2026-01-02',
      untold: true,
    });
  });

  it('of what never had a value is told when its verdict is due, not before', () => {
    const { changes } = nights({ plan, points: [], to: 12 });
    expect(changes.filter(({ kind }) => kind === 'stale').map(({ night, detail }) => [night, detail])).toEqual([
      [day(9), 'm of 2026-01-10'],
    ]);
  });

  it("of a first sample that grows large enough only a day later is nobody's news", () => {
    const survey = metric({ kind: 'score', settleNights: 1, minimumSample: 10 });
    const grown = [point(1, 5, { n: 9 }), point(2, 5, { n: 10 }), point(3, 5, { n: 11 })];
    const { changes, states } = nights({ plan, metric: survey, points: grown, to: 2 });
    expect(changes.map(({ kind }) => kind)).toEqual(['on_track']);
    expect(states[0]?.stale).toEqual({ since: day(2), missing: 'small sample (9 of 10)', untold: true });
  });

  it('that comes and goes is told once in seven nights, later where it lasts, and without waiting when its verdict is due', () => {
    const lasting = planOf({ target: '>= 0', by: 'day 30' });
    const without = (...missing: number[]) =>
      points(1, ...repeat(1, 40)).filter((one) => !missing.some((k) => one.day === day(k)));
    const toldOn = (plan_: Plan, known: Point[], to: number) =>
      nights({ plan: plan_, points: known, to }).changes.flatMap(({ kind, night }) =>
        kind === 'stale' ? [night] : [],
      );
    expect(toldOn(lasting, without(3, 5, 7, 9, 11), 20)).toEqual([day(3), day(11)]);
    expect(toldOn(lasting, without(3, 9), 20)).toEqual([day(3)]);
    expect(toldOn(lasting, without(3, 10), 20)).toEqual([day(3), day(10)]);
    expect(toldOn(lasting, without(3, 5, 6, 7, 8, 9, 10, 11), 20)).toEqual([day(3), day(10)]);
    expect(toldOn(plan, without(7, 9), 20)).toEqual([day(7), day(9)]);
  });

  it('that a backfill meets is told by the first night after it in which the value is still missing', () => {
    const lasting = planOf({ target: '>= 0', by: 'day 30' });
    const known = points(1, 1, 1, 1);
    const base = { plan: lasting, metrics: new Map([['m', metric({})]]), acknowledgements: [], closing: true };
    const silently = judge({ ...base, points: known, prior: [], night: day(5), silent: true });
    expect(silently.changes.map(({ kind }) => kind)).toEqual(['on_track']);
    expect(silently.states[0]?.stale).toEqual({ since: day(5), missing: 'm of 2026-01-06', untold: true });
    const told = (points_: Point[]) =>
      nights({ plan: lasting, points: points_, from: 6, to: 8, prior: silently.states }).changes.map(
        ({ kind, night }) => [kind, night],
      );
    expect(told(known)).toEqual([['stale', day(6)]]);
    expect(told([...known, ...points(6, 1, 1, 1)])).toEqual([]);
  });

  it('before a night closes is neither found nor lifted too soon', () => {
    const metrics = new Map([['m', metric({})]]);
    const open = (night: number, prior: IndicatorState[], known: Point[]) =>
      judge({ plan, metrics, points: known, prior, acknowledgements: [], night: day(night), closing: false });
    const first = nights({ plan, points: points(1, 1), to: 1 });
    expect(open(2, first.states, points(1, 1)).states[0]).not.toHaveProperty('stale');
    const second = nights({ plan, points: points(1, 1), to: 2 });
    expect(open(2, second.states, points(1, 1)).states).toEqual(second.states);
    expect(open(3, second.states, points(1, 1)).states[0]).toHaveProperty('stale');
    expect(open(3, second.states, points(1, 1, 1)).states[0]).not.toHaveProperty('stale');
    expect(open(3, second.states, [...points(1, 1), point(3, 1)]).states[0]).not.toHaveProperty('stale');
  });

  it('of a recorded stock begins when its last record is too old', () => {
    const members = metric({ source: 'record', carryDays: 3 });
    const { changes } = nights({ plan, metric: members, points: points(1, 1), to: 6 });
    expect(changes.at(-1)).toMatchObject({
      kind: 'stale',
      night: day(5),
      detail: 'm since 2026-01-02, more than 3 days',
    });
  });

  it('never befalls what is closed', () => {
    expect(nights({ plan, points: points(1, ...repeat(1, 9)), to: 20 }).state).not.toHaveProperty('stale');
  });
});

describe('a first judging late in the plan', () => {
  it("marks what an earlier night would have found, given the source's delay", () => {
    const plan = planOf({ target: '>= 5', by: 'day 3' });
    const past = (night: number, settleNights: number) =>
      nights({
        plan,
        metric: metric({ settleNights }),
        points: points(1, 1, 1, 1, 1, 1),
        from: night,
        to: night,
      }).changes.map((change) => [change.kind, change.past]);
    expect(past(3, 0)).toEqual([['missed', false]]);
    expect(past(4, 0)).toEqual([['missed', true]]);
    expect(past(4, 1)).toEqual([['missed', false]]);
    expect(past(2, 0)).toEqual([['on_track', true]]);
    expect(past(1, 0)).toEqual([['on_track', false]]);
  });
});
