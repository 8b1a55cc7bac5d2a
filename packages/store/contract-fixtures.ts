import type { Day } from '@plumbline/core/day';
import type { MailRecord, Night, OutboxEntry, SourceResult } from '@plumbline/core/night';
import type { Observation } from '@plumbline/core/snapshot';
import type { IndicatorState, Transition } from '@plumbline/core/status';
import type { Store } from './types.ts';

export const day = (text: string): Day => text as Day;
export const D12 = day('2026-02-12');
export const NOW = Date.parse('2026-02-13T01:00:07Z');

export const night = (workspace: string, on: Day = D12): Night => ({
  workspace,
  day: on,
  id: `night_${workspace}_${on}`,
  expects: ['stripe', 'ga4'],
  sources: [],
  openedAt: NOW,
  silent: false,
  demo: false,
});

export const observation = (metric: string, on: Day, value: number, more: Partial<Observation> = {}): Observation => ({
  metric,
  day: on,
  value,
  quality: [],
  evidence: { requests: 3, rows: 212, sha256: 'ab', policy: 'stripe-default' },
  settlesAt: NOW,
  ...more,
});

export const event = (workspace: string, id: string, time = NOW): OutboxEntry => ({
  id,
  workspace,
  detailType: 'Snapshots Recorded',
  time,
  detail: {
    metadata: {
      id,
      version: '1',
      workspace,
      time: new Date(time).toISOString(),
      correlationId: `night_${workspace}`,
      planVersion: null,
    },
    data: { gap: -4.1, nothing: null },
  },
});

type RecordInput = Parameters<Store['pulls']['record']>[0];

export const pull = (workspace: string, observations: Observation[], more: Partial<RecordInput> = {}): RecordInput => ({
  workspace,
  source: 'stripe',
  night: D12,
  pulled: { from: more.night ?? D12, through: more.night ?? D12 },
  demo: false,
  now: NOW,
  units: new Map(observations.map(({ metric }) => [metric, 'count'])),
  observations,
  makeEvent: (result: SourceResult) => event(workspace, `recorded_${result.source}_${result.written}`),
  ...more,
});

export const transition = (workspace: string, digest: string, on: Day = D12): Transition => ({
  id: `trn_${on.replaceAll('-', '')}_${digest}`,
  workspace,
  kind: 'missed',
  indicator: 'nps-by-week-6',
  metric: 'nps',
  says: 'NPS >40 by Week 6',
  from: 'at_risk',
  to: 'missed',
  day: on,
  night: on,
  at: NOW,
  value: 36.25,
  unit: 'score',
  target: '> 40',
  gap: -3.75,
  n: 128,
  detail: null,
  forecast: null,
  requiredPace: null,
  dri: 'vp-product',
  priority: 'must',
  risk: null,
  mitigation: 'Weekly customer interviews',
  planVersion: 'sha256:ab',
  corrections: 0,
  demo: false,
  silent: false,
  suppressedBy: null,
  mail: { state: 'pending' },
});

export const state = (indicator: string): IndicatorState => ({
  indicator,
  status: 'missed',
  since: D12,
  value: 36,
  contrary: [],
});

export const judgement = (workspace: string, states: IndicatorState[], on: Day = D12) => ({
  workspace,
  night: on,
  planVersion: 'sha256:ab',
  judgedAt: NOW,
  states,
});

export const mail = (workspace: string, transitions: string[]): MailRecord => ({
  id: `mail_${D12}_vp-product`,
  workspace,
  night: D12,
  dri: 'vp-product',
  to: 'vp-product@bakhmach.example',
  subject: '[Missed] NPS',
  transitions,
  state: 'claimed',
  at: NOW,
});

export const inOrder = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
