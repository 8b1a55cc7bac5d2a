import type { ConfiguredChannel } from '@plumbline/alerts/channel';
import { channelNamed } from '@plumbline/alerts/registry';
import type { ConfigProblem } from '@plumbline/core/errors';
import { InputError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { ConfiguredSource, SourceWorkspace } from '@plumbline/core/source';
import type { Zone } from '@plumbline/core/zone';
import type { Plan } from '@plumbline/plan/schema';
import { sourceNamed } from '@plumbline/sources/registry';
import type { Rates } from './fx.ts';
import type { WorkspaceFile } from './schema.ts';

/** Somebody who is responsible; without an address, the fallback DRI hears what is theirs. */
export type Dri = { title: string; email?: string | undefined };

/** One company as its seed files describe it, every reference resolved. */
export type Workspace = {
  id: string;
  name: string;
  timezone: Zone;
  currency: string;
  demo: string | undefined;
  dris: Record<string, Dri>;
  fallbackDri: string;
  smtp: string | undefined;
  /** An outside service's address that is to hear of each complete night. */
  heartbeat: string | undefined;
  /** Where else than by mail its news and events go. */
  channels: ConfiguredChannel[];
  sources: ConfiguredSource[];
  /** Every metric by id. */
  metrics: ReadonlyMap<string, CatalogueMetric>;
  plan: Plan | undefined;
  /** `sha256:…` of the plan; null without one. */
  planVersion: string | null;
  rates: Rates;
};

/** Where mails to somebody go; undefined of whoever has no address, or is not in `dris`. */
export const emailOf = ({ dris }: Pick<Workspace, 'dris'>, dri: string): string | undefined => dris[dri]?.email;

export const sourceOf = (workspace: Workspace, name: string): ConfiguredSource | undefined =>
  workspace.sources.find((source) => source.definition.name === name);

/** Throws InputError naming the channels that it has. */
export function channelOf(workspace: Workspace, name: string): ConfiguredChannel {
  const found = workspace.channels.find(({ definition }) => definition.name === name);
  if (found) return found;
  const names = workspace.channels.map(({ definition }) => definition.name).join(', ') || 'none';
  throw new InputError(`workspace ${workspace.id} has no channel "${name}"; it has: ${names}`);
}

/** The part of it that a source may see. */
export const forSource = (workspace: Workspace): SourceWorkspace => ({
  id: workspace.id,
  timezone: workspace.timezone,
  currency: workspace.currency,
  fx: workspace.rates,
});

/** True where neither a secret nor a `baseUrl` is set and a demo story is named: the demo providers stand in. */
export const standsIn = (workspace: Workspace, hasSecret: (source: string) => boolean): boolean =>
  workspace.demo !== undefined &&
  workspace.sources.every((source) => source.baseUrl === undefined && !hasSecret(source.definition.name));

const channelsOf = ({ channels = {} }: WorkspaceFile): ConfiguredChannel[] =>
  Object.entries(channels).flatMap(([name, config]) =>
    config === undefined ? [] : [{ definition: channelNamed(name), config }],
  );

type Locate = (path: (string | number)[], message: string) => ConfigProblem;

/** Resolves the parsed file's references. Problems are told to `report`; what can't be resolved is left out. */
export function assemble(
  file: WorkspaceFile,
  report: Locate,
): { workspace: Omit<Workspace, 'plan' | 'planVersion' | 'rates'>; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const metrics = new Map<string, CatalogueMetric>();
  const sources: ConfiguredSource[] = [];
  const fallback = Object.hasOwn(file.dris, file.fallbackDri) ? file.dris[file.fallbackDri] : undefined;
  if (fallback?.email === undefined) {
    const reachable = Object.entries(file.dris).flatMap(([id, { email }]) => (email === undefined ? [] : [id]));
    const wrong = fallback ? 'has no email, so nobody would hear what they are to hear' : 'is not one of dris';
    const allowed = reachable.join(', ') || 'none yet; give one of dris an email';
    problems.push(report(['fallbackDri'], `"${file.fallbackDri}" ${wrong}; allowed: ${allowed}`));
  }
  for (const [name, block] of Object.entries(file.sources)) {
    if (block === undefined) continue;
    const definition = sourceNamed(name);
    const { baseUrl, requestsPerSecond, ...config } = block as { baseUrl?: string; requestsPerSecond?: number };
    const own: CatalogueMetric[] = definition
      .metrics(config, { currency: file.currency })
      .map((metric) => ({ ...metric, source: name }));
    for (const metric of own) {
      const other = metrics.get(metric.id);
      if (other) {
        problems.push(
          report(
            ['sources', name],
            `brings "${metric.id}", which ${other.source} brings too; a metric has one source, so take it out of one of them`,
          ),
        );
      }
      metrics.set(metric.id, metric);
    }
    sources.push({ definition, config, baseUrl, requestsPerSecond, metrics: own });
  }
  return {
    problems,
    workspace: {
      id: file.workspace,
      name: file.name,
      timezone: file.timezone,
      currency: file.currency,
      demo: file.demo,
      dris: file.dris,
      fallbackDri: file.fallbackDri,
      smtp: file.mail?.smtp,
      heartbeat: file.heartbeat,
      channels: channelsOf(file),
      sources,
      metrics,
    },
  };
}
