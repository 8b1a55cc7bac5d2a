import { toDay } from '@plumbline/core/day';
import { describe, expect, it } from 'vitest';
import { occasionsOf, spanOf } from './calendar.ts';

const plan = { start: toDay('2026-01-02'), end: toDay('2026-04-02') };
const of = (time: { by?: string; during?: string; maintain?: string }) => occasionsOf({ id: 'x', ...time }, plan);
const span = (from: string, to: string, id = 'x') => ({ id, from, to });

describe('a deadline', () => {
  it.each([
    ['week 1', '2026-01-08'],
    ['week 6', '2026-02-12'],
    ['week 12', '2026-03-26'],
    ['day 1', '2026-01-02'],
    ['day 90', '2026-04-01'],
    ['2026-02-12', '2026-02-12'],
    ['end', '2026-04-02'],
    ['week 20', '2026-05-21'],
  ])('by %s is %s', (by, day) => {
    expect(of({ by })).toEqual([span('2026-01-02', day)]);
  });
});

describe('a span', () => {
  it.each([
    ['week 2', '2026-01-09', '2026-01-15'],
    ['week 5-6', '2026-01-30', '2026-02-12'],
    ['day 1', '2026-01-02', '2026-01-02'],
    ['day 1-30', '2026-01-02', '2026-01-31'],
    ['2026-01-09..2026-01-15', '2026-01-09', '2026-01-15'],
    ['week 3..end', '2026-01-16', '2026-04-02'],
    ['day 5..week 2', '2026-01-06', '2026-01-15'],
  ])('%s is %s to %s', (text, from, to) => {
    expect(of({ during: text })).toEqual([span(from, to)]);
    expect(of({ maintain: text })).toEqual([span(from, to)]);
  });

  it('that recurs is one occasion for each week', () => {
    expect(of({ during: 'each week 5-7' })).toEqual([
      span('2026-01-30', '2026-02-05', 'x#week-5'),
      span('2026-02-06', '2026-02-12', 'x#week-6'),
      span('2026-02-13', '2026-02-19', 'x#week-7'),
    ]);
    expect(spanOf({ id: 'x', during: 'each week 5-7' }, plan)).toEqual({ from: '2026-01-30', to: '2026-02-19' });
  });

  it('that recurs is one occasion for each whole month from the start', () => {
    expect(of({ during: 'each month' })).toEqual([
      span('2026-01-02', '2026-02-01', 'x#month-1'),
      span('2026-02-02', '2026-03-01', 'x#month-2'),
      span('2026-03-02', '2026-04-01', 'x#month-3'),
    ]);
    const late = { start: toDay('2026-01-31'), end: toDay('2026-04-29') };
    expect(occasionsOf({ id: 'x', during: 'each month' }, late).map(({ from, to }) => [from, to])).toEqual([
      ['2026-01-31', '2026-02-27'],
      ['2026-02-28', '2026-03-30'],
      ['2026-03-31', '2026-04-29'],
    ]);
  });
});

describe('a time that makes no sense', () => {
  it.each([
    [{ by: 'week 0' }, 'there is no week 0'],
    [{ by: 'week 9999' }, 'there is no week 9999'],
    [{ by: 'soon' }, 'allowed: "week 6", "day 30", "2026-02-12", "end"'],
    [{ by: '2026-02-30' }, 'is not a day of the plan'],
    [{ by: '2025-12-31' }, "before the plan's start"],
    [{ during: 'week 6-5' }, 'before it begins'],
    [{ during: 'end' }, 'is not a span of days'],
    [{ during: 'week 1..2..3' }, 'is not a span of days'],
    [{ during: 'each day' }, 'allowed: "each week 5-8", "each month"'],
    [{ during: 'each week 8-5' }, 'ends before it begins'],
    [{ maintain: 'each week 1-2' }, 'is not a span of days'],
    [{ maintain: '2025-12-01..end' }, "before the plan's start"],
  ])('%j is refused: %s', (time, complaint) => {
    expect(() => of(time)).toThrow(complaint);
  });
});
