import type { ChannelDefinition } from '@plumbline/alerts/channel';
import { tableDefinition } from '@plumbline/store/table';
import { needsSecret, secretName } from '@plumbline/workspace/secrets';
import type { Workspace } from '@plumbline/workspace/workspace';
import { Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { allow } from './handler.ts';

/** Queries and single items; the index too. */
export const toRead = (table: ITableV2): PolicyStatement[] => [
  allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem'], table.tableArn),
  allow(['dynamodb:Query'], table.tableArn, `${table.tableArn}/index/${tableDefinition.byMetric.name}`),
];

/** Transactions need the rights of their parts. */
export const toReadAndWrite = (table: ITableV2): PolicyStatement[] => [
  ...toRead(table),
  allow(
    [
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    table.tableArn,
  ),
];

/** Only on partitions of these shapes (`*#outbox`). */
export const toWorkOn = (table: ITableV2, actions: string[], ...partitions: string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [table.tableArn],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } },
  });

export const toReadSecret = (secret: ISecret): PolicyStatement =>
  allow(['secretsmanager:GetSecretValue'], secret.secretArn);

/** Secrets in Secrets Manager by their names. */
const toReadSecretsNamed = (names: readonly string[], scope: Construct): PolicyStatement[] => {
  // Secrets Manager ends each ARN with a dash and six characters of its own.
  const arns = names.map((name) =>
    Stack.of(scope).formatArn({ service: 'secretsmanager', resource: `secret:${name}-??????` }),
  );
  return arns.length === 0 ? [] : [allow(['secretsmanager:GetSecretValue'], ...arns)];
};

/** The secrets of all channels that hear of nights, or of events, in those workspaces that have them. */
export const toReadSecretsOfChannels = (
  hears: ChannelDefinition['hears'],
  workspaces: readonly Workspace[],
  scope: Construct,
): PolicyStatement[] =>
  toReadSecretsNamed(
    workspaces.flatMap(({ id, channels }) =>
      channels.flatMap(({ definition }) => (definition.hears === hears ? [secretName(id, definition.name)] : [])),
    ),
    scope,
  );

/** One source's secrets of those workspaces that use it; none where the source needs none. */
export function toReadSecretsOf(source: string, workspaces: readonly Workspace[], scope: Construct): PolicyStatement[] {
  const users = workspaces.filter((workspace) =>
    workspace.sources.some((one) => one.definition.name === source && needsSecret(one)),
  );
  return toReadSecretsNamed(
    users.map(({ id }) => secretName(id, source)),
    scope,
  );
}

/** What one source does in this account for those workspaces that use it, of actions that IAM can't narrow to a resource. */
export function toDoHere(source: string, workspaces: readonly Workspace[]): PolicyStatement[] {
  const actions = workspaces.flatMap((workspace) =>
    workspace.sources.flatMap(({ definition, config }) =>
      definition.name === source ? (definition.awsActions?.(config) ?? []) : [],
    ),
  );
  return actions.length === 0 ? [] : [allow([...new Set(actions)], '*')];
}
