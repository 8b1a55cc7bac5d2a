import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { HypothesisState } from '@plumbline/core/status';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from './judge.ts';
import { judge } from './judge.ts';
import { day, metric, planOf, supposing } from './rehearsal.ts';
import type { Plan } from './schema.ts';

const LENGTH = 24;
const NIGHTS = daysFrom(day(1), day(LENGTH));
const bare: Plan = { ...planOf({ target: '>= 1', by: 'day 90' }), indicators: [] };

type World = { plan: Plan; m: CatalogueMetric; points: Point[]; revisions: ReadonlyMap<Day, number> };

/** A hypothesis, values by day of which some are missing, and in some nights a new value for its last day. */
const worldsWith = (revisions: fc.Arbitrary<[number, number][]>): fc.Arbitrary<World> =>
  fc
    .record({
      kind: fc.constantFrom('stock', 'flow', 'score'),
      settleNights: fc.constantFrom(0, 1, 3),
      source: fc.constantFrom('stripe', 'record'),
      start: fc.integer({ min: 1, max: 8 }),
      within: fc.integer({ min: 1, max: 9 }),
      go: fc.constantFrom('> 5', '>= 5', '> 20'),
      pivot: fc.constantFrom('< 5', '< 3', '<= 3'),
      values: fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { freq: 12 }), {
        minLength: LENGTH,
        maxLength: LENGTH,
      }),
      revisions,
    })
    .map(({ kind, settleNights, source, start, within, go, pivot, values, revisions: later }) => ({
      plan: supposing(bare, { start: `day ${start}`, within: `${within}d`, go, pivot }),
      m: metric({ kind, settleNights: source === 'record' ? 0 : settleNights, source }),
      points: values.flatMap((value, index): Point[] =>
        value === null ? [] : [{ metric: 'm', day: day(index + 1), value, state: 'settled', revision: 1 }],
      ),
      revisions: new Map(later.map(([night, value]) => [day(night), value])),
    }));

const worlds = worldsWith(fc.constant([]));
const revisedWorlds = worldsWith(
  fc.array(fc.tuple(fc.integer({ min: 1, max: LENGTH }), fc.integer({ min: 0, max: 40 })), { maxLength: 5 }),
);

const lastDayOf = ({ plan }: World): Day => {
  const [hypothesis] = plan.hypotheses;
  const start = Number.parseInt(hypothesis?.start.replace('day ', '') ?? '', 10);
  return day(start + Number.parseInt(hypothesis?.within ?? '', 10) - 1);
};

/** What is known in a night: provisional before it settles, and the last day as it was last revised. */
function known(world: World, night: Day): Point[] {
  const { m, points, revisions } = world;
  const last = lastDayOf(world);
  const revised = [...revisions].filter(([at]) => at >= last && at <= night).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const value = revised.at(-1)?.[1];
  return points
    .filter((point) => point.day <= night)
    .map((point) => (point.day === last && value !== undefined ? { ...point, value } : point))
    .map((point) => (addDays(point.day, m.settleNights) > night ? { ...point, state: 'provisional' } : point));
}

type Answer = { state: HypothesisState | undefined; hypotheses: HypothesisState[]; changes: Change[] };

function judgeNight(
  world: World,
  night: Day,
  prior: readonly HypothesisState[],
  { points = known(world, night), closing = true } = {},
): Answer {
  const { plan, m } = world;
  const metrics = new Map([['m', m]]);
  const input = { plan, metrics, points, prior: [], acknowledgements: [], night, closing };
  const { hypotheses, changes } = judge({ ...input, priorHypotheses: prior });
  return { state: hypotheses[0], hypotheses, changes };
}

function* replay(world: World, all = NIGHTS): Generator<{ night: Day; before: HypothesisState[] } & Answer> {
  let before: HypothesisState[] = [];
  for (const night of all) {
    const judged = judgeNight(world, night, before);
    yield { night, before, ...judged };
    before = judged.hypotheses;
  }
}

const runs = { numRuns: 60 };

describe('whatever happens, judging a hypothesis', () => {
  it('decides once, after its last day, and changes that only by corrections that each lead from where it stood', () => {
    fc.assert(
      fc.property(revisedWorlds, (world) => {
        let stood: string | undefined;
        for (const { night, state, changes } of replay(world)) {
          for (const { kind, from, to, day: about } of changes.filter((one) => one.kind !== 'stale')) {
            expect(kind).toBe(stood === undefined ? 'decided' : 'corrected');
            expect(from).toBe(stood ?? 'running');
            expect(to).not.toBe(from);
            expect(about).toBe(lastDayOf(world));
            expect(night >= addDays(about, world.m.settleNights)).toBe(true);
            stood = to;
          }
          expect(state?.decision?.outcome).toBe(stood);
        }
      }),
      runs,
    );
  });

  it('corrects nothing where nothing is revised', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const kinds = [...replay(world)].flatMap(({ changes }) => changes.map(({ kind }) => kind));
        expect(kinds.filter((kind) => kind === 'corrected')).toEqual([]);
        expect(kinds.filter((kind) => kind === 'decided').length).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });

  it('is never decided by what is missing', () => {
    fc.assert(
      fc.property(revisedWorlds, (world) => {
        const last = lastDayOf(world);
        const without = { ...world, points: world.points.filter((point) => point.day !== last) };
        const pulled = { ...without, m: { ...world.m, source: 'stripe' } };
        for (const { night, state, changes } of replay(pulled)) {
          expect(changes.every(({ kind }) => kind === 'stale')).toBe(true);
          expect(state).not.toHaveProperty('decision');
          if (night >= addDays(last, world.m.settleNights)) expect(state?.stale?.missing).toMatch(/^m of /);
        }
      }),
      runs,
    );
  });

  it('takes no decision back when values go missing afterwards', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const at = [...replay(world)].at(-1);
        fc.pre(at?.state?.decision !== undefined);
        const judged = judgeNight(world, addDays(day(LENGTH), 1), at?.hypotheses ?? [], { points: [] });
        expect(judged.hypotheses).toEqual(at?.hypotheses);
        expect(judged.changes).toEqual([]);
      }),
      runs,
    );
  });

  it('of the same night again finds nothing, whether it closes or not', () => {
    fc.assert(
      fc.property(revisedWorlds, (world) => {
        for (const { night, hypotheses } of replay(world)) {
          expect(judgeNight(world, night, hypotheses)).toMatchObject({ hypotheses, changes: [] });
          expect(judgeNight(world, night, hypotheses, { closing: false })).toMatchObject({ hypotheses, changes: [] });
        }
      }),
      runs,
    );
  });

  it('of one night alone comes to the decision that night after night came to', () => {
    fc.assert(
      fc.property(revisedWorlds, fc.integer({ min: 1, max: LENGTH }), (world, last) => {
        const all = [...replay(world, NIGHTS.slice(0, last))].at(-1);
        const once = judgeNight(world, day(last), []);
        const shown = ({ state }: Answer) => [state?.status, state?.decision, state?.value, state?.forecast];
        expect(shown(once)).toEqual(all && shown(all));
      }),
      runs,
    );
  });

  it('takes points in any order and leaves its input alone', () => {
    fc.assert(
      fc.property(revisedWorlds, fc.integer({ min: 1, max: LENGTH }), (world, last) => {
        const points = known(world, day(last));
        const copy = structuredClone(points);
        const judged = judgeNight(world, day(last), [], { points });
        expect(points).toEqual(copy);
        expect(judgeNight(world, day(last), [], { points: points.toReversed() })).toEqual(judged);
      }),
      runs,
    );
  });
});
