import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Channel } from '@plumbline/alerts/channel';
import { sesChannel } from '@plumbline/alerts/email/ses';
import { silentLog } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import type { World } from '@plumbline/functions/world';
import type { Site } from '@plumbline/night/site';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { seedsWith } from './support.ts';

/** What the notifier reaches of one company. */
export const worldOf = (site: Site, channel: Channel): World => ({
  workspaces: [site.workspace],
  site: () => site,
  sendPulls: () => Promise.reject(new Error('nothing is pulled here')),
  bus: () => Promise.reject(new Error('nothing is published here')),
  channel: async () => channel,
  publicUrl: 'http://127.0.0.1:4180',
  linkKey: async () => 'k'.repeat(32),
});

/** Mails by the real SES client to whatever answers there. */
export function sesAt(endpoint: string): Channel {
  const client = new SESv2Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return sesChannel({ client, from: 'Plumbline <alerts@acme.example>' });
}

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
