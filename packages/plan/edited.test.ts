import type { Point } from '@plumbline/core/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planVersion } from './parse.ts';
import { preparePlan } from './prepare.ts';
import { day, metric, nights, planOf, point, points, repeat } from './rehearsal.ts';
import type { Plan } from './schema.ts';

const metrics = new Map([['m', metric({ dimensions: ['product'] })]]);
const definitions = (plan: Plan): Record<string, string> =>
  Object.fromEntries(preparePlan(plan, metrics).steps.map(({ id, definition }) => [id, definition]));

/** A plan judged from day 1, edited after a night and judged on; told is what the later nights found. */
function edited(before: Plan, after: Plan, known: Point[], { at = 10, to = 30 } = {}) {
  const { states } = nights({ plan: before, points: known, to: at });
  const later = nights({ plan: after, points: known, from: at, to, prior: states });
  return { before: states, ...later, told: later.changes.map(({ kind, night, past }) => [kind, night, past]) };
}

describe('the version of a plan', () => {
  it('is the same whatever the order of its entries, and another one when any of them says otherwise', () => {
    const plan = planOf({ target: '>= 5', by: 'day 3' }, { target: '>= 6', by: 'day 9' });
    expect(planVersion({ ...plan, indicators: plan.indicators.toReversed() })).toBe(planVersion(plan));
    expect(planVersion({ ...plan, indicators: plan.indicators.slice(1) })).not.toBe(planVersion(plan));
    expect(planVersion({ ...plan, title: 'Q' })).not.toBe(planVersion(plan));
  });
});

describe('what an indicator promises', () => {
  const base = { target: '>= 5', by: 'week 2' };
  const [original] = Object.values(definitions(planOf(base)));
  const of = (rest: Parameters<typeof planOf>[0], plan: Partial<Plan> = {}) =>
    Object.values(definitions({ ...planOf(rest), ...plan }))[0];

  it.each([
    ['other words and another line', { ...base, says: 'five by then', line: 9 }],
    ['another person', { ...base, dri: 'cto' }],
    ['another priority, risk and answer to it', { ...base, priority: 'must' as const, risk: 'R', mitigation: 'M' }],
    ['the same amount written otherwise', { ...base, target: '>=  5.0' }],
    ['the same day written otherwise', { ...base, by: 'day 14' }],
  ])('stays the same with %s', (_, rest) => {
    expect(of(rest)).toBe(original);
  });

  it.each([
    ['another bound', { ...base, target: '>= 6' }],
    ['another comparison', { ...base, target: '> 5' }],
    ['a stretch', { ...base, target: '5..8' }],
    ['another day', { ...base, by: 'week 3' }],
    ['a span in place of a day', { target: '>= 5', during: 'week 2' }],
    ['a part of the metric', { ...base, where: { product: 'Pro' } }],
  ])('is another one with %s', (_, rest) => {
    expect(of(rest)).not.toBe(original);
  });

  it('moves with the plan only where its own days do', () => {
    const moved = { start: day(8) };
    expect(of(base, moved)).not.toBe(original);
    const dated = { target: '>= 5', by: day(14) };
    expect(of(dated, moved)).toBe(of(dated));
    expect(of(base, { end: day(60) })).toBe(original);
    expect(of({ ...base, by: 'end' }, { end: day(60) })).not.toBe(of({ ...base, by: 'end' }));
  });

  it('depends on the day of the baseline only where it leans on it', () => {
    const leaning = { ...base, target: '>= baseline + 5' };
    expect(of(leaning, { baseline: 'day 1' })).not.toBe(of(leaning, { baseline: 'day 2' }));
    expect(of(base, { baseline: 'day 2' })).toBe(original);
  });

  it('takes how days become one value into account', () => {
    const mean = { target: '>= 5', during: 'week 2', aggregate: 'mean' as const };
    expect(of({ target: '>= 5', during: 'week 2' })).toBe(of(mean));
    expect(of({ ...mean, aggregate: 'max' })).not.toBe(of(mean));
    expect(of({ target: '>= 5', maintain: 'week 2', over: '3d' })).not.toBe(of({ target: '>= 5', maintain: 'week 2' }));
  });

  it('keeps the weeks of a rhythm apart, so that one more leaves the others as they are', () => {
    const each = (weeks: string) => definitions(planOf({ id: 'i', target: '>= 5', during: `each week ${weeks}` }));
    const { 'i#week-4': added, ...others } = each('2-4');
    expect(others).toEqual(each('2-3'));
    expect(Object.values(others)).not.toContain(added);
  });
});

describe('an edited plan', () => {
  const five = repeat(5, 40);

  it('keeps the state of a promise whose words, person and priority change, and names the new person from then on', () => {
    const before = planOf({ target: '>= 6', by: 'day 5' });
    const after = planOf({ target: '>= 6', by: 'day 5', says: 'six', dri: 'cto', priority: 'must', mitigation: 'M' });
    const { told, before: states, changes } = edited(before, after, points(1, ...five), { to: 12 });
    expect(states[0]).toMatchObject({ status: 'missed', since: day(5) });
    expect(told).toEqual([['reminder', day(12), false]]);
    expect(changes[0]?.says).toBe('six');
  });

  it('judges a raised target afresh: the past is told as past, nothing is corrected, and nobody is reminded', () => {
    const before = planOf({ target: '>= 5', by: 'day 5' });
    const after = planOf({ target: '>= 6', by: 'day 5' });
    const { told, state } = edited(before, after, points(1, ...five));
    expect(told).toEqual([['missed', day(10), true]]);
    expect(state).toMatchObject({ status: 'missed', since: day(10), pastMiss: true });
  });

  it('judges a lowered target afresh: a miss becomes no recovery and no correction', () => {
    const before = planOf({ target: '>= 6', by: 'day 5' });
    const { told } = edited(before, planOf({ target: '>= 5', by: 'day 5' }), points(1, ...five));
    expect(told).toEqual([['met', day(10), true]]);
  });

  it('goes on to tell what is ahead', () => {
    const before = planOf({ target: '>= 5', by: 'day 20' });
    const { told } = edited(before, planOf({ target: '>= 60', by: 'day 20' }), points(1, ...five), { to: 21 });
    expect(told).toEqual([
      ['on_track', day(10), true],
      ['at_risk', expect.any(String), false],
      ['missed', day(20), false],
    ]);
  });

  it('tells of a deadline that is the very night of the edit', () => {
    const before = planOf({ target: '>= 5', by: 'day 10' });
    const { told } = edited(before, planOf({ target: '>= 6', by: 'day 10' }), points(1, ...five), { to: 10 });
    expect(told).toEqual([['missed', day(10), false]]);
  });

  it('that puts a deadline off lets go of the verdict and waits for the new day', () => {
    const before = planOf({ target: '>= 6', by: 'day 5' });
    const after = planOf({ target: '>= 6', by: 'day 15' });
    const { told } = edited(before, after, points(1, ...repeat(5, 12), ...repeat(7, 20)), { to: 16 });
    expect(told.filter(([kind]) => kind === 'met' || kind === 'missed')).toEqual([['met', day(15), false]]);
  });

  it('adds, removes and renames without a word about the past or about what is gone', () => {
    const early = { id: 'early', target: '>= 6', by: 'day 5' };
    const before = planOf(early, { id: 'gone', target: '>= 9', by: 'day 20' });
    const after = planOf({ ...early, id: 'renamed' }, { id: 'new', target: '>= 6', by: 'day 12' });
    const { told, states } = edited(before, after, points(1, ...five), { to: 12 });
    expect(states.map(({ indicator, status }) => [indicator, status])).toEqual([
      ['renamed', 'missed'],
      ['new', 'missed'],
    ]);
    expect(told.filter(([kind]) => kind !== 'at_risk')).toEqual([
      ['missed', day(10), true],
      ['on_track', day(10), true],
      ['missed', day(12), false],
    ]);
  });

  it('takes a state that was kept without a digest for the same promise', () => {
    const plan = planOf({ target: '>= 6', by: 'day 5' });
    const { states } = nights({ plan, points: points(1, ...five), to: 6 });
    const prior = states.map(({ definition: _definition, ...rest }) => rest);
    const { changes, states: after } = nights({ plan, points: points(1, ...five), from: 6, to: 6, prior });
    expect([changes, after]).toEqual([[], states]);
  });

  it('never corrects, recovers or mails about the past, whatever is edited when', () => {
    const target = fc.integer({ min: 0, max: 9 }).map((bound) => `>= ${bound}`);
    const time = fc.oneof(
      fc.integer({ min: 1, max: 20 }).map((k) => ({ by: `day ${k}` })),
      fc.integer({ min: 1, max: 3 }).map((k) => ({ during: `week ${k}` })),
      fc.integer({ min: 1, max: 3 }).map((k) => ({ maintain: `week ${k}` })),
    );
    const indicator = fc.tuple(target, time).map(([bound, when]) => ({ target: bound, ...when }));
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(indicator, indicator, values, fc.integer({ min: 1, max: 24 }), (one, other, found, at) => {
        const [before, after] = [planOf(one), planOf(other)];
        const same = definitions(before)['i0'] === definitions(after)['i0'];
        const known = found.map((value, index) => point(index + 1, value));
        const { changes } = edited(before, after, known, { at, to: 25 });
        const fresh = nights({ plan: after, points: known, from: at, to: 25 });
        if (!same) expect(changes).toEqual(fresh.changes);
        const past = changes.filter(({ night, day: about }) => about < night);
        if (!same) expect(past.filter((change) => !change.past && change.kind !== 'recovered')).toEqual([]);
        expect(changes.filter(({ kind }) => kind === 'corrected')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
