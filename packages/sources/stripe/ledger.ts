/** What one subscription (or one of its items) was over a stretch of days. */
export type Entry = {
  /** What it was: one of the account's few different labels. */
  label: string;
  /** Per month, in minor units of its own currency and of the workspace's. */
  native: number;
  amount: number;
};

export type Row = Entry & {
  /** Pseudonyms: 16 hex digits. */
  subscription: string;
  customer: string;
  /** First and last day, counted from the ledger's first. */
  from: number;
  to: number;
  /** Its place among the entries of its subscription. */
  place: number;
};

/** Customers are spread by the first byte of their pseudonym, so that one part at a time needs to be looked at. */
export const SHARDS = 256;
const LONGEST_PSEUDONYM = 16;

/** subscription 8, customer 8, from 2, to 2, place 2, label 3, native 6, amount 6 */
const WIDTH = 37;
const ROWS_PER_BLOCK = 400;

/** Each shard's rows one after the other, and the labels that they name by number. */
export type SavedLedger = { labels: string[]; shards: { shard: number; bytes: Uint8Array }[] };

/**
 * Every subscription of an account as rows of 37 bytes: a million are 37 MB. A subscription that is added twice, as happens where a
 * vendor repeats an object, is there once when rows are read, as it was added first.
 */
export class Ledger {
  readonly #labels: string[];
  readonly #numbers: Map<string, number>;
  readonly #blocks: Buffer[][] = Array.from({ length: SHARDS }, () => []);
  readonly #filled: number[] = Array.from({ length: SHARDS }, () => ROWS_PER_BLOCK);
  #rows = 0;

  constructor(saved: SavedLedger = { labels: [], shards: [] }) {
    this.#labels = [...saved.labels];
    this.#numbers = new Map(this.#labels.map((label, number) => [label, number]));
    for (const { shard, bytes } of saved.shards) {
      const all = Buffer.from(bytes);
      if (all.length % WIDTH !== 0) throw new RangeError('a saved ledger is cut off');
      for (let at = 0; at < all.length; at += WIDTH) all.copy(this.#room(shard), 0, at, at + WIDTH);
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds a subscription: its entries on each day, in the days' order. A stretch of equal days is one row an entry. */
  add(subscription: string, customer: string, days: readonly (readonly Entry[])[]): void {
    let from = 0;
    for (let day = 1; day <= days.length; day++) {
      const entries = days[from] ?? [];
      if (day < days.length && isEqual(entries, days[day] ?? [])) continue;
      for (const [place, entry] of entries.entries()) {
        this.#write({ ...entry, subscription, customer, from, to: day - 1, place });
      }
      from = day;
    }
  }

  /** A shard's rows, each subscription's once. */
  *shard(shard: number): Iterable<Row> {
    const seen = new Set<string>();
    let last: Row | undefined;
    let isRepeated = false;
    for (const [index, block] of (this.#blocks[shard] ?? []).entries()) {
      const isLast = index === (this.#blocks[shard]?.length ?? 0) - 1;
      const length = isLast ? (this.#filled[shard] ?? 0) : ROWS_PER_BLOCK;
      for (let row = 0; row < length; row++) {
        const read = this.#read(block, row * WIDTH);
        if (!last || !isBehind(last, read)) {
          isRepeated = seen.has(read.subscription);
          seen.add(read.subscription);
        }
        last = read;
        if (!isRepeated) yield read;
      }
    }
  }

  /** Lets go of a shard's rows, which have been read. */
  forget(shard: number): void {
    this.#blocks[shard] = [];
    this.#filled[shard] = ROWS_PER_BLOCK;
  }

  save(): SavedLedger {
    const shards = this.#blocks.flatMap((blocks, shard) => {
      if (blocks.length === 0) return [];
      const length = (blocks.length - 1) * ROWS_PER_BLOCK + (this.#filled[shard] ?? 0);
      return [{ shard, bytes: new Uint8Array(Buffer.concat(blocks, length * WIDTH)) }];
    });
    return { labels: [...this.#labels], shards };
  }

  /** Room for one more row in a shard. */
  #room(shard: number): Buffer {
    const blocks = this.#blocks[shard];
    if (!blocks) throw new RangeError(`there is no shard ${shard}`);
    let filled = this.#filled[shard] ?? 0;
    if (filled === ROWS_PER_BLOCK) {
      blocks.push(Buffer.allocUnsafeSlow(ROWS_PER_BLOCK * WIDTH));
      filled = 0;
    }
    this.#filled[shard] = filled + 1;
    this.#rows++;
    const block = blocks.at(-1) ?? Buffer.alloc(0);
    return block.subarray(filled * WIDTH, (filled + 1) * WIDTH);
  }

  #write({ subscription, customer, from, to, place, label, native, amount }: Row): void {
    const row = this.#room(shardOf(customer));
    row.write(subscription, 0, 8, 'hex');
    row.write(customer, 8, 8, 'hex');
    row.writeUInt16BE(from, 16);
    row.writeUInt16BE(to, 18);
    row.writeUInt16BE(place, 20);
    row.writeUIntBE(this.#number(label), 22, 3);
    row.writeUIntBE(native, 25, 6);
    row.writeUIntBE(amount, 31, 6);
  }

  #read(block: Buffer, at: number): Row {
    return {
      subscription: block.toString('hex', at, at + 8),
      customer: block.toString('hex', at + 8, at + 16),
      from: block.readUInt16BE(at + 16),
      to: block.readUInt16BE(at + 18),
      place: block.readUInt16BE(at + 20),
      label: this.#labels[block.readUIntBE(at + 22, 3)] ?? '',
      native: block.readUIntBE(at + 25, 6),
      amount: block.readUIntBE(at + 31, 6),
    };
  }

  #number(label: string): number {
    const known = this.#numbers.get(label);
    if (known !== undefined) return known;
    this.#numbers.set(label, this.#labels.length);
    return this.#labels.push(label) - 1;
  }
}

/** Whether a row goes on with the subscription of the row before it: those that were added together stand together, in order. */
const isBehind = (last: Row, row: Row): boolean =>
  row.subscription === last.subscription &&
  (row.from > last.from || (row.from === last.from && row.place > last.place));

export const shardOf = (pseudonym: string): number => {
  if (pseudonym.length !== LONGEST_PSEUDONYM) throw new RangeError('a pseudonym has 16 hex digits');
  return Number.parseInt(pseudonym.slice(0, 2), 16);
};

const isEqual = (a: readonly Entry[], b: readonly Entry[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((entry, place) => {
      const other = b[place];
      return entry.label === other?.label && entry.native === other.native && entry.amount === other.amount;
    }));
