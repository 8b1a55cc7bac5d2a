import type { ChangeKind, State } from './stripe-account.ts';
import { DAY, METERED } from './stripe-account.ts';
import type { Coupon, Price } from './stripe-catalogue.ts';
import { COUPONS, PRICES } from './stripe-catalogue.ts';

// The account's objects as text, as long as API version 2026-10-28.endive makes them. What many share is written once, beforehand.

const ID_DIGITS = 8;
const subscriptionId = (index: number): string => `sub_1Bench${String(index).padStart(ID_DIGITS, '0')}`;
/** The index in an id of a subscription or an event. */
export const indexIn = (id: string): number => Number(id.slice(-ID_DIGITS));
export const eventId = (ordinal: number): string => `evt_1Bench${String(ordinal).padStart(ID_DIGITS, '0')}`;

const CATALOGUE_CREATED = 1_640_995_200;
const cents = (thousandths: number): string => String(thousandths / 1000);
const amountOf = (thousandths: number | undefined) => ({
  unit_amount: thousandths !== undefined && thousandths % 1000 === 0 ? thousandths / 1000 : null,
  unit_amount_decimal: thousandths === undefined ? null : cents(thousandths),
});

export const productObject = (id: string) => ({
  id,
  object: 'product',
  active: true,
  created: CATALOGUE_CREATED,
  default_price: null,
  description: null,
  images: [],
  livemode: true,
  marketing_features: [],
  metadata: {},
  name: id.slice(-3),
  tax_code: null,
  type: 'service',
  unit_label: null,
  updated: CATALOGUE_CREATED,
  url: null,
});

const tiersOf = ({ tiers }: Price) =>
  tiers?.map(({ upTo, unit, flat }) => ({
    flat_amount: flat / 1000,
    flat_amount_decimal: cents(flat),
    ...amountOf(unit),
    up_to: upTo,
  }));

/** A price; with its tiers and its product only where they are asked for. */
export const priceObject = (price: Price, expand: { tiers: boolean; product: boolean }) => ({
  id: price.id,
  object: 'price',
  active: price.active,
  billing_scheme: price.tiers ? 'tiered' : 'per_unit',
  created: CATALOGUE_CREATED,
  currency: price.currency,
  custom_unit_amount: null,
  livemode: true,
  lookup_key: null,
  metadata: {},
  nickname: null,
  product: expand.product ? productObject(price.product) : price.product,
  recurring: {
    interval: price.interval,
    interval_count: price.count,
    meter: null,
    trial_period_days: null,
    usage_type: price.metered ? 'metered' : 'licensed',
  },
  tax_behavior: 'unspecified',
  ...(expand.tiers && price.tiers && { tiers: tiersOf(price) }),
  tiers_mode: price.tiersMode ?? null,
  transform_quantity: price.package === undefined ? null : { divide_by: price.package, round: 'up' },
  type: 'recurring',
  ...amountOf(price.unit),
});

const planObject = (price: Price) => ({
  id: price.id,
  object: 'plan',
  active: price.active,
  amount: amountOf(price.unit).unit_amount,
  amount_decimal: amountOf(price.unit).unit_amount_decimal,
  billing_scheme: price.tiers ? 'tiered' : 'per_unit',
  created: CATALOGUE_CREATED,
  currency: price.currency,
  interval: price.interval,
  interval_count: price.count,
  livemode: true,
  metadata: {},
  meter: null,
  nickname: null,
  product: price.product,
  tiers_mode: price.tiersMode ?? null,
  transform_usage: price.package === undefined ? null : { divide_by: price.package, round: 'up' },
  trial_period_days: null,
  usage_type: price.metered ? 'metered' : 'licensed',
});

export const couponObject = ({ id, duration, percent, off }: Coupon) => ({
  id,
  object: 'coupon',
  amount_off: off ?? null,
  created: CATALOGUE_CREATED,
  currency: off === undefined ? null : 'usd',
  duration,
  duration_in_months: duration === 'repeating' ? 3 : null,
  livemode: true,
  max_redemptions: null,
  metadata: {},
  name: id,
  percent_off: percent ?? null,
  redeem_by: null,
  times_redeemed: 1,
  valid: true,
});

/** `"plan": …, "price": …` of each price. */
const PLANS = PRICES.map((price) => `"plan":${JSON.stringify(planObject(price))}`);
const EMBEDDED = PRICES.map(
  (price, index) => `${PLANS[index]},"price":${JSON.stringify(priceObject(price, { tiers: false, product: false }))}`,
);

const MONTH = 30 * DAY;

function itemText(state: State, number: number, price: number, quantity: number | undefined): string {
  const id = `si_1Bench${String(state.index).padStart(ID_DIGITS, '0')}x${number}`;
  const period = state.created + MONTH * (1 + state.renewals);
  return (
    `{"id":"${id}","object":"subscription_item","billing_thresholds":null,"created":${state.created},` +
    `"current_period_end":${period},"current_period_start":${period - MONTH},"current_trial":null,"discounts":[],"metadata":{},` +
    `${EMBEDDED[price]},${quantity === undefined ? '' : `"quantity":${quantity},`}` +
    `"subscription":"${subscriptionId(state.index)}","tax_rates":[]}`
  );
}

/** All items of a subscription. */
export const itemTexts = (state: State): string[] => [
  ...Array.from({ length: state.items }, (_, number) => itemText(state, number, state.price, state.quantity)),
  ...(state.metered ? [itemText(state, state.items, METERED, undefined)] : []),
];

function discountsText({ index, coupon, created, customer }: State, expanded: boolean): string {
  if (coupon === undefined) return '[]';
  const id = `di_1Bench${index}`;
  if (!expanded) return `["${id}"]`;
  return (
    `[{"id":"${id}","object":"discount","checkout_session":null,"customer":"cus_Bench${customer}","customer_account":null,"end":null,` +
    `"invoice":null,"invoice_item":null,"promotion_code":null,"source":{"coupon":"${COUPONS[coupon]?.id}","type":"coupon"},` +
    `"start":${created},"subscription":"${subscriptionId(index)}","subscription_item":null}]`
  );
}

const EMBEDDED_ITEMS = 10;
const METADATA = JSON.stringify({
  account_manager: 'self-service',
  campaign: 'autumn-webinar-series',
  first_touch: 'organic search',
  internal_reference: 'a0f2b7c4-53d1-4b7e-9d8a-2f6f1c0e7b55',
  region: 'emea',
});
const HEAD =
  '"object":"subscription","application":null,"application_fee_percent":null,' +
  '"automatic_tax":{"disabled_reason":null,"enabled":true,"liability":{"type":"self"}},"billing_cycle_anchor_config":null,' +
  '"billing_mode":{"flexible":{"proration_discounts":"included"},"type":"flexible","updated_at":1764547200},' +
  '"billing_schedules":[],"billing_thresholds":null,"collection_method":"charge_automatically","customer_account":null,' +
  '"days_until_due":null,"default_source":null,"default_tax_rates":[],"description":null,' +
  '"invoice_settings":{"account_tax_ids":null,"custom_fields":null,"description":null,"footer":null,"issuer":{"type":"self"}},' +
  `"livemode":true,"managed_payments":{"enabled":false},"metadata":${METADATA},` +
  '"next_pending_invoice_item_invoice":null,"on_behalf_of":null,"payment_settings":{"payment_method_options":{"acss_debit":null,' +
  '"bancontact":null,"card":{"mandate_options":{"amount":null,"amount_type":null,"description":null},"network":null,' +
  '"request_three_d_secure":"automatic"},"customer_balance":null,"konbini":null,"payto":null,"sepa_debit":null,"us_bank_account":null},' +
  '"payment_method_types":["card","link"],"save_default_payment_method":"on_subscription"},"pending_invoice_item_interval":null,' +
  '"pending_setup_intent":null,"pending_update":null,"presentment_details":null,"schedule":null,"test_clock":null,"transfer_data":null,' +
  '"trial_settings":{"end_behavior":{"billing_cycle_anchor":null,"missing_payment_method":"create_invoice"}}';

export function subscriptionText(state: State, expanded: boolean): string {
  const { index, created, canceledAt, calledOff, trialEnd } = state;
  const id = subscriptionId(index);
  const items = itemTexts(state);
  const hasMore = items.length > EMBEDDED_ITEMS;
  return (
    `{"id":"${id}",${HEAD},"billing_cycle_anchor":${created},` +
    `"cancel_at":${calledOff && canceledAt !== null ? canceledAt + MONTH : null},"cancel_at_period_end":${calledOff},"canceled_at":${canceledAt},` +
    `"cancellation_details":{"comment":null,"feedback":null,"reason":${canceledAt === null ? 'null' : '"cancellation_requested"'}},` +
    `"created":${created},"currency":"${PRICES[state.price]?.currency}","customer":"cus_Bench${state.customer}",` +
    `"default_payment_method":"pm_1Bench${index}","discounts":${discountsText(state, expanded)},"ended_at":${state.endedAt},` +
    `"items":{"object":"list","data":[${(hasMore ? items.slice(0, EMBEDDED_ITEMS) : items).join(',')}],"has_more":${hasMore},` +
    `"total_count":${items.length},"url":"/v1/subscription_items?subscription=${id}"},"latest_invoice":"in_1Bench${index}x${state.renewals}",` +
    `"pause_collection":${state.paused ? '{"behavior":"void","resumes_at":null}' : 'null'},"start_date":${created},` +
    `"status":"${state.status}","trial_end":${trialEnd},"trial_start":${trialEnd === null ? null : created}}`
  );
}

/** What an event says was there before; undefined where it says nothing, as for begins and ends. */
function previousText(kind: ChangeKind, before: State): string | undefined {
  const items = () => `"items":{"object":"list","data":[${itemTexts(before).join(',')}],"has_more":false}`;
  switch (kind) {
    case 'begin':
    case 'cancel':
      return undefined;
    case 'quantity':
      return `{${items()},"quantity":${before.quantity}}`;
    case 'price':
      return `{${items()},${PLANS[before.price]}}`;
    case 'call off':
      return '{"cancel_at":null,"cancel_at_period_end":false,"canceled_at":null,"cancellation_details":{"reason":null}}';
    case 'past due':
    case 'trial end':
      return `{"status":"${before.status}"}`;
    case 'renewal':
      return `{${items()},"latest_invoice":"in_1Bench${before.index}x${before.renewals}"}`;
  }
}

const TYPES: Partial<Record<ChangeKind, string>> = {
  begin: 'customer.subscription.created',
  cancel: 'customer.subscription.deleted',
};
const typeOf = (kind: ChangeKind): string => TYPES[kind] ?? 'customer.subscription.updated';

export function eventText(
  event: { ordinal: number; at: number; kind: ChangeKind },
  before: State,
  after: State,
): string {
  const { ordinal, at, kind } = event;
  const previous = previousText(kind, before);
  return (
    `{"id":"${eventId(ordinal)}","object":"event","api_version":"2026-10-28.endive","created":${at},` +
    `"data":{"object":${subscriptionText(after, false)}${previous === undefined ? '' : `,"previous_attributes":${previous}`}},` +
    `"livemode":true,"pending_webhooks":0,"request":{"id":null,"idempotency_key":null},"type":"${typeOf(kind)}"}`
  );
}
