import { keys, nightPartition } from '@plumbline/store/keys';
import { Duration, Stack } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ContextAttribute, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { toWorkOn } from './access.ts';
import type { DataStack } from './data.ts';
import { Handler } from './handler.ts';
import { deadLetterQueue } from './queues.ts';
import { everyQuarterHour } from './schedule.ts';
import type { Stage } from './stage.ts';

/**
 * Says when a night is not complete by its hour. It stands on its own: of all that nights and mails use it has the table, to read, and the
 * topic of alarms. An alarm says when it is silent itself.
 */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { data, seeds }: Stage & { data: DataStack }) {
    super(scope, id, { description: 'Plumbline: says when a night is late, whatever became of the pipeline' });
    const { table, alarms } = data;
    const handler = new Handler(this, 'Watch', {
      entry: 'watch',
      description: 'Fails in words when a night is late',
      memoryMb: 512,
      timeout: Duration.minutes(5),
      needs: [],
      seeds,
      environment: { PLUMBLINE_TABLE: table.tableName },
      may: [
        toWorkOn(table, ['dynamodb:Query'], nightPartition('*')),
        toWorkOn(table, ['dynamodb:Query'], keys.allUnreachable('*').pk),
      ],
      alarms,
      tells: alarms,
    });
    const input = ScheduleTargetInput.fromObject({ at: ContextAttribute.scheduledTime });
    everyQuarterHour(this, handler, deadLetterQueue(this, 'WatchDeadLetters', alarms), input);
    new Metric({ namespace: 'Plumbline', metricName: 'NightsWatched', period: Duration.minutes(15), statistic: 'Sum' })
      .createAlarm(this, 'WatchSilent', {
        alarmDescription:
          'For an hour nobody has looked at whether nights are complete: the schedule, the function or its table is away. The log of watch says why.',
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 4,
        treatMissingData: TreatMissingData.BREACHING,
      })
      .addAlarmAction(new SnsAction(alarms));
  }
}
