import { createHmac } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { addDays, earliest, latest } from '@plumbline/core/day';
import { excerpt, InputError, messageOf } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import type { Observation } from '@plumbline/core/snapshot';
import type { CheckResult, ConfiguredSource, PullPorts, Pulled, PullRange } from '@plumbline/core/source';
import { snapshotsRecorded, sourceFailed } from '@plumbline/alerts/events';
import { createHttp } from '@plumbline/sources/http';
import { forSource, sourceOf } from '@plumbline/workspace/workspace';
import { nightId } from './dispatch.ts';
import type { Site } from './site.ts';

type Found = { observations: Observation[]; memory: { key: string; bytes: Uint8Array }[] };

/**
 * Pulls one source for one night and writes what is new, all or nothing. A failure is noted in the night with its reason and answered,
 * not thrown: the other sources go on, and the next night fetches what this one could not.
 */
export async function pullNight(
  site: Site,
  source: string,
  day: Day,
  options: { signal?: AbortSignal; silent?: boolean; from?: Day } = {},
): Promise<SourceResult> {
  const { workspace, store, clock, log } = site;
  const configured = configuredSource(site, source);
  const night = { id: nightId(workspace.id, day), workspace: workspace.id, day, demo: site.demo };
  try {
    const range = options.from === undefined ? await rangeOf(site, configured, day) : { from: options.from, to: day };
    const { observations, memory } = await collect(site, configured, range, options.signal);
    const result = await store.pulls.record({
      workspace: workspace.id,
      source,
      night: day,
      pulled: { from: latest(range.from, range.unpulled ?? range.from), through: range.to },
      demo: site.demo,
      now: clock.now(),
      units: new Map(configured.metrics.map((metric) => [metric.id, metric.unit])),
      observations,
      memory,
      makeEvent: (result) => (options.silent ? undefined : snapshotsRecorded(night, result, clock.now())),
    });
    log.info('pulled', { workspace: workspace.id, source, day, written: result.written, unchanged: result.unchanged });
    return result;
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = excerpt(messageOf(error));
    log.warn('pull failed', { workspace: workspace.id, source, day, reason });
    const event = options.silent ? undefined : sourceFailed(night, source, reason, clock.now());
    return store.pulls.fail({ workspace: workspace.id, source, night: day, now: clock.now(), error: reason, event });
  }
}

/** What a night would find, without writing anything. */
export async function pullDry(site: Site, source: string, day: Day, signal?: AbortSignal): Promise<Observation[]> {
  const configured = configuredSource(site, source);
  return (await collect(site, configured, await rangeOf(site, configured, day), signal)).observations;
}

/** One cheap call with the source's key. Throws what the source throws. */
export async function checkSource(site: Site, source: string, signal?: AbortSignal): Promise<CheckResult> {
  const configured = configuredSource(site, source);
  const puller = await configured.definition.load?.();
  if (!puller) return { sees: 'values are pushed; there is nothing to call', warnings: [] };
  return puller.check(await portsFor(site, configured, signal));
}

function configuredSource(site: Site, source: string): ConfiguredSource {
  const configured = sourceOf(site.workspace, source);
  if (configured) return configured;
  const names = site.workspace.sources.map((one) => one.definition.name).join(', ');
  throw new InputError(`workspace ${site.workspace.id} has no source "${source}"; it has: ${names}`);
}

/** The night's own days, and back to the first hole that the vendor can still fill. */
async function rangeOf(site: Site, { definition }: ConfiguredSource, day: Day): Promise<PullRange> {
  const through = (await site.store.pulls.pulled(site.workspace.id, definition.name))?.through;
  const reach = addDays(day, -Math.max(definition.healDays, definition.repullDays));
  const unpulled = earliest(
    day,
    through === undefined ? await firstAsked(site, definition.name, reach, day) : addDays(through, 1),
  );
  const from = earliest(unpulled, addDays(day, -definition.repullDays));
  return { from: latest(from, reach), to: day, unpulled };
}

/** The first night that asked this source, though it has never come in yet. */
async function firstAsked({ store, workspace }: Site, source: string, from: Day, to: Day): Promise<Day> {
  const nights = await store.nights.list(workspace.id, from, to);
  return nights.find(({ expects }) => expects.includes(source))?.day ?? to;
}

async function collect(
  site: Site,
  configured: ConfiguredSource,
  range: PullRange,
  signal?: AbortSignal,
): Promise<Found> {
  const puller = await configured.definition.load?.();
  const found: Found = { observations: [], memory: [] };
  if (!puller) return found;
  for await (const pulled of puller.pull(range, await portsFor(site, configured, signal))) keep(found, pulled);
  return found;
}

function keep(found: Found, pulled: Pulled): void {
  if (pulled.kind === 'memory') {
    found.memory.push({ key: pulled.key, bytes: pulled.bytes });
  } else if (pulled.kind === 'observation') {
    const { kind: _, ...observation } = pulled;
    found.observations.push(observation);
  }
}

async function portsFor(
  site: Site,
  configured: ConfiguredSource,
  signal: AbortSignal = new AbortController().signal,
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
