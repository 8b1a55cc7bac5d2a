import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, earliest, isDay, latest } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import type { Snapshot } from '@plumbline/core/snapshot';
import type { Instant } from '@plumbline/core/zone';
import { dayAt } from '@plumbline/core/zone';
import type { Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import { carryForward, keyOf, reachOf } from './carry.ts';
import { Problem } from './problems.ts';
import { knownAt } from './views.ts';

/** One workspace as its readers see it. */
export type Room = { workspace: Workspace; store: Store; now: Instant; demo: boolean };

/** The newest night, or yesterday there before the first one. */
export async function lastNightOf({ workspace, store, now }: Room): Promise<Day> {
  const night = await store.nights.last(workspace.id);
  return night?.day ?? addDays(dayAt(now, workspace.timezone), -1);
}

function metricNamed({ workspace }: Room, id: string, code: 'input' | 'not-found'): CatalogueMetric {
  const metric = workspace.metrics.get(id);
  if (metric) return metric;
  const names = [...workspace.metrics.keys()].join(', ');
  throw new PlumblineError(code, `${workspace.id} has no metric "${id}"; it has: ${names}`, { parameter: 'metric' });
}

const missing = (what: string): Problem =>
  new Problem(404, `no value is known for ${what}; that is not the same as zero`);

type Page = { rows: Snapshot[]; next: string | null };

/** A page of rows, oldest first: one query, on the metric's own index where one metric is asked for. */
export async function readPage(
  room: Room,
  query: {
    metric?: string[] | undefined;
    from: Day;
    to: Day;
    as_of?: Instant | undefined;
    cursor?: string | undefined;
    limit: number;
  },
  lastNight: Day,
): Promise<Page> {
  const { workspace, store } = room;
  const wanted = query.metric?.map((id) => metricNamed(room, id, 'input')) ?? [...workspace.metrics.values()];
  const after = query.cursor === undefined ? '' : readCursor(query.cursor);
  const from = after === '' ? query.from : latest(query.from, after.slice(0, 10) as Day);
  const { to } = query;
  const start = addDays(from, -reachOf(wanted));
  const [only] = wanted;
  const found =
    only && wanted.length === 1
      ? await store.snapshots.series(workspace.id, only.id, start, to)
      : await store.snapshots.span(workspace.id, start, to);
  const asOf = query.as_of;
  const known = asOf === undefined ? found : found.flatMap((snapshot) => knownAt(snapshot, asOf) ?? []);
  const until = asOf === undefined ? lastNight : earliest(lastNight, addDays(dayAt(asOf, workspace.timezone), -1));
  const ids = new Set(wanted.map(({ id }) => id));
  const rows = carryForward(
    known.filter(({ metric }) => ids.has(metric)),
    workspace.metrics,
    { from, to, until },
  ).filter((row) => keyOf(row) > after);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: last && rows.length > page.length ? Buffer.from(keyOf(last)).toString('base64url') : null,
  };
}

function readCursor(text: string): string {
  const key = Buffer.from(text, 'base64url').toString();
  if (isDay(key.slice(0, 10)) && key[10] === ' ') return key;
  throw new Problem(400, 'cursor: take it from `next` of the page before as it stands', { parameter: 'cursor' });
}

/** Every metric of a day, with what recorded stocks carry into it. */
export async function readDay(room: Room, day: Day): Promise<Snapshot[]> {
  const { rows } = await readPage(room, { from: day, to: day, limit: Infinity }, await lastNightOf(room));
  if (rows.length > 0) return rows;
  throw missing(`any metric of ${room.workspace.id} on ${day}`);
}

/** Days before and after the asked one that are read with it: what can be drawn of its way, and where a reader may go from it. */
const DAYS_BEFORE = 89;
const DAYS_AFTER = 31;

/** A metric's number of a day, where there is one, carried where it is a recorded stock's; and the stored ones around it. */
export type Reading = {
  metric: CatalogueMetric;
  day: Day;
  snapshot: Snapshot | undefined;
  /** The stored ones of `from`..`to`, oldest first. */
  around: readonly Snapshot[];
  from: Day;
  to: Day;
};

/** Reads a number with those around it: one query, and one read for the day. Without a day it is the newest. Throws `not-found` for an unknown metric. */
export async function readNumber(room: Room, id: string, named?: Day): Promise<Reading> {
  const { workspace, store } = room;
  const metric = metricNamed(room, id, 'not-found');
  const lastNight = await lastNightOf(room);
  const asked = named ?? lastNight;
  const [from, to] = [addDays(asked, -DAYS_BEFORE), addDays(asked, DAYS_AFTER)];
  const [one, around] = await Promise.all([
    named && store.snapshots.one(workspace.id, named, id),
    store.snapshots.series(workspace.id, id, from, to),
  ]);
  const day = named ?? around.at(-1)?.day ?? asked;
  const carried = carryForward(around, new Map([[id, metric]]), { from: day, to: day, until: lastNight });
  return { metric, day, snapshot: one ?? carried[0], around, from, to };
}

/** That there is no such number, and the days nearest to it that have one. */
export function absence({ workspace }: Room, { metric, day, around, from, to }: Reading): string {
  const near = [around.findLast((one) => one.day < day), around.find((one) => one.day > day)];
  const days = near.flatMap((one) => (one ? [one.day] : []));
  const nearest =
    days.length === 0
      ? `none is known from ${from} to ${to} either`
      : `the nearest ${days.length === 1 ? 'day that has one is' : 'days that have one are'} ${days.join(' and ')}`;
  return `no value is known for ${metric.id} of ${workspace.id} on ${day}; that is not the same as zero; ${nearest}`;
}

/** One number of a day, carried where it is a recorded stock's. */
export async function readOne(room: Room, day: Day, id: string): Promise<Snapshot> {
  metricNamed(room, id, 'not-found');
  const stored = await room.store.snapshots.one(room.workspace.id, day, id);
  if (stored) return stored;
  const reading = await readNumber(room, id, day);
  if (reading.snapshot) return reading.snapshot;
  throw new Problem(404, absence(room, reading));
}

/** Records come when somebody makes one, so their last value is not late before a stock's would be stale. */
const RECORDED_DAYS = 30;
/** How far back the catalogue looks for a metric's last day. */
const CATALOGUE_DAYS = 90;

const freshness = (metric: CatalogueMetric, lastDay: Day | undefined, lastNight: Day) => {
  if (lastDay === undefined) return 'none';
  const age = daysBetween(lastDay, lastNight);
  const stands = metric.carryDays ?? (metric.source === 'record' ? RECORDED_DAYS : metric.settleNights);
  return age <= 0 ? 'fresh' : age <= stands ? 'late' : 'stale';
};

/** Every metric with its last day since the plan's start, and at least of the last 90 days: one query. */
export async function readCatalogue(room: Room) {
  const { workspace, store } = room;
  const lastNight = await lastNightOf(room);
  const since = addDays(lastNight, -CATALOGUE_DAYS);
  const from = workspace.plan ? earliest(workspace.plan.start, since) : since;
  const lastDays = new Map<string, Day>();
  for (const { metric, day } of await store.snapshots.points(workspace.id, from, lastNight)) {
    lastDays.set(metric, latest(day, lastDays.get(metric) ?? day));
  }
  return [...workspace.metrics.values()].map((metric) => ({
    metric: metric.id,
    title: titleOf(metric.id),
    unit: metric.unit,
    kind: metric.kind,
    direction: metric.direction,
    about: metric.about,
    source: metric.source,
    lastDay: lastDays.get(metric.id) ?? null,
    freshness: freshness(metric, lastDays.get(metric.id), lastNight),
    dimensions: [...(metric.dimensions ?? [])],
  }));
}
