/** Random companies for tests: causes only, and Stripe's account as it looks at any moment. */
import fc from 'fast-check';
import { event, item, price, subscription } from './test-objects.ts';
import type { TestAccount } from './test-server.ts';

export const FIRST = Date.parse('2026-01-05T00:00:00Z') / 1000;
const DAY = 86_400;
export const DAYS = 8;

const price_ = (id: string, unit_amount: number, currency: string, interval: string) =>
  price({ id, unit_amount, currency, recurring: { interval }, product: { id: `prod_${id}`, name: `Product ${id}` } });

export const PRICES = [
  price_('m', 4900, 'usd', 'month'),
  price_('y', 99_999, 'usd', 'year'),
  price_('w', 333, 'usd', 'week'),
  price_('e', 2599, 'eur', 'month'),
  price_('j', 1480, 'jpy', 'year'),
] as const;

export type Life = {
  id: string;
  customer: string;
  price: (typeof PRICES)[number];
  /** Seconds. */
  start: number;
  quantity: number;
  /** In order of time. */
  changes: { at: number; quantity: number }[];
  trialEnd: number | undefined;
  endedAt: number | undefined;
};

const moment = fc.integer({ min: FIRST - 40 * DAY, max: FIRST + DAYS * DAY });

export const lives: fc.Arbitrary<Life[]> = fc
  .array(
    fc.record({
      customer: fc.integer({ min: 0, max: 11 }),
      price: fc.constantFrom(...PRICES),
      start: moment,
      quantity: fc.integer({ min: 0, max: 5 }),
      changes: fc.array(fc.record({ at: moment, quantity: fc.integer({ min: 0, max: 5 }) }), { maxLength: 3 }),
      trialDays: fc.option(fc.integer({ min: 1, max: 10 })),
      ends: fc.option(moment),
    }),
    { maxLength: 25 },
  )
  .map((drafts) =>
    drafts.map(({ customer, start, changes, trialDays, ends, ...rest }, index): Life => ({
      ...rest,
      id: `sub_${index}`,
      customer: `cus_${customer}`,
      start,
      changes: changes.filter(({ at }) => at > start && (ends === null || at < ends)).sort((a, b) => a.at - b.at),
      trialEnd: trialDays === null ? undefined : start + trialDays * DAY,
      endedAt: ends === null || ends <= start ? undefined : ends,
    })),
  );

const objectAt = (life: Life, now: number) => {
  const { id, customer, start, trialEnd, endedAt } = life;
  const quantity = life.changes.findLast(({ at }) => at <= now)?.quantity ?? life.quantity;
  const isOver = endedAt !== undefined && endedAt <= now;
  const isTrial = trialEnd !== undefined && trialEnd > now;
  return subscription([item(life.price, { id: `si_${id}`, quantity })], {
    id,
    customer,
    currency: life.price.currency,
    created: start,
    start_date: start,
    trial_start: trialEnd === undefined ? null : start,
    trial_end: trialEnd ?? null,
    status: isOver ? 'canceled' : isTrial ? 'trialing' : 'active',
    ended_at: isOver ? endedAt : null,
    canceled_at: isOver ? endedAt : null,
  });
};

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** What the lists hold at that second, newest first. */
export function accountAt(all: readonly Life[], now: number): TestAccount {
  const begun = all.filter(({ start }) => start <= now);
  const events = begun.flatMap((life) => {
    const changed = life.changes
      .filter(({ at }) => at <= now)
      .map(({ at }) => {
        const before = objectAt(life, at - 1).items.data;
        return event('customer.subscription.updated', iso(at), objectAt(life, at), { items: { data: before } });
      });
    const { endedAt } = life;
    if (endedAt === undefined || endedAt > now) return changed;
    return [...changed, event('customer.subscription.deleted', iso(endedAt), objectAt(life, endedAt))];
  });
  const newestFirst = (a: { created: number }, b: { created: number }) => b.created - a.created;
  return {
    prices: [...PRICES],
    subscriptions: begun.map((life) => objectAt(life, now)).sort(newestFirst),
    events: events.sort(newestFirst),
  };
}

const MINOR: Record<string, number> = { usd: 1, eur: 1, jpy: 100 };
const PER_MONTH: Record<string, number> = { month: 1, year: 1 / 12, week: 52 / 12 };

/** What a life comes to per month just before `end`, in cents; in floating point, so whoever compares needs to allow for half a cent. */
export function centsAt(life: Life, end: number, rates: Readonly<Record<string, number>>): number {
  const { start, trialEnd, endedAt, price: sold } = life;
  if (start >= end || (trialEnd !== undefined && trialEnd >= end) || (endedAt !== undefined && endedAt < end)) return 0;
  const quantity = life.changes.findLast(({ at }) => at < end)?.quantity ?? life.quantity;
  const rate = sold.currency === 'usd' ? 1 : (rates[sold.currency.toUpperCase()] ?? NaN);
  const interval = (sold.recurring as { interval: string }).interval;
  return quantity * sold.unit_amount * (PER_MONTH[interval] ?? NaN) * (MINOR[sold.currency] ?? NaN) * rate;
}
