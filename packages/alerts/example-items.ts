import { addDays, toDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import type { MailItem } from './mail.ts';

/** Where the examples' links lead. */
export const ORIGIN = 'https://plumbline.bakhmach.example';

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
export function series(from: string, values: number, start: number, step: number, wobble: readonly number[]) {
  return Array.from({ length: values }, (_, index) => ({
    day: addDays(toDay(from), index),
    value: Math.round(start + step * index + (wobble[index % wobble.length] ?? 0)),
  }));
}

const linksOf = ({ workspace, id, indicator, day, metric }: Transition) => ({
  acknowledge: `${ORIGIN}/act?token=acknowledge-${id}`,
  snooze: `${ORIGIN}/act?token=snooze-${id}`,
  evidence: `${ORIGIN}/workspaces/${workspace}/metrics/${metric}?day=${day}`,
  indicator: `${ORIGIN}/#${workspace}/${indicator}`,
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
    responsible: 'VP Product',
    numberCameFrom: 'mixpanel, pulled 2026-02-14T01:00:07Z, revision 1',
    links: linksOf(transition),
    ...item,
  };
}

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

export function exampleDecisionItem(changes: Partial<Transition> = {}): MailItem {
  const transition = exampleDecision(changes);
  const { day, value } = transition;
  const days = series('2026-01-12', 31, 402, 1, [0, 9, -6, 4, 12]).map((one) => ({ ...one, value: one.value / 10 }));
  return {
    ...exampleItem(),
    transition,
    metricTitle: 'DAU/MAU',
    when: 'after 14 days',
    series: value === null ? days : [...days, { day, value }],
    planLine: { from: { day: toDay('2026-01-30'), value: 45 }, to: { day: toDay('2026-02-12'), value: 45 } },
    pivotLine: [
      { day: toDay('2026-01-30'), value: 42 },
      { day: toDay('2026-02-12'), value: 42 },
    ],
    responsible: 'Product Lead',
    links: linksOf(transition),
  };
}
