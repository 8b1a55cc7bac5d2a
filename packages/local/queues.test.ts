import type { SQSEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { simulatedClock } from './clock.ts';
import { createQueues } from './queues.ts';

const bodies = (event: SQSEvent) => event.Records.map((record) => record.body);
const fine = { batchItemFailures: [] };
const clock = simulatedClock(Date.parse('2026-01-02T00:00:00Z'));

test('messages are handed out in batches, those sent by a handler too', async () => {
  const queues = createQueues({ clock });
  for (const body of ['a', 'b', 'c']) queues.send('pull', body);
  const seen: string[][] = [];
  const done = await queues.drain(
    {
      pull: async (event) => {
        seen.push(bodies(event));
        if (bodies(event).includes('c')) queues.send('judge', 'after c');
        return fine;
      },
      judge: async (event) => {
        seen.push(bodies(event));
        return fine;
      },
    },
    { concurrency: 1, batchSize: 2 },
  );
  expect(seen).toEqual([['a', 'b'], ['c'], ['after c']]);
  expect(done).toBe(4);
});

test('only the failed ones come again, three times in all, then they are dead letters', async () => {
  const queues = createQueues({ clock });
  for (const body of ['good', 'bad', 'bad once']) queues.send('pull', body);
  const seen: string[] = [];
  const done = await queues.drain(
    {
      pull: async ({ Records }) => {
        seen.push(...Records.map((record) => `${record.body} ${record.attributes.ApproximateReceiveCount}`));
        const failed = Records.filter(
          ({ body, attributes }) =>
            body === 'bad' || (body === 'bad once' && attributes.ApproximateReceiveCount === '1'),
        );
        return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
      },
    },
    { concurrency: 4 },
  );
  expect(seen).toEqual(['good 1', 'bad 1', 'bad once 1', 'bad 2', 'bad once 2', 'bad 3']);
  expect(queues.deadLetters).toEqual([{ queue: 'pull', body: 'bad', error: 'named in batchItemFailures' }]);
  expect(done).toBe(3);
});

test('a handler that throws, or names a message that it was not given, fails its whole batch', async () => {
  const queues = createQueues({ clock });
  queues.send('throws', 'x');
  queues.send('confused', 'y');
  await queues.drain(
    {
      throws: () => Promise.reject(new Error('no database')),
      confused: async () => ({ batchItemFailures: [{ itemIdentifier: 'nobody' }] }),
    },
    { concurrency: 2 },
  );
  expect(queues.deadLetters).toEqual([
    { queue: 'throws', body: 'x', error: 'no database' },
    { queue: 'confused', body: 'y', error: 'named in batchItemFailures' },
  ]);
});

test('no more batches run at once than allowed', async () => {
  const queues = createQueues({ clock });
  for (let index = 0; index < 7; index += 1) queues.send('pull', String(index));
  let running = 0;
  let most = 0;
  await queues.drain(
    {
      pull: async () => {
        running += 1;
        most = Math.max(most, running);
        await clock.sleep(10);
        running -= 1;
        return fine;
      },
    },
    { concurrency: 3, batchSize: 1 },
  );
  expect(most).toBe(3);
});
