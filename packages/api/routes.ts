import type { z } from 'zod';
import { alertView, readAlerts } from './alerts.ts';
import type { Table } from './csv.ts';
import { plainTable } from './csv.ts';
import { asOfQuery, dayNamed, noQuery, readQuery, snapshotsQuery, spanOf, spanQuery } from './parameters.ts';
import { Problem } from './problems.ts';
import type { Room } from './reads.ts';
import { asJudged } from './as-judged.ts';
import { lastNightOf, readCatalogue, readDay, readOne, readPage } from './reads.ts';
import { digestView, meetingIn, readDigest } from './review.ts';
import {
  digestAnswer,
  explainedSnapshot,
  indicatorRow,
  indicatorsAnswer,
  metricList,
  metricRow,
  nightList,
  planAnswer,
  snapshotList,
  snapshotPage,
  transitionList,
  transitionRow,
} from './schemas.ts';
import { explainedView, nightView, snapshotView, statusView } from './views.ts';

/** JSON, with its rows as a table where it is a list, and the cursor of the page after it. */
export type Answer = { body: unknown; table?: Table; next?: string | null };

/** One route under `/v1/workspaces/{workspace}`: what serves it and what describes it. */
export type Route = {
  path: string;
  summary: string;
  query: z.ZodObject;
  answer: z.ZodType;
  csv: boolean;
  handle(room: Room, params: Readonly<Record<string, string>>, search: URLSearchParams): Promise<Answer>;
};

function route<Query extends z.ZodObject>(
  definition: Omit<Route, 'handle' | 'query' | 'csv'> & {
    query: Query;
    csv?: true;
    handle(room: Room, call: { params: Readonly<Record<string, string>>; query: z.output<Query> }): Promise<Answer>;
  },
): Route {
  return {
    ...definition,
    csv: definition.csv ?? false,
    handle: async (room, params, search) =>
      definition.handle(room, { params, query: readQuery(definition.query, search) }),
  };
}

const SNAPSHOT_COLUMNS = ['workspace', 'metric', 'day', 'value', 'unit', 'state', 'source', 'revision'];
const NIGHT_COLUMNS = [
  'workspace',
  'night',
  'day',
  'closedAt',
  'source',
  'state',
  'written',
  'unchanged',
  'changedFrom',
  'error',
];

/** Objects inside a row have no place in a table of cells. */
const NESTED = new Set(['where', 'interval', 'forecast', 'errorBudget', 'mail', 'mails', 'posts', 'answers']);
const plainColumns = (row: z.ZodObject): string[] => Object.keys(row.shape).filter((name) => !NESTED.has(name));

const tableOf = (
  { workspace }: Room,
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Table =>
  plainTable(
    columns,
    rows.map((row) => ({ workspace: workspace.id, ...row })),
  );

export const routes: readonly Route[] = [
  route({
    path: 'metrics',
    summary: 'The catalogue: every metric with its source, its last day and how fresh it is',
    query: noQuery,
    answer: metricList,
    csv: true,
    handle: async (room) => {
      const data = await readCatalogue(room);
      return { body: { data }, table: tableOf(room, ['workspace', ...plainColumns(metricRow)], data) };
    },
  }),
  route({
    path: 'snapshots',
    summary: 'A row per metric and day, oldest first; what is missing is absent, never 0',
    query: snapshotsQuery,
    answer: snapshotPage,
    csv: true,
    handle: async (room, { query }) => {
      const lastNight = await lastNightOf(room);
      const { rows, next } = await readPage(room, { ...query, ...spanOf(room.workspace, query, lastNight) }, lastNight);
      const data = rows.map(snapshotView);
      return { body: { data, next }, table: tableOf(room, SNAPSHOT_COLUMNS, data), next };
    },
  }),
  route({
    path: 'snapshots/{day}',
    summary: 'Every metric of a day',
    query: noQuery,
    answer: snapshotList,
    csv: true,
    handle: async (room, { params }) => {
      const data = (await readDay(room, dayNamed(params['day'] ?? ''))).map(snapshotView);
      return { body: { data }, table: tableOf(room, SNAPSHOT_COLUMNS, data) };
    },
  }),
  route({
    path: 'snapshots/{day}/{metric}',
    summary: 'One number explained: evidence, breakdown and every revision',
    query: noQuery,
    answer: explainedSnapshot,
    handle: async (room, { params }) => ({
      body: explainedView(await readOne(room, dayNamed(params['day'] ?? ''), params['metric'] ?? '')),
    }),
  }),
  route({
    path: 'plan',
    summary: 'The plan as data',
    query: noQuery,
    answer: planAnswer,
    handle: async ({ workspace: { id, plan, planVersion } }) => {
      if (!plan) throw new Problem(404, `${id} has no plan.yaml`);
      return { body: { workspace: id, planVersion, plan } };
    },
  }),
  route({
    path: 'indicators',
    summary:
      "Each indicator's status, value, target, gap, required pace and forecast, and where each hypothesis stands",
    query: asOfQuery,
    answer: indicatorsAnswer,
    csv: true,
    handle: async (room, { query }) => {
      const { workspace, store } = room;
      const [judgement, acknowledgements] = await Promise.all([
        store.judgements.latest(workspace.id, query.as_of),
        store.acknowledgements.list(workspace.id),
      ]);
      const judged = await asJudged(workspace, store, judgement);
      const body = statusView(judged, judgement, acknowledgements, query.as_of);
      const columns = ['workspace', 'asOf', ...plainColumns(indicatorRow)];
      const rows = body.indicators.map((one) => ({ asOf: body.asOf, ...one }));
      return { body, table: tableOf(room, columns, rows) };
    },
  }),
  route({
    path: 'transitions',
    summary: 'What changed, who was told by which message, and what was done about it; by night, oldest first',
    query: spanQuery,
    answer: transitionList,
    csv: true,
    handle: async (room, { query }) => {
      const { from, to } = spanOf(room.workspace, query, await lastNightOf(room));
      const data = (await readAlerts(room, from, to)).map(alertView);
      const rows = data.map((one) => ({ ...one, mail: one.mail.state }));
      return { body: { data }, table: tableOf(room, ['workspace', ...plainColumns(transitionRow), 'mail'], rows) };
    },
  }),
  route({
    path: 'reviews/{review}/{day}',
    summary: "A meeting's digest: what changed since the one before it, what is due, the plan's table of the week",
    query: noQuery,
    answer: digestAnswer,
    handle: async (room, { params }) => {
      const meeting = await meetingIn(room, params['review'] ?? '', dayNamed(params['day'] ?? ''));
      return { body: digestView(room.workspace.id, await readDigest(room, meeting)) };
    },
  }),
  route({
    path: 'nights',
    summary: 'Runs with the result of each source, oldest first',
    query: spanQuery,
    answer: nightList,
    csv: true,
    handle: async (room, { query }) => {
      const { from, to } = spanOf(room.workspace, query, await lastNightOf(room));
      const data = (await room.store.nights.list(room.workspace.id, from, to)).map(nightView);
      const rows = data.flatMap(({ sources, ...night }) => sources.map((source) => ({ ...night, ...source })));
      return { body: { data }, table: tableOf(room, NIGHT_COLUMNS, rows) };
    },
  }),
];
