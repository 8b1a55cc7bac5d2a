import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toDay } from '@plumbline/core/day';
import type { Clock, Log } from '@plumbline/core/ports';
import type { SourceResult } from '@plumbline/core/night';
import { toInstant } from '@plumbline/core/zone';
import { pullThrough } from '@plumbline/night/pull';
import type { Site } from '@plumbline/night/site';
import type { Engine } from '@plumbline/store/engine';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { workspaceSchema } from '@plumbline/workspace/schema';
import { assemble } from '@plumbline/workspace/workspace';
import type { Driver, Fault, Request } from './driver.ts';

export const DAY = toDay('2026-02-12');
const NOW = toInstant('2026-02-13T01:00:00Z');
const TIMEOUT_MS = 30;

/** What a night of a source left behind. */
export type Night = {
  result: SourceResult | undefined;
  /** Why the pull threw, which only one that was cancelled does. */
  thrown: unknown;
  values: Record<string, number>;
  evidence: Record<string, unknown>[];
  asked: Request[];
  /** By the clock, which only waiting moves. */
  waitedMs: number;
  /** All that was stored, published or logged, as text. */
  left: string;
};

/** Nights on an embedded database, each of a workspace of its own. */
export async function startNights() {
  const engine: Engine = await startEngine();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local', credentials });
  await createTable(client, 'plumbline');
  const store = openStore({ client, table: 'plumbline' });
  let count = 0;
  return {
    night: (driver: Driver, fault: Fault = () => undefined, signal = new AbortController().signal) =>
      night(store, `w${++count}`, driver, fault, signal),
    async stop() {
      client.destroy();
      await engine.stop();
    },
  };
}

async function night(store: Store, id: string, driver: Driver, fault: Fault, signal: AbortSignal): Promise<Night> {
  const { source } = driver;
  const vendor = await driver.start(fault);
  const lines: unknown[] = [];
  const site = siteOf(store, id, driver, vendor.baseUrl, (...line) => void lines.push(line));
  const opened = { workspace: id, day: DAY, id: `night_${id}`, expects: [source], sources: [] };
  await store.nights.open({ ...opened, openedAt: NOW, silent: false, demo: false });
  let result: SourceResult | undefined;
  let thrown: unknown;
  try {
    result = await pullThrough(site, source, DAY, { signal });
  } catch (error) {
    thrown = error;
  }
  const snapshots = await store.snapshots.span(id, toDay('2025-12-01'), toDay('2026-03-01'));
  const memory: string[] = [];
  for await (const { key, bytes } of store.pulls.memory(id, source).range('', '~')) {
    memory.push(key, Buffer.from(bytes).toString('utf8'));
  }
  return {
    result,
    thrown,
    values: Object.fromEntries(snapshots.filter(({ day }) => day === DAY).map((one) => [one.metric, one.value])),
    evidence: snapshots.map((one) => one.evidence),
    asked: vendor.asked,
    waitedMs: site.clock.now() - NOW,
    left: JSON.stringify([result, String(thrown), snapshots, await store.outbox.pending(id), memory, lines]),
  };
}

function siteOf(store: Store, id: string, driver: Driver, baseUrl: string, write: Log['info']): Site {
  let time = NOW;
  const clock: Clock = {
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      time += ms;
    },
  };
  const file = workspaceSchema.parse({
    workspace: id,
    name: 'Contract',
    timezone: '+02:00',
    currency: 'USD',
    dris: { ceo: { title: 'CEO', email: 'ceo@acme.example' } },
    fallbackDri: 'ceo',
    sources: { [driver.source]: { ...driver.config, baseUrl } },
  });
  const { workspace, problems } = assemble(file, (path, message) => ({
    file: 'workspace.yaml',
    line: 1,
    column: 1,
    path: path.join('.'),
    message,
  }));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return {
    workspace: { ...workspace, plan: undefined, planVersion: null, rates: () => undefined },
    demo: false,
    store,
    clock,
    log: { info: write, warn: write },
    connect: async () => ({ baseUrl, secret: driver.secret }),
    channelSecret: async () => '',
    pseudonymKey: async () => 'key-of-pseudonyms',
  };
}

/** Every time-out of the network is over at once, for a server that never answers. */
export const impatient = (timeout: typeof AbortSignal.timeout) => (ms: number) => timeout(Math.min(ms, TIMEOUT_MS));
