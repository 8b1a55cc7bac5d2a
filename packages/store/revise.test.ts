import type { Day } from '@plumbline/core/day';
import type { Observation, Snapshot } from '@plumbline/core/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_REVISIONS, type RevisionContext, revise } from './revise.ts';

const evidence = { requests: 1, rows: 2, sha256: 'ab', policy: 'test' };
const context: RevisionContext = { workspace: 'w', unit: 'count', source: 'ga4', demo: false, now: 100 };
const seen: Observation = {
  metric: 'visitors',
  day: '2026-02-12' as Day,
  value: 7,
  quality: [],
  evidence,
  settlesAt: 200,
};

const snapshot = (observation: Observation, at: Partial<RevisionContext> = {}, stored?: Snapshot): Snapshot => {
  const revised = revise(stored, observation, { ...context, ...at });
  if (revised === 'unchanged') throw new Error('nothing to write');
  return revised;
};

describe('a first observation', () => {
  it('is provisional before it settles', () => {
    expect(snapshot(seen)).toEqual({
      workspace: 'w',
      metric: 'visitors',
      day: '2026-02-12',
      unit: 'count',
      source: 'ga4',
      demo: false,
      value: 7,
      quality: [],
      evidence,
      revision: 1,
      state: 'provisional',
      pulledAt: 100,
      earlier: [],
    });
  });
  it('is settled from the very moment that it settles', () => {
    expect(snapshot(seen, { now: 199 }).state).toBe('provisional');
    expect(snapshot(seen, { now: 200 }).state).toBe('settled');
  });
  it('that was worked out afterwards says so', () => {
    expect(snapshot({ ...seen, reconstructed: true }, { now: 300 }).state).toBe('reconstructed');
  });
  it('is refused when it is no number, or money in fractions of a cent', () => {
    expect(() => revise(undefined, { ...seen, value: Number.NaN }, context)).toThrow('[ga4] visitors of 2026-02-12');
    expect(() => revise(undefined, { ...seen, value: 1.5 }, { ...context, unit: 'USD' })).toThrow('whole minor units');
  });
});

describe('an equal observation', () => {
  const first = snapshot(seen);
  it('writes nothing while provisional, though it was found otherwise', () => {
    expect(revise(first, { ...seen, evidence: { ...evidence, requests: 9 } }, { ...context, now: 150 })).toBe(
      'unchanged',
    );
  });
  it('settles a provisional one in place', () => {
    expect(revise(first, seen, { ...context, now: 200 })).toEqual({ ...first, state: 'settled', settledAt: 200 });
  });
  it('never makes a settled one provisional again', () => {
    const settled = snapshot(seen, { now: 200 });
    expect(revise(settled, { ...seen, settlesAt: 999 }, context)).toBe('unchanged');
  });
  it('takes -0 for 0 and undefined for absent, as they are stored', () => {
    const zero = snapshot({ ...seen, value: 0 });
    expect(revise(zero, { ...seen, value: -0, n: undefined }, context)).toBe('unchanged');
  });
});

describe('a different observation', () => {
  it('is also the same value with another note of whoever states it, but not from another person', () => {
    const said = (note: string, by = 'ada') => ({ ...seen, evidence: { ...evidence, policy: 'record', by, note } });
    const first = snapshot(said('counted'));
    expect(revise(first, said('counted', 'bob'), context)).toBe('unchanged');
    expect(snapshot(said('counted twice'), {}, first)).toMatchObject({ value: 7, revision: 2 });
  });
  it('is also the same value that began with another one, or was moved by something else', () => {
    const moved = (start: number, fx: number) => ({
      ...seen,
      evidence: { ...evidence, start: { day: '2026-02-11', value: start }, movements: { fx: { value: fx } } },
    });
    const first = snapshot(moved(5, 2));
    expect(revise(first, moved(5, 2), context)).toBe('unchanged');
    expect(snapshot(moved(6, 1), {}, first)).toMatchObject({ value: 7, revision: 2, evidence: moved(6, 1).evidence });
  });
  it('is a new revision that keeps the old one', () => {
    const first = snapshot(seen);
    expect(revise(first, { ...seen, value: 8, n: 3 }, { ...context, now: 250 })).toEqual({
      ...first,
      value: 8,
      n: 3,
      revision: 2,
      state: 'settled',
      pulledAt: 250,
      earlier: [{ value: 7, quality: [], evidence, revision: 1, state: 'provisional', pulledAt: 100 }],
    });
  });
  it('counts when only the quality or a part of the breakdown differs', () => {
    const first = snapshot({ ...seen, breakdown: { country: { UA: 7 } } });
    expect(revise(first, { ...seen, breakdown: { country: { UA: 6 } } }, context)).toMatchObject({ revision: 2 });
    expect(revise(first, { ...seen, breakdown: { country: { UA: 7 } }, quality: ['sampled'] }, context)).toMatchObject({
      revision: 2,
    });
  });
  it('worked out afterwards never replaces one that was taken in time, but does replace its like', () => {
    const late: Observation = { ...seen, value: 8, reconstructed: true };
    for (const now of [100, 200]) expect(revise(snapshot(seen, { now }), late, context)).toBe('unchanged');
    const reconstructed = snapshot({ ...seen, reconstructed: true });
    expect(revise(reconstructed, late, context)).toMatchObject({ value: 8, revision: 2, state: 'reconstructed' });
  });
  it('is refused where demo and real would mix, even when equal', () => {
    expect(() => revise(snapshot(seen), seen, { ...context, demo: true })).toThrow('w holds a real number');
    expect(() => revise(snapshot(seen, { demo: true }), seen, context)).toThrow('w holds a demo number');
  });
});

describe('any sequence of observations', () => {
  const step = fc.record({
    value: fc.integer({ min: 0, max: 2 }),
    late: fc.nat({ max: 3 }),
    reconstructed: fc.boolean(),
  });
  it('keeps revisions without holes, ends with what was seen last, and says unchanged when asked twice', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        let stored: Snapshot | undefined;
        for (const [now, { value, late, reconstructed }] of steps.entries()) {
          const observation: Observation = {
            ...seen,
            value,
            settlesAt: now + late - 1,
            ...(reconstructed ? { reconstructed } : {}),
          };
          const at = { ...context, now };
          const revised = revise(stored, observation, at);
          const before = stored;
          stored = revised === 'unchanged' ? stored : revised;
          const after = stored;
          if (after === undefined) throw new Error('nothing is stored after an observation');
          const inTime = before !== undefined && before.state !== 'reconstructed';
          expect(after.value).toBe(reconstructed && inTime ? before.value : value);
          const kept = Math.min(after.revision - 1, KEPT_REVISIONS);
          expect(after.earlier.map(({ revision }) => revision)).toEqual(
            Array.from({ length: kept }, (_, index) => after.revision - kept + index),
          );
          expect(revise(after, observation, at)).toBe('unchanged');
        }
      }),
    );
  });
});
