import { toDay } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import { dayAt, startOfDay, toInstant, toZone } from '@plumbline/core/zone';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layCalendar, zoneQuality } from './calendar.ts';
import { mixpanelConfig } from './language.ts';

const config = (rest: Record<string, unknown> = {}) => mixpanelConfig.parse({ projectId: 1, metrics: {}, ...rest });
const days = (...texts: [string, ...string[]]): [Day, ...Day[]] => texts.map(toDay) as [Day, ...Day[]];
const seconds = (iso: string): number => toInstant(iso) / 1000;

describe('layCalendar', () => {
  test.each([
    ['+02:00', '2026-01-09', '2026-01-10'],
    ['America/Los_Angeles', '2026-01-10', '2026-01-11'],
    ['UTC', '2026-01-10', '2026-01-10'],
  ])("a day in %s touches the export's dates %s..%s", (zone, from, to) => {
    expect(layCalendar(days('2026-01-10'), toZone(zone), config())).toMatchObject({ from, to });
  });

  test("cuts at the day's first instant, which is in, and the next day's, which is out", () => {
    const calendar = layCalendar(days('2026-01-10', '2026-01-11'), toZone('+02:00'), config());
    const at = ['2026-01-09T21:59:59Z', '2026-01-09T22:00:00Z', '2026-01-10T22:00:00Z', '2026-01-11T22:00:00Z'];
    expect(at.map((iso) => calendar.indexOf(seconds(iso)))).toEqual([-1, 0, 1, -1]);
  });

  test('days of 23 and 25 hours hold what happened on them', () => {
    for (const [zone, first] of [
      ['Europe/Kyiv', '2026-03-28'],
      ['Europe/Kyiv', '2026-10-24'],
      ['America/New_York', '2026-03-07'],
    ] as const) {
      const span = days(first, first, first).map((day, index) =>
        dayAt(startOfDay(day, toZone('UTC')) + index * 864e5, toZone('UTC')),
      );
      const calendar = layCalendar(span as [Day, ...Day[]], toZone(zone), config());
      const start = startOfDay(toDay(first), toZone(zone)) / 1000;
      fc.assert(
        fc.property(fc.integer({ min: -7200, max: 3 * 86_400 + 7200 }), (offset) => {
          const day = dayAt((start + offset) * 1000, toZone(zone));
          expect(calendar.indexOf(start + offset)).toBe(span.indexOf(day));
        }),
      );
    }
  });

  test("with the project's time basis, epochs are its wall clock and dates are its own", () => {
    const project = config({ timeBasis: 'project', projectTimezone: 'America/New_York' });
    const calendar = layCalendar(days('2026-07-10'), toZone('Europe/Kyiv'), project);
    // Midnight in Kyiv is 17:00 in New York, written as if it were UTC.
    expect(calendar).toMatchObject({ from: '2026-07-09', to: '2026-07-10', shifts: [-4 * 3_600_000] });
    const at = ['2026-07-09T16:59:59Z', '2026-07-09T17:00:00Z', '2026-07-10T16:59:59Z', '2026-07-10T17:00:00Z'];
    expect(at.map((iso) => calendar.indexOf(seconds(iso)))).toEqual([-1, 0, 0, -1]);
  });

  test("on the day when the project's clocks change there is no one shift", () => {
    const project = config({ timeBasis: 'project', projectTimezone: 'Europe/Kyiv' });
    const { shifts } = layCalendar(days('2026-03-28', '2026-03-29', '2026-03-30'), toZone('Europe/Kyiv'), project);
    expect(shifts).toEqual([7_200_000, undefined, 10_800_000]);
  });
});

describe('zoneQuality', () => {
  test("names the project's zone where its days are not the workspace's", () => {
    const kyiv = config({ projectTimezone: 'Europe/Kyiv' });
    const plusTwo = toZone('+02:00');
    expect(zoneQuality(toDay('2026-02-12'), plusTwo, kyiv)).toEqual([]);
    expect(zoneQuality(toDay('2026-07-12'), plusTwo, kyiv)).toEqual(['zone:Europe/Kyiv']);
    expect(zoneQuality(toDay('2026-02-12'), plusTwo, config())).toEqual([]);
  });
});
