// oxlint-disable no-new -- a construct joins its scope by being made
import { keys, requestPartition, snapshotPartition } from '@plumbline/store/keys';
import { CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { toRead, toReadSecret, toWorkOn } from './access.ts';
import type { DataStack } from './data.ts';
import { Handler } from './handler.ts';
import type { Stage } from './stage.ts';

/** The API and the dashboard behind an HTTPS address of API Gateway; what is recorded goes to a function of its own. */
export class ApiStack extends Stack {
  readonly url: string;

  constructor(scope: Construct, id: string, { seeds, data }: Stage & { data: DataStack }) {
    super(scope, id, { description: 'Plumbline: API and dashboard' });
    const { table, linkKey, alarms } = data;
    const handler = new Handler(this, 'Api', {
      entry: 'api',
      description: 'Answers the read API and the dashboard',
      memoryMb: 1024,
      timeout: Duration.seconds(25),
      needs: ['@aws-sdk/client-secrets-manager'],
      seeds,
      environment: { PLUMBLINE_TABLE: table.tableName, PLUMBLINE_LINK_SECRET: linkKey.secretArn },
      // What somebody does about an alert, or says of digests, is all that it writes.
      may: [
        ...toRead(table),
        toWorkOn(
          table,
          ['dynamodb:PutItem'],
          keys.acknowledgement('*', '').pk,
          keys.answer('*', '', 0).pk,
          keys.unsubscribed('*', '').pk,
        ),
        toReadSecret(linkKey),
      ],
      alarms,
    });
    const api = new HttpApi(this, 'HttpApi', {
      apiName: 'plumbline',
      description: 'Plumbline: API and dashboard',
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('ToApi', handler),
    });
    const recorder = new Handler(this, 'Record', {
      entry: 'record',
      description: 'Takes records',
      memoryMb: 512,
      timeout: Duration.seconds(25),
      needs: [],
      seeds,
      environment: { PLUMBLINE_TABLE: table.tableName },
      // It looks keys up, and reads and writes snapshots and the requests that brought them.
      may: [
        toWorkOn(table, ['dynamodb:GetItem'], keys.apiKey('').pk),
        toWorkOn(table, ['dynamodb:PutItem', 'dynamodb:Query'], snapshotPartition('*')),
        toWorkOn(table, ['dynamodb:GetItem', 'dynamodb:PutItem'], requestPartition('*')),
      ],
      alarms,
    });
    api.addRoutes({
      path: '/v1/workspaces/{workspace}/records',
      // The others too: this function is who knows which are allowed there.
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('ToRecord', recorder),
    });
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 50, burstLimit: 100 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.jsonWithStandardFields(),
      },
    });
    Validations.of(api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason: 'The function itself asks for a bearer key, kept as a digest, on every route that shows data.',
    });
    this.url = api.apiEndpoint;
    new CfnOutput(this, 'Url', { value: this.url, description: 'Where the read API and the dashboard are' });
  }
}
