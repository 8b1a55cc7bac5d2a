import { Duration, Tags, Validations } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HandlerProps } from './handler.ts';
import { Handler } from './handler.ts';

/** Tells `plumbline redrive --aws` which queue a message of a dead-letter queue goes back to, by that queue's construct id. */
export function redrivenTo(deadLetters: Queue, queue: string): void {
  Tags.of(deadLetters).add('plumbline:redrive-to', queue);
}

/** Keeps what could not be delivered or handled, for two weeks, and says so at once. */
export function deadLetterQueue(scope: Construct, id: string, alarms: ITopic): Queue {
  const queue = new Queue(scope, id, { enforceSSL: true, retentionPeriod: Duration.days(14) });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'It is a dead-letter queue itself, be it of a rule or a stream, which this check does not see.',
  });
  queue
    .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' })
    .createAlarm(scope, `${id}Alarm`, {
      alarmDescription: `Something lies in the dead-letter queue ${id}: see what it is, mend the cause, then redrive it.`,
      threshold: 1,
      evaluationPeriods: 1,
    })
    .addAlarmAction(new SnsAction(alarms));
  return queue;
}

/** A queue with its dead-letter queue and the function that works it off; `own` is what that function has of the queue itself. */
export function workedQueue(
  scope: Construct,
  id: string,
  props: HandlerProps & {
    batchSize: number;
    window?: Duration;
    concurrency: number;
    own?: (queue: Queue) => Pick<HandlerProps, 'environment' | 'may'>;
  },
): { queue: Queue; handler: Handler } {
  const { batchSize, window, concurrency, own, ...handlerProps } = props;
  const deadLetters = deadLetterQueue(scope, `${id}DeadLetters`, props.alarms);
  const queue = new Queue(scope, `${id}Queue`, {
    enforceSSL: true,
    retentionPeriod: Duration.days(4),
    // AWS asks for six times the function's time: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilityTimeout: Duration.seconds(6 * props.timeout.toSeconds() + (window?.toSeconds() ?? 0)),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
  });
  Tags.of(queue).add('plumbline:queue', queue.node.id);
  redrivenTo(deadLetters, queue.node.id);
  const { environment = {}, may = [] } = own?.(queue) ?? {};
  const handler = new Handler(scope, id, {
    ...handlerProps,
    environment: { ...handlerProps.environment, ...environment },
    may: [...handlerProps.may, ...may],
  });
  handler.addEventSource(
    new SqsEventSource(queue, {
      batchSize,
      ...(window && { maxBatchingWindow: window }),
      maxConcurrency: concurrency,
      reportBatchItemFailures: true,
    }),
  );
  return { queue, handler };
}
