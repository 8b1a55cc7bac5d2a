import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import type { SheetRow } from '@plumbline/core/sheet';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import type { MailInput, MailItem } from './mail.ts';

/** A transition as the judge would store it: NPS missed by Week 6. */
export function exampleTransition(changes: Partial<Transition> = {}): Transition {
  return {
    id: 'trn_20260213_a1b2c3d4e5f6',
    workspace: 'bakhmach',
    kind: 'missed',
    indicator: 'nps-by-week-6',
    metric: 'nps',
    says: 'NPS >40 by Week 6',
    from: 'at_risk',
    to: 'missed',
    day: toDay('2026-02-12'),
    night: toDay('2026-02-13'),
    at: toInstant('2026-02-14T01:00:07Z'),
    value: 36,
    unit: 'score',
    target: '> 40',
    gap: -4,
    n: 128,
    detail: null,
    forecast: null,
    requiredPace: null,
    dri: 'vp-product',
    priority: 'must',
    risk: 'Product-market fit unclear',
    mitigation: 'Weekly customer interviews',
    planVersion: 'sha256:0f1e2d3c',
    corrections: 0,
    demo: false,
    silent: false,
    suppressedBy: null,
    mail: { state: 'pending' },
    ...changes,
  };
}

/** A curve without a die to roll: `wobble` repeats every few days. */
function series(from: string, values: number, start: number, step: number, wobble: readonly number[]) {
  return Array.from({ length: values }, (_, index) => ({
    day: addDays(toDay(from), index),
    value: Math.round(start + step * index + (wobble[index % wobble.length] ?? 0)),
  }));
}

const linksOf = ({ workspace, id, indicator, day, metric }: Transition) => ({
  acknowledge: `http://127.0.0.1:4180/act?token=acknowledge-${id}`,
  snooze: `http://127.0.0.1:4180/act?token=snooze-${id}`,
  evidence: `http://127.0.0.1:4180/v1/workspaces/${workspace}/snapshots/${day}/${metric}`,
  indicator: `http://127.0.0.1:4180/#${workspace}/${indicator}`,
});

export function exampleItem(changes: Partial<Transition> = {}, item: Partial<MailItem> = {}): MailItem {
  const transition = exampleTransition(changes);
  return {
    transition,
    metricTitle: 'NPS',
    when: 'by Week 6',
    series: [...series('2026-01-12', 31, 29, 0.2, [0, 2, 1, -1, 3]), { day: toDay('2026-02-12'), value: 36 }],
    planLine: { from: null, to: { day: toDay('2026-02-12'), value: 40 } },
    forecastFor: 'at the deadline',
    numberCameFrom: 'mixpanel, pulled 2026-02-14T01:00:07Z, revision 1',
    links: linksOf(transition),
    ...item,
  };
}

const night: Day = toDay('2026-02-13');

const mrr: Partial<Transition> = {
  id: 'trn_20260213_b2',
  kind: 'at_risk',
  indicator: 'mrr-week-8',
  metric: 'mrr',
  says: '$10-15K MRR by Week 8',
  from: 'on_track',
  to: 'at_risk',
  day: night,
  value: 742_050,
  unit: 'USD',
  target: '$10K..15K',
  gap: -257_950,
  n: 61,
  forecast: { value: 881_200, low: 832_000, high: 930_400 },
  requiredPace: 19_842,
  priority: 'should',
  risk: null,
  mitigation: 'Two more partner launches; annual plan offered to trials',
};

const single: MailInput = {
  workspace: { id: 'bakhmach', name: 'Bakhmach Business Hub', demo: false },
  night,
  dri: { id: 'vp-product', title: 'VP Product', email: 'vp-product@bakhmach.example' },
  items: [exampleItem()],
  dashboardUrl: 'http://127.0.0.1:4180/',
};

const several: MailInput = {
  ...single,
  workspace: { ...single.workspace, demo: true },
  dri: { id: 'ceo', title: 'CEO', email: 'ceo@bakhmach.example' },
  items: [
    exampleItem(),
    exampleItem(
      {
        id: 'trn_20260213_c3',
        kind: 'corrected',
        indicator: 'signups-week-4',
        metric: 'signups',
        says: '30+ new members',
        from: 'met',
        to: 'missed',
        day: toDay('2026-01-29'),
        value: 29,
        unit: 'count',
        target: '>= 30',
        gap: -1,
        n: null,
        risk: null,
        mitigation: null,
      },
      {
        metricTitle: 'Sign-ups',
        when: 'in Week 4',
        series: series('2026-01-23', 7, 5, 4, [0, 1, -1, 1, 2, -1, 0]),
        planLine: { from: { day: toDay('2026-01-23'), value: 0 }, to: { day: toDay('2026-01-29'), value: 30 } },
        numberCameFrom: 'mixpanel, pulled 2026-02-03T01:00:09Z, revision 3',
      },
    ),
    exampleItem(mrr, {
      metricTitle: 'MRR',
      when: 'by Week 8',
      series: series('2026-01-02', 43, 42_000, 16_200, [0, 9_000, -4_000, 12_000, 2_000]),
      planLine: {
        from: { day: toDay('2026-02-12'), value: 800_000 },
        to: { day: toDay('2026-02-26'), value: 1_000_000 },
      },
      numberCameFrom: 'stripe, pulled 2026-02-14T01:00:02Z, revision 1',
    }),
    exampleItem(
      {
        id: 'trn_20260213_d4',
        kind: 'source_failed',
        indicator: 'source:ga4',
        metric: '',
        says: '',
        from: 'ok',
        to: 'failed',
        value: null,
        target: '',
        gap: null,
        n: null,
        detail: '[ga4] POST /v1beta/properties/314159:runReport answered 503 after 6 tries',
        risk: null,
        mitigation: null,
      },
      { metricTitle: '', when: '', series: [], planLine: 0, forecastFor: '', numberCameFrom: null, links: {} },
    ),
    exampleItem(
      {
        id: 'trn_20260213_e5',
        kind: 'met',
        indicator: 'uptime-week-6',
        metric: 'uptime',
        says: '99.5% uptime',
        from: 'on_track',
        to: 'met',
        value: 99.953,
        unit: '%',
        target: '>= 99.5%',
        gap: 0.453,
        n: null,
        priority: 'nice',
        risk: null,
        mitigation: null,
      },
      {
        metricTitle: 'Uptime',
        when: 'in Week 6',
        series: series('2026-02-06', 7, 9_990, 0, [3, 5, -2, 4]).map(({ day, value }) => ({ day, value: value / 100 })),
        planLine: 99.5,
        forecastFor: 'within a week',
        numberCameFrom: 'uptime, pulled 2026-02-13T22:05:00Z, revision 1',
      },
    ),
  ].map((item) => ({ ...item, transition: { ...item.transition, dri: 'ceo' } })),
};

const stale: MailInput = {
  ...single,
  items: [
    exampleItem(
      { kind: 'stale', to: 'stale', value: null, gap: null, n: 7, detail: 'small sample (7 of 10)' },
      { numberCameFrom: null },
    ),
  ],
};

/** A hypothesis as the judge would store it: decided after its two weeks. */
export const exampleDecision = (changes: Partial<Transition> = {}): Transition =>
  exampleTransition({
    id: 'trn_20260213_f6',
    workspace: 'codementor',
    kind: 'decided',
    indicator: 'personalisation',
    metric: 'dau_mau',
    says: 'DAU/MAU ratio increases from 40% to 50%',
    from: 'running',
    to: 'inconclusive',
    value: 43.2,
    unit: '%',
    target: 'go > 45%, pivot < 42%',
    gap: null,
    n: 812,
    dri: 'product-lead',
    risk: null,
    mitigation: null,
    hypothesis: {
      from: '40%',
      to: '50%',
      go: '> 45%',
      pivot: '< 42%',
      start: toDay('2026-01-30'),
      end: toDay('2026-02-12'),
    },
    ...changes,
  });

export const exampleDecisionItem = (changes: Partial<Transition> = {}): MailItem => ({
  ...exampleItem(),
  transition: exampleDecision(changes),
  metricTitle: 'DAU/MAU',
  when: 'after 14 days',
  series: series('2026-01-12', 32, 402, 1, [0, 9, -6, 4, 12]).map(({ day, value }) => ({ day, value: value / 10 })),
  planLine: { from: { day: toDay('2026-01-30'), value: 45 }, to: { day: toDay('2026-02-12'), value: 45 } },
  pivotLine: [
    { day: toDay('2026-01-30'), value: 42 },
    { day: toDay('2026-02-12'), value: 42 },
  ],
  links: linksOf(exampleDecision(changes)),
});

const decided: MailInput = {
  ...single,
  workspace: { id: 'codementor', name: 'CodeMentor AI', demo: false },
  dri: { id: 'product-lead', title: 'Product Lead', email: 'product-lead@codementor.example' },
  items: [exampleDecisionItem()],
};

const sheetRow = (changes: Partial<SheetRow> = {}): SheetRow => ({
  word: 'Missed',
  tone: 'bad',
  says: 'NPS >40 by Week 6',
  note: 'NPS by Week 6 · −4',
  target: '> 40',
  actual: '36',
  dri: 'VP Product',
  indicator: 'nps-by-week-6',
  ...changes,
});
const mrrRow = sheetRow({
  word: 'At risk',
  tone: 'warn',
  says: '$10-15K MRR by Week 8',
  note: 'MRR by Week 8 · 26 Feb · heading for $8,810 ($8,320 to $9,300), needs +$198 a day',
  target: '$10K..15K',
  actual: '$7,420.50',
  dri: 'CEO',
  indicator: 'mrr-week-8',
});

const review: MailInput = {
  ...single,
  digest: {
    sheet: {
      title: 'Weekly review',
      day: 'Friday 2026-02-13',
      time: '16:00',
      about: 'Friday 2026-02-06 to Thursday 2026-02-12',
      counts: '1 missed, 1 at risk, 1 due next',
      sections: [
        { id: 'changes', title: 'Since Friday 2026-02-06', actual: 'Value', rows: [sheetRow()], more: 3, empty: '' },
        { id: 'due', title: 'Due before Friday 2026-02-20', actual: 'Now', rows: [mrrRow], more: 0, empty: '' },
        {
          id: 'table',
          title: 'Week 6: the plan against what is',
          actual: 'Actual',
          rows: [],
          more: 0,
          empty: 'Nothing.',
        },
      ],
    },
    page: 'http://127.0.0.1:4180/reviews/bakhmach/weekly/2026-02-13',
    dashboard: 'http://127.0.0.1:4180/#bakhmach',
  },
};

/** Mails as documentation: rendered into `examples/` and compared there. */
export const exampleMails = { missed: single, several, stale, decided, review };
