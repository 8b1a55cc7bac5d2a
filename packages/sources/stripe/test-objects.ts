/** Objects as Stripe's API sends them, for tests: a price of $10 a month and one active subscription to it, unless told otherwise. */

type Fields = Record<string, unknown>;

export const at = (iso: string): number => Date.parse(iso) / 1000;

let count = 0;
const next = (prefix: string) => `${prefix}_${++count}`;

export const price = ({ recurring, ...fields }: Fields & { recurring?: Fields | null } = {}) => ({
  id: next('price'),
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  currency: 'usd',
  product: { id: 'prod_pro', object: 'product', name: 'Pro' },
  recurring: recurring === null ? null : { interval: 'month', interval_count: 1, usage_type: 'licensed', ...recurring },
  tiers_mode: null,
  transform_quantity: null,
  type: recurring === null ? 'one_time' : 'recurring',
  unit_amount: 1000,
  unit_amount_decimal: JSON.stringify(fields['unit_amount'] ?? 1000),
  ...fields,
});
export type TestPrice = ReturnType<typeof price>;

export const item = (of: TestPrice, fields: Fields = {}) => ({
  id: next('si'),
  object: 'subscription_item',
  // Embedded prices have no tiers, and the product only by its id.
  price: { ...of, tiers: undefined, product: (of.product as { id: string }).id },
  quantity: 1,
  discounts: [],
  current_period_start: at('2026-01-05T00:00:00Z'),
  current_period_end: at('2026-02-05T00:00:00Z'),
  ...fields,
});

export const subscription = (items: ReturnType<typeof item>[], fields: Fields = {}) => {
  const id = next('sub');
  return {
    id,
    object: 'subscription',
    status: 'active',
    customer: `cus_of_${id}`,
    currency: 'usd',
    created: at('2026-01-05T00:00:00Z'),
    start_date: at('2026-01-05T00:00:00Z'),
    ended_at: null as number | null,
    canceled_at: null as number | null,
    cancel_at: null,
    cancel_at_period_end: false,
    trial_start: null,
    trial_end: null,
    pause_collection: null as Fields | null,
    livemode: false,
    discounts: [],
    items: { object: 'list', data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    ...fields,
  };
};
export type TestSubscription = ReturnType<typeof subscription>;

export const coupon = (fields: Fields) => ({
  id: next('coupon'),
  object: 'coupon',
  duration: 'forever',
  percent_off: null,
  amount_off: null,
  currency: fields['amount_off'] === undefined ? null : 'usd',
  ...fields,
});

export const discount = (of: ReturnType<typeof coupon>, fields: Fields = {}) => ({
  id: next('di'),
  object: 'discount',
  start: at('2026-01-05T00:00:00Z'),
  end: null,
  source: { type: 'coupon', coupon: of.id },
  ...fields,
});

export const event = (type: string, when: string, object: unknown, previous_attributes?: Fields) => ({
  id: next('evt'),
  object: 'event',
  type,
  created: at(when),
  api_version: '2026-10-28.endive',
  data: { object, ...(previous_attributes && { previous_attributes }) },
});
