import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { rules } from '@plumbline/alerts/rules';
import { startBus } from '@plumbline/local/bus';
import { startEngine } from '@plumbline/store/engine';
import { openStore, storeOn } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { breachesIn } from './calm/breaches.ts';
import type { Place } from './calm/history.ts';
import { live } from './calm/history.ts';
import { tableInMemory } from './calm/table.ts';
import { seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();
// Handlers log what fails, and here much does.
vi.spyOn(console, 'error').mockImplementation(() => undefined);

/** A long run is asked for from outside: PLUMBLINE_HISTORIES=1000, from PLUMBLINE_FIRST_HISTORY on. */
const HISTORIES = Number(process.env['PLUMBLINE_HISTORIES'] ?? 12);
const FIRST = Number(process.env['PLUMBLINE_FIRST_HISTORY'] ?? 1);
const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const closers: (() => Promise<void> | void)[] = [];
let place: Omit<Place, 'store'>;
let onEngine: Store;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const engine = await startEngine();
  closers.push(() => engine.stop());
  const client = new DynamoDBClient({ ...CLIENT, endpoint: engine.endpoint });
  closers.push(() => client.destroy());
  await createTable(client, 'plumbline');
  const time = { now: 0 };
  const bus = await startBus({
    file: path.join(folder, 'events.jsonl'),
    cursorFile: path.join(folder, 'cursor'),
    services: { file: path.join(folder, 'services.jsonl'), cursorFile: path.join(folder, 'services-cursor') },
    deadLetterFile: path.join(folder, 'dead-letters.jsonl'),
    rules,
    clock: { now: () => time.now, sleep: async () => undefined },
  });
  closers.push(() => bus.close());
  const events = new EventBridgeClient({ ...CLIENT, endpoint: bus.url });
  closers.push(() => events.destroy());
  onEngine = openStore({ client, table: 'plumbline' });
  place = { events, bus, time, seeds: (workspace, files) => seedsWith(workspace, files) };
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

const seeds = Array.from({ length: HISTORIES }, (_, index) => FIRST + index);

it.each(seeds)(
  'ninety days by chance %i tell everybody once what they should hear, and nothing else',
  async (seed) => {
    const store = seed === 1 ? onEngine : storeOn(tableInMemory());
    const names = seed % 5 === 0 ? [`acme-${seed}`, `borealis-${seed}`] : [`acme-${seed}`];
    const histories = await live(seed, names, { ...place, store });
    for (const history of histories) {
      expect(await breachesIn(history)).toEqual([]);
      expect(history.mails.accepted.length).toBeGreaterThan(10);
    }
  },
  120_000,
);
