import type { SQSClient } from '@aws-sdk/client-sqs';
import { InputError, messageOf, PlumblineError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import type { Outcome } from '@plumbline/local/control';

/** What the CDK app tags queues with: their name, and on dead-letter queues the name of the queue that takes their messages again. */
const QUEUE_TAG = 'plumbline:queue';
const REDRIVE_TAG = 'plumbline:redrive-to';
/** All stacks' names begin so, and with them the names of their queues. */
const PREFIX = 'plumbline-';

const BATCH = 10;
/** What was taken is nobody else's for so long; by then it is sent on and deleted, or comes again. */
const TAKEN_SECONDS = 60;

type Moved = { from: string; to: string; moved: number };

/**
 * Moves what lies in this account's dead-letter queues back to the queues whose functions gave it up, those of rules too, which SQS's own
 * redrive does not take. A message is deleted only once it is sent on: handling one twice does no harm.
 */
export async function redriveOnAws(client: SQSClient, tell: (line: string) => void): Promise<Moved[]> {
  const queues = await taggedQueues(client);
  const byName = new Map(queues.flatMap(({ url, name }) => (name === undefined ? [] : [[name, url] as const])));
  const result: Moved[] = [];
  for (const { url, redriveTo } of queues) {
    if (redriveTo === undefined) continue;
    const to = byName.get(redriveTo);
    if (to === undefined)
      throw new PlumblineError(
        'setup',
        `${shortOf(url)} belongs to ${redriveTo}, which is not there; deploy the CDK app again`,
      );
    const moved = await move(client, url, to, (count) => tell(`${shortOf(url)}: ${count} moved`));
    if (moved > 0) result.push({ from: shortOf(url), to: shortOf(to), moved });
  }
  return result;
}

const shortOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

async function taggedQueues(client: SQSClient) {
  const { ListQueuesCommand, ListQueueTagsCommand } = await import('@aws-sdk/client-sqs');
  const urls: string[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new ListQueuesCommand({
        QueueNamePrefix: PREFIX,
        MaxResults: 1000,
        ...(next !== undefined && { NextToken: next }),
      }),
    );
    urls.push(...(page.QueueUrls ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return Promise.all(
    urls.map(async (url) => {
      const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl: url }));
      return { url, name: Tags[QUEUE_TAG], redriveTo: Tags[REDRIVE_TAG] };
    }),
  );
}

async function move(client: SQSClient, from: string, to: string, tell: (count: number) => void): Promise<number> {
  const { DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand } =
    await import('@aws-sdk/client-sqs');
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: from, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  // What fails again meanwhile comes back here: no more are moved than lay here at first.
  const most = Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
  let moved = 0;
  while (moved < most) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: TAKEN_SECONDS,
        WaitTimeSeconds: 1,
      }),
    );
    if (Messages.length === 0) return moved;
    const { Successful = [], Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: to,
        Entries: Messages.map(({ Body }, index) => ({ Id: String(index), MessageBody: Body })),
      }),
    );
    const gone = Successful.flatMap(({ Id }) => Messages[Number(Id)]?.ReceiptHandle ?? []);
    if (gone.length > 0) {
      await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: from,
          Entries: gone.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
    moved += gone.length;
    tell(moved);
    const [failure] = Failed;
    if (failure) {
      throw new PlumblineError(
        'vendor',
        `${shortOf(to)} did not take a message: ${failure.Code ?? ''} ${failure.Message ?? ''}`.trim(),
      );
    }
  }
  return moved;
}

/** `redrive --aws`: by the credentials and the region that the AWS command line would use. */
export async function redriveAws(tell: (line: string) => void): Promise<Outcome> {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({});
  try {
    const queues = await redriveOnAws(client, tell);
    const moved = queues.reduce((sum, one) => sum + one.moved, 0);
    return {
      exit: 0,
      data: { moved, queues },
      text:
        moved === 0
          ? 'There are no dead letters.'
          : `${counted(moved, 'message')} moved:\n${queues.map((one) => `  ${one.moved} to ${one.to}`).join('\n')}`,
    };
  } catch (error) {
    if (error instanceof Error && ['CredentialsProviderError', 'ConfigError'].includes(error.name)) {
      throw new InputError(`AWS can't be reached: ${messageOf(error)}; set AWS_REGION and AWS_PROFILE, or log in`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    client.destroy();
  }
}
