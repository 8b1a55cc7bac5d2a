import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { messageOf } from '@plumbline/core/errors';
import type { z } from 'zod';

/**
 * Handles each message of a batch by itself and names those that failed, so that only they come again. A message of the wrong shape
 * fails as well: after its tries it lies in the dead-letter queue for somebody to look at.
 */
export async function eachMessage<T>(
  event: SQSEvent,
  schema: z.ZodType<T>,
  handle: (message: T) => Promise<void>,
): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async (record) => {
      try {
        await handle(schema.parse(JSON.parse(record.body)));
        return [];
      } catch (error) {
        console.error(
          JSON.stringify({ level: 'error', message: 'message failed', id: record.messageId, reason: messageOf(error) }),
        );
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}
