import type { Invoice, InvoiceLine } from './invoice-schema.ts';

/** What an invoice says: a subscription item's price and quantity from `start` until before `end` (Unix seconds). */
export type Period = { start: number; end: number; price: string; quantity: number | undefined; isPaid: boolean };

/** Neighbouring periods of one price and quantity. `last` is when the last of them started. */
export type Run = Period & { last: number };

/** A period of the subscription item that it is told of. */
export type Told = { subscription: string; item: string; period: Period };

/**
 * The periods that an invoice's lines tell of. Prorations say what a change cost, not what stood in a period; a line without a price says
 * nothing. A price in tiers has a line for each tier, of the units in it, and one of no units for its flat amount
 * (https://docs.stripe.com/products-prices/pricing-models), so the quantity is the sum of the lines of one item and period.
 */
export function periodsOf(invoice: Invoice, lines: readonly InvoiceLine[]): Told[] {
  const told = new Map<string, Told>();
  const isPaid = invoice.status === 'paid';
  for (const { item, price, quantity, period } of new Map(lines.map((line) => [line.id, line])).values()) {
    const subscription = item?.subscription ?? invoice.subscription;
    if (!item || item.proration || subscription === undefined || price === undefined) continue;
    if (period.start >= period.end) continue;
    const key = JSON.stringify([item.subscription_item, price, period]);
    const units = told.get(key)?.period.quantity;
    const sum = units === undefined ? (quantity ?? undefined) : units + (quantity ?? 0);
    told.set(key, { subscription, item: item.subscription_item, period: { ...period, price, quantity: sum, isPaid } });
  }
  return [...told.values()];
}

const isAlike = (a: Period, b: Period): boolean =>
  a.price === b.price && a.quantity === b.quantity && a.isPaid === b.isPaid;

/** Of two that start together, which is believed: the paid one; of two like each other in that the greater, so that order decides nothing. */
function outranks(a: Period, b: Period): boolean {
  if (a.isPaid !== b.isPaid) return a.isPaid;
  if (a.quantity !== b.quantity) return (a.quantity ?? 1) > (b.quantity ?? 1);
  return a.price > b.price;
}

/** Puts a period among an item's runs, which stay sorted by start; periods come in any order, and may come twice. */
export function insert(runs: Run[], period: Period): void {
  const index = runs.findLastIndex(({ start }) => start <= period.start);
  const run = runs[index];
  if (run && isAlike(run, period) && period.end <= run.end) return;
  if (run && period.start <= run.last) {
    if (!outranks(period, run)) return;
    const earlier = run.start < period.start ? [{ ...run, last: run.start, end: period.start }] : [];
    const later = period.end <= run.last ? [{ ...run, start: period.end }] : [];
    runs.splice(index, 1, ...earlier, ...later);
  }
  place(runs, period);
}

/** Puts a period between the runs that it fits between, or makes it a part of them: changed in place, a list of one stays that small. */
function place(runs: Run[], period: Period): void {
  const index = runs.findLastIndex(({ start }) => start <= period.start);
  const [before, after] = [runs[index], runs[index + 1]];
  const follows = before?.end === period.start && isAlike(before, period);
  const leads = after?.start === period.end && isAlike(after, period);
  if (follows && leads) {
    Object.assign(before, { last: after.last, end: after.end });
    runs.splice(index + 1, 1);
  } else if (follows) Object.assign(before, { last: period.start, end: period.end });
  else if (leads) after.start = period.start;
  else runs.splice(index + 1, 0, { ...period, last: period.start });
}

/** The run that an item stood in just before `at`: the last that had begun, unless it was over. */
export function runAt(runs: readonly Run[], at: number): Run | undefined {
  const run = runs.findLast(({ start }) => start < at);
  return run && at <= run.end ? run : undefined;
}
