import { DataError } from '@plumbline/core/errors';
import { parse } from './client.ts';
import type { Event, Item, Subscription } from './schema.ts';
import { afterSchema, previousSchema } from './schema.ts';

/** Stripe keeps events for 30 days: https://docs.stripe.com/api/events */
export const EVENT_DAYS = 30;

/** The events that tell of a change to what a subscription comes to. */
export const SUBSCRIPTION_EVENTS = [
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
] as const;

/** They carry the whole discount: the only place where one that was taken off since can still be read. */
export const DISCOUNT_EVENTS = [
  'customer.discount.created',
  'customer.discount.deleted',
  'customer.discount.updated',
] as const;

const isAboutSubscription = (event: Event): boolean => (SUBSCRIPTION_EVENTS as readonly string[]).includes(event.type);

/**
 * The subscriptions as they stood just before `end` (Unix seconds): what the events from `end` on changed is put back, newest first.
 * What a subscription keeps times of (its begin, trial and end) is left to `statusAt`.
 */
export function undo(subscriptions: readonly Subscription[], events: readonly Event[], end: number): Subscription[] {
  const states = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const newestFirst = events
    .filter((event) => event.created >= end && isAboutSubscription(event))
    .sort((a, b) => b.created - a.created);
  for (const event of newestFirst) {
    const after = parse('GET /v1/events', afterSchema, event.data.object);
    const state = states.get(after.id);
    if (state) states.set(after.id, before(event, state));
  }
  return [...states.values()];
}

/** The subscription before the event, given as it was after it. */
function before({ type, data }: Event, state: Subscription): Subscription {
  const after = parse('GET /v1/events', afterSchema, data.object);
  const { items, quantity, plan, ...previous } = parse(
    'GET /v1/events',
    previousSchema,
    data.previous_attributes ?? {},
  );
  const undone = { ...state, status: statusBefore(type, state.status, after.status ?? state.status), ...previous };
  if (items) return { ...undone, items: { ...state.items, data: itemsBefore(state, after.items, items.data) } };
  const [only, ...others] = state.items.data;
  if (only === undefined || others.length > 0 || (quantity === undefined && !plan)) return undone;
  const item = { ...only, quantity: quantity ?? only.quantity, price: plan?.id ?? only.price };
  return { ...undone, items: { ...state.items, data: [item] } };
}

/** The status where `previous_attributes` has none: only updates name it, and only when it changed. */
function statusBefore(type: string, status: string, after: string): string {
  if (type === 'customer.subscription.updated') return after;
  if (type === 'customer.subscription.paused' && status === 'paused') return 'active';
  if (type === 'customer.subscription.deleted' && status === 'canceled') return 'active';
  if (type === 'customer.subscription.resumed') return 'paused';
  return status;
}

/** The items before: an event holds all of them, or of a long list only the first ten before and after. */
function itemsBefore(
  state: Subscription,
  after: { data: { id: string }[]; has_more?: boolean | null | undefined } | null | undefined,
  previous: Item[],
): Item[] {
  if (!after?.has_more) return previous;
  const known = new Map(previous.map((item) => [item.id, item]));
  if (after.data.length !== known.size || after.data.some(({ id }) => !known.has(id))) {
    const what = 'a subscription with more items than an event holds got or lost some since the end of the day';
    throw new DataError('stripe', `${what}; how it stood then can't be told`);
  }
  return state.items.data.map((item) => known.get(item.id) ?? item);
}

/** The times that Stripe keeps on a subscription, judged at `end`: a status of Stripe's, or undefined where it had not begun. */
export function statusAt(subscription: Subscription, end: number, backdated: boolean): string | undefined {
  const { status, created, start_date, ended_at, trial_start, trial_end } = subscription;
  const begin = backdated ? Math.min(created, start_date ?? created) : created;
  if (begin >= end) return undefined;
  if (status === 'incomplete' || status === 'incomplete_expired') return status;
  if (ended_at != null && ended_at < end) return 'canceled';
  if (trial_end != null && trial_end >= end && (trial_start ?? begin) < end) return 'trialing';
  // It ended later, and nothing says whether it was active or past due then; both count.
  return status === 'canceled' && ended_at != null ? 'active' : status;
}

/** Whether it had been called off, for then or for later, before `end`. `canceled_at` is the time of the call. */
export function wasCalledOff(subscription: Subscription, end: number): boolean {
  const { ended_at, canceled_at, cancel_at, cancel_at_period_end } = subscription;
  if (canceled_at != null)
    return canceled_at < end && (ended_at != null || cancel_at != null || !!cancel_at_period_end);
  return ended_at == null && (cancel_at != null || !!cancel_at_period_end);
}
