import type { StoryPrice, SubscriptionLife } from '../stories/story.ts';
import type { Row } from './stripe-list.ts';
import type { Version } from './stripe-lives.ts';
import type { StripeObject, SubscriptionState } from './stripe-objects.ts';

/** A renewal's invoice stays a draft for about an hour. */
const DRAFT_SECONDS = 3_600;

type Invoice = {
  id: string;
  at: number;
  reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update';
  charges: readonly Charge[];
  state: SubscriptionState;
  finalized: number;
  paid: number | undefined;
};

/** What an invoice asks for: a period in advance, or what a change within one comes to. */
type Charge = {
  price: StoryPrice;
  quantity: number;
  amount: number;
  start: number;
  end: number;
  isProration: boolean;
  says: string;
};

const sumOf = ({ price, quantity }: SubscriptionState): number => price.unitAmount * quantity;

const periodOf = (state: SubscriptionState): Charge => ({
  price: state.price,
  quantity: state.quantity,
  amount: state.status === 'trialing' ? 0 : sumOf(state),
  start: state.start,
  end: state.end,
  isProration: false,
  says: state.status === 'trialing' ? 'Trial period for' : '',
});

/** The unused rest of what was paid, and the same rest of what it became; a new interval is invoiced whole instead. */
function prorationsOf(before: SubscriptionState, after: SubscriptionState, at: number): Charge[] {
  const rest = (before.end - at) / (before.end - before.start);
  const share = (state: SubscriptionState, sign: 1 | -1, says: string): Charge => ({
    price: state.price,
    quantity: state.quantity,
    amount: sign * Math.round(sumOf(state) * rest),
    start: at,
    end: before.end,
    isProration: true,
    says,
  });
  const unused = share(before, -1, 'Unused time on');
  return after.start === before.start ? [unused, share(after, 1, 'Remaining time on')] : [unused];
}

/** The invoices of one subscription's life: of its begin, of each renewal, and of each change that is invoiced at once. */
export function invoicesOf(life: SubscriptionLife, versions: readonly Version[], livemode: boolean): Row[] {
  let pending: Charge[] = [];
  return versions.flatMap(({ at, state }, index) => {
    const before = versions[index - 1]?.state;
    const differs = before && (before.price !== state.price || before.quantity !== state.quantity);
    if (differs && before.status !== 'trialing' && at < before.end) pending.push(...prorationsOf(before, state, at));
    if (before?.invoices === state.invoices) return [];
    const begins = before?.start !== state.start;
    const charges = begins || pending.length === 0 ? [...pending, periodOf(state)] : pending;
    pending = [];

    const renews = before !== undefined && begins && at === before.end;
    const finalized = renews ? at + DRAFT_SECONDS : at;
    const later = versions.slice(index + 1).filter((version) => version.state.invoices === state.invoices);
    const failed = later.findIndex((version) => version.state.status === 'past_due');
    const paid = failed < 0 ? finalized : later.slice(failed).find(({ state: { status } }) => status === 'active')?.at;
    const reason = before === undefined ? 'subscription_create' : renews ? 'subscription_cycle' : 'subscription_update';
    const id = `in_${life.id.slice(4)}_${state.invoices}`;
    const invoice: Invoice = { id, at, reason, charges, state, finalized, paid };
    return { id, created: at, at: (now) => (at <= now ? invoiceObject(life, invoice, now, livemode) : undefined) };
  });
}

function invoiceObject(
  life: SubscriptionLife,
  { id, at, reason, charges, state, finalized, paid }: Invoice,
  now: number,
  livemode: boolean,
): StripeObject {
  const isFinal = finalized <= now;
  const isPaid = paid !== undefined && paid <= now;
  const currency = state.price.currency.toLowerCase();
  const total = charges.reduce((sum, { amount }) => sum + amount, 0);
  const due = Math.max(0, total);
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: null,
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: isPaid ? due : 0,
    amount_remaining: isPaid ? 0 : due,
    amount_shipping: 0,
    application: null,
    attempt_count: isFinal ? 1 : 0,
    attempted: isFinal,
    auto_advance: !isPaid,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: isFinal ? null : finalized,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: at,
    currency,
    custom_fields: null,
    customer: life.customer,
    customer_account: null,
    customer_address: null,
    customer_email: null,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: isFinal ? finalized : null,
    ending_balance: isFinal ? 0 : null,
    footer: null,
    from_invoice: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: 'list',
      data: charges.map((charge, index) => lineObject(life, charge, { id, index, currency, livemode })),
      has_more: false,
      total_count: charges.length,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode,
    metadata: {},
    next_payment_attempt: null,
    number: isFinal ? `${life.id.slice(4).toUpperCase()}-${String(state.invoices).padStart(4, '0')}` : null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: {}, subscription: life.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: at,
    period_start: at,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: isPaid ? 'paid' : isFinal ? 'open' : 'draft',
    status_transitions: {
      finalized_at: isFinal ? finalized : null,
      marked_uncollectible_at: null,
      paid_at: isPaid ? paid : null,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: at,
  };
}

const lineObject = (
  life: SubscriptionLife,
  { price, quantity, amount, start, end, isProration, says }: Charge,
  { id, index, currency, livemode }: { id: string; index: number; currency: string; livemode: boolean },
): StripeObject => ({
  id: `il_${id.slice(3)}_${index + 1}`,
  object: 'line_item',
  amount,
  currency,
  description: `${says} ${quantity} × ${price.product}`.trim(),
  discount_amounts: [],
  discountable: !isProration,
  discounts: [],
  invoice: id,
  livemode,
  metadata: {},
  parent: {
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: isProration ? `ii_${id.slice(3)}_${index + 1}` : null,
      proration: isProration,
      proration_details: { credited_items: null },
      subscription: life.id,
      subscription_item: `si_${life.id.slice(4)}`,
    },
    type: 'subscription_item_details',
  },
  period: { end, start },
  pretax_credit_amounts: [],
  pricing: {
    price_details: { price: price.id, product: price.product },
    type: 'price_details',
    unit_amount_decimal: String(price.unitAmount),
  },
  quantity,
  quantity_decimal: String(quantity),
  subscription: life.id,
  subtotal: amount,
  taxes: [],
});
