import type { Customers, Holding } from './customers.ts';
import { totalOf } from './customers.ts';
import type { Change } from './day-log.ts';
import { Changes } from './day-log.ts';
import type { Worth } from './worth.ts';

export const MOVEMENTS = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const;
export type MovementKind = (typeof MOVEMENTS)[number];

/** In minor units of the workspace's currency; contraction and churn are negative. */
export type Movement = { kind: MovementKind; amount: number };

const TOP = 10;

type Step = { amount: number; customers: number };

/** From one day's end to the next: `start` and all movements come to `end`. */
export type Tally = {
  start: number;
  end: number;
  /** Customers who pay at the end. */
  payers: number;
  movements: Record<MovementKind | 'fx', Step>;
  /** The ten largest, largest first. `customer` is the beginning of a pseudonym; `from` to `to` may hold a change of rates too. */
  top: (Movement & { from: number; to: number; customer: string })[];
  /** Who began or stopped to pay, or pays another native amount: not who only moved with a rate. */
  changes: Iterable<Change>;
};

const nativeOf = (holdings: readonly Holding[], currency: string): number =>
  holdings.find((holding) => holding.currency === currency)?.native ?? 0;

const paysTheSame = (before: readonly Holding[] = [], now: readonly Holding[] = []): boolean =>
  [...before, ...now].every(({ currency }) => nativeOf(before, currency) === nativeOf(now, currency));

/**
 * What one customer made of MRR. `before` undefined: never paid. `revalue` tells what a holding of the day before comes to at the day's
 * rates: the difference is `fx`, and where no native amount changed all of it is. Who comes or goes moves by all that is gained or lost.
 */
export function movementOf(
  before: readonly Holding[] | undefined,
  now: readonly Holding[] | undefined,
  revalue: Worth,
): { movement: Movement | undefined; fx: number } {
  const was = totalOf(before);
  const is = totalOf(now);
  if (was <= 0) {
    const kind = before === undefined ? 'new' : 'reactivation';
    return { movement: is > 0 ? { kind, amount: is } : undefined, fx: 0 };
  }
  if (is <= 0) return { movement: { kind: 'churn', amount: -was }, fx: 0 };
  if (paysTheSame(before, now)) return { movement: undefined, fx: is - was };
  const fx = totalOf(before, revalue) - was;
  const amount = is - was - fx;
  if (amount === 0) return { movement: undefined, fx };
  return { movement: { kind: amount > 0 ? 'expansion' : 'contraction', amount }, fx };
}

/** Adds up a day's movements, some of the customers at a time. Flat: changes are kept packed. */
export class Movements {
  readonly #revalue: Worth;
  readonly #movements: Tally['movements'] = {
    new: { amount: 0, customers: 0 },
    reactivation: { amount: 0, customers: 0 },
    expansion: { amount: 0, customers: 0 },
    contraction: { amount: 0, customers: 0 },
    churn: { amount: 0, customers: 0 },
    fx: { amount: 0, customers: 0 },
  };
  readonly #changes = new Changes();
  #top: Tally['top'] = [];
  #start = 0;
  #end = 0;
  #payers = 0;

  constructor(revalue: Worth) {
    this.#revalue = revalue;
  }

  /** The same customers at the end of the day before and of the day; each customer once in all. */
  add(before: Customers, now: Customers): void {
    for (const customer of [...new Set([...before.keys(), ...now.keys()])].sort()) {
      this.#compare(customer, before.get(customer), now.get(customer));
    }
  }

  tally(): Tally {
    return {
      start: this.#start,
      end: this.#end,
      payers: this.#payers,
      movements: this.#movements,
      top: this.#top.map((moved) => ({ ...moved, customer: moved.customer.slice(0, 8) })),
      changes: this.#changes,
    };
  }

  #compare(customer: string, before: readonly Holding[] | undefined, now: readonly Holding[] | undefined): void {
    const from = totalOf(before);
    const to = totalOf(now);
    this.#start += from;
    this.#end += to;
    if (to > 0) this.#payers++;

    const { movement, fx } = movementOf(before, now, this.#revalue);
    if (fx !== 0) count(this.#movements.fx, fx);
    if (movement) {
      count(this.#movements[movement.kind], movement.amount);
      this.#rank({ ...movement, from, to, customer });
    }
    const held = from > 0 && before ? before : [];
    const holds = to > 0 && now ? now : [];
    if (!paysTheSame(held, holds)) this.#changes.add({ customer, before: held, now: holds });
  }

  #rank(moved: Tally['top'][number]): void {
    const last = this.#top[TOP - 1];
    if (last && bySize(moved, last) > 0) return;
    this.#top = [...this.#top, moved].sort(bySize).slice(0, TOP);
  }
}

function count(step: Step, amount: number): void {
  step.amount += amount;
  step.customers++;
}

type Ranked = { amount: number; customer: string };

const bySize = (a: Ranked, b: Ranked): number =>
  Math.abs(b.amount) - Math.abs(a.amount) || (a.customer < b.customer ? -1 : 1);
