import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Snapshot } from '@plumbline/core/snapshot';
import { toInstant } from '@plumbline/core/zone';
import { simulatedClock } from '@plumbline/local/clock';
import { dispatch } from '@plumbline/night/dispatch';
import type { PullOptions } from '@plumbline/night/pull';
import { pullNight } from '@plumbline/night/pull';
import type { Site } from '@plumbline/night/site';
import type { Engine } from '@plumbline/store/engine';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { seedsWith } from '../support.ts';
import type { Objects } from './stripe-account.ts';
import { ACCOUNT_KEY, startAccount } from './stripe-account.ts';

type Item = Record<string, unknown>;
/** All that a table holds, by its keys. */
export type Contents = Map<string, Item>;

export type StripeNights = Awaited<ReturnType<ReturnType<typeof stripeNights>['opened']>>;

const seedText = (timezone: string, settings: string): string => `workspace: studio
name: Studio
timezone: ${timezone}
currency: USD
dris: { cfo: { title: CFO, email: cfo@studio.example } }
fallbackDri: cfo
sources: { stripe: ${settings} }
`;

/** For a test file: workspaces with a table, a Stripe account and a simulated clock each, on one real store that ends with the file. */
export function stripeNights() {
  let engine: Engine;
  let client: DynamoDBClient;
  let doc: DynamoDBDocumentClient;
  let tables = 0;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    engine = await startEngine();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local', credentials, maxAttempts: 1 });
    doc = DynamoDBDocumentClient.from(client);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  afterAll(async () => {
    client.destroy();
    await engine.stop();
  });

  async function contentsOf(table: string): Promise<Contents> {
    const contents: Contents = new Map();
    for await (const { Items } of paginateScan({ client: doc }, { TableName: table })) {
      for (const item of Items ?? []) contents.set(`${item['pk']} ${item['sk']}`, item);
    }
    return contents;
  }

  async function put(table: string, items: readonly Item[]): Promise<void> {
    for (let from = 0; from < items.length; from += 25) {
      const requests = items.slice(from, from + 25).map((item) => ({ PutRequest: { Item: item } }));
      await doc.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    }
  }

  /** `from` is what the table holds at first. */
  async function opened(
    objects: Objects,
    options: { now: string; timezone?: string; settings?: string; from?: Contents },
  ) {
    const table = `table-${++tables}`;
    await createTable(client, table);
    await put(table, [...(options.from?.values() ?? [])]);
    const account = await startAccount(objects);
    open.push(account);
    const [workspace] = await loadWorkspaces(
      await seedsWith('studio', { 'workspace.yaml': seedText(options.timezone ?? 'UTC', options.settings ?? '{}') }),
    );
    if (!workspace) throw new Error('there is no workspace');
    const clock = simulatedClock(toInstant(options.now));
    const store = openStore({ client, table });
    const site: Site = {
      workspace,
      demo: false,
      store,
      clock,
      log: silentLog,
      connect: async () => ({ baseUrl: account.url, secret: ACCOUNT_KEY }),
      channelSecret: async () => '',
      pseudonymKey: async () => 'a key',
    };
    return {
      account,
      clock,
      site,
      store,
      contents: () => contentsOf(table),
      /** What the source remembers under a key is this from now on; without bytes it is gone. */
      remember: (key: string, bytes: Uint8Array = new Uint8Array()) =>
        store.pulls.remember('studio', 'stripe', [{ key, bytes }]),
      /** Loses one of the table's items. */
      lose: async ({ pk, sk }: Item) => void (await doc.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }))),
      /** Opens the night where it is not open, and pulls once. */
      async night(day: string, more: PullOptions = {}) {
        await dispatch(site, toDay(day));
        return pullNight(site, 'stripe', toDay(day), more);
      },
      events: async (): Promise<string[]> => (await store.outbox.pending('studio')).map(({ detailType }) => detailType),
      numbers: (from: Day | string, to: Day | string = from) =>
        numbersOf(store.snapshots.span('studio', from as Day, to as Day)),
    };
  }
  return { opened };
}

/** What snapshots say, with the digest of what was read, but not when and by how many requests it was found out. */
async function numbersOf(snapshots: Promise<Snapshot[]>) {
  return (await snapshots).map((snapshot) => {
    const evidence: Record<string, unknown> = { ...snapshot.evidence, requests: 0, rows: 0 };
    return { ...snapshot, pulledAt: 0, evidence };
  });
}

/** The keys of what differs, or is only in one of the two. */
export const differing = (before: Contents, after: Contents): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)))
    .sort();

/** What was remembered of customers and days. */
export const remembered = (contents: Contents): Contents =>
  new Map([...contents].filter(([key]) => /^studio#memory#stripe (?!reading)/.test(key)));
