import { isDeepStrictEqual } from 'node:util';
import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, earliest, latest } from '@plumbline/core/day';
import { messageOf, PlumblineError } from '@plumbline/core/errors';
import type { MailRecord, SourceResult } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import type { Instant } from '@plumbline/core/zone';
import { atTime } from '@plumbline/core/zone';
import { postboxOf } from '@plumbline/functions/world';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch, nightId } from '@plumbline/night/dispatch';
import { notifyNight } from '@plumbline/night/notify';
import { pullThrough } from '@plumbline/night/pull';
import { recordRows } from '@plumbline/night/record';
import { dueDays, lastDueDay, nightBegins } from '@plumbline/night/schedule';
import { checkedSources } from './checked-sources.ts';
import type { LocalSite, Machine } from './machine.ts';

export type NightOutcome = {
  night: string;
  day: Day;
  /** Every source is in, and what is missing has been named. */
  closed: boolean;
  sources: SourceResult[];
  transitions: Transition[];
  mails: MailRecord[];
  /** Why a mail or a post is still waiting, where one is. */
  unsent: string | undefined;
};

/** Days of a backfill's chunk where the source does not say. */
const MONTH = 30;

/**
 * Runs one night to its end on this machine, or once more: pulls, judgement, events, mails. Answers what this run did. A demo's nights
 * come one after the other, so those before it are replayed first.
 */
export async function runNight(
  machine: Machine,
  site: LocalSite,
  day: Day,
  options: { only?: string; again?: boolean; onNight?: (day: Day) => void } = {},
): Promise<NightOutcome> {
  const { workspace, store } = site;
  await checkedSources(site, options.only);
  await replay(machine, [site], addDays(day, -1), (_, replayed) => options.onNight?.(replayed));
  const before = await marks(site, day);
  const asked = await begin(machine, site, day, options);
  await machine.settle();
  // What was recorded or planned meanwhile is judged too, where no source brought anything new.
  await judgeAndClose(site, day);
  await machine.settle();
  const unsent = await sendWaiting(machine, site);
  const night = await store.nights.get(workspace.id, day);
  const after = await marks(site, day);
  return {
    night: nightId(workspace.id, day),
    day,
    closed: night?.closedAt !== undefined,
    sources: asked.map((source) => thisRun(source, night?.sources ?? [], before.results, site.clock.now())),
    transitions: after.transitions.filter(({ id }) => !before.seen.has(id)),
    mails: after.mails.filter(({ id, state }) => !before.sent.has(id) && state !== 'claimed'),
    unsent,
  };
}

/** Opens a night and queues its pulls; in a demo, people have written down by then what its story says. Answers the sources that are asked. */
async function begin(
  machine: Machine,
  site: LocalSite,
  day: Day,
  options: { only?: string; again?: boolean } = {},
): Promise<string[]> {
  await liveThrough(site, day);
  const { messages } = await dispatch(site, day, options);
  await machine.world.sendPulls(messages);
  if (messages.length === 0) await judgeAndClose(site, day);
  return messages.map((message) => message.source);
}

/** A day of a demo's story, until its night begins. */
async function liveThrough(site: LocalSite, day: Day): Promise<void> {
  const { workspace, store, simulation } = site;
  if (!simulation) return;
  simulation.clock.advanceTo(atTime(day, '18:00', workspace.timezone));
  // What somebody has corrected since is not written down anew when the night runs again.
  const known = new Set((await store.snapshots.points(workspace.id, day, day)).map(({ metric }) => metric));
  const rows = simulation.demo.story.entries.filter(
    ({ day: on, metric }) => on === day && !known.has(metric) && workspace.metrics.get(metric)?.source === 'record',
  );
  if (rows.length > 0) await recordRows(site, rows, 'demo');
  simulation.clock.advanceTo(nightBegins(day, workspace.timezone));
}

/** Sends what waits for a mail since the last closed night. Answers why something still waits. */
export async function sendWaiting(
  machine: Machine,
  { workspace, store, ...site }: LocalSite,
): Promise<string | undefined> {
  const newest = await store.nights.last(workspace.id);
  if (!newest) return undefined;
  const recent = await store.nights.list(workspace.id, addDays(newest.day, -7), newest.day);
  const last = recent.findLast((night) => night.closedAt !== undefined && !night.silent);
  if (!last) return undefined;
  try {
    const postbox = await postboxOf(machine.world, workspace);
    await machine.alone(() => notifyNight({ ...site, workspace, store }, last.day, postbox));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** A night that is still open after everything has run was given up by a handler. */
async function assertClosed({ workspace, store }: LocalSite, day: Day): Promise<void> {
  const night = await store.nights.get(workspace.id, day);
  if (night?.closedAt !== undefined) return;
  throw new PlumblineError(
    'setup',
    `the night of ${day} of ${workspace.id} did not close; dead-letters.jsonl in the data folder holds what was given up, and the lines above say why`,
  );
}

/** What this run made of a source: its result in the night tells only what was last written there. */
function thisRun(
  source: string,
  results: readonly SourceResult[],
  before: readonly SourceResult[],
  now: Instant,
): SourceResult {
  const failed = { source, state: 'failed' as const, written: 0, unchanged: 0 };
  const result = results.find((one) => one.source === source);
  if (!result)
    return {
      ...failed,
      error: 'did not run; dead-letters.jsonl in the data folder holds its message, and the lines above say why',
      at: now,
    };
  const earlier = before.find((one) => one.source === source);
  const { lastError } = result;
  if (lastError && !isDeepStrictEqual(earlier?.lastError, lastError)) return { ...failed, ...lastError };
  // A re-run that found everything equal leaves the result as it was: what it wrote then, it did not write now.
  return isDeepStrictEqual(earlier, result)
    ? { ...result, written: 0, unchanged: result.written + result.unchanged }
    : result;
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
 * Brings in many past days: source by source, as many days at once as each can answer. Its transitions are stored silently: no event, no mail. What a source
 * has already brought without a hole is left out, so that a second call goes on where the first one stopped.
 */
export async function backfill(
  site: LocalSite,
  from: Day,
  to: Day,
  options: { only?: string; onMonth?: (through: Day) => void } = {},
): Promise<SourceResult[]> {
  const { workspace, store } = site;
  await checkedSources(site, options.only);
  const results: SourceResult[] = [];
  let lived = from;
  for (const [last, firstOf] of chunksOf(site, from, to)) {
    if (site.simulation) for (const day of daysFrom(lived, last)) await liveThrough(site, day);
    lived = addDays(last, 1);
    const { messages } = await dispatch(site, last, {
      silent: true,
      again: true,
      ...(options.only === undefined ? {} : { only: options.only }),
    });
    const pulls = messages.map(async ({ source }) => {
      const first = firstOf.get(source);
      const pulled = await store.pulls.pulled(workspace.id, source);
      if (first === undefined || (pulled && pulled.from <= first && pulled.through >= last)) return [];
      return [await pullThrough(site, source, last, { silent: true, from: first })];
    });
    const month = (await Promise.all(pulls)).flat();
    results.push(...month);
    if (month.length > 0) options.onMonth?.(last);
  }
  const nights = await store.nights.list(workspace.id, from, to);
  const open = nights.filter((night) => night.silent && night.closedAt === undefined);
  if (results.length > 0) await judgeAndClose(site, to, { silent: true });
  for (const { day } of open) await judgeAndClose(site, day, { silent: true });
  return results;
}

/** The last days of all chunks, in order, with the sources whose chunk ends there and the first day that each asks for. */
function chunksOf({ workspace }: LocalSite, from: Day, to: Day): [Day, Map<string, Day>][] {
  const chunks = new Map<Day, Map<string, Day>>();
  for (const { definition } of workspace.sources) {
    const days = definition.backfillDays ?? MONTH;
    for (let first = from; first <= to; first = addDays(first, days)) {
      const last = earliest(addDays(first, days - 1), to);
      chunks.set(last, (chunks.get(last) ?? new Map<string, Day>()).set(definition.name, first));
    }
  }
  return [...chunks].toSorted(([one], [other]) => (one < other ? -1 : 1));
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
    await Promise.all(tonight.map(({ site, day }) => begin(machine, site, day)));
    await machine.settle();
    for (const { site, day, done, all } of tonight) {
      await assertClosed(site, day);
      onNight(site, day, done, all);
    }
  }
}

async function nightsLeft(
  { workspace, store, simulation }: LocalSite,
  asOf: Day | undefined,
): Promise<{ days: Day[]; all: number }> {
  const { plan } = workspace;
  if (!plan || !simulation) return { days: [], all: 0 };
  const through = asOf === undefined ? plan.end : earliest(asOf, plan.end);
  const last = await store.nights.last(workspace.id);
  const from = last === undefined ? plan.start : last.closedAt === undefined ? last.day : addDays(last.day, 1);
  return { days: daysFrom(from, through), all: daysFrom(plan.start, through).length };
}

/**
 * Brings in what a real workspace's sources still lack of the plan's days before the first night that anybody was told of, silently.
 * Answers what failed, which the next start tries again.
 */
export async function bringInThePast(site: LocalSite, onMonth: (through: Day) => void): Promise<SourceResult[]> {
  const { workspace, store, clock } = site;
  if (!workspace.plan) return [];
  const from = workspace.plan.start;
  const due = lastDueDay(clock.now(), workspace.timezone);
  const told = (await store.nights.list(workspace.id, from, due)).find((night) => !night.silent);
  const to = addDays(told?.day ?? due, -1);
  if (to < from) return [];
  const results = await backfill(site, from, to, { onMonth });
  return results.filter(({ state }) => state === 'failed');
}

/** Runs a real workspace's nights that are due, and first those of the last days that were left open. */
export async function runDueNights(machine: Machine, site: LocalSite, onNight: (day: Day) => void): Promise<void> {
  const { workspace, store, clock } = site;
  const last = await store.nights.last(workspace.id);
  const recent = last ? await store.nights.list(workspace.id, addDays(last.day, -7), last.day) : [];
  const open = recent.filter((night) => night.closedAt === undefined).map((night) => night.day);
  for (const day of [...open, ...dueDays(clock.now(), workspace.timezone, last?.day)]) {
    await runNight(machine, site, day);
    await assertClosed(site, day);
    onNight(day);
  }
}
