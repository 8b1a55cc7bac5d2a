import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { toDay } from '@plumbline/core/day';
import type { Completeness, LateNight } from '@plumbline/core/late';
import type { Observation } from '@plumbline/core/snapshot';
import type { HypothesisState, IndicatorState, Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { loadWorkspaces } from '@plumbline/workspace/load';
import type { Workspace } from '@plumbline/workspace/workspace';

/** A name that must never reach a page as markup. */
export const HOSTILE = '<script>alert("x")</script>';
export const LINK_KEY = 'k'.repeat(32);
export const NOW = toInstant('2026-01-15T03:00:00Z');
export const LAST_NIGHT = toDay('2026-01-14');
/** What acme's watch finds, whatever the time. */
const LATE: LateNight = {
  day: toDay('2026-01-15'),
  since: toInstant('2026-01-16T05:00:00Z'),
  openedAt: toInstant('2026-01-16T01:00:00Z'),
  awaits: ['uptime'],
};

const WORKSPACE = `
workspace: acme
name: '${HOSTILE} Ltd'
timezone: "+02:00"
currency: USD
dris:
  lead: { title: '${HOSTILE} lead', email: lead@acme.example }
  cto: { title: CTO, email: cto@acme.example }
fallbackDri: lead
sources:
  uptime: { provider: betterstack, monitors: ["1"] }
  record:
    metrics:
      - { id: members, unit: count, kind: stock, direction: up }
      - { id: nps, unit: score, kind: score, direction: up }
      - { id: sales, unit: USD, kind: flow, direction: up }
`;

const PLAN = `
plan: acme-q1
title: Acme in four weeks
start: 2026-01-01
end: 2026-01-28
indicators:
  - { id: nps-week-2, says: '${HOSTILE} NPS >40', metric: nps, target: "> 40", by: week 2, priority: must, dri: lead, mitigation: 'Ask & listen' }
  - { id: members-end, says: "100 members", metric: members, target: ">= 100", by: end, dri: lead }
  - { id: sales-week, says: "$1K a week", metric: sales, target: ">= $1K", during: each week 1-4, aggregate: sum, dri: lead }
reviews:
  - { id: weekly, every: thursday, at: "10:00", to: [lead] }
hypotheses:
  - { id: interviews, says: '${HOSTILE} listening lifts NPS', metric: nps, from: "30", to: "45", start: day 8, within: 14d, go: "> 40", pivot: "<= 35", dri: lead }
  - { id: ahead, says: "More sales", metric: sales, to: "$2K", start: week 4, within: 7d, go: ">= $1.5K", pivot: "< $1K", dri: lead }
`;

const BARE = `
workspace: bare
name: Bare
timezone: Europe/Kyiv
currency: EUR
dris: { lead: { title: Lead, email: lead@bare.example } }
fallbackDri: lead
sources: { record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] } }
`;

async function seeds(): Promise<Workspace[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-api-'));
  const write = async (workspace: string, file: string, text: string) => {
    await mkdir(path.join(folder, workspace), { recursive: true });
    await writeFile(path.join(folder, workspace, file), text);
  };
  await write('acme', 'workspace.yaml', WORKSPACE);
  await write('acme', 'plan.yaml', PLAN);
  await write('bare', 'workspace.yaml', BARE);
  const workspaces = await loadWorkspaces(folder);
  await rm(folder, { recursive: true });
  return workspaces;
}

const EVIDENCE = { requests: 0, rows: 1, sha256: 'ab', policy: 'recorded' };

const observed = (metric: string, day: string, value: number, more: Partial<Observation> = {}): Observation => ({
  metric,
  day: toDay(day),
  value,
  quality: [],
  evidence: EVIDENCE,
  settlesAt: 0,
  ...more,
});

/** What acme recorded: its NPS of the 10th was revised a day later, its members came twice, its sales are in cents. */
const RECORDS: { at: string; observations: Observation[] }[] = [
  {
    at: '2026-01-11T00:00:00Z',
    observations: [
      observed('members', '2026-01-03', 50),
      observed('members', '2026-01-12', 60),
      observed('nps', '2026-01-10', 36, { n: 40, interval: { low: 30, high: 42 } }),
      observed('sales', '2026-01-05', 31_250),
    ],
  },
  { at: '2026-01-12T00:00:00Z', observations: [observed('nps', '2026-01-10', 38, { n: 41 })] },
];

export const TRANSITION: Transition = {
  id: 'trn_20260114_1',
  workspace: 'acme',
  kind: 'missed',
  indicator: 'nps-week-2',
  metric: 'nps',
  says: `${HOSTILE} NPS >40`,
  from: 'on_track',
  to: 'missed',
  day: LAST_NIGHT,
  night: LAST_NIGHT,
  at: NOW,
  value: 38,
  unit: 'score',
  target: '> 40',
  gap: -2,
  n: 41,
  detail: `=1+1 ${HOSTILE}`,
  forecast: null,
  requiredPace: null,
  dri: 'lead',
  priority: 'must',
  risk: null,
  mitigation: 'Ask & listen',
  planVersion: 'sha256:1',
  corrections: 0,
  demo: false,
  silent: false,
  suppressedBy: null,
  mail: { state: 'pending' },
};

const state = (indicator: string, more: Partial<IndicatorState>): IndicatorState => ({
  indicator,
  status: 'not_due',
  since: LAST_NIGHT,
  contrary: [],
  ...more,
});

const STATES: IndicatorState[] = [
  state('nps-week-2', { status: 'missed', value: 38, day: toDay('2026-01-10'), gap: -2, n: 41 }),
  state('members-end', {
    status: 'on_track',
    value: 60,
    day: toDay('2026-01-12'),
    gap: -40,
    requiredPace: 2.857142857,
    actualPace: 1.1,
    forecast: { value: 95.2, low: 80, high: 110 },
  }),
  state('sales-week#week-2', { stale: { since: LAST_NIGHT, missing: `sales ${HOSTILE}` } }),
];

const HYPOTHESES: HypothesisState[] = [
  {
    hypothesis: 'interviews',
    definition: '1',
    status: 'running',
    since: toDay('2026-01-08'),
    value: 38,
    day: toDay('2026-01-10'),
    n: 41,
    interval: { low: 31, high: 45 },
    forecast: { value: 41.23, low: 36, high: 46 },
    stale: { since: LAST_NIGHT, missing: `nps ${HOSTILE}` },
  },
  { hypothesis: 'ahead', definition: '2', status: 'not_due', since: LAST_NIGHT, value: 31_250 },
];

async function fill(store: Store, workspace: Workspace): Promise<void> {
  const units = new Map([...workspace.metrics.values()].map(({ id, unit }) => [id, unit]));
  const demo = false;
  await store.nights.open({
    workspace: 'acme',
    day: LAST_NIGHT,
    id: 'night_acme_2026-01-14',
    expects: ['uptime'],
    sources: [],
    openedAt: NOW,
    silent: false,
    demo,
  });
  for (const { at, observations } of RECORDS) {
    await store.pulls.keep({ workspace: 'acme', source: 'record', demo, now: toInstant(at), units, observations });
  }
  const failed = { workspace: 'acme', source: 'uptime', night: LAST_NIGHT, now: NOW, event: undefined };
  await store.pulls.fail({ ...failed, error: `[uptime] answered ${HOSTILE}` });
  await store.nights.close('acme', LAST_NIGHT, NOW, []);
  const judgement = {
    workspace: 'acme',
    night: LAST_NIGHT,
    planVersion: 'sha256:1',
    judgedAt: NOW,
    states: STATES,
    hypotheses: HYPOTHESES,
  };
  await store.judgements.commit(judgement, 0, [TRANSITION], []);
  const { mail } = await store.mails.claim({
    id: 'mail_1',
    workspace: 'acme',
    night: LAST_NIGHT,
    dri: 'lead',
    to: 'lead@acme.example',
    subject: `[Missed] ${HOSTILE}`,
    transitions: [TRANSITION.id],
    state: 'claimed',
    at: NOW,
  });
  await store.mails.finish(mail, { state: 'sent', messageId: 'm1' });
}

/** Two workspaces in a real store on an engine of their own: acme with a plan and a night, bare with nothing yet. */
export async function startFixture() {
  const engine = await startEngine();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local', credentials });
  await createTable(client, 'plumbline');
  const store = openStore({ client, table: 'plumbline' });
  const workspaces = await seeds();
  const [acme] = workspaces;
  if (acme) await fill(store, acme);
  const ports = {
    workspaces,
    store: () => store,
    now: () => NOW,
    demo: (workspace: string) => workspace === 'bare',
    completeness: async (workspace: string): Promise<Completeness> =>
      workspace === 'bare' ? { complete: null, late: [] } : { complete: LAST_NIGHT, late: [LATE] },
    linkKey: async () => LINK_KEY,
  };
  const close = async () => {
    client.destroy();
    await engine.stop();
  };
  return { store, ports, close };
}
export type Fixture = Awaited<ReturnType<typeof startFixture>>;
