import { createHash, randomUUID } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '@plumbline/core/errors';
import type { Clock } from '@plumbline/core/ports';

/** A Lambda behind a queue with `ReportBatchItemFailures`. */
export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

export type DeadLetter = { queue: string; body: string; error: string };

export type Queues = {
  send(queue: string, body: string): void;
  /**
   * Hands out messages until no queue with a handler has any, those sent meanwhile included; at most `concurrency` batches run
   * at once. Resolves with the number of messages that were dealt with.
   */
  drain(
    handlers: Readonly<Record<string, QueueHandler>>,
    options: { concurrency: number; batchSize?: number },
  ): Promise<number>;
  /** Messages given up after the last try. */
  readonly deadLetters: readonly DeadLetter[];
};

/** As the redrive policy's `maxReceiveCount`: the first try and two more. */
const MAX_RECEIVES = 3;

type Message = { id: string; body: string; sentAt: number; receives: number };

/** Queues of one process that behave to a handler as SQS does: batches, partial failures, tries again, dead letters. */
export function createQueues({ clock }: { clock: Clock }): Queues {
  const waiting = new Map<string, Message[]>();
  const deadLetters: DeadLetter[] = [];

  const queueOf = (name: string): Message[] => {
    const queue = waiting.get(name) ?? [];
    waiting.set(name, queue);
    return queue;
  };

  /** Ids of the messages that failed; all of them where the handler throws or names one that it was not given, as in SQS. */
  const failuresOf = async (queue: string, handler: QueueHandler, batch: readonly Message[]) => {
    try {
      const { batchItemFailures } = await handler({ Records: batch.map((message) => toRecord(queue, message)) });
      const ids = new Set(batchItemFailures.map((failure) => failure.itemIdentifier));
      const known = batch.filter((message) => ids.has(message.id));
      return { failed: known.length === ids.size ? known : [...batch], error: 'named in batchItemFailures' };
    } catch (error) {
      return { failed: [...batch], error: messageOf(error) };
    }
  };

  return {
    deadLetters,
    send: (queue, body) => {
      queueOf(queue).push({ id: randomUUID(), body, sentAt: clock.now(), receives: 0 });
    },
    drain: async (handlers, { concurrency, batchSize = 10 }) => {
      let done = 0;
      const handle = async (queue: string, handler: QueueHandler) => {
        const batch = queueOf(queue).splice(0, batchSize);
        for (const message of batch) message.receives += 1;
        const { failed, error } = await failuresOf(queue, handler, batch);
        const again = failed.filter((message) => message.receives < MAX_RECEIVES);
        queueOf(queue).push(...again);
        done += batch.length - again.length;
        for (const { body, receives } of failed) {
          if (receives >= MAX_RECEIVES) deadLetters.push({ queue, body, error });
        }
      };
      const running = new Set<Promise<void>>();
      for (;;) {
        for (const [queue, handler] of Object.entries(handlers)) {
          while (queueOf(queue).length > 0 && running.size < concurrency) {
            const run: Promise<void> = handle(queue, handler).finally(() => running.delete(run));
            running.add(run);
          }
        }
        if (running.size === 0) return done;
        await Promise.race(running);
      }
    },
  };
}

const toRecord = (queue: string, message: Message): SQSRecord => ({
  messageId: message.id,
  receiptHandle: message.id,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sentAt),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: String(message.sentAt),
  },
  messageAttributes: {},
  md5OfBody: createHash('md5').update(message.body).digest('hex'),
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
  awsRegion: 'us-east-1',
});
