// oxlint-disable no-new -- a construct joins its scope by being made
import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Handler } from './handler.ts';
import { allow } from './handler.ts';

/** Wakes a function at every quarter of an hour, when the nights of all zones may begin or close; `input` is what it is told. */
export function everyQuarterHour(
  scope: Stack,
  handler: Handler,
  deadLetters: Queue,
  input?: ScheduleTargetInput,
): void {
  const role = new Role(scope, `${handler.node.id}ScheduleRole`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': scope.account } },
    }),
  });
  role.addToPolicy(allow(['lambda:InvokeFunction'], handler.functionArn));
  role.addToPolicy(allow(['sqs:SendMessage'], deadLetters.queueArn));
  new Schedule(scope, `${handler.node.id}Schedule`, {
    schedule: ScheduleExpression.cron({ minute: '0/15' }),
    // The target would add rights on every version of the function, which has none.
    target: new LambdaInvoke(handler, {
      role: role.withoutPolicyUpdates(),
      deadLetterQueue: deadLetters,
      retryAttempts: 2,
      maxEventAge: Duration.minutes(15),
      ...(input && { input }),
    }),
  });
}
