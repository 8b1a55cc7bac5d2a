import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { endOfDay } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import { STORY_NAMES, storyNamed } from './index.ts';
import type { Story } from './story.ts';
import {
  conversionOn,
  eventsIn,
  mrrAt,
  mrrByProductAt,
  npsAt,
  payingCustomersAt,
  signupsOn,
  uniquesAt,
  uptimeOn,
  visitorsOn,
} from './truth.ts';

function told(name: string): Story {
  const story = storyNamed(name);
  if (story === undefined) throw new Error(`no story ${name}`);
  return story;
}

const bakhmach = told('bakhmach');
const codementor = told('codementor');
const dollarsOn = (story: Story, day: Day): number => mrrAt(story, endOfDay(day, story.timezone)) / 100;
const planDay = (story: Story, n: number): Day => addDays(story.start, n - 1);
const nps = (story: Story, n: number): string => {
  const found = npsAt(story, planDay(story, n));
  return found === undefined ? 'nobody' : `${found.value.toFixed(2)} of ${found.n}`;
};

describe('every story', () => {
  test.each(STORY_NAMES)('%s is the same each time it is told', (name) => {
    expect(told(name)).toEqual(told(name));
  });

  test.each(STORY_NAMES)('%s is in order of time, in whole seconds', (name) => {
    const story = told(name);
    const lists = [
      story.sessions.map(({ at }) => at),
      story.events.map(({ at }) => at),
      story.subscriptions.map(({ changes }) => changes[0]?.at ?? 0),
      story.outages.map(({ from }) => from),
      ...story.subscriptions.map(({ changes }) => changes.map(({ at }) => at)),
    ];
    for (const times of lists) expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(lists.flat().filter((at) => at % 1000 !== 0)).toEqual([]);
    const days = story.entries.map(({ day }) => day);
    expect(days).toEqual(days.toSorted());
  });

  test.each(STORY_NAMES)('%s records each metric once a day, inside the plan', (name) => {
    const story = told(name);
    const keys = story.entries.map(({ metric, day }) => `${metric} ${day}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(story.entries.filter(({ day }) => day < story.start || day > story.end)).toEqual([]);
  });

  test.each(STORY_NAMES)('%s has senders with odd habits', (name) => {
    const { events } = told(name);
    const sent = events.map(({ event, person, at, insertId }) => JSON.stringify([event, person, at, insertId]));
    const withId = sent.filter((_, index) => events[index]?.insertId !== undefined);
    expect({
      withoutId: events.some(({ insertId }) => insertId === undefined),
      twice: new Set(withId).size < withId.length,
      unicode: events.some(({ person }) => /\P{ASCII}/u.test(person)),
    }).toEqual({ withoutId: true, twice: true, unicode: true });
  });
});

describe('what people write down is what happened', () => {
  test('the users of CodeMentor', () => {
    const entries = codementor.entries.filter(({ metric }) => metric === 'total_users');
    const signedUp = (day: Day): number =>
      daysFrom(planDay(codementor, -29), day).reduce((sum, one) => sum + signupsOn(codementor, one), 0);
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.map(({ day, value }) => [day, value])).toEqual(entries.map(({ day }) => [day, signedUp(day)]));
  });
});

test('a name that no story has is undefined, also one that every object has', () => {
  expect([storyNamed('nobody'), storyNamed('constructor')]).toEqual([undefined, undefined]);
});

describe('Bakhmach', () => {
  test.each([
    [1, 591],
    [2, 1898.17],
    [3, 2810.17],
    [4, 3561.34],
    [5, 4941.34],
    [6, 6518.51],
    [7, 8492.51],
    [8, 10_523.68],
    [9, 10_283.85],
    [10, 11_371.85],
    [11, 12_120.85],
    [12, 13_013.85],
  ])('MRR at the end of week %i is $%d', (week, dollars) => {
    expect(dollarsOn(bakhmach, planDay(bakhmach, 7 * week))).toBe(dollars);
  });

  test('MRR on day 90 is inside $10-15K, from 40 customers', () => {
    const end = endOfDay(planDay(bakhmach, 90), bakhmach.timezone);
    expect([mrrAt(bakhmach, end), payingCustomersAt(bakhmach, end)]).toEqual([1_301_385, 40]);
    expect(mrrByProductAt(bakhmach, end)).toEqual({
      Builder: 18_600,
      Professional: 312_885,
      Team: 491_400,
      Enterprise: 478_500,
    });
  });

  test('a subscription of the last minute of week 1 belongs to it, one of midnight to the next day', () => {
    const midnight = endOfDay(planDay(bakhmach, 7), bakhmach.timezone);
    const starts = bakhmach.subscriptions.map(({ changes }) => changes[0]?.at ?? 0);
    expect(starts.filter((at) => Math.abs(at - midnight) < 60_000)).toEqual([midnight - 20_000, midnight]);
    expect(mrrAt(bakhmach, midnight + 1) - mrrAt(bakhmach, midnight)).toBe(4_900);
  });

  test.each([
    [3, 'nobody'],
    [21, '48.89 of 45'],
    [28, '46.03 of 63'],
    [42, '36.00 of 75'],
    [56, '36.00 of 75'],
    [63, '40.00 of 75'],
    [70, '50.67 of 75'],
    [90, '58.67 of 75'],
  ])('NPS on day %i is %s', (day, expected) => {
    expect(nps(bakhmach, day)).toBe(expected);
  });

  test('uptime falls under 99 % on one day, in week 8', () => {
    const days = Array.from({ length: 91 }, (_, index) => planDay(bakhmach, index + 1));
    const uptimes = days.map((day): [string, number] => [
      day,
      Number(uptimeOn(bakhmach, ['1234', '5678'], day).toFixed(3)),
    ]);
    expect(uptimes.filter(([, uptime]) => uptime < 100)).toEqual([
      ['2026-01-13', 99.722],
      ['2026-01-20', 99.792],
      ['2026-01-27', 99.653],
      ['2026-02-09', 99.583],
      ['2026-02-24', 97.222],
      ['2026-03-17', 99.861],
    ]);
  });

  test('signs up 53 people in week 1 and has over 1000 visitors in week 2', () => {
    const week = Array.from({ length: 7 }, (_, index) => signupsOn(bakhmach, planDay(bakhmach, index + 1)));
    expect(week).toEqual([12, 9, 8, 7, 6, 6, 5]);
    expect(visitorsOn(bakhmach, planDay(bakhmach, 14), 7)).toBe(1129);
    expect([1, 7, 30].map((days) => uniquesAt(bakhmach, planDay(bakhmach, 90), days))).toEqual([65, 288, 369]);
    expect(bakhmach.events.length).toBeLessThan(30_000);
  });
});

describe('CodeMentor', () => {
  test.each([
    [9, 0],
    [14, 1444.17],
    [30, 7230.05],
    [60, 13_693.23],
    [90, 18_352.5],
  ])('MRR on day %i is $%d', (day, dollars) => {
    expect(dollarsOn(codementor, planDay(codementor, day))).toBe(dollars);
  });

  test.each([
    [24, 640],
    [25, 215],
    [26, 74],
    [60, 18],
  ])('on day %i %i people sign up', (day, people) => {
    expect(signupsOn(codementor, planDay(codementor, day))).toBe(people);
  });

  test('about 3 of 100 sessions end in a sign-up', () => {
    const on = (day: number) => conversionOn(codementor, planDay(codementor, day));
    expect([on(24), on(30), on(60)]).toEqual([
      { converted: 640, sessions: 10_040 },
      { converted: 41, sessions: 1341 },
      { converted: 18, sessions: 558 },
    ]);
  });

  test.each([
    [30, '27.87 of 61'],
    [60, '36.67 of 150'],
    [90, '53.33 of 150'],
  ])('NPS on day %i is %s', (day, expected) => {
    expect(nps(codementor, day)).toBe(expected);
  });

  test('the API is down for 47 minutes on launch day', () => {
    expect(uptimeOn(codementor, ['2101', '2102'], planDay(codementor, 24))).toBeCloseTo(100 * (1 - 47 / 1440), 10);
  });

  test('the day on which daylight saving begins has 23 hours, with events at its edges', () => {
    const day = '2026-03-08' as Day;
    const edges = eventsIn(codementor, day, 1).filter(({ person }) => person.startsWith('estudiante'));
    expect(edges.map(({ at }) => new Date(at).toISOString())).toEqual([
      '2026-03-08T08:00:00.000Z',
      '2026-03-08T09:59:59.000Z',
      '2026-03-08T10:00:00.000Z',
      '2026-03-09T06:59:59.000Z',
    ]);
  });

  test('the events stay a moderate load', () => {
    expect(codementor.events.length).toBeLessThan(120_000);
    expect(eventsIn(codementor, planDay(codementor, 90), 1).length).toBeLessThan(2000);
  });
});
