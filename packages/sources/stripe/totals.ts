import { createHash } from 'node:crypto';
import type { CustomerMemory } from './customer-memory.ts';
import type { Customers } from './customers.ts';
import { hold, remembered } from './customers.ts';
import type { Label, PulledDay } from './fold.ts';
import type { Ledger, Row } from './ledger.ts';
import { SHARDS } from './ledger.ts';
import type { Tally } from './movements.ts';
import { Movements } from './movements.ts';
import type { RateOf } from './worth.ts';
import { revalued } from './worth.ts';

/** All that a day's numbers are made of. Amounts are minor units of the workspace's currency. */
export type Totals = {
  day: PulledDay;
  tally: Tally;
  statuses: Record<string, number>;
  excluded: Record<string, number>;
  /** By name: products of the same name are one. */
  mrrByProduct: Map<string, number>;
  mrrByInterval: Map<string, number>;
  payersByProduct: Map<string, number>;
  trials: { ended: number; pay: number };
  /** How many subscriptions of a reconstructed day have prices and quantities of then, and how many those of today. */
  known: { invoices: number; today: number };
  /** How many subscriptions stood as can't be known. */
  untold: number;
  currencies: Set<string>;
};

export type Told = { totals: Totals[]; subscriptions: number; sha256: string };

type Options = {
  ledger: Ledger;
  /** The ledger's days; the first is only there to be compared with where `remembered` is not given. */
  days: readonly PulledDay[];
  /** Who paid what at the end of the day before the ledger's first. */
  before: ((shard: number) => Promise<Customers>) | undefined;
  currency: string;
  /** What a product is called, by its id. */
  productName: (product: string) => string;
  /** The rates of a day; undefined is the day that `before` is of. */
  ratesOf: (day: PulledDay | undefined) => RateOf;
  /** Take what is to be remembered of a day. */
  writers: ReadonlyMap<PulledDay, ReturnType<CustomerMemory['writerOf']>>;
};

/** Adds up the ledger day by day, a part of the customers at a time, and lets go of it, so that memory stays flat. */
export async function totalsOf(options: Options): Promise<Told> {
  const { ledger, days, before, currency, productName, ratesOf, writers } = options;
  const labels = new Map<string, Label>();
  const labelOf = ({ label }: Row): Label => {
    const known = labels.get(label);
    if (known) return known;
    const read = JSON.parse(label) as Label;
    const named = read.is === 'counted' ? { ...read, product: productName(read.product) } : read;
    labels.set(label, named);
    return named;
  };
  const told = before ? days : days.slice(1);
  const sums = told.map((day) => {
    const previous = days[days.indexOf(day) - 1];
    return { ...emptyTotals(day), movements: new Movements(revalued(currency, ratesOf(previous), ratesOf(day))) };
  });
  const digest = createHash('sha256');
  let subscriptions = 0;

  for (let shard = 0; shard < SHARDS; shard++) {
    const rows = [...ledger.shard(shard)];
    ledger.forget(shard);
    subscriptions += new Set(rows.map((row) => row.subscription)).size;
    for (const line of rows.map((row) => JSON.stringify(row)).sort()) digest.update(line);

    const customers: Customers[] = days.map(() => new Map());
    const former: Customers = new Map();
    const shoppers = sums.map(() => new Map<string, number>());
    for (const row of rows) {
      const label = labelOf(row);
      if ('former' in label) former.set(row.customer, []);
      for (let index = row.from; index <= row.to; index++) {
        const own = customers[index];
        if (own && label.is === 'counted')
          hold(own, row.customer, { currency: label.currency, native: row.native, amount: row.amount });
        const sum = sums[before ? index : index - 1];
        if (sum) addRow(sum, row, label, shoppers[before ? index : index - 1]);
      }
    }

    let last = before ? await before(shard) : remembered(former, customers[0] ?? new Map());
    for (const [index, sum] of sums.entries()) {
      const now = remembered(last, customers[before ? index : index + 1] ?? new Map());
      sum.movements.add(last, now);
      writers.get(sum.day)?.add(shard, now);
      last = now;
      for (const [shopper, amount] of shoppers[index] ?? []) {
        if (amount > 0) plus(sum.payersByProduct, productIn(shopper), 1);
      }
    }
  }
  const totals = sums.map(({ movements, ...sum }) => ({ ...sum, tally: movements.tally() }));
  return { totals, subscriptions, sha256: digest.digest('hex') };
}

const emptyTotals = (day: PulledDay): Omit<Totals, 'tally'> => ({
  day,
  statuses: {},
  excluded: {},
  mrrByProduct: new Map(),
  mrrByInterval: new Map(),
  payersByProduct: new Map(),
  trials: { ended: 0, pay: 0 },
  known: { invoices: 0, today: 0 },
  untold: 0,
  currencies: new Set(),
});

function addRow(sum: Omit<Totals, 'tally'>, row: Row, label: Label, shoppers: Map<string, number> | undefined): void {
  if ('status' in label && row.place === 0) more(sum.statuses, label.status);
  if (label.is === 'left out') more(sum.excluded, label.reason);
  if (label.is === 'known') sum.known[label.from]++;
  if (label.is === 'untold') sum.untold++;
  if (label.is === 'trial') {
    sum.trials.ended++;
    if (label.pays) sum.trials.pay++;
  }
  if (label.is !== 'counted') return;
  plus(sum.mrrByProduct, label.product, row.amount);
  plus(sum.mrrByInterval, label.interval, row.amount);
  if (shoppers) plus(shoppers, `${row.customer}${label.product}`, row.amount);
  sum.currencies.add(label.currency);
}

/** A shopper is a customer's pseudonym and a product's name. */
const productIn = (shopper: string): string => shopper.slice(16);

const more = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

const plus = (sums: Map<string, number>, key: string, amount: number): void => {
  sums.set(key, (sums.get(key) ?? 0) + amount);
};
