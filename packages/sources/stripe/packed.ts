import { crc32 } from 'node:zlib';
import { DataError } from '@plumbline/core/errors';
import type { Holding } from './customers.ts';

/** A customer's pseudonym and as many lists of holdings as the sheet has to a row. */
export type Row = { customer: string; lists: Holding[][] };

/** Whole amounts of 48 bits, as in the ledger. */
const MOST = 2 ** 48 - 1;

/** Most bytes of a row: the pseudonym 8, a list's length 3, a holding's currency 3 and two amounts of 7 each. */
const mostBytes = (lists: readonly (readonly Holding[])[]): number =>
  lists.reduce((bytes, list) => bytes + 3 + 17 * list.length, 8);

/** layout 1, CRC-32 of all that follows it 4, length of the header 4 */
const PREFIX = 9;

/**
 * Customers and what they hold, one after the other in about 14 bytes each: the pseudonym, then each list's length and its holdings as
 * varints. A holding names its currency by its place in the header, and its native amount only where that is another number.
 */
export class Packed {
  readonly #listsPerRow: number;
  readonly #currencies: string[];
  readonly #places: Map<string, number>;
  #bytes: Buffer;
  #length: number;

  constructor(listsPerRow: number, currencies: readonly string[] = [], bytes: Buffer = Buffer.alloc(0)) {
    this.#listsPerRow = listsPerRow;
    this.#currencies = [...currencies];
    this.#places = new Map(currencies.map((currency, place) => [currency, place]));
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  /** Throws DataError for an amount that is not a whole number from 0 to 2^48 − 1. */
  add(customer: string, ...lists: readonly (readonly Holding[])[]): void {
    this.#reserve(mostBytes(lists));
    this.#bytes.write(customer, this.#length, 8, 'hex');
    this.#length += 8;
    for (const list of lists) {
      this.#write(list.length);
      for (const { currency, native, amount } of list) {
        const isSame = native === amount;
        this.#write(this.#place(currency) * 2 + (isSame ? 0 : 1));
        this.#write(counted(amount, customer));
        if (!isSame) this.#write(counted(native, customer));
      }
    }
  }

  *rows(): Iterable<Row> {
    const bytes = this.#bytes;
    const end = this.#length;
    let at = 0;
    const read = (): number => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++] ?? 0;
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    const readHolding = (): Holding => {
      const tag = read();
      const amount = read();
      return { currency: this.#currencies[tag >> 1] ?? '', native: tag & 1 ? read() : amount, amount };
    };
    while (at < end) {
      const customer = bytes.toString('hex', at, at + 8);
      at += 8;
      const lists = Array.from({ length: this.#listsPerRow }, () => Array.from({ length: read() }, readHolding));
      yield { customer, lists };
    }
  }

  /** To be kept: all rows behind a header. Another layout needs another number. */
  seal(layout: number, header: object = {}): Uint8Array {
    const head = Buffer.from(JSON.stringify({ ...header, currencies: this.#currencies }));
    const sealed = new Uint8Array(PREFIX + head.length + this.#length);
    const view = new DataView(sealed.buffer);
    sealed[0] = layout;
    view.setUint32(5, head.length);
    sealed.set(head, PREFIX);
    sealed.set(this.#bytes.subarray(0, this.#length), PREFIX + head.length);
    view.setUint32(1, crc32(sealed.subarray(5)));
    return sealed;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(1024, 2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** LEB128; 48 bits are too many for bitwise operators. */
  #write(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #place(currency: string): number {
    const known = this.#places.get(currency);
    if (known !== undefined) return known;
    this.#places.set(currency, this.#currencies.length);
    return this.#currencies.push(currency) - 1;
  }
}

/** The header and the rows of what was sealed; undefined where the bytes are of another layout or not all there. */
export function unseal(
  sealed: Uint8Array,
  layout: number,
  listsPerRow: number,
): { header: object; packed: Packed } | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  if (bytes.length < PREFIX || bytes[0] !== layout || crc32(bytes.subarray(5)) !== bytes.readUInt32BE(1)) return;
  const body = PREFIX + bytes.readUInt32BE(5);
  const { currencies, ...header } = JSON.parse(bytes.toString('utf8', PREFIX, body)) as { currencies: string[] };
  return { header, packed: new Packed(listsPerRow, currencies, bytes.subarray(body)) };
}

function counted(amount: number, customer: string): number {
  if (Number.isInteger(amount) && amount >= 0 && amount <= MOST) return amount;
  const who = `customer ${customer.slice(0, 8)}…`;
  throw new DataError(
    'stripe',
    `${who} comes to ${amount} minor units a month; only 0 to ${MOST} can be counted exactly`,
  );
}
