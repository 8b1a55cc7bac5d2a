import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toDay } from '@plumbline/core/day';
import type { Log } from '@plumbline/core/ports';
import type { Snapshot } from '@plumbline/core/snapshot';
import { shiftedClock } from '@plumbline/local/clock';
import { dispatch } from '@plumbline/night/dispatch';
import { pullNight } from '@plumbline/night/pull';
import type { Store } from '@plumbline/store/types';
import { openStore } from '@plumbline/store/open';
import { loadWorkspaces } from '@plumbline/workspace/load';

// A process of its own that does one night's pull of Stripe as the house does it, into the embedded store, and tells how it went.

const SAMPLE_MS = 500;

export type Job = { seeds: string; secret: string; dynamodb: string; table: string; day: string; now: number };
export type Told = {
  seconds: number;
  /** Seconds of one core. */
  cpu: number;
  /** Attempts that were answered 429 and tried again. */
  retried: number;
  snapshots: Snapshot[];
  memory: { entries: number; bytes: number };
  /** Megabytes before the pull, and the most ever. */
  before: number;
  peak: number;
};
export type Message =
  | ({ kind: 'told' } & Told)
  | { kind: 'failed'; reason: string }
  /** Megabytes now. */
  | { kind: 'sample'; rss: number };

const say = (message: Message): void => void process.send?.(message);

async function sizeOf(memory: ReturnType<Store['pulls']['memory']>): Promise<Told['memory']> {
  const size = { entries: 0, bytes: 0 };
  for await (const { bytes } of memory.range('-', 'zz')) {
    size.entries += 1;
    size.bytes += bytes.length;
  }
  return size;
}

async function work({ seeds, secret, dynamodb, table, day: night, now }: Job): Promise<Told> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynamodb, region: 'local', credentials });
  const store = openStore({ client, table });
  const [workspace] = await loadWorkspaces(seeds);
  if (!workspace) throw new Error(`there is no workspace in ${seeds}`);
  const { id, sources } = workspace;
  const day = toDay(night);
  let retried = 0;
  const log: Log = {
    info: () => undefined,
    warn: (_message, fields) => {
      if (/ 429\b/.test(String(fields?.['reason']))) retried += 1;
    },
  };
  const site = {
    workspace,
    demo: false,
    store,
    clock: shiftedClock(now),
    log,
    connect: async () => ({ baseUrl: sources[0]?.baseUrl, secret }),
    channelSecret: async () => '',
    pseudonymKey: async () => 'a key of this bench',
  };

  await dispatch(site, day, { silent: true });
  const before = process.memoryUsage.rss() / 1e6;
  const sampling = setInterval(() => say({ kind: 'sample', rss: process.memoryUsage.rss() / 1e6 }), SAMPLE_MS);
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await pullNight(site, 'stripe', day, { silent: true }).finally(() => clearInterval(sampling));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  if (result.state !== 'ok') throw new Error(`the pull did not come to its end: ${JSON.stringify(result)}`);
  const told = { seconds, cpu: (user + system) / 1e6, retried, before, peak };
  const snapshots = await store.snapshots.span(id, day, day);
  const memory = await sizeOf(store.pulls.memory(id, 'stripe'));
  client.destroy();
  return { ...told, snapshots, memory };
}

process.once('message', (job: Job) => {
  void work(job)
    .then((told) => say({ kind: 'told', ...told }))
    .catch((error: unknown) => say({ kind: 'failed', reason: String(error) }))
    .finally(() => process.disconnect());
});
