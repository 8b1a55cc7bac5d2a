import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { IndicatorState } from '@plumbline/core/status';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from './judge.ts';
import { judge } from './judge.ts';
import { day, metric, nights, planOf, points, repeat } from './rehearsal.ts';

const LENGTH = 35;
const NIGHTS = daysFrom(day(1), day(LENGTH));

const plan = planOf(
  { id: 'first', target: '> 4', by: 'week 1' },
  { id: 'last', target: '>= 5', by: 'week 3' },
  { id: 'sum', target: '>= 30', during: 'week 2', aggregate: 'mean' },
  { id: 'kept', target: '>= 2', maintain: 'day 3..week 4' },
  { id: 'exact', target: '== 5', by: 'week 2' },
);

/** What one day's value was said to be, and in which later nights it was said anew. */
type Said = { value: number; later: { after: number; value: number }[] };
type World = { m: CatalogueMetric; said: (Said | null)[] };

const values = fc.integer({ min: 0, max: 9 });
const worlds: fc.Arbitrary<World> = fc.record({
  m: fc.constantFrom(0, 1, 3).map((settleNights) => metric({ settleNights })),
  said: fc.array(
    fc.option(
      fc.record({
        value: values,
        later: fc.array(fc.record({ after: fc.integer({ min: 1, max: 12 }), value: values }), { maxLength: 2 }),
      }),
      { freq: 6 },
    ),
    { minLength: LENGTH, maxLength: LENGTH },
  ),
});

/** All that is known in a night, the corrections of earlier days that had come by then among it. */
const known = ({ m, said }: World, night: Day): Point[] =>
  said.flatMap((one, index): Point[] => {
    const about = day(index + 1);
    const age = daysBetween(about, night);
    if (one === null || age < 0) return [];
    const latest = one.later
      .filter(({ after }) => after <= age)
      .toSorted((a, b) => a.after - b.after)
      .at(-1);
    const state = age < m.settleNights ? 'provisional' : 'settled';
    return [{ metric: 'm', day: about, value: latest?.value ?? one.value, state, revision: 1 }];
  });

function replay(world: World, hand: (states: IndicatorState[]) => IndicatorState[] = (states) => states) {
  let prior: IndicatorState[] = [];
  return NIGHTS.map((night) => {
    const judged = judge({
      plan,
      metrics: new Map([['m', world.m]]),
      points: known(world, night),
      prior,
      acknowledgements: [],
      night,
      closing: true,
    });
    prior = hand(judged.states);
    return { night, ...judged };
  });
}

const ofKind = (changes: readonly Change[], ...kinds: Change['kind'][]) =>
  changes.filter(({ kind }) => kinds.includes(kind));
const runs = { numRuns: 60 };

describe('however numbers are corrected afterwards, judging', () => {
  it('gives each deadline one verdict, and each flip after it one correction that names both sides', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const all = replay(world).flatMap(({ changes }) => changes);
        for (const id of ['first', 'last', 'sum', 'exact']) {
          const own = all.filter(({ indicator }) => indicator === id);
          expect(ofKind(own, 'met', 'missed').length).toBeLessThanOrEqual(1);
          const verdicts = ofKind(own, 'met', 'missed', 'corrected').map(({ from, to, kind }) => ({ from, to, kind }));
          for (const [index, { from, to }] of verdicts.entries()) {
            if (index === 0) continue;
            expect(from).toBe(verdicts[index - 1]?.to);
            expect(to).not.toBe(from);
          }
        }
      }),
      runs,
    );
  });

  it('leaves every indicator with the verdict that the numbers now known give it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { states } = replay(world).at(-1) ?? { states: [] };
        const fresh = judge({
          plan,
          metrics: new Map([['m', world.m]]),
          points: known(world, day(LENGTH)),
          prior: [],
          acknowledgements: [],
          night: day(LENGTH),
          closing: true,
        });
        const outcomes = (list: readonly IndicatorState[]) =>
          list.map(({ indicator, verdict }) => `${indicator} ${verdict?.outcome}`);
        expect(outcomes(states)).toEqual(outcomes(fresh.states));
      }),
      runs,
    );
  });

  it('needs nothing but what it wrote down the night before', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const stored = replay(world, (states) => JSON.parse(JSON.stringify(states)) as IndicatorState[]);
        expect(stored.map(({ changes }) => changes)).toEqual(replay(world).map(({ changes }) => changes));
      }),
      runs,
    );
  });

  it('never takes a missing value for one: a night without news leaves each status, but for what the calendar brings', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 2, max: LENGTH }), (world, hole) => {
        const prompt = { ...world, m: metric({}) };
        const night = day(hole);
        const before = replay(prompt)[hole - 2]?.states ?? [];
        const points = known(prompt, addDays(night, -1));
        const judged = judge({
          plan,
          metrics: new Map([['m', prompt.m]]),
          points,
          prior: before,
          acknowledgements: [],
          night,
          closing: true,
        });
        const begun = (status: string) => (status === 'not_due' ? 'on_track' : status);
        expect(judged.states.map(({ status }) => begun(status))).toEqual(before.map(({ status }) => begun(status)));
        expect(ofKind(judged.changes, 'met', 'missed', 'corrected', 'recovered', 'at_risk')).toEqual([]);
      }),
      runs,
    );
  });
});

describe('a value that equals the bound', () => {
  const TIMES = [
    { by: 'week 1' },
    { during: 'week 1', aggregate: 'mean' },
    { during: 'week 1', aggregate: 'max' },
    { maintain: 'week 1' },
  ] as const;
  const OPS = [
    ['>', 'missed'],
    ['>=', 'met'],
    ['<', 'missed'],
    ['<=', 'met'],
    ['==', 'met'],
  ] as const;

  it('is decided by the comparison alone, whatever is measured how', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TIMES),
        fc.constantFrom(...OPS),
        fc.integer({ min: 0, max: 1000 }),
        (time, [op, outcome], value) => {
          const { state } = nights({
            plan: planOf({ target: `${op} ${value}`, ...time }),
            points: points(1, ...repeat(value, 8)),
            to: 8,
          });
          expect(state).toMatchObject({ status: outcome, gap: 0 });
        },
      ),
    );
  });
});
