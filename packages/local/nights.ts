import { isDeepStrictEqual } from 'node:util';
import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, earliest, latest } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { MailRecord, SourceResult } from '@plumbline/core/night';
import type { Point } from '@plumbline/core/snapshot';
import type { Transition } from '@plumbline/core/status';
import { atTime, toIso } from '@plumbline/core/zone';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch, nightId } from '@plumbline/night/dispatch';
import { pullNight } from '@plumbline/night/pull';
import { recordRows } from '@plumbline/night/record';
import { dueDays, lastDueDay, nightBegins } from '@plumbline/night/schedule';
import { sourceOf } from '@plumbline/workspace/workspace';
import { checkedSources } from './checked-sources.ts';
import type { LocalSite, Machine } from './machine.ts';

export type NightOutcome = {
  night: string;
  day: Day;
  sources: SourceResult[];
  transitions: Transition[];
  mails: MailRecord[];
};

/** Runs one night to its end on this machine, or once more: pulls, judgement, events, mails. Answers what this run did. */
export async function runNight(
  machine: Machine,
  site: LocalSite,
  day: Day,
  options: { only?: string; again?: boolean } = {},
): Promise<NightOutcome> {
  const { workspace, store } = site;
  await checkedSources(site, options.only);
  const before = await marks(site, day);
  const asked = await begin(machine, site, day, options);
  await machine.settle();
  await assertClosed(site, day);
  const night = await store.nights.get(workspace.id, day);
  const after = await marks(site, day);
  return {
    night: nightId(workspace.id, day),
    day,
    sources: (night?.sources ?? [])
      .filter((result) => asked.has(result.source))
      .map((result) => thisRun(result, before.results)),
    transitions: after.transitions.filter(({ id }) => !before.seen.has(id)),
    mails: after.mails.filter(({ id, state }) => !before.sent.has(id) && state !== 'claimed'),
  };
}

/** Opens a night and queues its pulls. Answers the sources that were asked. */
async function begin(
  machine: Machine,
  site: LocalSite,
  day: Day,
  options: { only?: string; again?: boolean } = {},
): Promise<Set<string>> {
  site.simulation?.clock.advanceTo(nightBegins(day, site.workspace.timezone));
  const { messages } = await dispatch(site, day, options);
  await machine.world.sendPulls(messages);
  if (messages.length === 0) await judgeAndClose(site, day);
  return new Set(messages.map((message) => message.source));
}

/** A night that is still open after everything has run was given up by a handler. */
async function assertClosed({ workspace, store }: LocalSite, day: Day): Promise<void> {
  const night = await store.nights.get(workspace.id, day);
  if (night?.closedAt !== undefined) return;
  const waiting = night?.expects.filter((source) => !night.sources.some((result) => result.source === source)) ?? [];
  if (night && waiting.length > 0 && night.sources.length > 0) return;
  throw new PlumblineError(
    'setup',
    `the night of ${day} of ${workspace.id} did not close; dead-letters.jsonl in the data folder says why`,
  );
}

/** A re-run that found everything equal leaves the night's own result as it was: what it wrote then, it did not write now. */
function thisRun(result: SourceResult, before: readonly SourceResult[]): SourceResult {
  const untouched = before.some((earlier) => isDeepStrictEqual(earlier, result));
  return untouched ? { ...result, written: 0, unchanged: result.written + result.unchanged } : result;
}

async function marks({ workspace, store }: LocalSite, day: Day) {
  const last = (await store.judgements.latest(workspace.id))?.night ?? day;
  const transitions = await store.transitions.list(workspace.id, day, latest(day, last));
  const mails = await store.mails.list(workspace.id, day, latest(day, last));
  return {
    results: (await store.nights.get(workspace.id, day))?.sources ?? [],
    transitions,
    mails,
    seen: new Set(transitions.map(({ id }) => id)),
    sent: new Set(mails.filter(({ state }) => state !== 'claimed').map(({ id }) => id)),
  };
}

/**
 * Brings in many past days: month by month and source by source, judged at the end. Its transitions are stored silently: no event, no mail.
 * A second call goes on where the first one stopped.
 */
export async function backfill(
  site: LocalSite,
  from: Day,
  to: Day,
  options: { only?: string; onMonth?: (through: Day) => void } = {},
): Promise<SourceResult[]> {
  await checkedSources(site, options.only);
  const results: SourceResult[] = [];
  for (let first = from; first <= to; first = addDays(first, 30)) {
    const last = earliest(addDays(first, 29), to);
    site.simulation?.clock.advanceTo(nightBegins(last, site.workspace.timezone));
    const { night, messages } = await dispatch(site, last, {
      silent: true,
      again: true,
      ...(options.only === undefined ? {} : { only: options.only }),
    });
    const points = await site.store.snapshots.points(site.workspace.id, first, last);
    const left = messages.filter(({ source }) => {
      const isIn = night.sources.some((result) => result.source === source && result.state === 'ok');
      return !isIn || !coversAll(site, source, points, daysFrom(first, last));
    });
    results.push(
      ...(await Promise.all(left.map(({ source }) => pullNight(site, source, last, { silent: true, from: first })))),
    );
    await judgeAndClose(site, last, { silent: true });
    options.onMonth?.(last);
  }
  return results;
}

/** Whether each of these days and each of the source's metrics is among the points: a night of its own brings its last days only. */
function coversAll({ workspace }: LocalSite, source: string, points: readonly Point[], days: readonly Day[]): boolean {
  const metrics = sourceOf(workspace, source)?.metrics.map(({ id }) => id) ?? [];
  const own = points.filter(({ metric }) => metrics.includes(metric));
  return (
    new Set(own.map(({ day }) => day)).size === days.length &&
    new Set(own.map(({ metric }) => metric)).size === metrics.length
  );
}

/**
 * Replays the nights of demo workspaces from where each stands, night by night side by side: each day people record what the story says,
 * each night the pipeline runs. `asOf` is the last night.
 */
export async function replay(
  machine: Machine,
  sites: readonly LocalSite[],
  asOf: Day | undefined,
  onNight: (site: LocalSite, day: Day, done: number, all: number) => void,
): Promise<void> {
  const runs = await Promise.all(sites.map(async (site) => ({ site, ...(await nightsLeft(site, asOf)) })));
  for (let turn = 0; ; turn += 1) {
    const tonight = runs.flatMap(({ site, days, all }) => {
      const day = days[turn];
      return day === undefined ? [] : [{ site, day, all, done: all - days.length + turn + 1 }];
    });
    if (tonight.length === 0) return;
    await Promise.all(tonight.map(({ site, day }) => liveThrough(machine, site, day)));
    await machine.settle();
    for (const { site, day, done, all } of tonight) {
      await assertClosed(site, day);
      onNight(site, day, done, all);
    }
  }
}

async function nightsLeft(
  { workspace, store }: LocalSite,
  asOf: Day | undefined,
): Promise<{ days: Day[]; all: number }> {
  const { plan } = workspace;
  if (!plan) return { days: [], all: 0 };
  const through = asOf === undefined ? plan.end : earliest(asOf, plan.end);
  const last = await store.nights.last(workspace.id);
  const from = last === undefined ? plan.start : last.closedAt === undefined ? last.day : addDays(last.day, 1);
  return { days: daysFrom(from, through), all: daysFrom(plan.start, through).length };
}

/** A day of the story: what people write down by the evening, and then its night. */
async function liveThrough(machine: Machine, site: LocalSite, day: Day): Promise<void> {
  const { workspace, simulation } = site;
  if (!simulation) return;
  simulation.clock.advanceTo(atTime(day, '18:00', workspace.timezone));
  const rows = simulation.demo.story.entries.filter(
    (entry) => entry.day === day && workspace.metrics.get(entry.metric)?.source === 'record',
  );
  if (rows.length > 0) await recordRows(site, rows, 'demo');
  await begin(machine, site, day);
}

/** A real workspace: first its plan's past, silently; then each night that is due. */
export async function catchUp(machine: Machine, site: LocalSite, onNight: (day: Day) => void): Promise<void> {
  const { workspace, store, clock, log } = site;
  const now = clock.now();
  const due = lastDueDay(now, workspace.timezone);
  const last = await store.nights.last(workspace.id);
  // As long as no night has been told of, the past may still be on its way.
  if (last?.silent !== false && workspace.plan && workspace.plan.start < due) {
    log.info('backfilling', {
      workspace: workspace.id,
      from: workspace.plan.start,
      to: addDays(due, -1),
      at: toIso(now),
    });
    await backfill(site, workspace.plan.start, addDays(due, -1), { onMonth: onNight });
  }
  const newest = await store.nights.last(workspace.id);
  const days =
    newest && newest.closedAt === undefined
      ? [newest.day, ...dueDays(now, workspace.timezone, newest.day)]
      : dueDays(now, workspace.timezone, newest?.day);
  for (const day of days) {
    await runNight(machine, site, day);
    onNight(day);
  }
}
