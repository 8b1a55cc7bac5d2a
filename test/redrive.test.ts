import { appendFile, readFile } from 'node:fs/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startLoopback } from '@plumbline/alerts/loopback';
import { runNight } from '@plumbline/local/nights';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { commands } from 'plumbline/commands/index';
import { redriveOnAws } from 'plumbline/redrive-aws';
import { startSmtp } from './foreign/smtp.ts';
import type { Studio } from './foreign/studio.ts';
import { LAST, studios } from './foreign/studio.ts';
import { tidyUp } from './support.ts';

tidyUp();
const { founded } = studios();

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

describe('on one machine', () => {
  const redrive = (one: Studio) => commands.get('redrive')?.run(one.machine, {}, () => undefined);
  const letters = async (one: Studio) =>
    (await readFile(one.machine.files.deadLetters, 'utf8').catch(() => '')).split('\n').filter(Boolean).length;

  it('a mail that could not be sent goes out once the mail service is back, and only once', async () => {
    const place = await startSmtp();
    await place.close();
    const one = await founded({ smtp: `smtp://127.0.0.1:${place.port}` });
    await runNight(one.machine, one.site, LAST);
    expect(await letters(one)).toBe(1);

    const back = await startSmtp(place.port);
    onTestFinished(() => back.close());
    expect(await redrive(one)).toEqual({
      exit: 0,
      data: { tried: 1, failed: 0 },
      text: 'Tried 1 again; all went through.',
    });
    expect(await redrive(one)).toMatchObject({ exit: 0, data: { tried: 0, failed: 0 } });
    expect([back.recipients, await letters(one)]).toEqual([['cfo@studio.example'], 0]);
  });

  it('a message of a source that no workspace has any more stays, and says so', async () => {
    const one = await founded();
    await appendFile(
      one.machine.files.deadLetters,
      `${JSON.stringify({ queue: 'pull-fax', body: '{}', error: 'x' })}\n`,
    );
    expect(await redrive(one)).toMatchObject({ exit: 1, data: { tried: 1, failed: 1 } });
    expect(await readFile(one.machine.files.deadLetters, 'utf8')).toContain('no workspace has that source any more');
  });
});

const requestSchema = z.looseObject({
  QueueUrl: z.string().optional(),
  NextToken: z.string().optional(),
  Entries: z
    .array(z.looseObject({ Id: z.string(), MessageBody: z.string().optional(), ReceiptHandle: z.string().optional() }))
    .default([]),
});

type Queue = { tags: Record<string, string>; messages: string[] };

/** SQS as its JSON protocol is documented: pages of one queue, messages taken until they are deleted; `refuses` a body as a batch entry. */
async function sqs(queues: Record<string, Queue>, refuses = '') {
  const names = Object.keys(queues);
  const urlOf = (name: string) => `http://127.0.0.1/000000000000/${name}`;
  const taken = new Map<string, string>();
  const server = await startLoopback(({ headers, body }) => {
    const { QueueUrl = '', NextToken = '0', Entries } = requestSchema.parse(body);
    const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    const queue = queues[name] ?? { tags: {}, messages: [] };
    switch (headers['x-amz-target']) {
      case 'AmazonSQS.ListQueues': {
        const at = Number(NextToken);
        return {
          body: { QueueUrls: [urlOf(names[at] ?? '')], ...(at + 1 < names.length && { NextToken: String(at + 1) }) },
        };
      }
      case 'AmazonSQS.ListQueueTags':
        return { body: { Tags: queue.tags } };
      case 'AmazonSQS.GetQueueAttributes':
        return { body: { Attributes: { ApproximateNumberOfMessages: String(queue.messages.length) } } };
      case 'AmazonSQS.ReceiveMessage': {
        const messages = queue.messages.splice(0, 10);
        for (const one of messages) taken.set(`${name} ${one}`, one);
        return {
          body: {
            Messages: messages.map((one) => ({ Body: one, ReceiptHandle: `${name} ${one}`, MD5OfBody: undefined })),
          },
        };
      }
      case 'AmazonSQS.SendMessageBatch': {
        const good = Entries.filter(({ MessageBody }) => MessageBody !== refuses);
        queue.messages.push(...good.map(({ MessageBody = '' }) => MessageBody));
        return {
          body: {
            Successful: good.map(({ Id }) => ({ Id, MessageId: Id })),
            Failed: Entries.filter((one) => !good.includes(one)).map(({ Id }) => ({
              Id,
              Code: 'TooBig',
              Message: 'no',
              SenderFault: true,
            })),
          },
        };
      }
      case 'AmazonSQS.DeleteMessageBatch':
        for (const { ReceiptHandle = '' } of Entries) taken.delete(ReceiptHandle);
        return { body: { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] } };
      default:
        return { status: 400, body: { __type: 'InvalidAction' } };
    }
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = new SQSClient({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    md5: false,
    useQueueUrlAsEndpoint: false,
  });
  onTestFinished(() => client.destroy());
  return { client, taken };
}

const worked = (name: string): Queue => ({ tags: { 'plumbline:queue': name }, messages: [] });
const dead = (of: string, messages: string[]): Queue => ({ tags: { 'plumbline:redrive-to': of }, messages });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

describe('on AWS', () => {
  it('messages go back to the queue that gave them up, or whose rule could not reach it; all else is left alone', async () => {
    const queues = {
      'plumbline-pipeline-Judge': worked('JudgeQueue'),
      'plumbline-pipeline-JudgeDead': dead('JudgeQueue', numbered(23)),
      'plumbline-pipeline-RuleDead': dead('JudgeQueue', ['an event']),
      'plumbline-pipeline-PublishDead': { tags: {}, messages: ['a batch of the stream'] },
      'plumbline-alerting-NotifyDead': dead('NotifyQueue', []),
      'plumbline-alerting-Notify': worked('NotifyQueue'),
    };
    const { client, taken } = await sqs(queues);
    const told: string[] = [];
    expect(await redriveOnAws(client, (line) => told.push(line))).toEqual([
      { from: 'plumbline-pipeline-JudgeDead', to: 'plumbline-pipeline-Judge', moved: 23 },
      { from: 'plumbline-pipeline-RuleDead', to: 'plumbline-pipeline-Judge', moved: 1 },
    ]);
    expect(queues['plumbline-pipeline-Judge'].messages).toEqual([...numbered(23), 'an event']);
    expect(queues['plumbline-pipeline-PublishDead'].messages).toEqual(['a batch of the stream']);
    expect([taken.size, told.at(-1)]).toEqual([0, 'plumbline-pipeline-RuleDead: 1 moved']);
  });

  it('a message that is not taken stays where it was, and is named', async () => {
    const queues = { 'plumbline-a': worked('Q'), 'plumbline-b': dead('Q', ['good', 'huge', 'fine']) };
    const { client, taken } = await sqs(queues, 'huge');
    await expect(redriveOnAws(client, () => undefined)).rejects.toThrow(
      'plumbline-a did not take a message: TooBig no',
    );
    expect([queues['plumbline-a'].messages, [...taken.values()]]).toEqual([['good', 'fine'], ['huge']]);
  });

  it('a dead-letter queue whose queue has gone is named', async () => {
    const { client } = await sqs({ 'plumbline-b': dead('Q', ['one']) });
    await expect(redriveOnAws(client, () => undefined)).rejects.toThrow('plumbline-b belongs to Q, which is not there');
  });
});
