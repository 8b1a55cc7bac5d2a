import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SnsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { bundlingOf, root } from './bundling.ts';

export type HandlerProps = {
  /** The file under `functions/`, without its ending. */
  entry: string;
  description: string;
  memoryMb: number;
  timeout: Duration;
  /** SDKs that it loads, of those that are optional. */
  needs: readonly string[];
  /** The folder of workspaces that travels with it. */
  seeds: string;
  environment: Record<string, string>;
  /** What it may do, and on what; it may write its own log besides. */
  may: readonly PolicyStatement[];
  /** Hears of its errors. */
  alarms: ITopic;
  /** Where an asynchronous call goes that failed for good. */
  deadLetters?: IQueue;
  /** Hears why an asynchronous call failed for good, in the error's own words. */
  tells?: ITopic;
};

export const allow = (actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources });

/** One of our Lambda functions: Node 24 on ARM, with a role, a log and an alarm of its own. */
export class Handler extends NodejsFunction {
  constructor(scope: Construct, id: string, props: HandlerProps) {
    const { entry, description, memoryMb, timeout, needs, seeds, environment, may, alarms, deadLetters, tells } = props;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    for (const statement of may) role.addToPolicy(statement);
    super(scope, id, {
      description,
      entry: path.join(root, 'functions', `${entry}.ts`),
      projectRoot: root,
      depsLockFilePath: path.join(root, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout,
      role,
      logGroup,
      tracing: Tracing.DISABLED,
      bundling: bundlingOf(needs, seeds),
      awsSdkConnectionReuse: false,
      environment: { PLUMBLINE_SEEDS: 'seeds', NODE_OPTIONS: '--enable-source-maps', ...environment },
      ...(deadLetters && { deadLetterQueue: deadLetters, retryAttempts: 1 }),
      ...(tells && { onFailure: new SnsDestination(tells), retryAttempts: 1 }),
    });
    this.metricErrors({ period: Duration.minutes(5) })
      .createAlarm(scope, `${id}Errors`, {
        alarmDescription: `${entry} failed: ${description}. Its log says why.`,
        threshold: 1,
        evaluationPeriods: 1,
      })
      .addAlarmAction(new SnsAction(alarms));
  }
}
