import type { Story, StoryPrice, SubscriptionLife } from '../stories/story.ts';

// Objects as API version 2026-10-28.endive shows them: periods on items, discounts as a list, times in seconds.

export type StripeObject = { id: string; [key: string]: unknown };

export const productObject = (
  product: Story['products'][number],
  created: number,
  livemode: boolean,
): StripeObject => ({
  id: product.id,
  object: 'product',
  active: true,
  created,
  default_price: null,
  description: null,
  images: [],
  livemode,
  marketing_features: [],
  metadata: {},
  name: product.name,
  package_dimensions: null,
  shippable: null,
  statement_descriptor: null,
  tax_code: null,
  tax_details: null,
  type: 'service',
  unit_label: null,
  updated: created,
  url: null,
});

export const priceObject = (price: StoryPrice, created: number, livemode: boolean): StripeObject => ({
  id: price.id,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  created,
  currency: price.currency.toLowerCase(),
  custom_unit_amount: null,
  livemode,
  lookup_key: null,
  metadata: {},
  nickname: null,
  product: price.product,
  recurring: {
    interval: price.interval,
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
  },
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
  type: 'recurring',
  unit_amount: price.unitAmount,
  unit_amount_decimal: String(price.unitAmount),
});

/** The same price as items still carry it under its older name. */
const planObject = (price: StoryPrice, created: number, livemode: boolean): StripeObject => ({
  id: price.id,
  object: 'plan',
  active: true,
  amount: price.unitAmount,
  amount_decimal: String(price.unitAmount),
  billing_scheme: 'per_unit',
  created,
  currency: price.currency.toLowerCase(),
  interval: price.interval,
  interval_count: 1,
  livemode,
  metadata: {},
  meter: null,
  nickname: null,
  product: price.product,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
});

/** How a subscription stands; times in seconds. */
export type SubscriptionState = {
  status: 'trialing' | 'active' | 'past_due' | 'canceled';
  price: StoryPrice;
  quantity: number;
  /** Where the billing periods are counted from, and how many have begun since. */
  anchor: number;
  periods: number;
  start: number;
  end: number;
  trial: { start: number; end: number } | null;
  cancelAtPeriodEnd: boolean;
  canceledAt: number | null;
  endedAt: number | null;
  reason: 'cancellation_requested' | null;
  invoices: number;
};

export function subscriptionObject(
  life: SubscriptionLife,
  state: SubscriptionState,
  created: number,
  catalogue: number,
  livemode: boolean,
): StripeObject {
  const { price } = state;
  const item = {
    id: `si_${life.id.slice(4)}`,
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: state.end,
    current_period_start: state.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planObject(price, catalogue, livemode),
    price: priceObject(price, catalogue, livemode),
    quantity: state.quantity,
    subscription: life.id,
    tax_rates: [],
  };
  return {
    id: life.id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: state.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: state.cancelAtPeriodEnd ? state.end : null,
    cancel_at_period_end: state.cancelAtPeriodEnd,
    canceled_at: state.canceledAt,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: state.reason },
    collection_method: 'charge_automatically',
    created,
    currency: price.currency.toLowerCase(),
    customer: life.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: state.endedAt,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: {
      object: 'list',
      data: [item],
      has_more: false,
      total_count: 1,
      url: `/v1/subscription_items?subscription=${life.id}`,
    },
    latest_invoice: `in_${life.id.slice(4)}_${state.invoices}`,
    livemode,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    status: state.status,
    test_clock: null,
    transfer_data: null,
    trial_end: state.trial?.end ?? null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
    trial_start: state.trial?.start ?? null,
  };
}
