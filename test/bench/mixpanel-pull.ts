import { addDays } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Clock } from '@plumbline/core/ports';
import { endOfDay } from '@plumbline/core/zone';
import { createHttp } from '@plumbline/sources/http';
import { puller } from '@plumbline/sources/mixpanel/pull';
import { folderMemory } from './mixpanel-memory.ts';
import type { Told } from './mixpanel-plain.ts';
import { DAY, ZONE, config, pseudonym } from './mixpanel-project.ts';

// A process of its own that does one night's pull of Mixpanel, and tells how it went.

export type Pulled = Told & {
  /** Of the night's own day. */
  numbers: Record<string, number>;
  /** Bytes that are to be remembered of the night's five days. */
  remembers: number;
};

async function pull({ baseUrl, folder }: { baseUrl: string; folder: string }): Promise<Pulled> {
  const began = performance.now();
  const now = endOfDay(DAY, ZONE) + 3_600_000;
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  const { signal } = new AbortController();
  const budget = { requests: 60, perMs: 3_600_000, concurrency: 1 };
  const ports = {
    workspace: { id: 'bench', timezone: ZONE, currency: 'USD', fx: () => undefined },
    config,
    baseUrl,
    secret: 'svc.1:s3cret',
    http: createHttp({ source: 'mixpanel', clock, budget, signal }),
    clock,
    log: silentLog,
    memory: folderMemory(folder),
    pseudonym,
    signal,
  };
  const numbers: Record<string, number> = {};
  let remembers = 0;
  let events = 0;
  for await (const each of puller.pull({ from: addDays(DAY, -4), to: DAY }, ports)) {
    if (each.kind === 'memory') remembers += each.bytes.length;
    if (each.kind !== 'observation') continue;
    if (each.metric === 'signups') events += each.evidence.rows;
    if (each.day === DAY) numbers[each.metric] = each.value;
  }
  const { user, system } = process.cpuUsage();
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  return { seconds: (performance.now() - began) / 1000, events, cpu: (user + system) / 1e6, peak, numbers, remembers };
}

process.once('message', (job: { baseUrl: string; folder: string }) => {
  void pull(job)
    .then((told) => process.send?.({ kind: 'told', ...told }))
    .catch((error: unknown) => process.send?.({ kind: 'failed', reason: String(error) }))
    .finally(() => process.disconnect());
});
