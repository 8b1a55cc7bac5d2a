import { DataError } from '@plumbline/core/errors';
import { minorDigits } from '@plumbline/core/unit';
import { statusAt, wasCalledOff } from './as-at.ts';
import type { Catalogue } from './catalogue.ts';
import { discountsOf, priceOf, productOf } from './catalogue.ts';
import type { AppliedDiscount } from './discounts.ts';
import { afterDiscounts } from './discounts.ts';
import type { MrrRules } from './index.ts';
import { perMonth, priced } from './pricing.ts';
import type { Rational } from '@plumbline/core/rational';
import { multiply, ratio, round } from '@plumbline/core/rational';
import type { Item, Price, Subscription } from './schema.ts';

/** What one subscription item comes to per month, in minor units of the workspace's currency. */
export type Contribution = {
  subscription: string;
  item: string;
  customer: string;
  /** The product's id. */
  product: string;
  /** How often it is invoiced: `month`, `year`, `3 months`. */
  interval: string;
  /** What the customer pays in, ISO 4217. */
  currency: string;
  amount: number;
};

export type Mrr = {
  contributions: Contribution[];
  /** How many subscriptions there were in each status. */
  statuses: Record<string, number>;
  /** How many subscriptions (by status or pause) and items (metered, one-off, without an amount) are not in it, by reason. */
  excluded: Record<string, number>;
};

export type MrrInput = {
  subscriptions: readonly Subscription[];
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

/** A licensed item with what it comes to per month before discounts, in its own currency's minor units. */
export type Line = { item: Item; price: Price; product: string; month: Rational; monthly: Rational };

const COUNTED = new Set(['active', 'past_due']);
const NOT_COUNTED = new Set(['trialing', 'unpaid', 'incomplete', 'incomplete_expired', 'canceled', 'paused']);

/**
 * Monthly recurring revenue by Stripe's own definition (https://support.stripe.com/questions/billing-analytics), item by item:
 * exact until each item's monthly amount is rounded once, halves away from zero. Throws DataError rather than guess.
 */
export function mrrOf(input: MrrInput): Mrr {
  const { subscriptions, end, reconstructed, rules, catalogue } = input;
  const contributions: Contribution[] = [];
  const statuses: Record<string, number> = {};
  const excluded: Record<string, number> = {};
  const leaveOut = (reason: string) => {
    excluded[reason] = (excluded[reason] ?? 0) + 1;
  };

  for (const subscription of subscriptions) {
    const status = statusAt(subscription, end, reconstructed);
    if (status === undefined) continue;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (!COUNTED.has(status)) {
      if (!NOT_COUNTED.has(status)) {
        throw new DataError('stripe', `a subscription has the status "${status}", which no rule of MRR knows`);
      }
      leaveOut(status);
    } else if (rules.cancelAtPeriodEnd === 'at-cancel' && wasCalledOff(subscription, end)) {
      leaveOut('called off');
    } else if (rules.pausedCollection === 'ignore' && subscription.pause_collection != null) {
      leaveOut('collection paused');
    } else {
      const lines = linesOf(subscription, catalogue, leaveOut);
      const discounts = (refs: Item['discounts']) => discountsOf(refs, catalogue).filter((each) => counts(each, input));
      for (const line of afterDiscounts(lines, discounts, subscription)) {
        contributions.push(contribution(subscription, line, input));
      }
    }
  }
  return { contributions, statuses, excluded };
}

function linesOf(subscription: Subscription, catalogue: Catalogue, leaveOut: (reason: string) => void): Line[] {
  return subscription.items.data.flatMap((item) => {
    const price = priceOf(item, catalogue);
    const { recurring, type } = price;
    if (!recurring || type === 'one_time') {
      leaveOut('one-off');
      return [];
    }
    const usage = recurring.usage_type ?? 'licensed';
    if (usage === 'metered') {
      leaveOut('metered');
      return [];
    }
    if (usage !== 'licensed') {
      throw new DataError('stripe', `price ${price.id} has the usage type "${usage}", which no rule of MRR knows`);
    }
    const invoiced = priced(price, subscription.currency ?? price.currency, item.quantity ?? 1);
    if (invoiced === undefined) {
      leaveOut('no amount');
      return [];
    }
    const month = perMonth(price.id, recurring.interval, recurring.interval_count ?? 1);
    return [{ item, price, product: productOf(price), month, monthly: multiply(invoiced, month) }];
  });
}

/** Whether a discount stood at the end of the day and is of a duration that the workspace lets count. */
function counts({ discount, coupon }: AppliedDiscount, { end, rules }: MrrInput): boolean {
  if (discount.start != null && discount.start >= end) return false;
  if (discount.end != null && discount.end < end) return false;
  if (coupon.duration === 'forever') return true;
  if (coupon.duration === 'repeating') return rules.repeatingCoupons === 'subtract';
  if (coupon.duration === 'once') return rules.onceCoupons === 'subtract';
  throw new DataError('stripe', `a coupon has the duration "${coupon.duration}", which no rule of MRR knows`);
}

function contribution(subscription: Subscription, line: Line, { currency, rate }: MrrInput): Contribution {
  const paidIn = (subscription.currency ?? line.price.currency).toUpperCase();
  const shift = minorDigits(currency) - stripeDigits(paidIn);
  const scale = shift < 0 ? ratio(1n, 10n ** BigInt(-shift)) : ratio(10n ** BigInt(shift));
  const exact = multiply(line.monthly, scale);
  const amount = Number(round(paidIn === currency ? exact : multiply(exact, rate(paidIn))));
  if (!Number.isSafeInteger(amount)) {
    throw new DataError('stripe', `price ${line.price.id} comes to more per month than can be counted exactly`);
  }
  const { interval = '', interval_count } = line.price.recurring ?? {};
  return {
    subscription: subscription.id,
    item: line.item.id,
    customer: subscription.customer,
    product: line.product,
    interval: (interval_count ?? 1) === 1 ? interval : `${interval_count} ${interval}s`,
    currency: paidIn,
    amount,
  };
}

const ZERO_DECIMAL = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THREE_DECIMAL = new Set('BHD JOD KWD OMR TND'.split(' '));

/** Digits of the amounts in Stripe's API, which differ from ISO 4217 (ISK and UGX have two): https://docs.stripe.com/currencies */
export function stripeDigits(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}
