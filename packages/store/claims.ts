import { AGAIN, type Table, type Write, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import type { Store } from './types.ts';

type Claims = Pick<Store['pulls'], 'claim' | 'release' | 'underWay'>;

const names = { '#until': 'until' };

/** Who may pull a source, one item a source. It holds a `note` only while it waits for a night to go on, and time alone gives it back. */
export function claims(table: Table): Claims {
  /** Whether the condition held. */
  const write = (source: string, item: Write): Promise<boolean> =>
    untilItHolds(`[${source}] the claim to its pull`, async () => {
      const refused = await table.transact([item]);
      return refused?.failed.length === 0 ? AGAIN : refused === undefined;
    });

  return {
    claim: ({ workspace, source, night, until }, now) =>
      write(source, {
        put: { ...keys.claim(workspace, source), night, until },
        condition: {
          if: 'attribute_not_exists(pk) OR #until <= :now OR (night = :night AND attribute_exists(note))',
          names,
          values: { ':now': now, ':night': night },
        },
      }),

    async release({ workspace, source, night, until }, waits = { note: '', until: 0 }) {
      await write(source, {
        put: { ...keys.claim(workspace, source), night, ...waits },
        condition: { if: '#until = :until AND night = :night', names, values: { ':until': until, ':night': night } },
      });
    },

    async underWay(workspace, source, now) {
      const item = await table.get(keys.claim(workspace, source));
      if (item === undefined || Number(item['until']) <= now) return undefined;
      const { night, note } = item as Awaited<ReturnType<Claims['underWay']>> & object;
      return { night, ...(note === undefined ? {} : { note }) };
    },
  };
}
