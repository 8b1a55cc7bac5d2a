import type { Day } from '@plumbline/core/day';
import type { Holding } from './customers.ts';
import { Packed, unseal } from './packed.ts';

/** What a customer held at the end of the day before and of the day; an empty list pays nothing. */
export type Change = { customer: string; before: readonly Holding[]; now: readonly Holding[] };

/** What later days' windows need of a day. */
export type DayLog = {
  day: Day;
  /** At its end, in minor units of the workspace's currency. */
  mrr: number;
  /** Who pays at its end. */
  customers: number;
  /** The workspace's currency per unit of those that were paid in, as decimal texts. */
  rates: Record<string, string>;
  /** Each customer who began or stopped to pay, or came to pay another native amount, once. */
  changes: Iterable<Change>;
  /** Worked out afterwards, so that a later working out may replace it. */
  reconstructed?: boolean;
};

/** Many changes in few bytes, to be gone through as often as wanted. */
export class Changes implements Iterable<Change> {
  readonly #packed: Packed;

  constructor(packed = new Packed(2)) {
    this.#packed = packed;
  }

  add({ customer, before, now }: Change): void {
    this.#packed.add(customer, before, now);
  }

  *[Symbol.iterator](): Iterator<Change> {
    for (const { customer, lists } of this.#packed.rows()) {
      const [before = [], now = []] = lists;
      yield { customer, before, now };
    }
  }

  seal(layout: number, header: object): Uint8Array {
    return this.#packed.seal(layout, header);
  }
}

/** Which byte layout follows: another one means that the day counts as missing. */
const LAYOUT = 0x21;

/** About 20 bytes a change. */
export function encodeLog({ changes, ...header }: DayLog): Uint8Array {
  const packed = new Changes();
  for (const change of changes) packed.add(change);
  return packed.seal(LAYOUT, header);
}

/** Undefined where the bytes are of another layout or not all there. Changes are read as they are gone through. */
export function decodeLog(bytes: Uint8Array): DayLog | undefined {
  const unsealed = unseal(bytes, LAYOUT, 2);
  return unsealed && { ...(unsealed.header as Omit<DayLog, 'changes'>), changes: new Changes(unsealed.packed) };
}
