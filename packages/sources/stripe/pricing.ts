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
 * Tiers by https://docs.stripe.com/products-prices/pricing-models; none of a tiered price comes to nothing.
 */
export function priced(price: Price, currency: string, quantity: number): Rational | undefined {
  const amounts = currency === price.currency ? price : price.currency_options?.[currency];
  if (!amounts) {
    throw new DataError('stripe', `price ${price.id} has no amount in ${currency.toUpperCase()}, which is paid for it`);
  }
  const scheme = price.billing_scheme ?? 'per_unit';
  if (scheme === 'tiered') return tiered(price, amounts.tiers ?? [], quantity);
  if (scheme !== 'per_unit') {
    throw new DataError('stripe', `price ${price.id} has the billing scheme "${scheme}", which no rule of MRR knows`);
  }
  const unit = amounts.unit_amount_decimal ?? amounts.unit_amount;
  return unit == null ? undefined : multiply(fromDecimal(unit), ratio(packages(price, quantity)));
}

function packages({ id, transform_quantity }: Price, quantity: number): number {
  if (!transform_quantity) return quantity;
  const { divide_by, round } = transform_quantity;
  if (round === 'up') return Math.ceil(quantity / divide_by);
  if (round === 'down') return Math.floor(quantity / divide_by);
  throw new DataError('stripe', `price ${id} rounds its quantity "${round}", which no rule of MRR knows`);
}

function tiered(price: Price, tiers: readonly Tier[], quantity: number): Rational {
  const mode = price.tiers_mode;
  if (mode !== 'graduated' && mode !== 'volume') {
    throw new DataError('stripe', `price ${price.id} has the tiers mode "${mode}", which no rule of MRR knows`);
  }
  let total = ZERO;
  let below = 0;
  for (const { upTo, tier } of tiers
    .map((tier) => ({ tier, upTo: tier.up_to ?? Infinity }))
    .sort((a, b) => a.upTo - b.upTo)) {
    if (quantity <= below) return total;
    const units = mode === 'volume' ? quantity : Math.min(quantity, upTo) - below;
    if (mode === 'graduated' || quantity <= upTo) total = add(total, amountOf(tier, units));
    below = upTo;
  }
  if (quantity <= below && tiers.length > 0) return total;
  throw new DataError('stripe', `price ${price.id} has no tier for ${quantity} units`);
}

function amountOf(tier: Tier, units: number): Rational {
  const unit = fromDecimal(tier.unit_amount_decimal ?? tier.unit_amount ?? '0');
  const flat = fromDecimal(tier.flat_amount_decimal ?? tier.flat_amount ?? '0');
  return add(flat, multiply(unit, ratio(units)));
}
