import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { dayAt, endOfDay, toIso, toZone } from '@plumbline/core/zone';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latestMeeting, meetingsAfter, meetingsOf, nameOf } from './review-meetings.ts';
import type { Review } from './schema.ts';

const HOUR = 3_600_000;
const kyiv = toZone('Europe/Kyiv');
const plan = { start: toDay('2026-01-02'), end: toDay('2026-04-02') };
const review = (every: Review['every'], at = '16:00', id = 'weekly'): Review => ({ id, every, at, to: ['ceo'] });
const meetings = (every: Review['every'], at?: string, span = plan, zone = kyiv) =>
  meetingsOf(review(every, at), span, zone);

describe('meetings', () => {
  test('of every Friday lie in the plan; one on its first day has no night before it', () => {
    const fridays = meetings('friday');
    expect(fridays.map(({ day }) => day)).toEqual(
      Array.from({ length: 12 }, (_, k) => addDays(toDay('2026-01-09'), 7 * k)),
    );
    expect(fridays[1]).toEqual({
      review: review('friday'),
      day: '2026-01-16',
      at: Date.parse('2026-01-16T14:00:00Z'),
      night: '2026-01-15',
      from: '2026-01-09',
      previous: '2026-01-09',
      next: { day: '2026-01-23', night: '2026-01-22' },
    });
    expect(fridays.at(-1)?.next).toBe(null);
  });

  test('on the last day of the plan are held, and the first one looks back to its start', () => {
    const thursdays = meetings('thursday');
    expect(thursdays.at(-1)).toMatchObject({ day: '2026-04-02', night: '2026-04-01', next: null });
    expect(thursdays[0]).toMatchObject({ day: '2026-01-08', from: '2026-01-02', previous: null });
  });

  test('of the last Friday or Saturday of the month, also on its very last day', () => {
    const days = (every: Review['every']) => meetings(every).map(({ day }) => day);
    expect(days('last friday')).toEqual(['2026-01-30', '2026-02-27', '2026-03-27']);
    expect(days('last saturday')).toEqual(['2026-01-31', '2026-02-28', '2026-03-28']);
    const leap = { start: toDay('2028-02-01'), end: toDay('2028-03-15') };
    expect(meetings('last tuesday', '16:00', leap).map(({ day }) => day)).toEqual(['2028-02-29']);
  });

  test.each([
    ['06:00', '2026-01-08'],
    ['05:59', '2026-01-07'],
    ['00:00', '2026-01-07'],
    ['23:59', '2026-01-08'],
  ])('at %s are served by the night of %s', (at, night) => {
    expect(meetings('friday', at)[0]).toMatchObject({ day: '2026-01-09', night });
  });

  test('count the hours of a night as they pass, where the clocks are put forward or back', () => {
    const forward = (at: string) => meetings('sunday', at).find(({ day }) => day === '2026-03-29');
    expect(forward('07:00')?.night).toBe('2026-03-28');
    expect(forward('06:59')?.night).toBe('2026-03-27');
    const skipped = forward('03:30');
    expect([skipped?.night, toIso(skipped?.at ?? 0)]).toEqual(['2026-03-27', '2026-03-29T01:30:00Z']);
    const autumn = { start: toDay('2026-10-01'), end: toDay('2026-10-31') };
    const back = (at: string) => meetings('sunday', at, autumn).find(({ day }) => day === '2026-10-25');
    expect(back('05:00')?.night).toBe('2026-10-24');
    expect(back('04:59')?.night).toBe('2026-10-23');
  });

  test('each have a night that is closed when they begin, and share the nights between them out', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Review['every']>('monday', 'friday', 'sunday', 'last friday', 'last sunday'),
        fc.integer({ min: 0, max: 24 * 60 - 1 }),
        fc.constantFrom('Europe/Kyiv', 'America/New_York', '+02:00', 'Pacific/Auckland', 'Australia/Lord_Howe'),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 100 }),
        (every, minute, name, offset, length) => {
          const zone = toZone(name);
          const at = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
          const start = addDays(toDay('2026-01-01'), offset);
          const span = { start, end: addDays(start, length) };
          const found = meetings(every, at, span, zone);
          for (const meeting of found) {
            const closes = endOfDay(meeting.night, zone) + 6 * HOUR;
            expect(closes).toBeLessThanOrEqual(meeting.at);
            expect(endOfDay(addDays(meeting.night, 1), zone) + 6 * HOUR).toBeGreaterThan(meeting.at);
            expect(dayAt(meeting.at, zone)).toBe(meeting.day);
          }
          const shared = found.flatMap(({ from, night }) => daysFrom(from, night));
          expect(shared).toEqual(daysFrom(span.start, found.at(-1)?.night ?? addDays(span.start, -1)));
        },
      ),
    );
  });
});

test('a night serves its meetings, the one that looks back furthest first', () => {
  const both = { ...plan, reviews: [review('friday'), review('last friday', '15:00', 'monthly')] };
  const served = (night: string) => meetingsAfter(both, kyiv, toDay(night)).map((one) => [one.review.id, one.from]);
  expect(served('2026-02-26')).toEqual([
    ['monthly', '2026-01-30'],
    ['weekly', '2026-02-20'],
  ]);
  expect(served('2026-02-19')).toEqual([['weekly', '2026-02-13']]);
  expect(served('2026-02-20')).toEqual([]);
});

test('the latest meeting is the last one whose night is over, else the next', () => {
  const day = (night: string) => latestMeeting(meetings('friday'), toDay(night))?.day;
  expect([day('2026-01-02'), day('2026-01-08'), day('2026-02-12'), day('2026-02-18'), day('2026-12-31')]).toEqual([
    '2026-01-09',
    '2026-01-09',
    '2026-02-13',
    '2026-02-13',
    '2026-03-27',
  ]);
  expect(latestMeeting([], plan.start)).toBeUndefined();
});

test.each([
  ['weekly', 'Weekly review'],
  ['board-review', 'Board review'],
  ['leadership-sync', 'Leadership sync'],
  ['last-friday', 'Last friday review'],
])('the review "%s" is called "%s"', (id, name) => {
  expect(nameOf({ id })).toBe(name);
});
