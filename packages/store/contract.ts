import { alertsContract } from './contract-alerts.ts';
import { deliveriesContract } from './contract-deliveries.ts';
import { memoryContract } from './contract-memory.ts';
import { postsContract } from './contract-posts.ts';
import { pullsContract } from './contract-pulls.ts';
import { requestsContract } from './contract-requests.ts';
import type { Store } from './types.ts';

/** What every store has to do, on whichever DynamoDB. Each test has a workspace of its own; the table is empty at first. */
export function storeContract(name: string, makeStore: () => Promise<Store>): void {
  pullsContract(name, makeStore);
  memoryContract(name, makeStore);
  alertsContract(name, makeStore);
  deliveriesContract(name, makeStore);
  postsContract(name, makeStore);
  requestsContract(name, makeStore);
}
