import { toDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { exampleDigest } from './example-digest.ts';
import { exampleDecisionItem, exampleItem, ORIGIN, series } from './example-items.ts';
import type { MailInput, MailItem } from './mail.ts';

const night = toDay('2026-02-13');

const single: MailInput = {
  workspace: { id: 'bakhmach', name: 'Bakhmach Business Hub', demo: false },
  night,
  dri: { id: 'vp-product', title: 'VP Product', email: 'vp-product@bakhmach.example' },
  items: [exampleItem({}, { interval: { low: 22.4, high: 48.1 } })],
  dashboardUrl: `${ORIGIN}/#bakhmach`,
};
const about = (...items: MailItem[]): MailInput => ({ ...single, items });

const cto = { id: 'cto', title: 'CTO', email: 'cto@bakhmach.example' };
const ceo = { id: 'ceo', title: 'CEO', email: 'ceo@bakhmach.example' };

const atRisk = exampleItem(
  {
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
    dri: 'ceo',
    priority: 'should',
    risk: null,
    mitigation: 'Two more partner launches; annual plan offered to trials',
  },
  {
    metricTitle: 'MRR',
    when: 'by Week 8',
    series: series('2026-01-02', 43, 42_000, 16_200, [0, 9_000, -4_000, 12_000, 2_000]),
    planLine: {
      from: { day: toDay('2026-02-12'), value: 800_000 },
      to: { day: toDay('2026-02-26'), value: 1_000_000 },
    },
    responsible: 'CEO',
    numberCameFrom: 'stripe, pulled 2026-02-14T01:00:02Z, revision 1',
  },
);

const corrected = exampleItem(
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
    dri: 'ceo',
    risk: null,
    mitigation: null,
    corrections: 1,
  },
  {
    metricTitle: 'Sign-ups',
    when: 'in Week 4',
    series: series('2026-01-23', 7, 5, 4, [0, 1, -1, 1, 2, -1, 0]),
    planLine: { from: { day: toDay('2026-01-23'), value: 0 }, to: { day: toDay('2026-01-29'), value: 30 } },
    responsible: 'CEO',
    numberCameFrom: 'mixpanel, pulled 2026-02-14T01:00:09Z, revision 3',
  },
);

const sourceFailed = exampleItem(
  {
    id: 'trn_20260213_d4',
    kind: 'source_failed',
    indicator: 'source:ga4',
    metric: '',
    says: '',
    from: 'ok',
    to: 'failed',
    day: night,
    value: null,
    target: '',
    gap: null,
    n: null,
    detail: '[ga4] POST /v1beta/properties/314159:runReport answered 503 after 6 tries',
    dri: 'ceo',
    risk: null,
    mitigation: null,
  },
  {
    metricTitle: '',
    when: '',
    series: [],
    planLine: 0,
    forecastFor: '',
    numberCameFrom: null,
    responsible: 'CEO',
    links: {},
  },
);

const percent = (...of: Parameters<typeof series>) =>
  series(...of).map(({ day, value }) => ({ day, value: value / 1000 }));

const toCto = (item: MailItem): MailInput => ({ ...about(item), dri: cto });

/** An uptime of the plan, kept or promised. */
const uptime = (changes: Partial<Transition>, item: Partial<MailItem>): MailItem =>
  exampleItem(
    {
      indicator: 'uptime-maintained',
      metric: 'uptime',
      says: '99.5% uptime maintained',
      unit: '%',
      target: '>= 99.5%',
      n: null,
      dri: 'cto',
      priority: 'should',
      risk: 'Scaling for launch',
      mitigation: 'Load tests each Thursday',
      ...changes,
    },
    {
      metricTitle: 'Uptime',
      when: 'kept from Week 3 to end',
      planLine: 99.5,
      forecastFor: 'within a week',
      responsible: 'CTO',
      numberCameFrom: 'uptime, pulled 2026-02-13T22:05:00Z, revision 1',
      ...item,
    },
  );

const met = uptime(
  {
    id: 'trn_20260213_e5',
    kind: 'met',
    indicator: 'uptime-week-6',
    says: '99.5% uptime in Week 6',
    from: 'on_track',
    to: 'met',
    value: 99.923,
    gap: 0.423,
    risk: null,
    mitigation: null,
  },
  { when: 'in Week 6', series: percent('2026-02-06', 7, 99_900, 0, [30, 50, -20, 40]) },
);
const outage = percent('2026-01-16', 29, 99_900, 0, [30, 50, -20, 40, 60]);

/** A mail of every kind that is sent, as documentation: rendered into `docs/mails` and compared there. */
export const exampleMails = {
  missed: single,
  'missed-maintained': toCto(
    uptime(
      { id: 'trn_20260213_g7', from: 'on_track', day: night, value: 98.61, gap: -0.89 },
      { series: [...outage.slice(0, -1), { day: night, value: 98.61 }], errorBudget: '507.4 of 554.4 min left' },
    ),
  ),
  corrected: { ...about(corrected), dri: ceo },
  reminder: reminder(),
  'snooze-ended': reminder('the snooze has ended'),
  'at-risk': { ...about(atRisk), dri: ceo },
  'source-failed': { ...about(sourceFailed), dri: ceo },
  stale: about(
    exampleItem(
      { kind: 'stale', to: 'stale', value: null, gap: null, n: 7, detail: 'small sample (7 of 10)' },
      { numberCameFrom: null },
    ),
  ),
  recovered: toCto(
    uptime(
      {
        id: 'trn_20260213_j1',
        kind: 'recovered',
        from: 'missed',
        to: 'recovered',
        day: night,
        value: 99.95,
        gap: 0.45,
      },
      {
        series: [...outage.slice(0, 21), { day: toDay('2026-02-06'), value: 98.61 }, ...outage.slice(22)],
        errorBudget: '507.4 of 554.4 min left',
      },
    ),
  ),
  met: toCto(met),
  'decided-go': decided({ to: 'go', value: 46.1 }),
  'decided-pivot': decided({ to: 'pivot', value: 41 }),
  'decided-inconclusive': decided(),
  several: {
    ...about(...[exampleItem(), corrected, atRisk, sourceFailed, met].map(ofCeo)),
    dri: ceo,
  },
  'in-place': {
    ...single,
    dri: ceo,
    standsInFor: [{ ...single.dri, dri: 'vp-product', why: 'bounced', reason: '550 5.1.1 the mailbox does not exist' }],
  },
  digest: { ...single, items: [], dri: ceo, digest: exampleDigest('ceo') },
  'digest-with-alerts': { ...single, digest: exampleDigest('vp-product') },
  demo: { ...single, workspace: { ...single.workspace, demo: true } },
} as const satisfies Record<string, MailInput>;

/** A week after the miss, which nobody has answered, or whose snooze is over. */
function reminder(detail: string | null = null): MailInput {
  const later = toDay('2026-02-20');
  const days = [...series('2026-01-20', 31, 29, 0.2, [0, 2, 1, -1, 3]), { day: later, value: 36 }];
  return {
    ...about(
      exampleItem(
        { id: 'trn_20260220_h8', kind: 'reminder', from: 'missed', to: 'missed', day: later, night: later, detail },
        { series: days, numberCameFrom: 'mixpanel, pulled 2026-02-21T01:00:07Z, revision 1' },
      ),
    ),
    night: later,
  };
}

function decided(changes: Partial<Transition> = {}): MailInput {
  return {
    ...about(exampleDecisionItem(changes)),
    workspace: { id: 'codementor', name: 'CodeMentor AI', demo: false },
    dri: { id: 'product-lead', title: 'Product Lead', email: 'product-lead@codementor.example' },
    dashboardUrl: `${ORIGIN}/#codementor`,
  };
}

function ofCeo(item: MailItem): MailItem {
  return { ...item, transition: { ...item.transition, dri: 'ceo' }, responsible: 'CEO' };
}
