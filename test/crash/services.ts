import { randomUUID } from 'node:crypto';
import { MAIL_TAG } from '@plumbline/alerts/email/ses-events';
import { rules } from '@plumbline/alerts/rules';
import { toIso } from '@plumbline/core/zone';
import { compilePattern } from '@plumbline/local/event-pattern';
import { readPutEvents } from '@plumbline/local/put-events';
import { serveOnLoopback } from '@plumbline/local/serve';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { GONE } from './company.ts';
import type { Gate } from './freezing.ts';

// What of AWS outlives the functions: the bus, the queues, the mail service.

const MINUTE = 60_000;
const MAX_RECEIVES = 3;
/** Six times what a function may take, as the CDK app sets it. */
const VISIBILITY_MS = { pull: 90 * MINUTE, judge: 12 * MINUTE, notify: 30 * MINUTE };
type QueueName = keyof typeof VISIBILITY_MS;

/** A mail that was accepted. */
export type Sent = { id: string; to: string; at: number };

const mailSchema = z.object({
  Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
  EmailTags: z.array(z.object({ Name: z.literal(MAIL_TAG), Value: z.string() })).length(1),
});

/** `sesTells`: whether the mail service's events come. */
export async function startServices(now: () => number, { sesTells }: { sesTells: boolean }) {
  const events: unknown[] = [];
  const sent: Sent[] = [];
  const deadLetters: string[] = [];
  const queues = {
    pull: queueOf('pull', now, deadLetters),
    judge: queueOf('judge', now, deadLetters),
    notify: queueOf('notify', now, deadLetters),
  };
  const tests = rules.map(({ pattern, target }) => ({ target, test: compilePattern(pattern) }));
  const route = (event: unknown): void => {
    for (const { target, test } of tests) {
      if (test(event) && target in queues) queues[target as QueueName].send(JSON.stringify(event));
    }
  };

  const bus = await serveOnLoopback(async (request) => {
    const { events: taken, answer } = readPutEvents(await request.json(), now());
    events.push(...taken);
    taken.forEach(route);
    return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/x-amz-json-1.1' } });
  });

  const ses = await serveOnLoopback(async (request) => {
    const { Destination, EmailTags } = mailSchema.parse(await request.json());
    const [[to], id] = [Destination.ToAddresses, EmailTags[0]?.Value ?? ''];
    if (to === GONE) {
      const headers = { 'x-amzn-errortype': 'MessageRejected' };
      return Response.json({ message: 'Address is not there.' }, { status: 400, headers });
    }
    sent.push({ id, to, at: now() });
    const messageId = `ses-${sent.length}`;
    const mail = { timestamp: toIso(now()), messageId, tags: { [MAIL_TAG]: [id] } };
    const tell = (type: string, detail: object) => {
      if (sesTells) route({ source: 'aws.ses', 'detail-type': type, detail: { mail, ...detail } });
    };
    tell('Email Sent', { eventType: 'Send' });
    tell('Email Delivered', { eventType: 'Delivery', delivery: { timestamp: mail.timestamp } });
    return Response.json({ MessageId: messageId });
  });

  return {
    events,
    sent,
    deadLetters,
    busUrl: bus.url,
    sesUrl: ses.url,
    queue: (name: QueueName) => queues[name],
    isQuiet: () => Object.values(queues).every((queue) => queue.isEmpty()),
    close: async (): Promise<void> => {
      await Promise.all([bus.close(), ses.close()]);
    },
  };
}
export type Services = Awaited<ReturnType<typeof startServices>>;

type Message = { id: string; body: string; visibleAt: number; receives: number };

/** A queue as SQS has it: what was handed out and not done with is seen again when its time is over, and given up after three times. */
function queueOf(name: QueueName, now: () => number, deadLetters: string[]) {
  let messages: Message[] = [];
  return {
    send: (body: string): void => void messages.push({ id: randomUUID(), body, visibleAt: 0, receives: 0 }),
    isEmpty: () => messages.length === 0,
    /** Hands out what can be seen, if anything; answers how much that was. */
    receive: async (handler: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<number> => {
      const seen = messages.filter(({ visibleAt }) => visibleAt <= now());
      const dead = seen.filter(({ receives }) => receives >= MAX_RECEIVES);
      deadLetters.push(...dead.map(({ body }) => `${name} ${body}`));
      messages = messages.filter((message) => !dead.includes(message));
      const batch = seen.filter((message) => !dead.includes(message)).slice(0, name === 'pull' ? 1 : 10);
      if (batch.length === 0) return 0;
      for (const message of batch) {
        message.receives += 1;
        message.visibleAt = now() + VISIBILITY_MS[name];
      }
      const { batchItemFailures } = await handler({ Records: batch.map(toRecord) });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      messages = messages.filter((message) => !batch.includes(message) || failed.has(message.id));
      return batch.length;
    },
  };
}

const toRecord = ({ id, body }: Message): SQSRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
  awsRegion: 'us-east-1',
});

/** A way to a vendor that is gone with the process that asks by it. */
export const startProxy = (vendor: string, gate: Gate) =>
  serveOnLoopback(async (request) => {
    const { pathname, search } = new URL(request.url);
    const what = `${request.method} ${pathname}`;
    await gate.pass(`ask ${what}`);
    const { method } = request;
    const body = method === 'GET' ? {} : { body: await request.text() };
    const headers = { authorization: request.headers.get('authorization') ?? '', 'content-type': 'application/json' };
    const answer = await fetch(`${vendor}${pathname}${search}`, { method, headers, ...body });
    const text = await answer.text();
    await gate.pass(`answer ${what}`);
    return new Response(text, { status: answer.status, headers: { 'content-type': 'application/json' } });
  });
