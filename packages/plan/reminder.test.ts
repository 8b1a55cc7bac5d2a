import type { Acknowledgement, IndicatorState } from '@plumbline/core/status';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import type { Case } from './rehearsal.ts';
import { day, metric, nights, planOf, points, repeat } from './rehearsal.ts';
import type { Plan } from './schema.ts';

describe('a reminder', () => {
  const plan = planOf({ target: '>= 5', by: 'day 3' });
  const values = points(1, ...repeat(1, 40));
  const answer = (rest: Partial<Acknowledgement>): Acknowledgement => ({
    workspace: 'w',
    indicator: 'i0',
    transition: 'trn_20260104_0',
    kind: 'acknowledged',
    reason: 'known',
    at: 0,
    ...rest,
  });
  const reminders = (input: Omit<Case, 'plan' | 'points'> & { plan?: Plan }) =>
    nights({ plan, points: values, ...input })
      .changes.filter(({ kind }) => kind === 'reminder')
      .map(({ night }) => night);

  it('comes every seven nights until the plan ends', () => {
    expect(reminders({ to: 25 })).toEqual([day(10), day(17), day(24)]);
    const short = { ...plan, end: day(17) };
    expect(reminders({ plan: short, to: 25 })).toEqual([day(10), day(17)]);
  });

  it("stops at the next step's deadline", () => {
    expect(
      reminders({ plan: planOf({ target: '>= 5', by: 'day 3' }, { target: '>= 1', by: 'day 17' }), to: 40 }),
    ).toEqual([day(10)]);
  });

  it('is not sent to who acknowledged this miss; an older answer does not count', () => {
    expect(reminders({ to: 25, answers: [answer({})] })).toEqual([]);
    expect(reminders({ to: 12, answers: [answer({ transition: 'trn_20260103_f' })] })).toEqual([day(10)]);
    expect(reminders({ to: 12, answers: [answer({ indicator: 'other' })] })).toEqual([day(10)]);
  });

  it('comes on the first night after a snooze', () => {
    expect(reminders({ to: 25, answers: [answer({ kind: 'snoozed', until: day(12) })] })).toEqual([day(13), day(20)]);
  });

  it('of a miss that fell into a snooze comes on the first night after it', () => {
    const snoozed = answer({ kind: 'snoozed', until: day(12), transition: 'trn_20260102_0' });
    expect(reminders({ to: 25, answers: [snoozed] })).toEqual([day(13), day(20)]);
    expect(reminders({ to: 12, answers: [{ ...snoozed, until: day(3) }] })).toEqual([day(4), day(11)]);
    expect(reminders({ to: 12, answers: [{ ...snoozed, until: day(2) }] })).toEqual([day(10)]);
  });

  it('comes once after a snooze whose last night the machine slept through, and after one that ends with the plan', () => {
    const snoozed = [answer({ kind: 'snoozed', until: day(12) })];
    const until12 = nights({ plan, points: values, to: 12, answers: snoozed });
    const later = (from: number, to: number, answers: Acknowledgement[], prior = until12.states) =>
      nights({ plan, points: values, from, to, answers, prior }).changes.map(({ kind, night, detail }) => [
        kind,
        night,
        detail,
      ]);
    expect(later(15, 16, snoozed)).toEqual([['reminder', day(15), 'the snooze has ended']]);
    const short = { ...plan, end: day(12) };
    const atEnd = nights({ plan: short, points: values, to: 30, answers: snoozed });
    expect(atEnd.changes.filter(({ kind }) => kind === 'reminder').map(({ night }) => night)).toEqual([day(13)]);
  });

  it('of a miss that a backfill found is never sent: nobody was told of it', () => {
    const base = { plan, metrics: new Map([['m', metric({})]]), points: values, acknowledgements: [], closing: true };
    const silently = judge({ ...base, prior: [], night: day(3), silent: true });
    expect(silently.changes.map(({ kind, past }) => [kind, past])).toEqual([['missed', false]]);
    expect(nights({ plan, points: values, from: 4, to: 30, prior: silently.states }).changes).toEqual([]);
  });

  it('of a miss that a correction took back and another one brought again is sent, whoever acknowledged the first', () => {
    const corrected = (value: number, prior: IndicatorState[], night: number) =>
      nights({
        plan,
        points: values.map((one) => (one.day === day(3) ? { ...one, value } : one)),
        from: night,
        to: night,
        prior,
        answers: [answer({})],
      });
    const missed = nights({ plan, points: values, to: 4, answers: [answer({})] });
    const back = corrected(5, missed.states, 5);
    const again = corrected(1, back.states, 6);
    expect([...back.changes, ...again.changes].map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['corrected', 'missed', 'met'],
      ['corrected', 'met', 'missed'],
    ]);
    const later = nights({ plan, points: values, from: 7, to: 13, prior: again.states, answers: [answer({})] });
    expect(later.changes.map(({ kind, night }) => [kind, night])).toEqual([['reminder', day(13)]]);
  });

  it('of what a maintained target missed again in a snooze comes after it, once, beside the verdicts', () => {
    const kept = planOf({ target: '>= 5', maintain: 'day 2..day 60' });
    const twice = points(1, 5, 1, ...repeat(5, 7), 1, ...repeat(5, 3), ...repeat(1, 20));
    const snoozed = answer({ kind: 'snoozed', until: day(12), transition: 'trn_20260103_0' });
    const { changes } = nights({ plan: kept, points: twice, to: 22, answers: [snoozed] });
    expect(changes.map(({ kind, night, detail }) => [kind, night, detail])).toEqual([
      ['missed', day(2), null],
      ['recovered', day(9), 'after 1 failing day'],
      ['missed', day(10), null],
      ['reminder', day(13), 'the snooze has ended'],
      ['reminder', day(20), null],
    ]);
  });

  it('is not kept from an edited promise by what was said of the earlier one', () => {
    const missed = nights({ plan, points: values, to: 4, answers: [answer({})] });
    const edited = planOf({ target: '>= 4', by: 'day 6' });
    const { changes } = nights({
      plan: edited,
      points: values,
      from: 5,
      to: 13,
      prior: missed.states,
      answers: [answer({})],
    });
    expect(changes.map(({ kind, night }) => [kind, night])).toEqual([
      ['on_track', day(5)],
      ['missed', day(6)],
      ['reminder', day(13)],
    ]);
  });

  it('is never sent of what recovered', () => {
    expect(
      nights({ plan, points: points(1, 1, 1, 1, 5, ...repeat(1, 20)), to: 24 }).changes.filter(
        ({ kind }) => kind === 'reminder',
      ),
    ).toEqual([]);
  });

  it('of a risk comes only when a snooze ends', () => {
    const far = planOf({ target: '>= 100', by: 'day 30' });
    const snoozed = answer({ kind: 'snoozed', until: day(12), transition: 'trn_20260109_0' });
    const { changes } = nights({ plan: far, points: values, to: 29, answers: [snoozed] });
    expect(
      changes
        .filter(({ kind }) => kind !== 'on_track')
        .map(({ kind, from, night, detail }) => [kind, from, night, detail]),
    ).toEqual([
      ['at_risk', 'on_track', day(8), null],
      ['at_risk', 'at_risk', day(13), 'the snooze has ended'],
    ]);
  });
});

it('what is at risk once more while it is snoozed is told when the snooze ends', () => {
  const near = planOf({ target: '>= 100', by: 'day 19' });
  const spike = points(1, ...repeat(1, 6), 50, 60, 20, ...repeat(1, 9));
  const risks = (answers: Acknowledgement[]) =>
    nights({ plan: near, points: spike, to: 18, answers }).changes.flatMap(({ kind, night, detail }) =>
      kind === 'at_risk' || kind === 'on_track' ? [[kind, night, detail]] : [],
    );
  const before = [
    ['on_track', day(1), null],
    ['at_risk', day(6), null],
    ['on_track', day(8), null],
    ['at_risk', day(13), null],
  ];
  const snoozed = (until: number): Acknowledgement[] => [
    {
      workspace: 'w',
      indicator: 'i0',
      transition: 'trn_20260107_0',
      kind: 'snoozed',
      reason: '',
      at: 0,
      until: day(until),
    },
  ];
  expect(risks([])).toEqual(before);
  expect(risks(snoozed(17))).toEqual([...before, ['at_risk', day(18), 'the snooze has ended']]);
  expect(risks(snoozed(13))).toEqual([...before, ['at_risk', day(14), 'the snooze has ended']]);
  expect(risks(snoozed(12))).toEqual(before);
});
