import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { silentLog } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import type { Site } from '@plumbline/night/site';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { afterAll, beforeAll } from 'vitest';
import { seedsWith } from './support.ts';

/** Call it once in a test file: an engine of its own while its tests run. Answers what sets up a company in its store that pulls nothing. */
export function sites() {
  let store: Store;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const engine = await startEngine();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local', credentials });
    await createTable(client, 'plumbline');
    store = openStore({ client, table: 'plumbline' });
    stop = async () => {
      client.destroy();
      await engine.stop();
    };
  });
  afterAll(() => stop());

  let count = 0;
  /** `filesOf` writes its seed files for an id that no other company has; `time` is its clock, which stands until it is set. */
  return async (filesOf: (id: string) => Record<string, string>, time: { now: Instant }): Promise<Site> => {
    count += 1;
    const id = `acme-${count}`;
    const [workspace] = await loadWorkspaces(await seedsWith(id, filesOf(id)));
    if (!workspace) throw new Error('there is no workspace');
    return {
      workspace,
      demo: false,
      store,
      clock: { now: () => time.now, sleep: async () => undefined },
      log: silentLog,
      connect: () => Promise.reject(new Error('nothing is pulled here')),
      channelSecret: async () => '',
      pseudonymKey: async () => '',
    };
  };
}
