import { hash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { daysFrom } from '@plumbline/core/day';
import { DataError, PlumblineError } from '@plumbline/core/errors';
import type { Pulled, SourceMemory } from '@plumbline/core/source';
import { z } from 'zod';
import type { Customers } from './customers.ts';
import { decodeCustomers, encodeCustomers } from './customers.ts';
import { SHARDS, shardOf } from './ledger.ts';
import type { DayLog } from './day-log.ts';
import { decodeLog, encodeLog } from './day-log.ts';

/** Which days' customers are remembered, each in so many parts. */
const indexSchema = z.array(z.object({ day: z.string().transform((day) => day as Day), parts: z.int().positive() }));

/** A part of this many customers is about 300 KB. */
const CUSTOMERS_PER_PART = 20_000;

type Memory = Extract<Pulled, { kind: 'memory' }>;

export const asJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Undefined for what is no JSON. */
export function fromJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

export const remember = (key: string, bytes: Uint8Array): Memory => ({ kind: 'memory', key, bytes });
export const forget = (key: string): Memory => remember(key, new Uint8Array());

/** What a key holds; no bytes where the store can't put it together, a part of it having gone. */
export async function recall(memory: SourceMemory, key: string): Promise<Uint8Array | undefined> {
  try {
    return await memory.get(key);
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'conflict') return new Uint8Array();
    throw error;
  }
}

export type CustomerMemory = ReturnType<typeof customerMemory>;

/**
 * What earlier nights left for later ones: what each customer paid at the end of the newest days, and what changed on each day. `rules`
 * is all that decides what a customer pays: what was made by other rules is not compared with.
 */
export function customerMemory(memory: SourceMemory, rules: unknown) {
  const home = hash('sha256', JSON.stringify(rules), 'hex').slice(0, 12);
  const indexKey = `${home}/customers`;
  // Parts of another division never stand in for each other.
  const partKey = (day: Day, part: number, parts: number) =>
    `${home}/customers/${day}/${parts}/${part.toString(16).padStart(2, '0')}`;
  const logKey = (day: Day) => `${home}/changes/${day}`;

  return {
    /** The days that are remembered. */
    async days(): Promise<z.infer<typeof indexSchema>> {
      const bytes = await recall(memory, indexKey);
      return (bytes && indexSchema.safeParse(fromJson(bytes)).data) ?? [];
    },

    /** Whether all of them can still be read. */
    async isWhole({ day, parts }: { day: Day; parts: number }): Promise<boolean> {
      for (let part = 0; part < parts; part++) {
        const bytes = await recall(memory, partKey(day, part, parts));
        if (!bytes || !decodeCustomers(bytes)) return false;
      }
      return true;
    },

    /** The customers at a day's end, shard by shard, to be asked for in the shards' order. */
    customersOf(day: Day, parts: number): (shard: number) => Promise<Customers> {
      let open: { part: number; shards: Map<number, Customers> } | undefined;
      return async (shard) => {
        const part = partOf(shard, parts);
        if (open?.part !== part) {
          const bytes = await memory.get(partKey(day, part, parts));
          const customers = bytes && decodeCustomers(bytes);
          if (!customers) throw new DataError('stripe', `what was remembered of the customers of ${day} is damaged`);
          open = { part, shards: new Map() };
          for (const [customer, holdings] of customers) {
            const own = open.shards.get(shardOf(customer)) ?? new Map();
            open.shards.set(shardOf(customer), own.set(customer, holdings));
          }
        }
        return open.shards.get(shard) ?? new Map();
      };
    },

    /** Takes a day's customers shard by shard, in the shards' order, about so many in all, and makes entries of them. */
    writerOf(day: Day, about: number) {
      const parts = Math.min(SHARDS, Math.max(1, Math.ceil(about / CUSTOMERS_PER_PART)));
      const entries: Memory[] = [];
      let open: Customers = new Map();
      return {
        day,
        parts,
        add(shard: number, customers: Customers): void {
          for (const [customer, holdings] of customers) open.set(customer, holdings);
          if (shard < SHARDS - 1 && partOf(shard + 1, parts) === partOf(shard, parts)) return;
          entries.push(remember(partKey(day, partOf(shard, parts), parts), encodeCustomers(open)));
          open = new Map();
        },
        entries: (): readonly Memory[] => entries,
      };
    },

    /** Entries that name the days which stay, and let go of the others' parts. */
    *keep(days: z.infer<typeof indexSchema>, gone: z.infer<typeof indexSchema>): Iterable<Memory> {
      yield remember(indexKey, asJson(days));
      for (const { day, parts } of gone) {
        for (let part = 0; part < parts; part++) yield forget(partKey(day, part, parts));
      }
    },

    /** The logs that can be read of the days `from`..`to`. */
    async logs(from: Day, to: Day): Promise<Map<Day, DayLog>> {
      const logs = new Map<Day, DayLog>();
      // One by one: a log that can't be read must not take the others along.
      for (const day of daysFrom(from, to)) {
        const bytes = await recall(memory, logKey(day));
        const log = bytes && decodeLog(bytes);
        if (log) logs.set(day, log);
      }
      return logs;
    },

    log: (log: DayLog): Memory => remember(logKey(log.day), encodeLog(log)),
  };
}

const partOf = (shard: number, parts: number): number => Math.floor((shard * parts) / SHARDS);
