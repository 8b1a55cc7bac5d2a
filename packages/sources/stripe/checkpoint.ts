import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Pulled, SourceMemory } from '@plumbline/core/source';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import { asJson, forget, fromJson, recall, remember } from './customer-memory.ts';
import type { Label } from './fold.ts';
import { Ledger, SHARDS } from './ledger.ts';
import type { Slice } from './slices.ts';

/** How far a reading had got that could not be finished: its ledger, and what of the account is left to read. */
export type Progress = { ledger: Ledger; slices: Slice[]; requests: number };

/** With the ids of the products that are in the ledger. */
export type Resumed = Progress & { products: string[] };

const HEAD = 'reading';
const shardKey = (shard: number) => `${HEAD}/${shard.toString(16).padStart(2, '0')}`;

/** After a day what was read before is read anew: it was right then and would be now, but nobody waits that long. */
const KEPT_MS = 24 * 3_600_000;

const headSchema = z.object({
  /** What was being read, and by which rules. */
  of: z.string(),
  at: z.number(),
  requests: z.number(),
  labels: z.array(z.string()),
  /** On each day, of each currency that is paid in the ledger. */
  rates: z.record(z.string(), z.array(z.string().nullable())),
  /** With a digest of each: they are not written in one step with the head. */
  shards: z.array(z.object({ shard: z.number(), digest: z.string() })),
  slices: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      after: z.string().exactOptional(),
      seen: z.array(z.string()).exactOptional(),
    }),
  ),
});

type Options = {
  /** All that decides what rows come to but the rates of exchange. */
  reading: unknown;
  /** Those of a currency, on each day. */
  ratesOf: (currency: string) => (string | null)[];
  now: Instant;
};

/** The one checkpoint that a workspace has. */
export function checkpointOf(memory: SourceMemory, { reading, ratesOf, now }: Options) {
  const of = hash('sha256', JSON.stringify(reading), 'hex');
  const ratesIn = (counted: readonly Counted[]) =>
    Object.fromEntries([...new Set(counted.map(({ currency }) => currency))].map((each) => [each, ratesOf(each)]));

  async function head() {
    const bytes = await recall(memory, HEAD);
    const parsed = bytes && headSchema.safeParse(fromJson(bytes));
    return parsed?.success ? parsed.data : undefined;
  }

  return {
    /** Undefined where there is none of this very reading. */
    async resume(): Promise<Resumed | undefined> {
      const known = await head();
      if (!known || known.of !== of || now - known.at > KEPT_MS) return undefined;
      const counted = countedIn(known.labels);
      if (!isDeepStrictEqual(known.rates, ratesIn(counted))) return undefined;
      const shards: { shard: number; bytes: Uint8Array }[] = [];
      for (const { shard, digest } of known.shards) {
        const bytes = await recall(memory, shardKey(shard));
        if (!bytes || digestOf(bytes) !== digest) return undefined;
        shards.push({ shard, bytes });
      }
      const { labels, slices, requests } = known;
      return {
        ledger: new Ledger({ labels, shards }),
        slices,
        requests,
        products: counted.map(({ product }) => product),
      };
    },

    *save({ ledger, slices, requests }: Progress): Iterable<Pulled> {
      const { labels, shards } = ledger.save();
      for (const { shard, bytes } of shards) yield remember(shardKey(shard), bytes);
      const digests = shards.map(({ shard, bytes }) => ({ shard, digest: digestOf(bytes) }));
      const rates = ratesIn(countedIn(labels));
      yield remember(HEAD, asJson({ of, at: now, requests, labels, rates, slices, shards: digests }));
    },

    /** Lets go of whatever checkpoint there is, with the shards of those that it was written over. */
    async *clear(): AsyncIterable<Pulled> {
      if (!(await recall(memory, HEAD))) return;
      for (let shard = 0; shard < SHARDS; shard++) yield forget(shardKey(shard));
      yield forget(HEAD);
    },
  };
}

type Counted = Extract<Label, { is: 'counted' }>;

const countedIn = (labels: readonly string[]): Counted[] =>
  labels.map((label) => JSON.parse(label) as Label).filter((label) => label.is === 'counted');

const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, 32);
