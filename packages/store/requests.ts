import { gunzipSync, gzipSync } from 'node:zlib';
import { AGAIN, type Item, type Table, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import { tableDefinition } from './table.ts';
import type { Store, TakenRequest } from './types.ts';

const EXPIRES = tableDefinition.timeToLive;
const names = { '#expires': EXPIRES };

/** Time to live counts in whole seconds; rounded up, so that nothing ends early. */
const seconds = (ms: number): number => Math.ceil(ms / 1000);

const toTaken = (item: Item): TakenRequest => {
  const packed = item['answer'] as Uint8Array | undefined;
  return {
    sha256: String(item['sha256']),
    ...(packed === undefined ? {} : { answer: JSON.parse(gunzipSync(packed).toString()) as TakenRequest['answer'] }),
  };
};

/** Requests by their idempotency keys. DynamoDB removes what has expired within days, the embedded engine never: each read looks itself. */
export const requests = (table: Table): Store['requests'] => ({
  async take({ workspace, key, sha256, until }, now) {
    const place = keys.request(workspace, key);
    return untilItHolds('a request', async () => {
      const refused = await table.transact([
        {
          put: { ...place, sha256, [EXPIRES]: seconds(until) },
          condition: {
            if: 'attribute_not_exists(pk) OR #expires <= :now',
            names,
            values: { ':now': Math.floor(now / 1000) },
          },
        },
      ]);
      if (refused === undefined) return undefined;
      const item = refused.failed.length > 0 ? await table.get(place) : undefined;
      return item === undefined ? AGAIN : toTaken(item);
    });
  },

  async answer({ workspace, key, sha256, until }, answer) {
    const place = keys.request(workspace, key);
    return untilItHolds('the answer to a request', async () => {
      const refused = await table.transact([
        {
          put: { ...place, sha256, [EXPIRES]: seconds(until), answer: gzipSync(JSON.stringify(answer)) },
          condition: {
            if: 'attribute_not_exists(pk) OR (sha256 = :sha256 AND attribute_not_exists(answer))',
            values: { ':sha256': sha256 },
          },
        },
      ]);
      if (refused === undefined) return answer;
      const item = refused.failed.length > 0 ? await table.get(place) : undefined;
      return item === undefined ? AGAIN : (toTaken(item).answer ?? answer);
    });
  },
});
