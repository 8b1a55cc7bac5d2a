import { addDays, toDay } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import { dayAt, endOfDay, startOfDay, toZone } from '@plumbline/core/zone';
import type { Zone } from '@plumbline/core/zone';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { figureAt, parts } from './histories.ts';
import type { Act } from './histories.ts';

describe('whatever people do', () => {
  const matches = (name: string) => (act: Act) => name === '*' || act.event === name;

  function naive(day: Day, zone: Zone, acts: readonly Act[], first: string, ago: number, isKept: IsKept): string {
    const known = acts.filter(({ time }) => time * 1000 < endOfDay(day, zone));
    const isIn = ({ time }: Act, from: number, to: number): boolean => {
      const on = dayAt(time * 1000, zone);
      return on >= addDays(day, from) && on <= addDays(day, to);
    };
    let [part, whole] = [0, 0];
    for (const person of new Set(acts.map((act) => act.person))) {
      const own = known.filter((act) => act.person === person);
      const starts = own.filter((act) => matches(first)(act) && isIn(act, -ago - 29, -ago)).map(({ time }) => time);
      if (starts.length === 0) continue;
      whole += 1;
      const inView = own.filter((act) => isIn(act, -ago - 29, 0));
      if (isKept(Math.min(...starts), inView)) part += 1;
    }
    return whole === 0 ? 'absent' : `${part}/${whole}`;
  }
  type IsKept = (start: number, acts: readonly Act[]) => boolean;

  /** Tries every choice of events rather than the first that fits. */
  function anyWay(steps: readonly string[], days: number): IsKept {
    const mayBeOne = (a = '', b = ''): boolean => a === b || a === '*' || b === '*';
    return (start, acts) => {
      const from = (taken: readonly number[]): boolean => {
        const name = steps[taken.length];
        if (name === undefined) return true;
        return acts
          .filter(matches(name))
          .some(
            ({ time }) =>
              time >= (taken.at(-1) ?? 0) - 2 &&
              time <= start + days * 86_400 &&
              !taken.some((other, step) => other === time && mayBeOne(steps[step], name)) &&
              from([...taken, time]),
          );
      };
      return from([start]);
    };
  }

  const back =
    (name: string, day: number, mode: string): IsKept =>
    (birth, acts) =>
      acts
        .filter(matches(name))
        .map(({ time }) => (time - birth) / 86_400)
        .some((age) => age >= day && (mode === 'on-or-after' || age < day + 1));

  // What happens near the windows' ends, and days or seconds apart, is where mistakes would show.
  const starts = fc.record({
    ago: fc.oneof(fc.constantFrom(0, 1, 2, 3, 28, 29, 30, 31, 32, 33, 34), fc.integer({ min: 0, max: 36 })),
    second: fc.constantFrom(0, 1, 1800, 43_200, 84_600, 86_399),
  });
  const steps = fc.record({
    person: fc.constantFrom('ada', 'bob'),
    event: fc.constantFrom('A', 'B', 'C'),
    days: fc.integer({ min: 0, max: 4 }),
    seconds: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-3600, 3600), fc.nat(86_400)),
  });
  const histories = (day: Day, zone: Zone) =>
    fc
      .record({ start: starts, told: fc.array(steps, { minLength: 1, maxLength: 25 }) })
      .map(({ start: { ago, second }, told }) =>
        told.map(({ person, event, days, seconds }): Act => {
          const time = startOfDay(addDays(day, -ago), zone) / 1000 + second + days * 86_400 + seconds;
          return { person, event, time };
        }),
      );
  const places = fc
    .constantFrom(
      ['2026-02-12', '+02:00'],
      ['2026-03-30', 'Europe/Kyiv'],
      ['2026-04-28', 'Europe/Kyiv'],
      ['2026-10-26', 'Europe/Kyiv'],
      ['2026-11-24', 'Europe/Kyiv'],
      ['2026-11-30', 'America/Los_Angeles'],
    )
    .map(([day = '', zone = '']) => ({ day: toDay(day), zone: toZone(zone) }));
  const worlds = places.chain(({ day, zone }) =>
    fc.record({ day: fc.constant(day), zone: fc.constant(zone), acts: histories(day, zone) }),
  );

  test('a funnel equals a plain count over all events', () => {
    const funnels = fc.constantFrom(['A', 'B'], ['A', 'B', 'C'], ['A', 'A'], ['A', '*'], ['*', 'B']);
    fc.assert(
      fc.property(worlds, funnels, fc.integer({ min: 1, max: 3 }), ({ day, zone, acts }, funnel, days) => {
        const expected = naive(day, zone, acts, funnel[0] ?? '', days, anyWay(funnel, days));
        expect(parts(figureAt(day, { funnel, within: `${days}d` }, acts, zone))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('retention equals a plain count over all events', () => {
    const kinds = fc.record({
      again: fc.constantFrom('B', 'A', '*'),
      days: fc.integer({ min: 1, max: 3 }),
      mode: fc.constantFrom('on', 'on-or-after'),
    });
    fc.assert(
      fc.property(worlds, kinds, ({ day, zone, acts }, { again, days, mode }) => {
        const expected = naive(day, zone, acts, 'A', days, back(again, days, mode));
        const spec = { retention: { first: 'A', return: again, day: days, mode } };
        expect(parts(figureAt(day, spec, acts, zone))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('order and copies change nothing', () => {
    const specs = fc.constantFrom(
      { funnel: ['A', 'B', '*'], within: '3d' },
      { retention: { first: 'A', return: '*', day: 2, mode: 'on' } },
      { retention: { first: 'A', return: 'B', day: 2 } },
    );
    const mixed = worlds.chain((world) =>
      fc.record({
        world: fc.constant(world),
        shuffled: fc.shuffledSubarray([...world.acts, ...world.acts.slice(0, 10)], {
          minLength: world.acts.length + Math.min(10, world.acts.length),
        }),
      }),
    );
    fc.assert(
      fc.property(mixed, specs, ({ world: { day, zone, acts }, shuffled }, spec) => {
        expect(figureAt(day, spec, shuffled, zone)).toEqual(figureAt(day, spec, acts, zone));
      }),
    );
  });
});
