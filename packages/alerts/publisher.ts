import type { EventBridgeClient, PutEventsRequestEntry, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { OutboxEntry } from '@plumbline/core/night';
import type { Log } from '@plumbline/core/ports';

const MAX_ENTRIES = 10;
// AWS's pages name 256 KB for a request in some places and 1 MB in others; the smaller holds everywhere.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
const MAX_BYTES = 256 * 1024;
const TIME_BYTES = 14;
const TRIES = 3;

type Sized = { entry: OutboxEntry; request: PutEventsRequestEntry; bytes: number };
export type Failure = { entry: OutboxEntry; error: string };

function sized(entry: OutboxEntry, bus: string): Sized {
  const detail = JSON.stringify(entry.detail);
  const request = {
    EventBusName: bus,
    Source: 'plumbline',
    DetailType: entry.detailType,
    Detail: detail,
    Time: new Date(entry.time),
  };
  return {
    entry,
    request,
    bytes: TIME_BYTES + Buffer.byteLength(request.Source + request.DetailType + detail),
  };
}

function batches(entries: readonly Sized[]): Sized[][] {
  const made: Sized[][] = [];
  let bytes = 0;
  for (const one of entries) {
    const last = made.at(-1);
    if (last === undefined || last.length === MAX_ENTRIES || bytes + one.bytes > MAX_BYTES) {
      made.push([one]);
      bytes = one.bytes;
    } else {
      last.push(one);
      bytes += one.bytes;
    }
  }
  return made;
}

const reasonOf = (result: PutEventsResultEntry | undefined): string =>
  excerpt(`${result?.ErrorCode ?? 'no answer'}: ${result?.ErrorMessage ?? 'EventBridge gave no event id'}`);

/**
 * Puts outbox entries on the bus in order, in as few calls as PutEvents allows; entries that were refused are sent again alone, a few times.
 * Never throws for what could not be put: it is in `failed` and stays in the outbox for the next sweep.
 */
export async function publish(
  entries: readonly OutboxEntry[],
  ports: { client: EventBridgeClient; bus: string; log: Log },
): Promise<{ published: OutboxEntry[]; failed: Failure[] }> {
  const published: OutboxEntry[] = [];
  const failed: Failure[] = [];
  for (const batch of batches(entries.map((entry) => sized(entry, ports.bus)))) {
    let waiting = batch;
    let refused: Failure[] = [];
    for (let attempt = 1; attempt <= TRIES && waiting.length > 0; attempt += 1) {
      const results = await put(waiting, ports.client);
      if (!Array.isArray(results)) {
        // The client has made its own tries by now.
        refused = waiting.map(({ entry }) => ({ entry, error: results.error }));
        break;
      }
      const isIn = (_: unknown, index: number) => results[index]?.EventId !== undefined;
      const isOut = (_: unknown, index: number) => !isIn(_, index);
      published.push(...waiting.filter(isIn).map(({ entry }) => entry));
      refused = waiting.flatMap(({ entry }, index) =>
        isOut(entry, index) ? [{ entry, error: reasonOf(results[index]) }] : [],
      );
      waiting = waiting.filter(isOut);
    }
    failed.push(...refused);
  }
  for (const { entry, error } of failed) {
    ports.log.warn('event stays in the outbox', { id: entry.id, detailType: entry.detailType, error });
  }
  return { published, failed };
}

async function put(batch: readonly Sized[], client: EventBridgeClient) {
  try {
    const answer = await client.send(new PutEventsCommand({ Entries: batch.map(({ request }) => request) }));
    return answer.Entries ?? [];
  } catch (error) {
    return { error: excerpt(messageOf(error)) };
  }
}
