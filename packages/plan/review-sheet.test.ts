import { toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import type { Digest, DigestRow } from './review-digest.ts';
import { meetingsOf } from './review-meetings.ts';
import { sheetOf, titleOf } from './review-sheet.ts';

const review = { id: 'weekly', every: 'friday' as const, at: '16:00', to: ['ceo'] };
const span = { start: toDay('2026-01-02'), end: toDay('2026-04-02') };

function digestWith(changes: Partial<Digest>): Digest {
  const meeting = meetingsOf(review, span, toZone('+02:00')).find(({ day }) => day === '2026-02-13');
  if (!meeting) throw new Error('there is no meeting');
  return {
    meeting,
    night: meeting.night,
    changes: [],
    open: [],
    due: [],
    weeks: { first: 6, last: 6 },
    table: [],
    decided: [],
    toDecide: [],
    unanswered: [],
    counts: { missed: 0, met: 0, recovered: 0, corrected: 0, atRisk: 0, open: 0, due: 0, toDecide: 0 },
    ...changes,
  };
}

const row = (changes: Partial<DigestRow> = {}): DigestRow => ({
  indicator: 'nps-by-week-6',
  says: 'NPS >40 by Week 6',
  metric: 'NPS',
  when: 'by Week 6',
  deadline: toDay('2026-02-12'),
  status: 'missed',
  overlays: [],
  missing: null,
  unit: 'score',
  value: 36,
  day: toDay('2026-02-12'),
  target: '> 40',
  gap: -4,
  forecast: null,
  requiredPace: null,
  errorBudget: null,
  answer: null,
  dri: 'vp-product',
  priority: 'must',
  ...changes,
});
const mrr = row({
  indicator: 'mrr-week-7',
  says: '$10K MRR',
  metric: 'MRR',
  when: 'by Week 7',
  deadline: toDay('2026-02-19'),
  status: 'at_risk',
  unit: 'USD',
  value: 742_050,
  target: '>= $10K',
  gap: -257_950,
  forecast: { value: 881_234, low: 832_000, high: 930_400 },
  requiredPace: 36_850,
  dri: 'ceo',
});

const titles = { 'vp-product': { title: 'VP Product' }, ceo: { title: 'CEO' } };
const NBSP = '\u00A0';

describe('a sheet', () => {
  test('says what is left of an error budget', () => {
    const uptime = row({
      metric: 'Uptime',
      when: 'kept from Week 1 to end',
      status: 'on_track',
      unit: '%',
      value: 99.9,
      target: '>= 99.5%',
      gap: 0.4,
      errorBudget: { allowedMinutes: 216, usedMinutes: 162 },
    });
    const over = row({ ...uptime, errorBudget: { allowedMinutes: 216, usedMinutes: 228 } });
    const { sections } = sheetOf(digestWith({ table: [uptime, over] }), titles);
    expect(sections.find(({ id }) => id === 'table')?.rows.map(({ note }) => note)).toEqual([
      'Uptime · error budget: 54 of 216 min left',
      'Uptime · error budget: 12 min over its 216 min',
    ]);
  });

  test('says what a digest holds in words', () => {
    const answer = { kind: 'snoozed' as const, reason: 'survey runs', until: toDay('2026-02-20'), at: 1 };
    const hypothesis = {
      hypothesis: 'h',
      says: 'DAU/MAU to 50%',
      metric: 'DAU/MAU',
      status: 'running' as const,
      deadline: toDay('2026-02-18'),
      unit: '%',
      value: 44.5,
      day: toDay('2026-02-12'),
      go: '> 45%',
      pivot: '< 42%',
      dri: 'ceo',
    };
    const sheet = sheetOf(
      digestWith({
        changes: [
          { ...row({ answer }), kind: 'missed', from: 'at_risk', night: toDay('2026-02-12') },
          { ...row({ status: 'met', gap: 2 }), kind: 'corrected', from: 'missed', night: toDay('2026-02-12') },
        ],
        open: [row({ dri: 'gone' })],
        due: [mrr, row({ status: 'on_track', value: null, gap: null, missing: 'nps of 2026-02-12' })],
        toDecide: [hypothesis],
        unanswered: [row(), mrr],
        table: [mrr],
        counts: { missed: 1, met: 0, recovered: 0, corrected: 1, atRisk: 1, open: 2, due: 2, toDecide: 1 },
      }),
      titles,
    );
    expect({ ...sheet, sections: [] }).toEqual({
      title: 'Weekly review',
      day: 'Friday 2026-02-13',
      time: '16:00',
      about: 'Friday 2026-02-06 to Thursday 2026-02-12',
      counts: '1 missed, 1 at risk, 2 due next',
      sections: [],
    });
    const told = sheet.sections.map(({ title, actual, rows }) => [
      `${title} (${actual})`,
      ...rows.map((one) => [one.word, one.says, one.note, one.target, one.actual, one.dri].join(' | ')),
    ]);
    expect(told).toEqual([
      [
        'Since Friday 2026-02-06 (Value)',
        `Missed | NPS >40 by Week 6 | NPS by Week 6 · −4 · snoozed until 20${NBSP}Feb: survey runs | > 40 | 36 | VP Product`,
        'Corrected | NPS >40 by Week 6 | NPS by Week 6 · was missed, is met · +2 | > 40 | 36 | VP Product',
      ],
      ['Still missed from before (Value)', 'Missed | NPS >40 by Week 6 | NPS by Week 6 · −4 | > 40 | 36 | gone'],
      [
        'Due before Friday 2026-02-20 (Now)',
        `At risk | $10K MRR | MRR by Week 7 · 19${NBSP}Feb · heading for $8,810 ($8,320 to $9,300), needs +$369 a day | >= $10K | $7,420.50 | CEO`,
        `No value | NPS >40 by Week 6 | NPS by Week 6 · 12${NBSP}Feb · missing: nps of 2026-02-12 | > 40 | – | VP Product`,
      ],
      [
        'To decide (Value)',
        'Answer | 2 misses that nobody has answered | “NPS >40 by Week 6”, “$10K MRR” |  |  | VP Product, CEO',
        `Decide | DAU/MAU to 50% | DAU/MAU · runs until 18${NBSP}Feb | go > 45%, pivot < 42% | 44.5% | CEO`,
      ],
      ['Week 6: the plan against what is (Actual)', 'At risk | $10K MRR | MRR | >= $10K | $7,420.50 | CEO'],
    ]);
  });

  test('of nothing says so, and leaves out what is empty', () => {
    const { counts, sections } = sheetOf(digestWith({}), titles);
    expect(counts).toBe('nothing new');
    expect(sections.map(({ id, empty }) => [id, empty])).toEqual([
      ['changes', 'Nothing was decided, and nothing has come to be at risk.'],
      ['due', 'Nothing.'],
      ['table', 'The plan judges nothing in this time.'],
    ]);
  });

  test('has at most 22 rows, says how many more there are, and cuts long words', () => {
    const many = Array.from({ length: 30 }, () => row({ says: 'x'.repeat(500) }));
    const { sections } = sheetOf(
      digestWith({
        changes: many.map((one) => ({ ...one, kind: 'missed', from: 'on_track', night: toDay('2026-02-12') })),
        open: many,
        due: many,
        unanswered: many,
        table: many,
      }),
      titles,
    );
    expect(sections.map(({ id, rows, more }) => [id, rows.length, more])).toEqual([
      ['changes', 6, 24],
      ['open', 3, 27],
      ['due', 5, 25],
      ['decisions', 1, 0],
      ['table', 7, 23],
    ]);
    expect(sections[0]?.rows[0]?.says).toBe(`${'x'.repeat(109)}…`);
  });

  test('of a meeting to come says how far it is known', () => {
    expect(sheetOf(digestWith({ night: toDay('2026-02-10') }), titles).about).toBe(
      'Friday 2026-02-06 to Thursday 2026-02-12, so far: as of 2026-02-10',
    );
    expect(sheetOf(digestWith({ night: null }), titles).about).toContain(', before the first night');
  });
});

test.each([
  [['weekly'], 'Weekly review'],
  [['monthly', 'weekly'], 'Monthly and weekly review'],
  [['board-review', 'weekly'], 'Board and weekly review'],
  [['leadership-sync', 'weekly', 'ops'], 'Leadership sync and weekly review and ops review'],
])('the sheet of %j is called "%s"', (ids, title) => {
  expect(titleOf(ids.map((id) => ({ id })))).toBe(title);
});
