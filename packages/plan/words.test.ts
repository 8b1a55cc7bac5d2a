import { expect, it } from 'vitest';
import { timeOf } from './words.ts';

it('says when an indicator is judged', () => {
  expect(timeOf({ by: 'week 6' }, 'nps')).toBe('by Week 6');
  expect(timeOf({ by: 'end' }, 'nps')).toBe('by the end');
  expect(timeOf({ by: '2027-01-04' }, 'arr')).toBe('by 2027-01-04');
  expect(timeOf({ during: 'week 5-6' }, 'sales')).toBe('in Weeks 5-6');
  expect(timeOf({ during: 'day 24' }, 'launch')).toBe('on Day 24');
  expect(timeOf({ during: '2026-02-03' }, 'launch')).toBe('on 2026-02-03');
  expect(timeOf({ during: 'day 1-30' }, 'users')).toBe('in Days 1-30');
  expect(timeOf({ during: '2026-02-03..2026-02-05' }, 'calls')).toBe('from 2026-02-03 to 2026-02-05');
  expect(timeOf({ during: 'each week 5-8' }, 'posts#week-6')).toBe('in Week 6');
  expect(timeOf({ during: 'each week 5-8' }, 'posts')).toBe('in each of Weeks 5-8');
  expect(timeOf({ during: 'each month' }, 'posts')).toBe('in each Month');
  expect(timeOf({ maintain: 'week 3..end' }, 'latency')).toBe('kept from Week 3 to end');
});
