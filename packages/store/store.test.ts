import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { addDays } from '@plumbline/core/day';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { D12, event, night, observation, pull, transition } from './contract-fixtures.ts';
import { storeContract } from './contract.ts';
import { type Engine, startEngine } from './engine.ts';
import { openStore } from './open.ts';
import { createTable } from './table.ts';
import type { Store } from './types.ts';

let engine: Engine;
const clients: DynamoDBClient[] = [];

function connect(endpoint = engine.endpoint): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

beforeAll(async () => {
  engine = await startEngine();
  await createTable(connect(), 'plumbline');
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await engine.stop();
});

storeContract('the embedded engine', async () => openStore({ client: connect(), table: 'plumbline' }));

/** A store whose k-th request is lost on its way, or whose answer is. */
function cutAt(k: number, lost: 'request' | 'answer'): { store: Store; requests: () => number } {
  const client = connect();
  let requests = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      requests += 1;
      const isCut = requests === k;
      if (isCut && lost === 'request') throw new Error('cut');
      const answer = await next(args);
      if (isCut) throw new Error('cut');
      return answer;
    },
    { step: 'initialize' },
  );
  return { store: openStore({ client, table: 'plumbline' }), requests: () => requests };
}

/** One night's writing, of several transactions each. */
async function wholeNight(store: Store, w: string): Promise<void> {
  await store.nights.open(night(w));
  await store.pulls.remember(w, 'stripe', [{ key: 'seen', bytes: new Uint8Array(310_000).fill(7) }]);
  await store.pulls.record(
    pull(
      w,
      Array.from({ length: 120 }, (_, index) =>
        observation(`m${index % 25}`, addDays(D12, -Math.floor(index / 25)), index),
      ),
      {
        makeEvent: (result) => event(w, `recorded_${result.written}_${result.changedFrom}`),
      },
    ),
  );
  const many = Array.from({ length: 52 }, (_, index) => transition(w, `t${index}`));
  const before = await store.judgements.latest(w);
  const judged = { workspace: w, night: D12, planVersion: 'p', judgedAt: 1, states: [] };
  await store.judgements.commit(
    judged,
    before?.version ?? 0,
    many,
    many.map(({ id }) => event(w, id)),
  );
  await store.nights.close(w, D12, 5, [event(w, 'closed')]);
}

async function everythingOf(store: Store, w: string): Promise<string> {
  const everything = [
    await store.nights.list(w, D12, D12),
    await store.snapshots.span(w, addDays(D12, -20), D12),
    await store.pulls.pulled(w, 'stripe'),
    Buffer.from((await store.pulls.memory(w, 'stripe').get('seen')) ?? []).toString('base64'),
    await store.judgements.latest(w),
    await store.transitions.list(w, D12, D12),
    await store.outbox.pending(w),
  ];
  return JSON.stringify(everything).replaceAll(w, 'W');
}

describe('a night that is cut off', () => {
  it.each(['request', 'answer'] as const)('at any %s ends, tried again, as if it had never been', async (lost) => {
    const undisturbed = cutAt(0, lost);
    await wholeNight(undisturbed.store, `calm-${lost}`);
    const requests = undisturbed.requests();
    expect(requests).toBeGreaterThan(15);
    const calm = await everythingOf(undisturbed.store, `calm-${lost}`);

    const { store } = cutAt(0, lost);
    for (let k = 1; k <= requests; k += 1) {
      const w = `cut-${lost}-${k}`;
      await expect(wholeNight(cutAt(k, lost).store, w)).rejects.toThrow('cut');
      await wholeNight(store, w);
      expect(await everythingOf(store, w), `cut at request ${k}`).toBe(calm);
    }
  });
});

describe('a reader beside a writer', () => {
  it("never sees half of a source's memory", async () => {
    const store = openStore({ client: connect(), table: 'plumbline' });
    const versions = [1, 2, 3, 4].map((fill) => new Uint8Array(700_000).fill(fill));
    const memory = store.pulls.memory('halves', 'stripe');
    const seen = new Set<string>();
    const note = (bytes: Uint8Array) => seen.add(`${bytes.length} of ${[...new Set(bytes)].join()}`);
    const read = async (): Promise<void> => {
      const bytes = await memory.get('seen');
      if (bytes) note(bytes);
      for await (const entry of memory.range('a', 'z')) note(entry.bytes);
    };
    for (const bytes of versions) {
      const writing = store.pulls.remember('halves', 'stripe', [{ key: 'seen', bytes }]);
      await Promise.all([writing, read(), read().then(read), read().then(read).then(read)]);
    }
    await read();
    const whole = [1, 2, 3, 4].map((fill) => `700000 of ${fill}`);
    expect([...seen].filter((text) => !whole.includes(text))).toEqual([]);
    expect(seen).toContain('700000 of 4');
  });
});

/** A DynamoDB before the real one, which answers some requests itself: `answer` gives status and body, or undefined to pass it on. */
async function storeBehind(answer: (target: string, body: string) => [number, object] | undefined): Promise<Store> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const own = answer(target, body);
    if (own !== undefined) {
      response.writeHead(own[0], { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(own[1]));
      return;
    }
    const headers = Object.fromEntries(
      ['x-amz-target', 'authorization', 'x-amz-date', 'content-type'].map((name) => [
        name,
        String(request.headers[name]),
      ]),
    );
    const passed = await fetch(engine.endpoint, { method: 'POST', headers, body });
    response.writeHead(passed.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await passed.text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return openStore({ client: connect(`http://127.0.0.1:${port}`), table: 'plumbline' });
}

describe('a busy DynamoDB', () => {
  it('that leaves a part of a batch undone is asked again for the rest', async () => {
    const turnedAway: string[] = [];
    const store = await storeBehind((target, body) => {
      if (!target.startsWith('Batch') || turnedAway.includes(target)) return undefined;
      turnedAway.push(target);
      const { RequestItems } = JSON.parse(body) as { RequestItems: object };
      const left = target === 'BatchGetItem' ? { Responses: {}, UnprocessedKeys: RequestItems } : {};
      return [200, target === 'BatchWriteItem' ? { UnprocessedItems: RequestItems } : left];
    });
    const bytes = new Uint8Array(310_000).fill(5);
    await store.pulls.remember('busy', 'stripe', [{ key: 'seen', bytes }]);
    expect(turnedAway).toEqual(['BatchGetItem', 'BatchWriteItem']);
    expect(await store.pulls.memory('busy', 'stripe').get('seen')).toEqual(bytes);
  });

  it('that always clashes with others is given up as a conflict that may be tried later', async () => {
    const store = await storeBehind((target) =>
      target === 'TransactWriteItems'
        ? [
            400,
            {
              __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
              CancellationReasons: [{ Code: 'TransactionConflict' }],
            },
          ]
        : undefined,
    );
    await expect(store.nights.open(night('clash'))).rejects.toMatchObject({ code: 'conflict', retryable: true });
  });
});
