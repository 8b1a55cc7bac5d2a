import { DataError } from '@plumbline/core/errors';
import type { Rational } from '@plumbline/core/rational';
import { multiply, ratio, round } from '@plumbline/core/rational';
import { minorDigits } from '@plumbline/core/unit';
import { statusAt, wasCalledOff } from './as-at.ts';
import type { Catalogue } from './catalogue.ts';
import { discountsOf, priceOf, productOf } from './catalogue.ts';
import type { AppliedDiscount } from './discounts.ts';
import { afterDiscounts } from './discounts.ts';
import type { MrrRules } from './index.ts';
import { perMonth, priced } from './pricing.ts';
import type { Item, Price, Subscription } from './schema.ts';

/** What one subscription item comes to per month; 0 where it is free. */
export type Contribution = {
  /** The product's id. */
  product: string;
  /** How often it is invoiced: `month`, `year`, `3 months`. */
  interval: string;
  /** What the customer pays in, ISO 4217. */
  currency: string;
  /** In Stripe's minor units of that currency (`stripeDigits`), rounded once. */
  native: number;
  /** In minor units of the workspace's currency, rounded once after conversion. */
  amount: number;
};

/** How one subscription stood. */
export type Standing = {
  status: string;
  /** Why it is not in MRR (its status, `called off`, `collection paused`), or why an item is not (`metered`, `one-off`, `no amount`). */
  leftOut: string[];
  contributions: Contribution[];
};

export type StandingInput = {
  catalogue: Catalogue;
  rules: MrrRules;
  /** The end of the day in Unix seconds: what happened at or after it is not in it. */
  end: number;
  /** Nothing later is known than the objects themselves, so that begins are taken from `start_date`. */
  reconstructed: boolean;
  /** The workspace's currency, ISO 4217. */
  currency: string;
  /** Workspace currency per one unit of another, exact. */
  rate: (currency: string) => Rational;
};

/** A licensed item with what it comes to per month before discounts, in Stripe's minor units of what the customer pays in. */
export type Line = {
  item: Item;
  price: Price;
  product: string;
  /** How often a month it is invoiced. */
  month: Rational;
  monthly: Rational;
};

const COUNTED = new Set(['active', 'past_due']);
const NOT_COUNTED = new Set(['trialing', 'unpaid', 'incomplete', 'incomplete_expired', 'canceled', 'paused']);

/**
 * What a subscription adds to monthly recurring revenue just before `end`, by Stripe's own definition
 * (https://support.stripe.com/questions/billing-analytics), item by item: exact until each item's monthly amount is rounded once,
 * halves away from zero. Undefined where it had not begun. Throws DataError rather than guess.
 */
export function standingAt(subscription: Subscription, input: StandingInput): Standing | undefined {
  const status = statusAt(subscription, input.end, input.reconstructed);
  if (status === undefined) return undefined;
  const reason = whyLeftOut(subscription, status, input);
  if (reason !== undefined) return { status, leftOut: [reason], contributions: [] };
  const leftOut: string[] = [];
  const lines = linesOf(subscription, input, leftOut);
  return { status, leftOut, contributions: lines.map((line) => contribution(subscription, line, input)) };
}

/** When its trial ended or was called off, in Unix seconds, which may lie ahead; undefined where it never had one. */
export function trialEndedAt(subscription: Subscription): number | undefined {
  const { trial_end, ended_at, canceled_at } = subscription;
  if (trial_end == null) return undefined;
  const calledOff = wasCalledOff(subscription, trial_end) ? canceled_at : null;
  return Math.min(trial_end, ended_at ?? trial_end, calledOff ?? trial_end);
}

/**
 * Whether, going by its lifetime, it counted with more than nothing at some time before `end`, whatever became of it.
 * Prices, quantities and discounts are taken as they are: earlier ones are not known. Where no price can be told, it is taken to have paid.
 */
export function hadPaid(subscription: Subscription, input: StandingInput): boolean {
  const { end, rules, reconstructed } = input;
  const { ended_at, canceled_at } = subscription;
  const calledOff = rules.cancelAtPeriodEnd === 'at-cancel' && wasCalledOff(subscription, end) ? canceled_at : null;
  const last = Math.min(end, ended_at ?? end, calledOff ?? end);
  const status = statusAt(subscription, last, reconstructed);
  // Only a subscription that was active before becomes unpaid.
  if (status === undefined || !(COUNTED.has(status) || status === 'unpaid')) return false;
  try {
    const lines = linesOf(subscription, { ...input, end: last }, []);
    return lines.some(({ monthly }) => round(monthly) > 0n);
  } catch (error) {
    // A plan that was deleted since. This only tells who comes back from who is new, so it must not stop the pull.
    if (error instanceof DataError) return true;
    throw error;
  }
}

function whyLeftOut(subscription: Subscription, status: string, { rules, end }: StandingInput): string | undefined {
  if (NOT_COUNTED.has(status)) return status;
  if (!COUNTED.has(status)) {
    throw new DataError('stripe', `a subscription has the status "${status}", which no rule of MRR knows`);
  }
  if (rules.cancelAtPeriodEnd === 'at-cancel' && wasCalledOff(subscription, end)) return 'called off';
  if (rules.pausedCollection === 'ignore' && isPaused(subscription, end)) return 'collection paused';
  return undefined;
}

/** https://docs.stripe.com/billing/subscriptions/pause-payment: without `resumes_at` until it is taken back. */
const isPaused = ({ pause_collection }: Subscription, end: number): boolean =>
  pause_collection != null && (pause_collection.resumes_at ?? end) >= end;

/** The items that count, after discounts; says of the others why they don't. */
function linesOf(subscription: Subscription, input: StandingInput, leftOut: string[]): Line[] {
  const { catalogue } = input;
  const lines = subscription.items.data.flatMap((item) => {
    const price = priceOf(item, catalogue);
    const { recurring, type } = price;
    if (!recurring || type === 'one_time') {
      leftOut.push('one-off');
      return [];
    }
    const usage = recurring.usage_type ?? 'licensed';
    if (usage === 'metered') {
      leftOut.push('metered');
      return [];
    }
    if (usage !== 'licensed') {
      throw new DataError('stripe', `price ${price.id} has the usage type "${usage}", which no rule of MRR knows`);
    }
    const invoiced = priced(price, subscription.currency ?? price.currency, item.quantity ?? 1);
    if (invoiced === undefined) {
      leftOut.push('no amount');
      return [];
    }
    const month = perMonth(price.id, recurring.interval, recurring.interval_count ?? 1);
    return [{ item, price, product: productOf(price), month, monthly: multiply(invoiced, month) }];
  });
  const discounts = (refs: Item['discounts']) => discountsOf(refs, catalogue).filter((each) => counts(each, input));
  return afterDiscounts(lines, discounts, subscription);
}

/** Whether a discount stood at the end of the day and is of a duration that the workspace lets count. */
function counts({ discount, coupon }: AppliedDiscount, { end, rules }: StandingInput): boolean {
  if (discount.start != null && discount.start >= end) return false;
  if (discount.end != null && discount.end < end) return false;
  if (coupon.duration === 'forever') return true;
  if (coupon.duration === 'repeating') return rules.repeatingCoupons === 'subtract';
  if (coupon.duration === 'once') return rules.onceCoupons === 'subtract';
  throw new DataError('stripe', `a coupon has the duration "${coupon.duration}", which no rule of MRR knows`);
}

function contribution(subscription: Subscription, line: Line, { currency, rate }: StandingInput): Contribution {
  const { price, product, monthly } = line;
  const paidIn = (subscription.currency ?? price.currency).toUpperCase();
  const own = inDigits(monthly, minorDigits(currency) - stripeDigits(paidIn));
  const native = Number(round(monthly));
  const isFree = monthly.n === 0n;
  const amount = Number(round(paidIn === currency || isFree ? own : multiply(own, rate(paidIn))));
  if (!Number.isSafeInteger(native) || !Number.isSafeInteger(amount)) {
    throw new DataError('stripe', `price ${price.id} comes to more per month than can be counted exactly`);
  }
  const { interval = '', interval_count } = price.recurring ?? {};
  const every = (interval_count ?? 1) === 1 ? interval : `${interval_count} ${interval}s`;
  return { product, interval: every, currency: paidIn, native, amount };
}

/** An amount with that many digits more, or less, in its minor unit. */
function inDigits(amount: Rational, more: number): Rational {
  if (more === 0) return amount;
  return multiply(amount, more < 0 ? ratio(1n, 10n ** BigInt(-more)) : ratio(10n ** BigInt(more)));
}

const ZERO_DECIMAL = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THREE_DECIMAL = new Set('BHD JOD KWD OMR TND'.split(' '));

/** Digits of the amounts in Stripe's API, which differ from ISO 4217 (ISK and UGX have two): https://docs.stripe.com/currencies */
export function stripeDigits(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}
