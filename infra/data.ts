// oxlint-disable no-new -- a construct joins its scope by being made
import { tableDefinition } from '@plumbline/store/table';
import { CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

const { partitionKey, sortKey, byMetric, stream, timeToLive } = tableDefinition;
const text = (name: string) => ({ name, type: AttributeType.STRING });

/** What must outlive every other stack: the table and the generated keys; and the topic that all alarms go to. */
export class DataStack extends Stack {
  readonly table: TableV2;
  readonly pseudonymKey: Secret;
  readonly linkKey: Secret;
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, { alarmMail }: Stage) {
    super(scope, id, { description: 'Plumbline: table, generated keys, alarm topic' });
    this.table = new TableV2(this, 'Table', {
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      globalSecondaryIndexes: [
        {
          indexName: byMetric.name,
          partitionKey: text(byMetric.partitionKey),
          sortKey: text(byMetric.sortKey),
          projectionType: ProjectionType[byMetric.projection],
        },
      ],
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType[stream],
      timeToLiveAttribute: timeToLive,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, 'TableName', { value: this.table.tableName, description: 'The one table of all workspaces' });
    this.pseudonymKey = this.#generatedKey('PseudonymKey', 'Turns ids of people into pseudonyms', {
      whyNotRotated: "People's pseudonyms in stored data would change with it, and everybody would be new.",
    });
    this.linkKey = this.#generatedKey('LinkKey', 'Signs the links in mails', {
      whyNotRotated: 'Links in mails that are already out would stop working; replace it by hand after a leak.',
    });
    this.alarms = new Topic(this, 'Alarms', { displayName: 'Plumbline alarms', enforceSSL: true });
    if (alarmMail !== undefined) this.alarms.addSubscription(new EmailSubscription(alarmMail));
  }

  #generatedKey(id: string, description: string, { whyNotRotated }: { whyNotRotated: string }): Secret {
    const key = new Secret(this, id, {
      description: `Plumbline: ${description}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(key).acknowledge({ id: 'AwsSolutions::AwsSolutions-SMG4', reason: whyNotRotated });
    return key;
  }
}
