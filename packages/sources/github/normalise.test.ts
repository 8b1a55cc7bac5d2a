import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agesWhenClosed, contributorsAt, criticalAt, median, starsAt } from './normalise.ts';
import type { Issue, IssueEvent } from './schema.ts';

/** What may happen to one of five issues in a second. */
type Step = {
  number: number;
  kind: 'labeled' | 'unlabeled' | 'closed' | 'reopened' | 'other';
  label: 'critical' | 'p0' | 'later';
};
const step: fc.Arbitrary<Step> = fc.record({
  number: fc.integer({ min: 1, max: 5 }),
  kind: fc.constantFrom('labeled', 'unlabeled', 'closed', 'reopened', 'other'),
  label: fc.constantFrom('critical', 'p0', 'later'),
});
const steps = fc.array(step, { maxLength: 40 });

/** Lives through the steps, of which each happens only if it can, and notes after each how many issues are critical, and closed when. */
function live(happenings: readonly Step[]) {
  const issues = new Map<number, Issue>();
  const log: { id: number; at: number; number: number; kind: Step['kind']; label: string }[] = [];
  const critical: number[] = [];
  const isCritical = ({ isOpen, labels, isPull }: Issue) =>
    isOpen && !isPull && labels.some((label) => label !== 'later');
  happenings.forEach(({ number, kind, label }, at) => {
    const one = issues.get(number) ?? { number, createdAt: at, isOpen: true, labels: [], isPull: number === 5 };
    issues.set(number, one);
    const can = {
      labeled: !one.labels.includes(label),
      unlabeled: one.labels.includes(label),
      closed: one.isOpen,
      reopened: !one.isOpen,
      other: true,
    }[kind];
    if (can) {
      if (kind === 'labeled') one.labels = [...one.labels, label];
      if (kind === 'unlabeled') one.labels = one.labels.filter((own) => own !== label);
      if (kind === 'closed' || kind === 'reopened') one.isOpen = kind === 'reopened';
      log.push({ id: log.length, at, number, kind, label });
    }
    critical.push([...issues.values()].filter(isCritical).length);
  });
  const events = log.map(({ id, at, number, kind, label }): IssueEvent => {
    const issue = issues.get(number);
    return {
      id,
      at,
      change: issue && kind !== 'other' ? { kind, label: kind.endsWith('labeled') ? label : null, issue } : null,
    };
  });
  return { critical, events: events.toReversed(), now: [...issues.values()].filter(isCritical), log };
}

const LABELS = new Set(['critical', 'p0']);

test('undoing what happened since tells how many issues were critical at any moment', () => {
  fc.assert(
    fc.property(steps, (happenings) => {
      const { critical, events, now } = live(happenings);
      const told = critical.map((_, at) => criticalAt(now, events, LABELS, at + 1));
      expect(told).toEqual(critical);
      expect(criticalAt(now, [...events, ...events], LABELS, 1)).toBe(criticalAt(now, events, LABELS, 1));
    }),
  );
});

test('an issue is as old as when it was last closed, if it still was', () => {
  fc.assert(
    fc.property(steps, fc.nat(40), fc.nat(40), (happenings, a, b) => {
      const [from, end] = [Math.min(a, b), Math.max(a, b)];
      const { events, log } = live(happenings);
      const expected = [1, 2, 3, 4].flatMap((number) => {
        const own = log.filter((one) => one.number === number && one.at < end && /closed|reopened/.test(one.kind));
        const last = own.at(-1);
        const began = happenings.findIndex((one) => one.number === number);
        return last?.kind === 'closed' && last.at >= from ? [last.at - began] : [];
      });
      expect(agesWhenClosed(events, from, end).toSorted((x, y) => x - y)).toEqual(expected.toSorted((x, y) => x - y));
    }),
  );
});

test('the median is in the middle, whatever the order', () => {
  expect([[3], [1, 2], [9, 1, 5], [4, 1, 3, 2]].map(median)).toEqual([3, 1.5, 5, 2.5]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1 }), (numbers) => {
      const middle = median(numbers);
      expect(numbers.filter((one) => one < middle).length).toBeLessThanOrEqual(numbers.length / 2);
      expect(numbers.filter((one) => one > middle).length).toBeLessThanOrEqual(numbers.length / 2);
    }),
  );
});

test('a star or a commit of the last moment is in, one of the next day is not', () => {
  expect(starsAt({ count: 10, newest: [98, 99, 100, 101] }, 100)).toBe(8);
  const commits = [99, 100].map((at) => ({ at, by: String(at) }));
  expect(contributorsAt([...commits, { at: 1, by: null }], 100)).toBe(1);
});
