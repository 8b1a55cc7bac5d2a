import fc from 'fast-check';
import type { Customers } from './customers.ts';
import { hold } from './customers.ts';
import { worthAt } from './worth.ts';

/** Customers over many days, for tests: a workspace in dollars, customers who pay in dollars, euros and yen at changing rates. */

export type HistoryDay = { rates: Record<string, string>; items: Map<string, Item[]> };
type Item = { currency: string; native: number };

/** The pseudonym of a number below 256; they are spread over the shards. */
export const customerOf = (number: number): string =>
  ((number * 37) % 256).toString(16).padStart(2, '0').padEnd(16, '0');

const rateOf = (most: number, decimals: number) =>
  fc.integer({ min: 1, max: most * 10 ** decimals }).map((units) => (units / 10 ** decimals).toFixed(decimals));
const rates = fc.record({ EUR: rateOf(2, 4), JPY: rateOf(1, 5) });
const item = fc.record({
  currency: fc.constantFrom('USD', 'USD', 'EUR', 'JPY'),
  native: fc.oneof(fc.constantFrom(0, 1, 1000, 2450), fc.nat(1_000_000)),
});
const change = fc.record({ customer: fc.nat(6), items: fc.array(item, { maxLength: 3 }) });
const day = fc.record({
  rates: fc.option(rates, { nil: undefined, freq: 2 }),
  changes: fc.array(change, { maxLength: 3 }),
});

/** Each day's rates, and what every customer's items come to in their own currencies. Most days some change and the rates stay. */
export const histories = (days: { minLength: number; maxLength: number }): fc.Arbitrary<HistoryDay[]> =>
  fc.tuple(rates, fc.array(day, days)).map(([first, list]) => {
    let current: Record<string, string> = first;
    const items = new Map<string, Item[]>();
    return list.map(({ rates: newRates, changes }) => {
      current = newRates ?? current;
      for (const each of changes) items.set(customerOf(each.customer), each.items);
      return { rates: current, items: new Map(items) };
    });
  });

/** What they hold at a day's end: each item converted and rounded, as MRR is. */
export function customersOn({ rates, items }: HistoryDay): Customers {
  const worth = worthAt('USD', (paidIn) => rates[paidIn]);
  const customers: Customers = new Map();
  for (const [customer, list] of items) {
    for (const each of list) {
      const amount = worth({ ...each, amount: each.native });
      hold(customers, customer, { ...each, amount });
    }
  }
  return customers;
}

/** The same, with what a customer pays in one currency rounded once. */
export function customersRoundedOnce({ rates, items }: HistoryDay): Customers {
  const worth = worthAt('USD', (paidIn) => rates[paidIn]);
  const customers = customersOn({ rates: {}, items });
  for (const holdings of customers.values())
    for (const each of holdings) each.amount = worth({ ...each, amount: each.native });
  return customers;
}
