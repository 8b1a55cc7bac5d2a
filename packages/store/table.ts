import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

/** The one table as data, for whoever makes it: here on one machine, the CDK app on AWS. All keys are strings. */
export const tableDefinition = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** One metric over a span of days. Holds only snapshots, whole ones, since a number is read with its evidence. */
  byMetric: { name: 'byMetric', partitionKey: 'gpk', sortKey: 'gsk', projection: 'ALL' },
  /** The outbox is watched by its stream; items of it carry `kind` = `outbox` to be filtered by. */
  stream: 'NEW_IMAGE',
  kind: { attribute: 'kind', outbox: 'outbox' },
  /** When an item may go, in seconds since 1970; only remembered requests have it. */
  timeToLive: 'expires',
  billing: 'PAY_PER_REQUEST',
} as const;

/**
 * Makes the table where it is not there yet, and waits until it can be used. Without its stream, which nobody follows on one machine: the
 * embedded engine looks through all stream records at every write.
 */
export async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  const { partitionKey, sortKey, byMetric, billing } = tableDefinition;
  const text = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
  const schema = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: billing,
        AttributeDefinitions: [partitionKey, sortKey, byMetric.partitionKey, byMetric.sortKey].map(text),
        KeySchema: schema(partitionKey, sortKey),
        GlobalSecondaryIndexes: [
          {
            IndexName: byMetric.name,
            KeySchema: schema(byMetric.partitionKey, byMetric.sortKey),
            Projection: { ProjectionType: byMetric.projection },
          },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: table });
}
