import { toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import { layCalendar } from './calendar.ts';
import { lineOf } from './event-line.ts';
import { foldExport } from './fold.ts';
import { figureAt, parts, pseudonym, tell } from './histories.ts';
import { mixpanelConfig } from './language.ts';
import { measuresOf } from './measures.ts';
import { createRoster } from './roster.ts';

describe('a funnel', () => {
  const funnel = { funnel: ['A', 'B', 'C'], within: '7d' };

  test('as at February 12 is about those whose first A fell in January 7 to February 5', () => {
    const acts = tell(`
      ada A 2026-01-07 00:00:00
      ada B 2026-01-07 08:00:00
      ada C 2026-01-14 00:00:00
      bob A 2026-02-05 23:59:59
      bob B 2026-02-06 08:00:00
      bob C 2026-02-12 23:59:59
      cyd A 2026-01-20 12:00:00
      cyd B 2026-01-20 13:00:00
      cyd C 2026-01-27 12:00:01
      dan A 2026-01-20 12:00:00
      dan C 2026-01-20 13:00:00
      dan B 2026-01-20 14:00:00
      eve A 2026-01-06 23:59:59
      eve B 2026-01-07 08:00:00
      eve C 2026-01-07 09:00:00
      fay A 2026-02-06 00:00:00
      fay B 2026-02-06 08:00:00
      fay C 2026-02-06 09:00:00
      gus B 2026-01-20 08:00:00
      gus C 2026-01-20 09:00:00`);
    // Of ada, bob, cyd (a second late) and dan (in the wrong order), two; Wilson by hand for 2 of 4: 15.00 to 85.00.
    const figure = figureAt('2026-02-12', funnel, acts);
    expect(figure).toEqual({
      value: 50,
      n: 4,
      numerator: 2,
      denominator: 4,
      interval: { low: expect.closeTo(15.0036, 3), high: expect.closeTo(84.9964, 3) },
      parts: {
        cohorts: {
          '2026-01-07': { entered: 1, through: 1 },
          '2026-01-20': { entered: 2, through: 0 },
          '2026-02-05': { entered: 1, through: 1 },
        },
      },
    });
    expect(figureAt('2026-02-20', funnel, acts)?.denominator).toBe(4); // ada has left, fay has come
    expect(figureAt('2026-03-30', funnel, acts)).toBeUndefined();
  });

  test.each([
    ['a later first step does not restart the window', 'A 10:00:00, A 11:00:00 next, B 10:30:00 next', '0/1'],
    ['other steps may come between', 'A 10:00:00, C 11:00:00, B 12:00:00, B 13:00:00, C 14:00:00', '1/1'],
    ['steps of one second are in order', 'A 10:00:00, B 10:00:00, C 10:00:00', '1/1'],
    ['steps two seconds apart may change places', 'B 09:59:58, A 10:00:00, C 10:00:00', '1/1'],
    ['steps three seconds apart may not', 'B 09:59:57, A 10:00:00, C 10:00:00', '0/1'],
    ['what is missing is missing', 'A 10:00:00, C 11:00:00', '0/1'],
    ['exactly at the end of the window is within', 'A 10:00:00, B 11:00:00, C 10:00:00 next', '1/1'],
    ['nobody began', 'B 10:00:00, C 11:00:00', 'absent'],
  ])('%s', (_, story, expected) => {
    const lines = story.split(', ').map((each) => {
      const [event, time, next] = each.split(' ');
      return `ada ${event} 2026-01-2${next ? 1 : 0} ${time}`;
    });
    const acts = tell(lines.join('\n'));
    expect(parts(figureAt('2026-02-01', { ...funnel, within: '1d' }, acts))).toBe(expected);
  });

  test('each step needs an event of its own', () => {
    const once = tell('ada A 2026-01-20 10:00:00\nada A 2026-01-20 10:00:00');
    const twice = [...once, ...tell('ada A 2026-01-20 10:00:01')];
    for (const steps of [
      ['A', 'A'],
      ['A', '*'],
      ['*', 'A'],
    ]) {
      const spec = { funnel: steps, within: '1d' };
      expect([once, twice].map((acts) => parts(figureAt('2026-02-01', spec, acts)))).toEqual(['0/1', '1/1']);
    }
    expect(parts(figureAt('2026-02-01', { funnel: ['A', 'A', 'A'], within: '1d' }, twice))).toBe('0/1');
  });

  test('a day of the window is 24 hours, also where clocks change', () => {
    const spec = { funnel: ['A', 'B'], within: '1d' };
    const spring = (time: string) => tell(`ada A 2026-03-28 12:00:00\nada B 2026-03-29 ${time}`, 'Europe/Kyiv');
    const autumn = (time: string) => tell(`ada A 2026-10-24 12:00:00\nada B 2026-10-25 ${time}`, 'Europe/Kyiv');
    expect(parts(figureAt('2026-04-05', spec, spring('13:00:00'), 'Europe/Kyiv'))).toBe('1/1');
    expect(parts(figureAt('2026-04-05', spec, spring('13:00:01'), 'Europe/Kyiv'))).toBe('0/1');
    expect(parts(figureAt('2026-11-05', spec, autumn('11:00:00'), 'Europe/Kyiv'))).toBe('1/1');
    expect(parts(figureAt('2026-11-05', spec, autumn('11:00:01'), 'Europe/Kyiv'))).toBe('0/1');
  });
});

describe('retention', () => {
  const on = { retention: { first: 'A', return: '*', day: 7, mode: 'on' } };
  const onOrAfter = { retention: { first: 'A', return: '*', day: 7 } };

  test('as at February 12 is about those whose first A fell in January 7 to February 5', () => {
    const acts = tell(`
      ada A 2026-01-07 10:00:00
      ada B 2026-01-14 10:00:00
      bob A 2026-01-10 10:00:00
      bob B 2026-01-17 09:59:59
      cyd A 2026-01-10 10:00:00
      cyd B 2026-01-18 09:59:59
      dan A 2026-01-10 10:00:00
      dan B 2026-01-18 10:00:00
      eve A 2026-02-05 10:00:00
      eve B 2026-02-12 23:59:59
      fay A 2026-02-05 10:00:00
      fay B 2026-02-13 00:00:00
      gus A 2026-01-06 23:59:59
      gus B 2026-01-14 10:00:00
      hal A 2026-02-06 00:00:00
      hal B 2026-02-12 10:00:00
      ivy A 2026-01-10 10:00:00
      ivy A 2026-01-20 10:00:00`);
    // In the cohort: ada, bob, cyd, dan, eve, fay, ivy. Back on or after day 7: ada, cyd, dan, eve, ivy. On it: ada, cyd, eve.
    expect(parts(figureAt('2026-02-12', onOrAfter, acts))).toBe('5/7');
    expect(parts(figureAt('2026-02-12', on, acts))).toBe('3/7');
    expect(figureAt('2026-02-12', onOrAfter, acts)).toMatchObject({ value: 500 / 7, n: 7 });
    expect(figureAt('2026-04-12', onOrAfter, acts)).toBeUndefined();
  });

  test('clocks put back bring a first return a calendar day forward', () => {
    const spec = { retention: { first: 'A', return: 'B', day: 1 } };
    // 24 hours after half past midnight it is 23:30 of the same day, 30 days before the figure's.
    const story = (time: string) => tell(`ada A 2026-10-25 00:30:00\nada B 2026-10-25 ${time}`, 'Europe/Kyiv');
    expect(parts(figureAt('2026-11-24', spec, story('23:30:00'), 'Europe/Kyiv'))).toBe('1/1');
    expect(parts(figureAt('2026-11-24', spec, story('23:29:59'), 'Europe/Kyiv'))).toBe('0/1');
  });

  test('finds 24 hours in the middle of a day of 25', () => {
    const spec = { retention: { first: 'A', return: 'B', day: 1, mode: 'on' } };
    const edges = 'ada A 2026-10-24 00:30:00\nada B 2026-10-25 00:10:00\nada B 2026-10-25 23:45:00';
    expect(parts(figureAt('2026-11-10', spec, tell(edges, 'Europe/Kyiv'), 'Europe/Kyiv'))).toBe('0/1');
    const middle = `${edges}\nada B 2026-10-25 12:00:00`;
    expect(parts(figureAt('2026-11-10', spec, tell(middle, 'Europe/Kyiv'), 'Europe/Kyiv'))).toBe('1/1');
  });
});

test('where narrows every event of the journey', () => {
  const events = [
    { event: 'A', properties: { time: 30, distinct_id: 'ada', plan: 'pro' } },
    { event: 'B', properties: { time: 60, distinct_id: 'ada', plan: 'free' } },
  ];
  const config = mixpanelConfig.parse({
    projectId: 1,
    metrics: { journey: { funnel: ['A', 'B'], within: '1d', where: { plan: 'pro' } } },
  });
  const needs = measuresOf(config)[0]?.needs ?? [];
  const readings = new Map(needs.map(({ reading }, step) => [`step ${step}`, reading]));
  const calendar = layCalendar([toDay('1970-01-01')], toZone('UTC'), config);
  const fold = foldExport(calendar, () => readings, createRoster(), pseudonym);
  for (const event of events) fold.take(lineOf(event));
  const hex = (step: string) => Buffer.from(fold.days()[0]?.pack(step) ?? []).toString('hex');
  expect([hex('step 0'), hex('step 1')]).toEqual([`01${pseudonym('ada')}0000001e`, '01']);
});
