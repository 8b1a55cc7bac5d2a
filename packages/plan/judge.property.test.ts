import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { IndicatorState } from '@plumbline/core/status';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Judged } from './judge.ts';
import { judge } from './judge.ts';
import { day, metric, planOf } from './rehearsal.ts';

const LENGTH = 40;
const NIGHTS = daysFrom(day(1), day(LENGTH));

const plan = planOf(
  { id: 'early', target: '>= 5', by: 'week 2' },
  { id: 'late', target: '>= 5', by: 'week 4' },
  { id: 'steady', target: '>= 2', maintain: 'day 3..week 4' },
  { id: 'smooth', target: '>= 3', maintain: 'day 3..week 4', over: '7d' },
  { id: 'mean', target: '> 4', during: 'week 2-3', aggregate: 'mean' },
  { id: 'each', target: '> 4', during: 'each week 2-4', aggregate: 'max' },
);

type World = { m: CatalogueMetric; points: Point[] };

/** Values by day, some missing; each settles after the source's delay. */
const worlds: fc.Arbitrary<World> = fc
  .record({
    settleNights: fc.constantFrom(0, 1, 3),
    source: fc.constantFrom('stripe', 'record'),
    values: fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { freq: 8 }), { minLength: LENGTH, maxLength: LENGTH }),
  })
  .map(({ settleNights, source, values }) => ({
    m: metric({ settleNights: source === 'record' ? 0 : settleNights, source }),
    points: values.flatMap((value, index): Point[] =>
      value === null ? [] : [{ metric: 'm', day: day(index + 1), value, state: 'settled', revision: 1 }],
    ),
  }));

function known({ m, points }: World, night: Day): Point[] {
  return points
    .filter((point) => point.day <= night)
    .map((point) => (addDays(point.day, m.settleNights) > night ? { ...point, state: 'provisional' } : point));
}

const judgeNight = (
  world: World,
  night: Day,
  prior: readonly IndicatorState[],
  points = known(world, night),
  closing = true,
): Judged => judge({ plan, metrics: new Map([['m', world.m]]), points, prior, acknowledgements: [], night, closing });

function* replay(world: World, all = NIGHTS): Generator<{ night: Day; before: IndicatorState[] } & Judged> {
  let before: IndicatorState[] = [];
  for (const night of all) {
    const judged = judgeNight(world, night, before);
    yield { night, before, ...judged };
    before = judged.states;
  }
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  not_due: ['on_track', 'met', 'missed', 'stale'],
  on_track: ['at_risk', 'met', 'missed', 'stale'],
  at_risk: ['on_track', 'met', 'missed', 'stale'],
  met: ['missed'],
  missed: ['recovered', 'missed', 'met', 'on_track', 'stale'],
  recovered: ['missed', 'stale'],
};

const verdicts = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ kind }) => kind === 'met' || kind === 'missed' || kind === 'recovered')
    .map(({ indicator, kind, day: about, value }) => `${indicator} ${kind} ${about} ${value}`);

const runs = { numRuns: 40 };

describe('whatever happens, judging', () => {
  it('follows the arrows, and each change leads from where the indicator stood', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { before, states, changes } of replay(world)) {
          const stands = new Map<string, string>(before.map(({ indicator, status }) => [indicator, status]));
          for (const change of changes) {
            expect(change.from).toBe(stands.get(change.indicator) ?? 'not_due');
            expect(ALLOWED[change.from]).toContain(change.to);
            if (change.to !== 'stale') stands.set(change.indicator, change.to);
          }
          for (const { indicator, status } of states) expect(status).toBe(stands.get(indicator) ?? 'not_due');
        }
      }),
      runs,
    );
  });

  it('decides a deadline once, and what is kept after a revision only by a correction', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const changes = [...replay(world)].flatMap((one) => one.changes);
        for (const id of ['early', 'late', 'mean', 'each#week-2', 'each#week-3', 'each#week-4']) {
          const own = changes.filter(
            ({ indicator, kind }) => indicator === id && (kind === 'met' || kind === 'missed'),
          );
          expect(own.length).toBeLessThanOrEqual(1);
        }
        expect(changes.filter(({ kind }) => kind === 'corrected')).toEqual([]);
      }),
      runs,
    );
  });

  it('of the same night again finds nothing, whether it closes or not', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { night, states } of replay(world)) {
          expect(judgeNight(world, night, states)).toEqual({ states, hypotheses: [], changes: [] });
          expect(judgeNight(world, night, states, known(world, night), false)).toEqual({
            states,
            hypotheses: [],
            changes: [],
          });
        }
      }),
      runs,
    );
  });

  it('of one night alone comes to the verdicts that night after night came to', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: LENGTH }), (world, last) => {
        const all = [...replay(world, NIGHTS.slice(0, last))];
        const once = judgeNight(world, day(last), []);
        expect(verdicts(once.changes).toSorted()).toEqual(verdicts(all.flatMap((one) => one.changes)).toSorted());
        const outcome = ({ indicator, verdict, failing }: IndicatorState) => ({ indicator, verdict, failing });
        expect(once.states.map(outcome)).toEqual(all.at(-1)?.states.map(outcome));
      }),
      runs,
    );
  });

  it('without new values changes no status but by the calendar', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: LENGTH - 1 }), (world, last) => {
        const pulled = { ...world, m: { ...world.m, source: 'stripe', settleNights: 0 } };
        let { states } = [...replay(pulled, NIGHTS.slice(0, last))].at(-1) ?? { states: [] };
        for (const night of NIGHTS.slice(last)) {
          const judged = judgeNight(pulled, night, states, known(pulled, day(last)));
          const kinds = new Set(judged.changes.map(({ kind }) => kind));
          for (const kind of ['on_track', 'stale', 'reminder'] as const) kinds.delete(kind);
          expect([...kinds]).toEqual([]);
          states = judged.states;
        }
      }),
      runs,
    );
  });

  it('takes points in any order and leaves its input alone', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: LENGTH }), (world, last) => {
        const points = known(world, day(last));
        const copy = structuredClone(points);
        const judged = judgeNight(world, day(last), [], points);
        expect(points).toEqual(copy);
        expect(judgeNight(world, day(last), [], points.toReversed())).toEqual(judged);
      }),
      runs,
    );
  });

  it('says corrected, and nothing else, of a revision that flips a verdict', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 0, max: 9 }), (world, value) => {
        const deadline = day(14);
        const all = [...replay(world)].at(-1);
        const before = all?.states.find(({ indicator }) => indicator === 'early');
        fc.pre(before?.verdict !== undefined);
        const points = known(world, day(LENGTH)).map((point) => (point.day === deadline ? { ...point, value } : point));
        const { changes } = judgeNight(world, day(LENGTH), all?.states ?? [], points);
        const own = changes.filter(({ indicator }) => indicator === 'early');
        const outcome = value >= 5 ? 'met' : 'missed';
        const flips = before?.verdict?.outcome !== outcome;
        const [first, ...rest] = own.map(({ kind, from, to }) => `${kind} ${from} ${to}`);
        expect(first).toBe(flips ? `corrected ${before?.verdict?.outcome} ${outcome}` : undefined);
        expect(rest.every((text) => text === 'recovered missed recovered')).toBe(true);
      }),
      runs,
    );
  });
});
