import type { Rule as RuleData } from '@plumbline/alerts/rules';
import { Duration } from 'aws-cdk-lib';
import type { EventPattern, IEventBus } from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { deadLetterQueue, redrivenTo } from './queues.ts';

/** Brings the events that a rule names into a queue; what EventBridge can't deliver in a day lies in the rule's own dead-letter queue. */
export function ruleTo(
  scope: Construct,
  rule: RuleData,
  {
    bus,
    queue,
    alarms,
    only,
  }: {
    bus: IEventBus;
    queue: Queue;
    alarms: ITopic;
    /** What the event itself must say besides. */
    only?: EventPattern['detail'];
  },
): Rule {
  const id = `Rule-${rule.name}`;
  const deadLetters = deadLetterQueue(scope, `${id}-dead-letters`, alarms);
  redrivenTo(deadLetters, queue.node.id);
  return new Rule(scope, id, {
    ruleName: rule.name,
    description: rule.description,
    eventBus: bus,
    eventPattern: {
      source: [...rule.pattern.source],
      detailType: [...rule.pattern['detail-type']],
      ...(only && { detail: only }),
    },
    targets: [
      new SqsQueue(queue, {
        deadLetterQueue: deadLetters,
        maxEventAge: Duration.days(1),
        retryAttempts: 185,
      }),
    ],
  });
}
