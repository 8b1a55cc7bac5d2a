import type { Day } from '@plumbline/core/day';
import type { Acknowledgement, HypothesisState } from '@plumbline/core/status';
import { toZone } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import type { Case } from './rehearsal.ts';
import { day, metric, nights, planOf, points, repeat } from './rehearsal.ts';
import type { Digest } from './review-digest.ts';
import { digestOf } from './review-digest.ts';
import { meetingsOf } from './review-meetings.ts';
import type { Plan } from './schema.ts';

// The plan begins on Friday 2026-01-02, so its weeks end on Thursdays, and each Friday's meeting looks at one week.
const weekly = { id: 'weekly', every: 'friday' as const, at: '16:00', to: ['ceo'] };

/** The digest of the k-th Friday meeting of a plan whose nights ran up to then. */
function digest(input: Omit<Case, 'to'> & { plan: Plan; meeting: number; hypotheses?: HypothesisState[] }): Digest {
  const meeting = meetingsOf(weekly, input.plan, toZone('+02:00'))[input.meeting - 1];
  if (!meeting) throw new Error('there is no such meeting');
  const { states, changes } = nights({ ...input, to: 7 * input.meeting });
  const { hypotheses = [], answers = [] } = input;
  return digestOf({
    plan: input.plan,
    metrics: new Map([['m', input.metric ?? metric({})]]),
    meeting,
    judgement: { night: meeting.night, states, hypotheses },
    transitions: changes
      .map((change, at) => ({ ...change, at }))
      .filter(({ night }) => night >= meeting.from && night <= meeting.night),
    acknowledgements: answers,
  });
}

const ids = (rows: readonly { indicator: string }[]): string[] => rows.map(({ indicator }) => indicator);
const answerTo = (indicator: string, night: Day, more: Partial<Acknowledgement> = {}): Acknowledgement => ({
  workspace: 'w',
  indicator,
  transition: `trn_${night.replaceAll('-', '')}_x`,
  kind: 'acknowledged',
  reason: 'we call them',
  at: 1,
  ...more,
});

describe('a digest', () => {
  const plan = planOf(
    { target: '>= 10', by: 'week 1' },
    { target: '>= 20', by: 'week 2', priority: 'must' },
    { target: '>= 5', during: 'week 2', aggregate: 'mean' },
    { target: '>= 30', by: 'week 3' },
    { target: '>= 40', by: 'week 5' },
  );
  const values = points(1, ...repeat(12, 14));

  test('tells what was decided since the last meeting, what is due before the next, and the week’s table', () => {
    const { changes, open, due, weeks, table, night, counts, unanswered } = digest({
      plan,
      points: values,
      meeting: 2,
    });
    expect(night).toBe('2026-01-15');
    expect(changes.map(({ kind, indicator, value, target, gap }) => [kind, indicator, value, target, gap])).toEqual([
      ['missed', 'i1', 12, '>= 20', -8],
      ['met', 'i2', 12, '>= 5', 7],
    ]);
    expect([ids(open), ids(due), weeks, ids(table), ids(unanswered)]).toEqual([
      [],
      ['i3'],
      { first: 2, last: 2 },
      ['i1', 'i2'],
      ['i1'],
    ]);
    expect(counts).toEqual({ missed: 1, met: 1, recovered: 0, corrected: 0, atRisk: 0, open: 1, due: 1, toDecide: 0 });
  });

  test('of the first meeting goes back to the plan’s start, of the last to everything that is left', () => {
    const first = digest({ plan, points: values, meeting: 1 });
    expect([ids(first.changes), ids(first.due), first.meeting.from]).toEqual([['i0'], ['i1', 'i2'], '2026-01-02']);
    const last = digest({ plan, points: points(1, ...repeat(12, 84)), meeting: 12 });
    expect([last.meeting.next, ids(last.due), ids(last.open)]).toEqual([null, [], ['i4']]);
  });

  test('says whether a miss is answered, and stops at the next deadline on its metric', () => {
    const answers = [answerTo('i1', day(14))];
    const third = digest({
      plan: { ...plan, end: day(60) },
      points: points(1, ...repeat(12, 20)),
      meeting: 2,
      answers,
    });
    expect(third.changes[0]?.answer).toEqual({ kind: 'acknowledged', reason: 'we call them', at: 1 });
    expect(third.unanswered).toEqual([]);
    expect(third.changes[0]?.overlays).toEqual(['acknowledged']);
    const later = digest({ plan, points: points(1, ...repeat(12, 21)), meeting: 3, answers });
    expect([ids(later.changes), ids(later.open)]).toEqual([['i3'], []]);
    const old = digest({
      plan: planOf({ target: '>= 20', by: 'week 1' }),
      points: points(1, ...repeat(12, 21)),
      meeting: 3,
    });
    expect([ids(old.changes), ids(old.open), ids(old.unanswered)]).toEqual([[], ['i0'], ['i0']]);
  });

  test('tells the end of a story: a miss that recovered, and no risk that has passed', () => {
    const story = planOf({ target: '>= 20', by: 'week 1' });
    const { changes } = digest({ plan: story, points: points(1, ...repeat(12, 8), 25, 25), meeting: 2 });
    expect(changes.map(({ kind, status, value }) => [kind, status, value])).toEqual([['recovered', 'recovered', 25]]);
    const risky = planOf({ target: '>= 40', by: 'week 5' });
    const falling = points(1, ...Array.from({ length: 10 }, (_, k) => 30 - k));
    const atRisk = digest({ plan: risky, points: [...falling, ...points(11, 20, 19, 18, 17)], meeting: 2 });
    expect(atRisk.changes.map(({ kind }) => kind)).toEqual(['at_risk']);
    expect(atRisk.counts.atRisk).toBe(1);
  });

  test('has in its table what touches the week: spans that run through it, and deadlines only in it', () => {
    const spans = planOf(
      { target: '>= 1', during: 'week 1-2', aggregate: 'mean' },
      { target: '>= 1', during: 'week 3', aggregate: 'mean' },
      { target: '>= 1', during: 'each week 1-3', aggregate: 'mean' },
      { target: '>= 1', maintain: 'day 1..end' },
      { target: '>= 1', by: 'end' },
      { target: '>= 1', during: 'day 14-15', aggregate: 'mean' },
    );
    const { table } = digest({ plan: spans, points: values, meeting: 2 });
    expect(ids(table)).toEqual(['i0', 'i2#week-2', 'i5', 'i3']);
  });

  test('keeps apart what is overdue for want of a value, behind what is still to come', () => {
    const { due } = digest({ plan, points: points(1, ...repeat(12, 10)), meeting: 2 });
    expect(due.map(({ indicator, missing }) => [indicator, missing])).toEqual([
      ['i3', null],
      ['i1', 'm of 2026-01-15'],
      ['i2', 'm of 2026-01-12, 2026-01-13 and 2 more days'],
    ]);
  });

  test('before the first night knows no more than the plan', () => {
    const [meeting] = meetingsOf(weekly, plan, toZone('+02:00'));
    if (!meeting) throw new Error('there is no meeting');
    const empty = { plan, metrics: new Map([['m', metric({})]]), meeting, judgement: undefined };
    const found = digestOf({ ...empty, transitions: [], acknowledgements: [] });
    expect([found.night, found.changes, ids(found.due), found.due[0]?.status]).toEqual([
      null,
      [],
      ['i0', 'i1', 'i2'],
      'not_due',
    ]);
  });
});

test('hypotheses are to be decided when they end before the next meeting, and are told when they were decided since', () => {
  const hypothesis = (id: string, start: string) =>
    ({ id, says: id, metric: 'm', to: '50', start, within: '7d', go: '> 45', pivot: '< 42', dri: 'ceo' }) as const;
  const plan: Plan = {
    ...planOf({ target: '>= 10', by: 'end' }),
    hypotheses: [hypothesis('soon', 'week 3'), hypothesis('later', 'week 4'), hypothesis('over', 'week 2')],
  };
  const state = (id: string, status: HypothesisState['status']): HypothesisState => ({
    hypothesis: id,
    definition: 'x',
    status,
    since: day(14),
    value: 47,
    day: day(14),
  });
  const meeting = meetingsOf(weekly, plan, toZone('+02:00'))[1];
  if (!meeting) throw new Error('there is no meeting');
  const hypotheses = [state('soon', 'running'), state('over', 'go')];
  const input = { plan, metrics: new Map([['m', metric({})]]), meeting, acknowledgements: [] };
  const decided = { indicator: 'over', kind: 'decided' as const, from: 'running' as const, night: day(14), at: 1 };
  const found = digestOf({ ...input, judgement: { night: day(14), states: [], hypotheses }, transitions: [decided] });
  expect(found.decided.map((one) => [one.hypothesis, one.status, one.value, one.deadline])).toEqual([
    ['over', 'go', 47, '2026-01-15'],
  ]);
  expect(found.toDecide.map((one) => [one.hypothesis, one.status, one.deadline])).toEqual([
    ['soon', 'running', '2026-01-22'],
  ]);
  expect(found.counts.toDecide).toBe(1);
});
