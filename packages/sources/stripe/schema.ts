import { z } from 'zod';

/** The parts of Stripe's objects that are read, under Stripe's own names; everything else is dropped at the edge. Times are Unix seconds. */

const id = z.string().min(1);
const seconds = z.number().int();

/** An exact number as text. */
const decimal = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i, 'expected a decimal number'));

const tier = z.object({
  up_to: z.union([z.number(), z.literal('inf').transform(() => null)]).nullish(),
  unit_amount: decimal.nullish(),
  unit_amount_decimal: decimal.nullish(),
  flat_amount: decimal.nullish(),
  flat_amount_decimal: decimal.nullish(),
});
export type Tier = z.infer<typeof tier>;

const amounts = {
  unit_amount: decimal.nullish(),
  unit_amount_decimal: decimal.nullish(),
  tiers: z.array(tier).nullish(),
};

export const productSchema = z.object({ id, name: z.string().nullish() });

/** https://docs.stripe.com/api/prices/object */
export const priceSchema = z.object({
  id,
  active: z.boolean().nullish(),
  currency: z.string(),
  product: z.union([id, productSchema]).nullish(),
  type: z.string().nullish(),
  billing_scheme: z.string().nullish(),
  ...amounts,
  tiers_mode: z.string().nullish(),
  transform_quantity: z.object({ divide_by: z.number().int().positive(), round: z.string() }).nullish(),
  recurring: z
    .object({
      interval: z.string(),
      interval_count: z.number().int().positive().nullish(),
      usage_type: z.string().nullish(),
    })
    .nullish(),
  currency_options: z.record(z.string(), z.object(amounts)).nullish(),
});
export type Price = z.infer<typeof priceSchema>;

/** https://docs.stripe.com/api/coupons/object */
export const couponSchema = z.object({
  id,
  duration: z.string(),
  percent_off: decimal.nullish(),
  amount_off: decimal.nullish(),
  currency: z.string().nullish(),
  currency_options: z.record(z.string(), z.object({ amount_off: decimal })).nullish(),
  applies_to: z.object({ products: z.array(id) }).nullish(),
});
export type Coupon = z.infer<typeof couponSchema>;

const couponRef = z.union([id, couponSchema]);

/** https://docs.stripe.com/api/discounts/object; events made under earlier API versions have the coupon at `coupon`. */
export const discountSchema = z
  .object({
    id,
    start: seconds.nullish(),
    end: seconds.nullish(),
    source: z.object({ coupon: couponRef.nullish() }).nullish(),
    coupon: couponRef.nullish(),
  })
  .transform(({ source, coupon, ...discount }) => ({ ...discount, coupon: source?.coupon ?? coupon ?? null }));
export type Discount = z.infer<typeof discountSchema>;

const discountRefs = z.array(z.union([id, discountSchema])).nullish();
export type DiscountRef = string | Discount;

/** https://docs.stripe.com/api/subscription_items/object; a plan's id is also its price's. */
export const itemSchema = z
  .object({
    id,
    created: seconds.nullish(),
    price: z.union([id, priceSchema]).nullish(),
    plan: z.object({ id }).nullish(),
    quantity: z.number().int().nonnegative().nullish(),
    discounts: discountRefs,
  })
  .transform(({ plan, price, ...item }) => ({ ...item, price: price ?? plan?.id ?? null }));
export type Item = z.infer<typeof itemSchema>;

const fields = {
  status: z.string(),
  currency: z.string().nullish(),
  start_date: seconds.nullish(),
  ended_at: seconds.nullish(),
  canceled_at: seconds.nullish(),
  cancel_at: seconds.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  trial_start: seconds.nullish(),
  trial_end: seconds.nullish(),
  pause_collection: z.object({ behavior: z.string().nullish(), resumes_at: seconds.nullish() }).nullish(),
  discounts: discountRefs,
  items: z.object({ data: z.array(itemSchema), has_more: z.boolean().nullish() }),
};

/** https://docs.stripe.com/api/subscriptions/object */
export const subscriptionSchema = z.object({
  id,
  created: seconds,
  customer: z.union([id, z.object({ id }).transform((customer) => customer.id)]),
  ...fields,
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/** What an event says was there before it; a subscription of one item may have its quantity and plan beside the items. */
export const previousSchema = z
  .object({ ...fields, quantity: z.number().int().nonnegative().nullable(), plan: z.object({ id }).nullable() })
  .partial();

/** What is read of the subscription inside an event: which one, and how it stood after the event. */
export const afterSchema = z.object({
  id,
  status: z.string().nullish(),
  items: z.object({ data: z.array(itemSchema), has_more: z.boolean().nullish() }).nullish(),
});

/** https://docs.stripe.com/api/events/object */
export const eventSchema = z.object({
  id,
  type: z.string(),
  created: seconds,
  data: z.object({ object: z.unknown(), previous_attributes: z.unknown().optional() }),
});
export type Event = z.infer<typeof eventSchema>;

export const pageSchema = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });
