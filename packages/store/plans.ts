import { gunzipSync, gzipSync } from 'node:zlib';
import { AGAIN, type Item, type Table, isNew, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import type { PlanVersion, Store } from './types.ts';

const toPlan = (item: Item): PlanVersion =>
  JSON.parse(gunzipSync(item['packed'] as Uint8Array).toString()) as PlanVersion;

export const plans = (table: Table): Store['plans'] => ({
  async keep(plan) {
    const key = keys.plan(plan.workspace, plan.version);
    await untilItHolds(`the plan ${plan.version} of ${plan.workspace}`, async () => {
      const packed = gzipSync(JSON.stringify(plan));
      const refused = await table.transact([{ put: { ...key, packed }, condition: isNew }]);
      return refused?.failed.length === 0 ? AGAIN : undefined;
    });
  },
  async get(workspace, version) {
    const item = await table.get(keys.plan(workspace, version));
    return item && toPlan(item);
  },
  async list(workspace) {
    return (await table.query(keys.plans(workspace))).map(toPlan).toSorted((a, b) => a.at - b.at);
  },
});
