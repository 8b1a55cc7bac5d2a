import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { Night, SourceResult } from '@plumbline/core/night';
import { putEvent, pack, unpack } from './bodies.ts';
import { AGAIN, type Item, type Table, isNew, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import type { Store } from './types.ts';

/** How far a source came in a night; `written` so far where its snapshots need more than one transaction. */
export type SourceProgress = {
  version: number;
  result?: SourceResult;
  progress?: { written: number; changedFrom?: Day };
};

export const notOpen = (workspace: string, day: Day): PlumblineError =>
  new PlumblineError('not-found', `the night of ${day} of ${workspace} is not open: open it before anything comes in`);

const isNight = (item: Item): boolean => !String(item['sk']).includes('#');

function toNight(item: Item, results: readonly Item[]): Night {
  const closedAt = item['closedAt'] as number | undefined;
  return {
    ...(unpack(item) as Omit<Night, 'sources' | 'closedAt'>),
    sources: results.flatMap((row) => (unpack(row) as SourceProgress).result ?? []),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

export function nights(table: Table): Store['nights'] {
  async function list(workspace: string, from: Day, to: Day): Promise<Night[]> {
    const items = await table.query(keys.nights(workspace, from, to));
    const results = Map.groupBy(
      items.filter((item) => !isNight(item)),
      (item) => String(item['sk']).split('#')[0],
    );
    return items.filter(isNight).map((item) => toNight(item, results.get(String(item['sk'])) ?? []));
  }
  const get = async (workspace: string, day: Day): Promise<Night | undefined> => (await list(workspace, day, day))[0];

  return {
    list,
    get,
    async open({ sources: _sources, closedAt: _closedAt, ...night }) {
      await untilItHolds(`night ${night.id}`, async () => {
        const refused = await table.transact([
          { put: { ...keys.night(night.workspace, night.day), ...pack(night) }, condition: isNew },
        ]);
        return refused?.failed.length === 0 ? AGAIN : undefined;
      });
      const stored = await get(night.workspace, night.day);
      if (stored === undefined) throw notOpen(night.workspace, night.day);
      return stored;
    },
    async last(workspace) {
      const span = keys.nights(workspace, '0' as Day, '9' as Day);
      const [item] = await table.query(span, { reverse: true, limit: 1, project: 'sk' });
      return item && get(workspace, toDay(String(item['sk']).slice(0, 10)));
    },
    async close(workspace, day, at, events) {
      return untilItHolds(`the night of ${day} of ${workspace}`, async () => {
        const night = await table.get(keys.night(workspace, day));
        if (night === undefined) throw notOpen(workspace, day);
        if (night['closedAt'] !== undefined) return false;
        const refused = await table.transact([
          {
            update: keys.night(workspace, day),
            set: { closedAt: at },
            condition: { if: 'attribute_exists(pk) AND attribute_not_exists(closedAt)' },
          },
          ...events.map(putEvent),
        ]);
        return refused === undefined ? true : AGAIN;
      });
    },
  };
}
