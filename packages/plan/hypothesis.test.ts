import type { HypothesisState } from '@plumbline/core/status';
import { describe, expect, it } from 'vitest';
import { preparePlan } from './prepare.ts';
import type { Case } from './rehearsal.ts';
import { day, metric, nights, planOf, point, points, repeat, supposing } from './rehearsal.ts';
import type { Hypothesis, Plan } from './schema.ts';

/** A plan of hypotheses alone. */
const bare: Plan = { ...planOf({ target: '>= 1', by: 'day 90' }), indicators: [] };

const run = (
  { hypothesis, ...rest }: Partial<Case> & { hypothesis?: Partial<Hypothesis> } & Pick<Case, 'points' | 'to'>,
  plan = supposing(bare, hypothesis),
) => {
  const outcome = nights({ plan, ...rest });
  return {
    state: outcome.hypotheses[0],
    hypotheses: outcome.hypotheses,
    told: outcome.changes.map(({ night, kind, from, to, day: about, value, detail }) => [
      night,
      `${kind} ${from} > ${to}`,
      about,
      value ?? detail,
    ]),
  };
};

describe('the days of a hypothesis', () => {
  const windowOf = (rest: Partial<Hypothesis>) => {
    const [found] = preparePlan(supposing(bare, rest), new Map([['m', metric({})]])).hypotheses;
    return found && [found.step.from, found.step.to, found.step.days.length];
  };

  it('begin on the first day of what is named, and last as long as it is within', () => {
    expect(windowOf({ start: 'day 31', within: '14d' })).toEqual([day(31), day(44), 14]);
    expect(windowOf({ start: 'week 2', within: '7d' })).toEqual([day(8), day(14), 7]);
    expect(windowOf({ start: '2026-01-05', within: '1d' })).toEqual(['2026-01-05', '2026-01-05', 1]);
  });
});

describe('a hypothesis', () => {
  it.each([
    [46, 'go'],
    [45.001, 'go'],
    [45, 'inconclusive'],
    [43, 'inconclusive'],
    [42, 'inconclusive'],
    [41.999, 'pivot'],
  ])('of which the last day says %d is decided: %s', (value, outcome) => {
    const { told } = run({ points: points(1, ...repeat(50, 8), value, 99), to: 12 });
    expect(told).toEqual([[day(9), `decided running > ${outcome}`, day(9), value]]);
  });

  it.each([
    [45, 'go'],
    [42, 'pivot'],
  ])('whose bounds include %d takes it as %s', (value, outcome) => {
    const { told } = run({
      hypothesis: { go: '>= 45', pivot: '<= 42' },
      points: points(1, ...repeat(value, 9)),
      to: 9,
    });
    expect(told).toEqual([[day(9), `decided running > ${outcome}`, day(9), value]]);
  });

  it('may be a go where less is better', () => {
    const hypothesis = { go: '< 200', pivot: '> 300' };
    expect(run({ hypothesis, points: points(1, ...repeat(150, 9)), to: 9 }).state?.status).toBe('go');
    expect(run({ hypothesis, points: points(1, ...repeat(301, 9)), to: 9 }).state?.status).toBe('pivot');
  });

  it('adds a flow up over its days only', () => {
    const flow = metric({ kind: 'flow' });
    const all = points(1, 100, 100, 6, 6, 6, 6, 6, 6, 10, 100);
    const { state } = run({ metric: flow, points: all, to: 11 });
    expect(state).toMatchObject({ status: 'go', value: 46, day: day(9), decision: { outcome: 'go', value: 46 } });
    expect(run({ metric: flow, points: all, to: 8 }).state).toMatchObject({ status: 'running', value: 36 });
  });

  it('waits for the value to settle', () => {
    const { told, state } = run({ metric: metric({ settleNights: 3 }), points: points(1, ...repeat(46, 14)), to: 11 });
    expect(told).toEqual([]);
    expect(state?.status).toBe('running');
    const later = run({ metric: metric({ settleNights: 3 }), points: points(1, ...repeat(46, 14)), to: 13 });
    expect(later.told).toEqual([[day(12), 'decided running > go', day(9), 46]]);
  });

  it('goes from not due over running to its decision, with what is known at the time', () => {
    const known = points(1, 40, 41, 42, 43, 44, 45, 46, 47, 48, 60, 61);
    const at = (to: number): HypothesisState | undefined => run({ points: known, to }).state;
    const definition = at(1)?.definition;
    const common = { hypothesis: 'h', definition };
    expect(at(2)).toEqual({ ...common, status: 'not_due', since: day(1), value: 41, day: day(2) });
    expect(at(4)).toEqual({ ...common, status: 'running', since: day(3), value: 43, day: day(4) });
    expect(at(11)).toEqual({
      ...common,
      status: 'go',
      since: day(9),
      value: 48,
      day: day(9),
      decision: { outcome: 'go', day: day(9), value: 48 },
    });
  });

  it('looks ahead to the end of its last day while it runs', () => {
    const hypothesis = { start: 'day 3', within: '14d' };
    const rising = points(1, ...Array.from({ length: 20 }, (_, index) => 30 + index));
    const forecast = run({ hypothesis, points: rising, to: 15 }).state?.forecast;
    expect(forecast?.value).toBeGreaterThan(43);
    expect(forecast?.value).toBeLessThan(47);
    expect(run({ hypothesis, points: rising, to: 16 }).state).not.toHaveProperty('forecast');
  });

  it('is held against the baseline where it speaks of one', () => {
    const plan = supposing({ ...bare, baseline: 'day 2' }, { go: '>= baseline + 5', pivot: '< baseline + 2' });
    const story = (last: number) => run({ points: points(1, 1, 40, ...repeat(0, 6), last), to: 9 }, plan).state?.status;
    expect([story(45), story(44), story(42), story(41)]).toEqual(['go', 'inconclusive', 'inconclusive', 'pivot']);
    const without = run({ points: points(3, ...repeat(50, 7)), to: 9 }, plan);
    expect(without.state?.status).toBe('running');
    expect(without.told).toEqual([[day(9), 'stale running > stale', day(9), 50]]);
    expect(without.state?.stale).toEqual({ since: day(9), missing: 'the baseline of m' });
  });

  it('is about the part that it names', () => {
    const parts = (k: number, Pro: number) => point(k, 99, { breakdown: { product: { Pro, Team: 99 - Pro } } });
    const { state } = run({ hypothesis: { where: { product: 'Pro' } }, points: [parts(8, 60), parts(9, 41)], to: 9 });
    expect(state?.decision).toEqual({ outcome: 'pivot', day: day(9), value: 41 });
  });
});

describe('what is missing', () => {
  it('makes a hypothesis stale when its night closes, and decides nothing', () => {
    const { told, state } = run({ points: points(1, ...repeat(46, 8)), to: 12 });
    expect(told).toEqual([[day(9), 'stale running > stale', day(9), 46]]);
    expect(state).toMatchObject({ status: 'running', stale: { since: day(9), missing: `m of ${day(9)}` } });
  });

  it('decides once it comes after all', () => {
    const before = run({ points: points(1, ...repeat(46, 8)), to: 10 });
    const after = run({
      points: points(1, ...repeat(46, 9)),
      from: 11,
      to: 11,
      priorHypotheses: before.hypotheses,
    });
    expect(after.told).toEqual([[day(11), 'decided running > go', day(9), 46]]);
    expect(after.state).not.toHaveProperty('stale');
  });

  it('may be too small a sample', () => {
    const score = metric({ kind: 'score', minimumSample: 10 });
    const { state, told } = run({ metric: score, points: [point(8, 46, { n: 30 }), point(9, 46, { n: 9 })], to: 9 });
    expect(told.at(-1)).toEqual([day(9), 'stale running > stale', day(9), 46]);
    expect(state?.stale?.missing).toBe('small sample (9 of 10)');
  });
});

describe('a later revision', () => {
  const known = points(1, ...repeat(46, 9));
  const before = run({ points: known, to: 12 }).hypotheses;
  const revised = (value: number, priorHypotheses = before, night = 13) =>
    run({ points: [...points(1, ...repeat(46, 8)), point(9, value)], from: night, to: night, priorHypotheses });

  it('that changes the decision corrects it, once', () => {
    const { told, hypotheses, state } = revised(41);
    expect(told).toEqual([[day(13), 'corrected go > pivot', day(9), 41]]);
    expect(state).toMatchObject({ status: 'pivot', since: day(13), corrections: 1 });
    expect(revised(41, hypotheses, 14).told).toEqual([]);
    expect(revised(43, hypotheses, 15).told).toEqual([[day(15), 'corrected pivot > inconclusive', day(9), 43]]);
  });

  it('that leaves the decision as it was is shown and not told', () => {
    const { told, state } = revised(47);
    expect(told).toEqual([]);
    expect(state).toMatchObject({ value: 47, decision: { outcome: 'go', day: day(9), value: 47 } });
  });

  it('that takes the value away takes nothing back', () => {
    const { told, state } = run({ points: known.slice(0, 8), from: 13, to: 13, priorHypotheses: before });
    expect(told).toEqual([]);
    expect(state).toEqual(before[0]);
  });
});

describe('a hypothesis judged late for the first time', () => {
  const past = (from: number) =>
    nights({ plan: supposing(bare), points: points(1, ...repeat(46, 20)), from, to: from }).changes.map(
      ({ kind, past: isPast }) => [kind, isPast],
    );

  it('is marked past where an earlier night would have found the decision', () => {
    expect(past(10)).toEqual([['decided', true]]);
    expect(past(9)).toEqual([['decided', false]]);
  });
});

it('an edited bound begins the hypothesis anew, and corrects nothing', () => {
  const known = points(1, ...repeat(46, 20));
  const before = run({ points: known, to: 12 }).hypotheses;
  const edited = nights({
    plan: supposing(bare, { go: '> 50' }),
    points: known,
    from: 13,
    to: 13,
    priorHypotheses: before,
  });
  expect(edited.changes.map(({ kind, from, to, past }) => [kind, from, to, past])).toEqual([
    ['decided', 'running', 'inconclusive', true],
  ]);
  const renamed = nights({
    plan: supposing(bare, { says: 'Other words', to: '60' }),
    points: known,
    from: 13,
    to: 13,
    priorHypotheses: before,
  });
  expect(renamed.changes).toEqual([]);
  expect(renamed.hypotheses).toEqual(before);
});
