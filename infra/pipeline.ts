import { rules } from '@plumbline/alerts/rules';
import type { SourceDefinition } from '@plumbline/core/source';
import { outboxPartition } from '@plumbline/store/keys';
import { tableDefinition } from '@plumbline/store/table';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { toDoHere, toReadAndWrite, toReadSecret, toReadSecretsOf, toWorkOn } from './access.ts';
import type { DataStack } from './data.ts';
import { allow, Handler } from './handler.ts';
import { deadLetterQueue, workedQueue } from './queues.ts';
import { nodeEnvironment } from './node-environment.ts';
import { ruleTo } from './rule.ts';
import { everyQuarterHour } from './schedule.ts';
import type { Stage } from './stage.ts';

/** The way of a night up to the bus: dispatch, a pull per source, judge, publish, sweep. */
export class PipelineStack extends Stack {
  readonly bus: EventBus;
  readonly #data: DataStack;
  readonly #stage: Stage;

  constructor(scope: Construct, id: string, stage: Stage & { data: DataStack }) {
    super(scope, id, { description: 'Plumbline: schedules, pulls, judge, event bus' });
    this.#data = stage.data;
    this.#stage = stage;
    // Its name and its events' source are what receivers are promised.
    this.bus = new EventBus(this, 'Bus', { eventBusName: 'plumbline' });
    this.bus.archive('Archive', {
      description: 'Events of 90 days, to be replayed to a receiver that missed them',
      eventPattern: { source: ['plumbline'] },
      retention: Duration.days(90),
    });
    const queues = new Map(
      pulledSources(stage).map((source) => [source.name, this.#pull(source)] satisfies [string, Queue]),
    );
    this.#dispatch(queues);
    this.#judge();
    this.#publish();
    this.#sweep();
  }

  get #common() {
    const { table, alarms } = this.#data;
    return { seeds: this.#stage.seeds, alarms, environment: { PLUMBLINE_TABLE: table.tableName } };
  }

  #pull(source: SourceDefinition): Queue {
    const { table, pseudonymKey } = this.#data;
    const { environment, ...common } = this.#common;
    const here = toDoHere(source.name, this.#stage.workspaces);
    // Each run claims its vendor account in the table, so that the vendor's budget is spent by one at a time. A reserved concurrency of 1
    // would make one slow workspace hold up all others, and Lambda would throttle messages into the dead letters.
    const { queue, handler } = workedQueue(this, `Pull${capital(source.name)}`, {
      ...common,
      entry: 'pull',
      description: `Pulls ${source.title}`,
      memoryMb: source.lambda.memoryMb,
      timeout: Duration.seconds(source.lambda.timeoutSeconds),
      needs: ['@aws-sdk/client-secrets-manager', '@aws-sdk/client-sqs', ...source.sdk],
      environment: {
        ...environment,
        PLUMBLINE_PSEUDONYM_SECRET: pseudonymKey.secretArn,
        ...nodeEnvironment(source.lambda.memoryMb),
      },
      may: [
        ...toReadAndWrite(table),
        toReadSecret(pseudonymKey),
        ...toReadSecretsOf(source.name, this.#stage.workspaces, this),
        ...here,
      ],
      // A run's time is one message's.
      batchSize: 1,
      concurrency: 10,
      // A pull that runs out of time wakes its own next run.
      own: ({ queueArn, queueUrl }) => ({
        environment: { PLUMBLINE_QUEUES: this.toJsonString({ [source.name]: queueUrl }) },
        may: [allow(['sqs:SendMessage'], queueArn)],
      }),
    });
    if (here.length > 0 && handler.role) {
      Validations.of(handler.role).acknowledge({
        id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
        reason: 'IAM knows no resources for the actions that the source reads this account by.',
      });
    }
    return queue;
  }

  #dispatch(queues: ReadonlyMap<string, Queue>): void {
    const { environment, ...common } = this.#common;
    const urls = Object.fromEntries([...queues].map(([source, queue]) => [source, queue.queueUrl]));
    const deadLetters = deadLetterQueue(this, 'DispatchDeadLetters', common.alarms);
    const handler = new Handler(this, 'Dispatch', {
      ...common,
      entry: 'dispatch',
      description: 'Opens the nights that are due and queues their pulls',
      memoryMb: 512,
      timeout: Duration.minutes(5),
      needs: ['@aws-sdk/client-sqs'],
      environment: { ...environment, PLUMBLINE_QUEUES: this.toJsonString(urls) },
      may: [
        ...toReadAndWrite(this.#data.table),
        allow(['sqs:SendMessage'], ...[...queues.values()].map(({ queueArn }) => queueArn)),
      ],
      deadLetters,
    });
    everyQuarterHour(this, handler, deadLetters);
  }

  #judge(): void {
    const { queue } = workedQueue(this, 'Judge', {
      ...this.#common,
      entry: 'judge',
      description: 'Judges a plan when a source has come in, and closes the night',
      memoryMb: 1024,
      timeout: Duration.minutes(2),
      needs: [],
      may: toReadAndWrite(this.#data.table),
      // Sources of a night come in close together: one judgement for several.
      batchSize: 100,
      window: Duration.seconds(20),
      concurrency: 10,
    });
    for (const rule of rules.filter(({ target }) => target === 'judge')) {
      ruleTo(this, rule, { bus: this.bus, queue, alarms: this.#data.alarms });
    }
  }

  #publish(): void {
    const { table, alarms } = this.#data;
    const { environment, ...common } = this.#common;
    const { kind } = tableDefinition;
    const stream = table.tableStreamArn ?? '';
    const handler = new Handler(this, 'Publish', {
      ...common,
      entry: 'publish',
      description: 'Puts new entries of the outbox on the bus',
      memoryMb: 512,
      timeout: Duration.minutes(1),
      needs: ['@aws-sdk/client-eventbridge'],
      environment: { ...environment, PLUMBLINE_BUS: this.bus.eventBusName },
      may: [
        toWorkOn(table, ['dynamodb:BatchWriteItem', 'dynamodb:Query'], outboxPartition('*')),
        allow(
          ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
          stream,
        ),
        allow(['events:PutEvents'], this.bus.eventBusArn),
      ],
    });
    const mapping = handler.addEventSourceMapping('Outbox', {
      eventSourceArn: stream,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { [kind.attribute]: { S: FilterRule.isEqual(kind.outbox) } } },
        }),
      ],
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1),
      bisectBatchOnError: true,
      retryAttempts: 5,
      onFailure: new SqsDlq(deadLetterQueue(this, 'PublishDeadLetters', alarms)),
    });
    // Lambda tries the role's rights on the stream when the mapping is made.
    if (handler.role) mapping.node.addDependency(handler.role);
  }

  #sweep(): void {
    const { table, alarms } = this.#data;
    const { environment, ...common } = this.#common;
    const deadLetters = deadLetterQueue(this, 'SweepDeadLetters', alarms);
    const handler = new Handler(this, 'Sweep', {
      ...common,
      entry: 'sweep',
      description: 'Closes nights whose hour has struck and publishes what was left behind',
      memoryMb: 1024,
      timeout: Duration.minutes(5),
      needs: ['@aws-sdk/client-eventbridge'],
      environment: { ...environment, PLUMBLINE_BUS: this.bus.eventBusName },
      may: [...toReadAndWrite(table), allow(['events:PutEvents'], this.bus.eventBusArn)],
      deadLetters,
    });
    everyQuarterHour(this, handler, deadLetters);
  }
}

/** Those that some workspace uses and that are pulled rather than pushed. */
const pulledSources = ({ workspaces }: Pick<Stage, 'workspaces'>): SourceDefinition[] => {
  const used = workspaces.flatMap(({ sources }) => sources.map(({ definition }) => definition));
  return [...new Set(used)].filter(({ load }) => load !== null);
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
