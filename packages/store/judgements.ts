import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { OutboxEntry } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { type Group, announcements } from './bodies.ts';
import {
  AGAIN,
  type Condition,
  type Item,
  TRANSACTION_ITEMS,
  type Table,
  type Write,
  isNew,
  untilItHolds,
} from './dynamo.ts';
import { keys } from './keys.ts';
import type { Judgement, Store } from './types.ts';

/** Packed: a plan's states of every night are a few kilobytes instead of tens, and stay far from an item's 400 KB. */
const toItem = (judgement: Judgement): Item => ({
  ...keys.judgement(judgement.workspace, judgement.night),
  version: judgement.version,
  packed: gzipSync(JSON.stringify(judgement)),
});

const toJudgement = (item: Item): Judgement =>
  JSON.parse(gunzipSync(item['packed'] as Uint8Array).toString()) as Judgement;

/** It is as it was read, and still the last one: whoever judges a later night marks the one that they went on from. */
const isVersion = (version: number): Condition =>
  version === 0
    ? isNew
    : { if: 'version = :version AND attribute_not_exists(followed)', values: { ':version': version } };

const isStill = (item: Item | undefined, version: number): boolean =>
  version === 0 ? item === undefined : item?.['version'] === version && item['followed'] === undefined;

/** Groups in transactions: each leaves two places for the judgement and the one before it. */
function inTransactions(groups: readonly Group[]): Group[] {
  const transactions: Group[] = [[]];
  for (const group of groups) {
    if ((transactions.at(-1)?.length ?? 0) + group.length > TRANSACTION_ITEMS - 2) transactions.push([]);
    transactions.at(-1)?.push(...group);
  }
  return transactions;
}

/** The same states of the same plan; when they were judged does not matter. */
const saysTheSame = (stored: Judgement, judgement: Omit<Judgement, 'version'>): boolean =>
  stored.planVersion === judgement.planVersion && isDeepStrictEqual(statesOf(stored), statesOf(judgement));

const statesOf = ({ states, hypotheses = [] }: Pick<Judgement, 'states' | 'hypotheses'>): unknown =>
  JSON.parse(JSON.stringify([states, hypotheses]));

export const judgements = (table: Table): Store['judgements'] => ({
  async latest(workspace, asOf) {
    const [item] = await table.query(keys.judgements(workspace, asOf), { reverse: true, limit: 1 });
    return item && toJudgement(item);
  },

  async commit(judgement, expected, transitions: Transition[], events: OutboxEntry[], follows) {
    const { workspace, night } = judgement;
    const key = keys.judgement(workspace, night);
    const before = follows && { key: keys.judgement(workspace, follows.night), version: follows.version };
    return untilItHolds(`the judgement of ${night} of ${workspace}`, async () => {
      const item = await table.get(key);
      if (!isStill(item, expected)) return false;
      if (before && !isStill(await table.get(before.key), before.version)) return false;
      const stored = item && toJudgement(item);
      const news = await announcements(table, workspace, transitions, events);
      if (news.length === 0 && stored && saysTheSame(stored, judgement)) return true;

      const parts = inTransactions(news);
      for (const [index, writes] of parts.entries()) {
        const last = index === parts.length - 1;
        const condition = isVersion(expected);
        const mark: Write[] = before
          ? [{ update: before.key, set: { followed: true }, condition: isVersion(before.version) }]
          : [];
        const refused = await table.transact([
          ...writes,
          ...(last
            ? [{ put: toItem({ ...judgement, version: expected + 1 }), condition }, ...mark]
            : [{ check: key, condition }]),
        ]);
        if (refused !== undefined) return AGAIN;
      }
      return true;
    });
  },
});
