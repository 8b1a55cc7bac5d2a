import {
  BatchWriteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  paginateScan,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { startEngine } from '@plumbline/store/engine';
import { createTable } from '@plumbline/store/table';

/** The stand-ins on the loopback check no signature. */
export const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const BATCH = 25;

/** An engine in memory with as many copies as one wants of a table in a database file. */
export async function copiesOf(file: string, table: string) {
  const items = await itemsIn(file, table);
  const engine = await startEngine();
  const client = new DynamoDBClient({ ...CLIENT, endpoint: engine.endpoint });
  let count = 0;
  return {
    client,
    endpoint: engine.endpoint,
    /** Answers the copy's name. */
    copy: async (): Promise<string> => {
      const name = `${table}-${(count += 1)}`;
      await createTable(client, name);
      for (let from = 0; from < items.length; from += BATCH) {
        const requests = items.slice(from, from + BATCH).map((Item) => ({ PutRequest: { Item } }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
      }
      return name;
    },
    drop: async (name: string): Promise<void> => {
      await client.send(new DeleteTableCommand({ TableName: name }));
    },
    close: async (): Promise<void> => {
      client.destroy();
      await engine.stop();
    },
  };
}

async function itemsIn(file: string, table: string): Promise<Record<string, AttributeValue>[]> {
  const engine = await startEngine({ file });
  const client = new DynamoDBClient({ ...CLIENT, endpoint: engine.endpoint });
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client }, { TableName: table })) items.push(...(page.Items ?? []));
  client.destroy();
  await engine.stop();
  return items;
}
