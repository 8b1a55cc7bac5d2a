import { DataError } from '@plumbline/core/errors';
import type { Rational } from '@plumbline/core/rational';
import { ZERO, add, fromDecimal, multiply, ratio } from '@plumbline/core/rational';
import type { Price, Tier } from './schema.ts';

const PER_MONTH: Record<string, Rational> = {
  day: ratio(365, 12),
  week: ratio(52, 12),
  month: ratio(1),
  year: ratio(1, 12),
};

/** How often a month an interval is invoiced: a year 1/12, two weeks 26/12. */
export function perMonth(price: string, interval: string, count: number): Rational {
  const once = PER_MONTH[interval];
  if (once) return multiply(once, ratio(1, count));
  throw new DataError('stripe', `price ${price} has the interval "${interval}", which no rule of MRR knows`);
}

/**
 * What one invoice asks for that many units, exactly, in the currency's minor units; undefined where the price has no amount.
 * Tiers by https://docs.stripe.com/subscriptions/pricing-models/tiered-pricing: for no units the first tier's flat amount is invoiced.
 */
export function priced(price: Price, currency: string, quantity: number): Rational | undefined {
  const amounts = currency === price.currency ? price : price.currency_options?.[currency];
  if (!amounts) {
    throw new DataError('stripe', `price ${price.id} has no amount in ${currency.toUpperCase()}, which is paid for it`);
  }
  const scheme = price.billing_scheme ?? 'per_unit';
  if (scheme === 'tiered') {
    if (amounts.tiers?.length) return tiered(price, amounts.tiers, quantity);
    throw new DataError('stripe', `price ${price.id} has tiers, but none could be read in ${currency.toUpperCase()}`);
  }
  if (scheme !== 'per_unit') {
    throw new DataError('stripe', `price ${price.id} has the billing scheme "${scheme}", which no rule of MRR knows`);
  }
  const unit = amounts.unit_amount_decimal ?? amounts.unit_amount;
  return unit == null ? undefined : multiply(fromDecimal(unit), ratio(packages(price, quantity)));
}

function packages({ id, transform_quantity }: Price, quantity: number): number {
  if (!transform_quantity) return quantity;
  const { divide_by, round } = transform_quantity;
  const rest = quantity % divide_by;
  const full = (quantity - rest) / divide_by;
  if (round === 'up') return rest > 0 ? full + 1 : full;
  if (round === 'down') return full;
  throw new DataError('stripe', `price ${id} rounds its quantity "${round}", which no rule of MRR knows`);
}

function tiered(price: Price, tiers: readonly Tier[], quantity: number): Rational {
  const mode = price.tiers_mode;
  if (mode !== 'graduated' && mode !== 'volume') {
    throw new DataError('stripe', `price ${price.id} has the tiers mode "${mode}", which no rule of MRR knows`);
  }
  const ordered = tiers.map((tier) => ({ tier, upTo: tier.up_to ?? Infinity })).sort((a, b) => a.upTo - b.upTo);
  let total = ZERO;
  let below = 0;
  for (const { tier, upTo } of ordered) {
    const isLast = quantity <= upTo;
    // No units at all are the first tier's.
    if (mode === 'graduated') total = add(total, amountOf(tier, Math.min(quantity, upTo) - below));
    else if (isLast) total = amountOf(tier, quantity);
    if (isLast) return total;
    below = upTo;
  }
  throw new DataError('stripe', `price ${price.id} has no tier for ${quantity} units`);
}

function amountOf(tier: Tier, units: number): Rational {
  const unit = fromDecimal(tier.unit_amount_decimal ?? tier.unit_amount ?? '0');
  const flat = fromDecimal(tier.flat_amount_decimal ?? tier.flat_amount ?? '0');
  return add(flat, multiply(unit, ratio(units)));
}
