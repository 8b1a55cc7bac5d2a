import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import type { Status } from '@plumbline/core/status';
import type { Machine } from '@plumbline/local/machine';
import { counted } from '@plumbline/core/words';
import { columns } from './table.ts';

type WorkspaceSummary = {
  workspace: string;
  name: string;
  demo: boolean;
  asOf: Day | null;
  nights: number;
  indicators: number;
  counts: Partial<Record<Status | 'stale', number>>;
  mails: { to: string; count: number }[];
  failing: string[];
  saved: number;
};

/** What `up` has to tell when it is done: the addresses, how each plan stands, and who was mailed. */
export type Summary = {
  dashboard: string;
  api: string;
  openapi: string;
  mail: string;
  events: string;
  workspaces: WorkspaceSummary[];
};

export async function summarise(machine: Machine, url: string): Promise<Summary> {
  const workspaces = await Promise.all(machine.workspaces.map(({ id }) => summaryOf(machine, id)));
  return {
    dashboard: `${url}/`,
    api: `${url}/v1/workspaces`,
    openapi: `${url}/openapi.json`,
    mail: machine.files.mail,
    events: machine.files.events,
    workspaces,
  };
}

async function summaryOf(machine: Machine, id: string): Promise<WorkspaceSummary> {
  const { store, workspace, demo } = machine.site(id);
  const [ever, never] = [toDay('0001-01-01'), toDay('9999-12-31')];
  const judgement = await store.judgements.latest(id);
  const counts: WorkspaceSummary['counts'] = {};
  for (const { status, stale } of judgement?.states ?? []) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (stale) counts.stale = (counts.stale ?? 0) + 1;
  }
  const mails = new Map<string, number>();
  for (const { to, state } of await store.mails.list(id, ever, never)) {
    if (state === 'sent') mails.set(to, (mails.get(to) ?? 0) + 1);
  }
  const last = await store.nights.last(id);
  const failed = (last?.sources ?? []).filter(({ state }) => state === 'failed');
  return {
    workspace: id,
    name: workspace.name,
    demo,
    asOf: judgement?.night ?? null,
    nights: (await store.nights.list(id, ever, never)).length,
    indicators: judgement?.states.length ?? 0,
    counts,
    mails: [...mails].map(([to, count]) => ({ to, count })).toSorted((a, b) => b.count - a.count),
    failing: failed.map(({ source, error }) => `${source}: ${error ?? 'failed'}`),
    saved: (last?.sources ?? []).length - failed.length,
  };
}

const WORDS: [Status | 'stale', string][] = [
  ['met', 'met'],
  ['recovered', 'recovered'],
  ['on_track', 'on track'],
  ['at_risk', 'at risk'],
  ['missed', 'missed'],
  ['not_due', 'not due'],
  ['stale', 'stale'],
];

export function showSummary(summary: Summary): string {
  const blocks = summary.workspaces.map((one) => {
    const counts = WORDS.flatMap(([status, word]) => (one.counts[status] ? [`${one.counts[status]} ${word}`] : []));
    return [
      `${one.name}${one.demo ? ' (demo numbers)' : ''}: ${counted(one.nights, 'night')}, as of ${one.asOf ?? 'no night yet'}`,
      one.indicators === 0 ? '  no plan judged yet' : `  ${counted(one.indicators, 'indicator')}: ${counts.join(', ')}`,
      one.mails.length === 0
        ? '  nobody was mailed'
        : `  mails: ${one.mails.map(({ to, count }) => `${count} to ${to}`).join(', ')}`,
      ...one.failing.map((line) => `  FAILED ${line}`),
    ].join('\n');
  });
  const places = columns([
    ['Open', summary.dashboard],
    ['API', `${summary.api} (described in ${summary.openapi})`],
    ['Mails', summary.mail],
    ['Events', summary.events],
  ]);
  return [...blocks, places].join('\n\n');
}
