import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import type { HypothesisStatus, Status } from '@plumbline/core/status';
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
  /** How many hypotheses stand where. */
  hypotheses: Partial<Record<HypothesisStatus, number>>;
  mails: { to: string; count: number }[];
  /** How many of the mails bring a review's digest. */
  digests: number;
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
  const hypotheses: WorkspaceSummary['hypotheses'] = {};
  for (const { status } of judgement?.hypotheses ?? []) hypotheses[status] = (hypotheses[status] ?? 0) + 1;
  const sent = (await store.mails.list(id, ever, never)).filter(({ state }) => state === 'sent');
  const mails = Map.groupBy(sent, ({ to }) => to);
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
    hypotheses,
    mails: [...mails].map(([to, { length }]) => ({ to, count: length })).toSorted((a, b) => b.count - a.count),
    digests: sent.filter(({ reviews }) => reviews !== undefined).length,
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

const OUTCOMES: [HypothesisStatus, string][] = [
  ['go', 'go'],
  ['pivot', 'pivot'],
  ['inconclusive', 'inconclusive'],
  ['running', 'running'],
  ['not_due', 'not begun'],
];

/** `2 go, 1 running`: what there is of each, in this order. */
const inWords = <Key extends string>(counts: Partial<Record<Key, number>>, words: readonly [Key, string][]): string =>
  words.flatMap(([key, word]) => (counts[key] ? [`${counts[key]} ${word}`] : [])).join(', ');

export function showSummary(summary: Summary): string {
  const blocks = summary.workspaces.map((one) => {
    const supposed = Object.values(one.hypotheses).reduce((sum, count) => sum + count, 0);
    const sent = one.mails.reduce((sum, { count }) => sum + count, 0);
    return [
      `${one.name}${one.demo ? ' (demo numbers)' : ''}: ${counted(one.nights, 'night')}${one.asOf === null ? '' : `, as of ${one.asOf}`}`,
      one.indicators === 0
        ? '  no plan judged yet'
        : `  ${counted(one.indicators, 'indicator')}: ${inWords(one.counts, WORDS)}`,
      ...(supposed === 0
        ? []
        : [`  ${counted(supposed, 'hypothesis', 'hypotheses')}: ${inWords(one.hypotheses, OUTCOMES)}`]),
      one.mails.length === 0
        ? '  nobody was mailed'
        : `  ${counted(sent, 'mail')}${one.digests === 0 ? '' : `, ${one.digests} of them with the digest of a review`}: ${one.mails.map(({ to, count }) => `${count} to ${to}`).join(', ')}`,
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
