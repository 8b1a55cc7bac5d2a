import { createHash } from 'node:crypto';
import { InputError } from '@plumbline/core/errors';
import type { SourceMemory } from '@plumbline/core/source';
import { AGAIN, type Item, type Table, untilItHolds } from './dynamo.ts';
import { type Key, keys } from './keys.ts';

/** An item may hold 400 KB with its names. */
const PART_BYTES = 300_000;
const KEY = /^[a-z0-9_./-]+$/;

type Head = { digest: string; parts: number };

const headOf = (item: Item): Head => ({ digest: String(item['digest']), parts: Number(item['parts']) });

const split = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, part) =>
    bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
  );

const partKeys = (workspace: string, source: string, key: string, { digest, parts }: Head): Key[] =>
  Array.from({ length: parts }, (_, part) => keys.memoryPart(workspace, source, key, digest, part));

/** The entry's bytes, or undefined while parts are missing: its head moved on after it was read. */
function assemble({ parts }: Head, found: Item[]): Uint8Array | undefined {
  if (found.length !== parts) return undefined;
  const sorted = found.toSorted((a, b) => (String(a['sk']) < String(b['sk']) ? -1 : 1));
  return new Uint8Array(Buffer.concat(sorted.map((item) => item['bytes'] as Uint8Array)));
}

/**
 * Keeps entries so that no reader sees half of one: the new parts first, then the small head that names them, then the old parts go.
 * An entry that is there with the same content is left alone; one without bytes is forgotten, its head first. Throws InputError for a
 * key that would not sort.
 */
export async function remember(
  table: Table,
  workspace: string,
  source: string,
  entries: readonly { key: string; bytes: Uint8Array }[],
): Promise<void> {
  const bad = entries.find((entry) => !KEY.test(entry.key));
  if (bad) throw new InputError(`[${source}] "${bad.key}" can't be a memory key; use only a-z, 0-9 and _ . / -`);
  const last = new Map(entries.map((entry) => [entry.key, entry.bytes]));
  const heads = await table.getAll([...last.keys()].map((key) => keys.memoryHead(workspace, source, key)));
  const known = new Map(heads.map((item) => [String(item['sk']).slice(0, -1), headOf(item)]));

  const changed = [...last].flatMap(([key, bytes]) => {
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    const old = known.get(key);
    const isSame = bytes.length === 0 ? old === undefined : old?.digest === digest;
    return isSame ? [] : [{ key, old, parts: split(bytes), digest }];
  });
  // A batch of 25 parts of 300 KB stays under DynamoDB's 16 MB.
  await table.batch(
    changed.flatMap(({ key, parts, digest }) =>
      parts.map((bytes, part) => ({ put: { ...keys.memoryPart(workspace, source, key, digest, part), bytes } })),
    ),
  );
  await table.batch(
    changed.map(({ key, parts, digest }) => {
      const head = keys.memoryHead(workspace, source, key);
      return parts.length === 0 ? { remove: head } : { put: { ...head, digest, parts: parts.length } };
    }),
  );
  await table.batch(
    changed.flatMap(({ key, old }) =>
      old === undefined ? [] : partKeys(workspace, source, key, old).map((remove) => ({ remove })),
    ),
  );
}

export function sourceMemory(table: Table, workspace: string, source: string): SourceMemory {
  const get = (key: string): Promise<Uint8Array | undefined> =>
    untilItHolds(`[${source}] memory ${key}`, async () => {
      const item = await table.get(keys.memoryHead(workspace, source, key));
      if (item === undefined) return undefined;
      const head = headOf(item);
      return assemble(head, await table.getAll(partKeys(workspace, source, key, head))) ?? AGAIN;
    });

  return {
    get,
    async *range(from, to) {
      if (to < from) return;
      let open: { key: string; head: Head; parts: Item[] } | undefined;
      const finish = async function* () {
        if (open === undefined) return;
        const { key, head, parts } = open;
        const bytes = assemble(head, parts) ?? (await get(key));
        if (bytes !== undefined) yield { key, bytes };
      };
      for await (const page of table.pages(keys.memories(workspace, source, from, to))) {
        for (const item of page) {
          const [key = '', digest = ''] = String(item['sk']).split('#');
          if (digest === '') {
            yield* finish();
            open = { key, head: headOf(item), parts: [] };
          } else if (open?.key === key && open.head.digest === digest) {
            open.parts.push(item);
          }
        }
      }
      yield* finish();
    },
  };
}
