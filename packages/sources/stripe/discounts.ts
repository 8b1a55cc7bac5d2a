import { DataError } from '@plumbline/core/errors';
import type { Line } from './mrr.ts';
import type { Rational } from '@plumbline/core/rational';
import {
  ONE,
  ZERO,
  add,
  divide,
  fromDecimal,
  larger,
  multiply,
  ratio,
  smaller,
  subtract,
} from '@plumbline/core/rational';
import type { Coupon, Discount, Item, Subscription } from './schema.ts';

export type AppliedDiscount = { discount: Discount; coupon: Coupon };

/**
 * The lines of one subscription after its discounts: each item's own first, then the subscription's, one after the other
 * (https://docs.stripe.com/billing/subscriptions/coupons). A fixed amount comes off each invoice; a subscription's at the shortest
 * interval of the items that it applies to, shared in proportion to what they come to per month. Never below nothing.
 */
export function afterDiscounts(
  lines: readonly Line[],
  discountsOf: (refs: Item['discounts']) => AppliedDiscount[],
  subscription: Subscription,
): Line[] {
  const own = lines.map((line) =>
    discountsOf(line.item.discounts).reduce<Line>((left, { coupon }) => {
      const currency = subscription.currency ?? line.price.currency;
      return applies(coupon, line) ? { ...left, monthly: reduced(left.monthly, coupon, line.month, currency) } : left;
    }, line),
  );
  return discountsOf(subscription.discounts).reduce<Line[]>((left, { coupon }) => {
    const eligible = left.filter((line) => applies(coupon, line));
    const total = eligible.reduce((sum, { monthly }) => add(sum, monthly), ZERO);
    const [first] = eligible;
    if (!first || total.n <= 0n) return left;
    const shortest = eligible.reduce((most, { month }) => larger(most, month), ZERO);
    const currency = subscription.currency ?? first.price.currency;
    const share = divide(reduced(total, coupon, shortest, currency), total);
    return left.map((line) => (applies(coupon, line) ? { ...line, monthly: multiply(line.monthly, share) } : line));
  }, own);
}

const applies = (coupon: Coupon, { product }: Line): boolean => coupon.applies_to?.products.includes(product) ?? true;

/** A monthly amount after one coupon that is taken off `invoices` times a month. */
function reduced(monthly: Rational, coupon: Coupon, invoices: Rational, currency: string): Rational {
  if (coupon.percent_off != null) {
    return multiply(monthly, subtract(ONE, smaller(ONE, divide(fromDecimal(coupon.percent_off), ratio(100)))));
  }
  const off = coupon.currency === currency ? coupon.amount_off : coupon.currency_options?.[currency]?.amount_off;
  if (off == null) {
    throw new DataError('stripe', `a coupon takes neither a percentage nor an amount of ${currency.toUpperCase()} off`);
  }
  return larger(ZERO, subtract(monthly, multiply(fromDecimal(off), invoices)));
}
