import { Packed, unseal } from './packed.ts';
import type { Worth } from './worth.ts';

/** A customer's monthly total in one currency. */
export type Holding = {
  /** What the customer pays in, ISO 4217. */
  currency: string;
  /** In minor units of that currency. */
  native: number;
  /** In minor units of the workspace's currency. */
  amount: number;
};

/** By pseudonym (16 hex digits): what each holds, one holding a currency. An empty list paid once and pays nothing now. */
export type Customers = Map<string, Holding[]>;

/** Minor units of the workspace's currency; by another worth than that of the holdings' own day where one is given. */
export const totalOf = (holdings: readonly Holding[] = [], worth: Worth = ({ amount }) => amount): number =>
  holdings.reduce((total, holding) => total + worth(holding), 0);

/** A customer pays whose holdings come to more than nothing. */
export const pays = (holdings: readonly Holding[] | undefined): boolean => totalOf(holdings) > 0;

/** Adds what one subscription item comes to. Holdings stay in the order of their currencies, whatever order items come in. */
export function hold(customers: Customers, customer: string, { currency, native, amount }: Holding): void {
  const holdings = customers.get(customer);
  if (!holdings) {
    customers.set(customer, [{ currency, native, amount }]);
    return;
  }
  const held = holdings.find((each) => each.currency === currency);
  if (held) {
    held.native += native;
    held.amount += amount;
  } else {
    holdings.push({ currency, native, amount });
    holdings.sort((a, b) => (a.currency < b.currency ? -1 : 1));
  }
}

/** What to remember of a day's end: who pays, and with an empty list who paid at some time before. Whoever never paid is left out. */
export function remembered(before: Customers, now: Customers): Customers {
  const kept: Customers = new Map();
  for (const customer of before.keys()) kept.set(customer, []);
  for (const [customer, holdings] of now) if (pays(holdings)) kept.set(customer, holdings);
  return kept;
}

/** Which byte layout follows: another one means that the state is worked out anew. */
const LAYOUT = 0x11;

/** In the order of pseudonyms, about 13 bytes a customer. Throws DataError for amounts that 48 bits can't hold. */
export function encodeCustomers(customers: Customers): Uint8Array {
  const packed = new Packed(1);
  for (const customer of [...customers.keys()].sort()) packed.add(customer, customers.get(customer) ?? []);
  return packed.seal(LAYOUT);
}

/** Undefined where the bytes are of another layout or not all there. */
export function decodeCustomers(bytes: Uint8Array): Customers | undefined {
  const unsealed = unseal(bytes, LAYOUT, 1);
  if (!unsealed) return undefined;
  const customers: Customers = new Map();
  for (const { customer, lists } of unsealed.packed.rows()) customers.set(customer, lists[0] ?? []);
  return customers;
}
