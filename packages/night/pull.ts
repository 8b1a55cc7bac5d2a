import { createHmac } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { addDays, earliest, latest } from '@plumbline/core/day';
import { DataError, excerpt, InputError, messageOf, PlumblineError } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import type { Observation } from '@plumbline/core/snapshot';
import type { CheckResult, ConfiguredSource, PullPorts, PullRange } from '@plumbline/core/source';
import type { Instant } from '@plumbline/core/zone';
import { snapshotsRecorded, sourceFailed } from '@plumbline/alerts/events';
import { createHttp } from '@plumbline/sources/http';
import { forSource, sourceOf } from '@plumbline/workspace/workspace';
import { nightId } from './dispatch.ts';
import type { Site } from './site.ts';

/** A source may remember more than a function has memory for. */
const MOST_WAITING_BYTES = 1_000_000;
/** How often a pull may run out of time before it counts as failed. Lambda stops a function that feeds its own queue after 16 calls. */
export const MOST_RUNS = 12;
/** How long a claim waits for the next run; if its message is lost, others may pull then. */
const WAITS_MS = 3_600_000;

/** What earlier runs of a pull left for the next one: when the first began, how many there were, and the last one's note. */
export type GoesOn = { since: Instant; runs: number; note: string };

/** A run that came to no end in its time; the next one goes on with what it remembered. */
export type Unfinished = { source: string; state: 'unfinished'; goesOn: GoesOn };

export type PullOptions = {
  signal?: AbortSignal;
  silent?: boolean | undefined;
  /** The first day that a backfill wants; a night works its own out. */
  from?: Day;
  /** Of a run that is cut off at `end`: it has to put down by `deadline` how far it got. */
  time?: { deadline: Instant; end: Instant } | undefined;
  goesOn?: GoesOn | undefined;
};

/**
 * One run of a source's pull for one night: writes what is new, all or nothing, or keeps how far it got where its time did not suffice.
 * A failure is noted in the night with its reason and answered, not thrown: the other sources go on, and the next night fetches what this
 * one could not. Throws PlumblineError `conflict` (worth trying later) while another run with an end has claimed the source.
 */
export async function pullNight(
  site: Site,
  source: string,
  day: Day,
  options: PullOptions = {},
): Promise<SourceResult | Unfinished> {
  const { store, clock, workspace } = site;
  const came = options.goesOn && (await cameSince(site, source, day, options.goesOn.since));
  if (came) return came;
  if (!options.time) return pullOnce(site, source, day, options);
  const claim = { workspace: workspace.id, source, night: day, until: options.time.end };
  if (!(await store.pulls.claim(claim, clock.now()))) {
    const message = `[${source}] another run is pulling ${workspace.id}; this one is tried again later`;
    throw new PlumblineError('conflict', message, { retryable: true });
  }
  let waits: { note: string; until: Instant } | undefined;
  try {
    const result = await pullOnce(site, source, day, options);
    if (result.state === 'unfinished') waits = { note: result.goesOn.note, until: clock.now() + WAITS_MS };
    return result;
  } finally {
    await store.pulls.release(claim, waits);
  }
}

/** Runs a pull until it is through, for whoever has the time. */
export async function pullThrough(site: Site, source: string, day: Day, options: PullOptions): Promise<SourceResult> {
  let result = await pullNight(site, source, day, options);
  while (result.state === 'unfinished') {
    result = await pullNight(site, source, day, { ...options, goesOn: result.goesOn });
  }
  return result;
}

/** The good result of a run that was through first: a message may come twice. */
async function cameSince(
  { store, workspace }: Site,
  source: string,
  day: Day,
  since: Instant,
): Promise<SourceResult | undefined> {
  const night = await store.nights.get(workspace.id, day);
  return night?.sources.find((result) => result.source === source && result.state === 'ok' && result.at >= since);
}

async function pullOnce(
  site: Site,
  source: string,
  day: Day,
  options: PullOptions,
): Promise<SourceResult | Unfinished> {
  const { workspace, store, clock, log } = site;
  const configured = configuredSource(site, source);
  const night = { id: nightId(workspace.id, day), workspace: workspace.id, day, demo: site.demo };
  const begun = clock.now();
  const memory = rememberingFor(site, source);
  try {
    const range = options.from === undefined ? await rangeOf(site, configured, day) : { from: options.from, to: day };
    const found = await collect(configured, range, await portsFor(site, configured, options), memory.keep);
    await memory.flush();
    if (found.unfinished !== undefined) {
      const goesOn = nextRun(source, begun, found.unfinished, options.goesOn);
      log.info('pull goes on', { workspace: workspace.id, source, day, ...goesOn });
      return { source, state: 'unfinished', goesOn };
    }
    const result = await store.pulls.record({
      workspace: workspace.id,
      source,
      night: day,
      pulled: { from: latest(range.from, range.unpulled ?? range.from), through: range.to },
      demo: site.demo,
      now: clock.now(),
      units: new Map(configured.metrics.map((metric) => [metric.id, metric.unit])),
      observations: found.observations,
      makeEvent: (result) => (options.silent ? undefined : snapshotsRecorded(night, result, clock.now())),
    });
    log.info('pulled', { workspace: workspace.id, source, day, written: result.written, unchanged: result.unchanged });
    return result;
  } catch (error) {
    await memory.flush();
    options.signal?.throwIfAborted();
    const reason = excerpt(messageOf(error));
    log.warn('pull failed', { workspace: workspace.id, source, day, reason });
    const event = options.silent ? undefined : sourceFailed(night, source, reason, clock.now());
    return store.pulls.fail({ workspace: workspace.id, source, night: day, now: clock.now(), error: reason, event });
  }
}

/** Throws where going on makes no sense: a whole run that left things as they were, or too many runs. */
function nextRun(source: string, begun: Instant, note: string, before?: GoesOn): GoesOn {
  const { since, runs } = before ?? { since: begun, runs: 0 };
  if (before?.note === note) throw new DataError(source, `got no further in a whole run: ${note}`);
  if (runs + 1 === MOST_RUNS) throw new DataError(source, `ran out of time ${MOST_RUNS} times: ${note}`);
  return { since, runs: runs + 1, note };
}

/** What a night would find, without writing anything. */
export async function pullDry(site: Site, source: string, day: Day, signal?: AbortSignal): Promise<Observation[]> {
  const configured = configuredSource(site, source);
  const ports = await portsFor(site, configured, signal ? { signal } : {});
  const { observations } = await collect(
    configured,
    await rangeOf(site, configured, day),
    ports,
    async () => undefined,
  );
  return observations;
}

/** One cheap call with the source's key. Throws what the source throws. */
export async function checkSource(site: Site, source: string, signal?: AbortSignal): Promise<CheckResult> {
  const configured = configuredSource(site, source);
  const puller = await configured.definition.load?.();
  if (!puller) return { sees: 'values are pushed; there is nothing to call', warnings: [] };
  return puller.check(await portsFor(site, configured, signal ? { signal } : {}));
}

function configuredSource(site: Site, source: string): ConfiguredSource {
  const configured = sourceOf(site.workspace, source);
  if (configured) return configured;
  const names = site.workspace.sources.map((one) => one.definition.name).join(', ');
  throw new InputError(`workspace ${site.workspace.id} has no source "${source}"; it has: ${names}`);
}

/** What this night and each since the first hole would have pulled, as far back as the vendor can still tell. */
async function rangeOf(site: Site, { definition }: ConfiguredSource, day: Day): Promise<PullRange> {
  const through = (await site.store.pulls.pulled(site.workspace.id, definition.name))?.through;
  const reach = addDays(day, -Math.max(definition.healDays, definition.repullDays));
  const unpulled = earliest(
    day,
    through === undefined ? await firstAsked(site, definition.name, reach, day) : addDays(through, 1),
  );
  // Days just before the hole were provisional when it began, and nobody else would settle them.
  return { from: latest(addDays(unpulled, -definition.repullDays), reach), to: day, unpulled };
}

/** The first night that asked this source, though it has never come in yet. */
async function firstAsked({ store, workspace }: Site, source: string, from: Day, to: Day): Promise<Day> {
  const nights = await store.nights.list(workspace.id, from, to);
  return nights.find(({ expects }) => expects.includes(source))?.day ?? to;
}

type Found = { observations: Observation[]; unfinished?: string };

async function collect(
  { definition }: ConfiguredSource,
  range: PullRange,
  ports: PullPorts<unknown>,
  keep: (entry: Kept) => Promise<void>,
): Promise<Found> {
  const puller = await definition.load?.();
  const observations: Observation[] = [];
  if (!puller) return { observations };
  for await (const pulled of puller.pull(range, ports)) {
    if (pulled.kind === 'unfinished') return { observations: [], unfinished: pulled.note };
    if (pulled.kind === 'memory') {
      await keep({ key: pulled.key, bytes: pulled.bytes });
    } else {
      const { kind: _, ...observation } = pulled;
      observations.push(observation);
    }
  }
  return { observations };
}

type Kept = { key: string; bytes: Uint8Array };

/** A pull's memory on its way into the store: a few entries at once, and never much of it waiting. */
function rememberingFor({ store, workspace }: Site, source: string) {
  let waiting: Kept[] = [];
  const flush = async (): Promise<void> => {
    const entries = waiting;
    waiting = [];
    if (entries.length > 0) await store.pulls.remember(workspace.id, source, entries);
  };
  return {
    flush,
    keep: async (entry: Kept): Promise<void> => {
      waiting.push(entry);
      if (waiting.reduce((sum, { bytes }) => sum + bytes.length, 0) > MOST_WAITING_BYTES) await flush();
    },
  };
}

async function portsFor(
  site: Site,
  configured: ConfiguredSource,
  { signal = new AbortController().signal, time }: Pick<PullOptions, 'signal' | 'time'>,
): Promise<PullPorts<unknown>> {
  const { definition, config, requestsPerSecond } = configured;
  const { baseUrl, secret } = await site.connect(definition.name);
  const key = await site.pseudonymKey();
  return {
    workspace: forSource(site.workspace),
    config,
    baseUrl,
    secret,
    clock: site.clock,
    log: site.log,
    signal,
    ...(time && { deadline: time.deadline }),
    memory: site.store.pulls.memory(site.workspace.id, definition.name),
    http: createHttp({
      source: definition.name,
      clock: site.clock,
      budget: definition.budget(config, { requestsPerSecond, secret }),
      signal,
      log: site.log,
    }),
    pseudonym: (id) => createHmac('sha256', key).update(id).digest('hex').slice(0, 16),
  };
}
