import { DataError } from '@plumbline/core/errors';
import type { AppliedDiscount } from './discounts.ts';
import type { Coupon, Discount, Item, Price } from './schema.ts';

/** What subscriptions refer to, by id. */
export type Catalogue = {
  prices: ReadonlyMap<string, Price>;
  /** Names. */
  products: ReadonlyMap<string, string>;
  discounts: Pick<ReadonlyMap<string, Discount>, 'get'>;
  coupons: ReadonlyMap<string, Coupon>;
};

/** The id of what a price is for; a price without a product stands for itself. */
export const productOf = ({ id, product }: Price): string =>
  (typeof product === 'string' ? product : product?.id) ?? id;

/** What a product is called; one that Stripe no longer knows goes by its id. */
export const nameOf = (product: string, { products }: Catalogue): string => products.get(product) ?? product;

/** The names of products that can be subscribed to: a fixed sum at an interval. Without any subscriber they come to 0. */
export const onSale = (catalogue: Catalogue): string[] =>
  [...catalogue.prices.values()]
    .filter(({ active, recurring }) => active && recurring && recurring.usage_type !== 'metered')
    .map((price) => nameOf(productOf(price), catalogue));

/** The item's price; the list's before the item's own, which never has its tiers. */
export function priceOf({ price }: Item, { prices }: Catalogue): Price {
  const id = typeof price === 'string' ? price : price?.id;
  const listed = prices.get(id ?? '') ?? price;
  if (listed !== null && typeof listed === 'object') return listed;
  throw new DataError('stripe', `price ${id ?? '(without an id)'} is in use but not in the list of prices`);
}

/** The discounts with their coupons; the list's before the discount's own, which never says what it applies to. */
export function discountsOf(refs: Item['discounts'], { discounts, coupons }: Catalogue): AppliedDiscount[] {
  return (refs ?? []).map((ref) => {
    const discount = typeof ref === 'string' ? discounts.get(ref) : ref;
    if (!discount) throw new DataError('stripe', 'a discount that was in use can not be read any more');
    const id = typeof discount.coupon === 'string' ? discount.coupon : discount.coupon?.id;
    const coupon = coupons.get(id ?? '') ?? discount.coupon;
    if (coupon !== null && typeof coupon === 'object') return { discount, coupon };
    throw new DataError('stripe', `coupon ${id ?? '(without an id)'} is in use but not in the list of coupons`);
  });
}
