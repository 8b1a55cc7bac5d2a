import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Acknowledgement, IndicatorState } from '@plumbline/core/status';
import type { Judged } from '@plumbline/plan/judge';
import { judge } from '@plumbline/plan/judge';
import { preparePlan } from '@plumbline/plan/prepare';
import { planSchema } from '@plumbline/plan/schema';
import { describe, expect, it } from 'vitest';
import { headlineMetrics } from './status-numbers.ts';
import { statusText } from './status-text.ts';
import { wrapped } from './table.ts';

const START = toDay('2026-01-02');
const day = (k: number): Day => addDays(START, k - 1);

const metric = (id: string, rest: Partial<CatalogueMetric>): CatalogueMetric => ({
  id,
  unit: 'count',
  kind: 'stock',
  direction: 'up',
  about: id,
  settleNights: 0,
  source: 'stripe',
  ...rest,
});
const metrics = new Map(
  [
    metric('mrr', { unit: 'USD' }),
    metric('nps', { unit: 'score', kind: 'score' }),
    metric('latency_p95', { unit: 'ms', kind: 'score', direction: 'down' }),
    metric('win_rate', { unit: '%', kind: 'rate' }),
    metric('posts', { kind: 'flow' }),
  ].map((one) => [one.id, one]),
);

const MITIGATION = 'Weekly customer interviews';
const plan = planSchema.parse({
  plan: 'acme',
  title: 'Acme in six weeks',
  start: START,
  end: day(42),
  indicators: [
    { id: 'a', says: '$1K MRR', metric: 'mrr', target: '>= $1K', by: 'day 5', priority: 'must', dri: 'ceo' },
    { id: 'b', says: '$1.5K MRR', metric: 'mrr', target: '>= $1.5K', by: 'day 10', priority: 'must', dri: 'ceo' },
    { id: 'c', says: '$9,000 MRR', metric: 'mrr', target: '>= $9000', by: 'day 30', priority: 'must', dri: 'ceo' },
    { id: 'd', says: 'NPS >40', metric: 'nps', target: '> 40', by: 'day 12', dri: 'cpo', mitigation: MITIGATION },
    {
      id: 'e',
      says: 'fast',
      metric: 'latency_p95',
      target: '< 50 ms',
      maintain: 'day 3..end',
      priority: 'must',
      dri: 'cto',
    },
    { id: 'f', says: '9 posts', metric: 'posts', target: '>= 9', during: 'week 3-4', dri: 'cpo' },
    {
      id: 'g',
      says: 'win half',
      metric: 'win_rate',
      target: '>= 50%',
      by: 'end',
      priority: 'nice',
      dri: 'ceo',
      mitigation: MITIGATION,
    },
  ],
});

const levels = (id: string, value: (k: number) => number, length = 20): Point[] =>
  Array.from({ length }, (_, index) => ({
    metric: id,
    day: day(index + 1),
    value: value(index + 1),
    state: 'settled',
    revision: 1,
  }));
const points = [
  ...levels('mrr', (k) => 80_000 + 5_000 * k),
  ...levels('nps', () => 36),
  ...levels('latency_p95', (k) => (k === 4 || k === 6 ? 61 : 45)),
  ...levels('posts', () => 1),
];

/** How forecasts are made is not this test's business. */
const foreseen = (state: IndicatorState): IndicatorState => ({
  ...state,
  ...(state.forecast ? { forecast: { value: 230_000, low: 210_000, high: 250_000 } } : {}),
  ...(state.actualPace === undefined ? {} : { actualPace: state.indicator === 'c' ? 5000 : 1 }),
});

function standing(until: number, acknowledgements: Acknowledgement[] = []) {
  let last: Judged = { states: [], hypotheses: [], changes: [] };
  for (const night of daysFrom(day(1), day(until))) {
    const common = { plan, metrics, points, acknowledgements, night, closing: true };
    last = judge({ ...common, prior: last.states, priorHypotheses: last.hypotheses });
  }
  const night = day(until);
  const given = new Map(acknowledgements.map((one) => [one.indicator, one]));
  const rows = preparePlan(plan, metrics).steps.flatMap((step) => {
    const state = last.states.find(({ indicator }) => indicator === step.id);
    return state
      ? [{ step, state: foreseen(state), answer: given.get(step.id), dri: step.indicator.dri.toUpperCase() }]
      : [];
  });
  const headlines = headlineMetrics(plan, metrics).map((one) => ({
    metric: one,
    points: points.filter((point) => point.metric === one.id && point.day <= night),
  }));
  return { plan, night, demo: false, edited: false, rows, hypotheses: [], headlines };
}

const answer: Acknowledgement = {
  workspace: 'acme',
  indicator: 'd',
  transition: 'trn_20260113_f',
  kind: 'acknowledged',
  reason: 'we ask every week now',
  at: 0,
};

describe('the status of a plan', () => {
  it('reads like a letter', () => {
    expect(statusText(standing(20, [answer]))).toBe(`Acme in six weeks
Day 20 of 42, 2026-01-21, as known when that night closed

Of 4 promises decided so far 1 was kept and 3 missed, 2 of them kept again. Of the 3 musts among
them 1 was kept. 3 promises are still ahead: 1 at risk, 1 more due within 14 days.

     now     last 7 days  last 28 days  the plan
MRR  $1,800  +$350                      ≥ $9,000 by Day 30: at risk, needs +$720 a day, lately +$50
NPS  36      0                          > 40 by Day 12: missed

MISSED
  "NPS >40" by Day 12 (should, CPO)
    NPS 36 on 13 Jan against > 40: 4 short.
    The plan's answer: Weekly customer interviews.
    Acknowledged: "we ask every week now".

AT RISK
  "$9,000 MRR" by Day 30, 31 Jan, in 10 days (must, CEO)
    MRR: $1,800 now, against ≥ $9,000. On its present course it comes to about $2,300 ($2,100 to
    $2,500). It needs +$720 a day, lately +$50.

DUE IN THE NEXT 14 DAYS, BESIDES WHAT IS AT RISK
  29 Jan  Posts  6 now  ≥ 9  needs +2.63 a week, lately +7

MISSED AT FIRST, AND KEPT AGAIN
  MRR ≥ $1.5K by Day 10: $1,300 then, $1,500 on 15 Jan
  Latency P95 < 50 ms kept from Day 3 to end: 61 ms then, 45 ms on 14 Jan

KEPT
  MRR: ≥ $1K by Day 5

NUMBERS THAT ARE MISSING
  Win rate: no value yet`);
  });

  it('before anything was decided says so, and what is due next', () => {
    expect(statusText({ ...standing(1), demo: true, edited: true })).toBe(`Acme in six weeks
Day 1 of 42, 2026-01-02, as known when that night closed (demo numbers)
The plan has been edited since; "plumbline plan diff" says what changed.

Nothing of the plan has been decided yet. 7 promises are still ahead: 3 due within 14 days.

     now   last 7 days  last 28 days  the plan
MRR  $850                             ≥ $1K by Day 5
NPS  36                               > 40 by Day 12

DUE IN THE NEXT 14 DAYS
  6 Jan   MRR  $850 now  ≥ $1K
  11 Jan  MRR  $850 now  ≥ $1.5K
  13 Jan  NPS  36 now    > 40

NUMBERS THAT ARE MISSING
  Win rate: no value yet`);
  });

  it('after the end says what became of it', () => {
    const [head, ...rest] = statusText(standing(45)).split('\n\n');
    expect(head).toBe('Acme in six weeks\n3 days after the end, 2026-02-15, as known when that night closed');
    expect(rest[0]?.replaceAll('\n', ' ')).toMatch(
      /3 promises have come due without the final number\. Nothing more is ahead\.$/,
    );
    expect(rest[1]).toMatch(/^MRR {2}\$1,800 on 21 Jan {2}.* ≥ \$9,000 by Day 30: not decided yet$/m);
    expect(rest).toContain(`DUE, WITH THE FINAL NUMBER STILL TO COME
  29 Jan  Posts     6 now         ≥ 9
  31 Jan  MRR       $1,800 now    ≥ $9,000
  12 Feb  Win rate  no value yet  ≥ 50%`);
    expect(rest.at(-1)).toContain('MRR: no value of 2026-01-31');
    expect(rest.join('\n\n')).not.toContain('DUE IN');
  });
});

describe('text in lines', () => {
  it('breaks between words, never behind a sign, and leaves a long word whole', () => {
    expect(wrapped('members ≥ 300 by then', { indent: ' ', hanging: '   ', width: 12 })).toBe(
      ' members\n   ≥ 300 by\n   then',
    );
    expect(wrapped('incomprehensibilities', { width: 5 })).toBe('incomprehensibilities');
  });
});
