import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ApiKey } from '@plumbline/core/night';
import { acknowledgements, mails, outbox, transitions, unsubscribed } from './alerts.ts';
import { pack, unpack } from './bodies.ts';
import { unreachable } from './deliveries.ts';
import { type Table, openTable } from './dynamo.ts';
import { judgements } from './judgements.ts';
import { keys } from './keys.ts';
import { nights } from './nights.ts';
import { plans } from './plans.ts';
import { posts } from './posts.ts';
import { pulls } from './pulls.ts';
import { requests } from './requests.ts';
import { snapshots } from './snapshots.ts';
import type { Store } from './types.ts';

const apiKeys = (table: Table): Store['keys'] => ({
  async find(sha256) {
    const item = await table.get(keys.apiKey(sha256));
    return item && (unpack(item) as ApiKey);
  },
  async list() {
    return (await table.query(keys.apiKeys())).map((item) => unpack(item) as ApiKey);
  },
  async put(key) {
    await table.batch([{ put: { ...keys.apiKey(key.sha256), ...pack(key) } }]);
  },
  async remove(sha256) {
    await table.batch([{ remove: keys.apiKey(sha256) }]);
  },
});

/** The store on a DynamoDB table that is there. Time-outs, retries and credentials are the client's. Does no I/O itself. */
export const openStore = (options: { client: DynamoDBClient; table: string }): Store =>
  storeOn(openTable(options.client, options.table));

/** The same on any table that keeps these promises. */
export function storeOn(table: Table): Store {
  return {
    snapshots: snapshots(table),
    pulls: pulls(table),
    nights: nights(table),
    judgements: judgements(table),
    plans: plans(table),
    transitions: transitions(table),
    mails: mails(table),
    posts: posts(table),
    unreachable: unreachable(table),
    acknowledgements: acknowledgements(table),
    unsubscribed: unsubscribed(table),
    outbox: outbox(table),
    requests: requests(table),
    keys: apiKeys(table),
  };
}
