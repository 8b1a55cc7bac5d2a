import { randomUUID } from 'node:crypto';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import type { BusEvent } from './event-log.ts';

/** An error of the whole call, as the AWS JSON protocol names it. */
export class AwsError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const entrySchema = z.object({
  Time: z.number().optional(), // epoch seconds
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  EventBusName: z.string().optional(),
});
type Entry = z.infer<typeof entrySchema>;

const requestSchema = z.object({ Entries: z.array(entrySchema) });

const MAX_ENTRIES = 10;
/** All entries of a call together must stay under this; https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_BYTES = 1024 * 1024;

type Failure = { ErrorCode: string; ErrorMessage: string };
export type PutEventsAnswer = { FailedEntryCount: number; Entries: (Failure | { EventId: string })[] };

/** What EventBridge makes of a PutEvents body: the events it takes, and its answer, entry by entry. Throws AwsError. */
export function readPutEvents(body: unknown, now: Instant): { events: BusEvent[]; answer: PutEventsAnswer } {
  const request = requestSchema.safeParse(body);
  if (!request.success) throw new AwsError('SerializationException', z.prettifyError(request.error));
  const { Entries: entries } = request.data;
  if (entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'ValidationException',
      `Entries must have 1 to ${MAX_ENTRIES} members, there are ${entries.length}.`,
    );
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= MAX_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const read = entries.map((entry) => readEntry(entry, now));
  const lacking = read.filter((result) => 'ErrorCode' in result && result.ErrorCode === 'InvalidArgument');
  if (lacking.length === entries.length) {
    throw new AwsError('ValidationException', 'No entry has all of Source, DetailType and Detail.');
  }
  const events = read.filter((result) => 'detail' in result);
  return {
    events,
    answer: {
      FailedEntryCount: read.length - events.length,
      Entries: read.map((result) => ('detail' in result ? { EventId: result.id } : result)),
    },
  };
}

/** By https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const sizeOf = ({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number =>
  (Time === undefined ? 0 : 14) +
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

function readEntry(entry: Entry, now: Instant): BusEvent | Failure {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return lacks('Source');
  if (!DetailType) return lacks('DetailType');
  if (!Detail) return lacks('Detail');
  const detail = readDetail(Detail);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const at = entry.Time === undefined ? now : entry.Time * 1000;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: '000000000000',
    time: toIso(Math.floor(at / 1000) * 1000),
    region: 'us-east-1',
    resources: entry.Resources ?? [],
    detail,
  };
}

const lacks = (field: string): Failure => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
});

function readDetail(text: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
