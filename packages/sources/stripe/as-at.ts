import { isDeepStrictEqual } from 'node:util';
import { DataError } from '@plumbline/core/errors';
import type { z } from 'zod';
import { parse } from './client.ts';
import type { Event, Item, Subscription } from './schema.ts';
import { afterSchema, previousSchema } from './schema.ts';

/** Stripe keeps events for 30 days: https://docs.stripe.com/api/events */
export const EVENT_DAYS = 30;

/** What can't be known of a past day, however often it is asked for. */
export class Untellable extends DataError {}

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

type Previous = z.infer<typeof previousSchema>;

/** What an event tells of a subscription: how it was before, as far as that is read, and the status after it. */
export type SubscriptionEvent = {
  id: string;
  subscription: string;
  type: string;
  /** Unix seconds. */
  created: number;
  status: string | undefined;
  previous: Previous;
  /** Of a list of items too long for the event, those that it holds. */
  shown: string[] | undefined;
};

/** Reads an event about a subscription; undefined for one that tells nothing of how it stood, as at most renewals. */
export function subscriptionEventOf({ id, type, created, data }: Event): SubscriptionEvent | undefined {
  const after = parse('GET /v1/events', afterSchema, data.object);
  const { items, ...previous }: Previous = parse('GET /v1/events', previousSchema, data.previous_attributes ?? {});
  // With a renewal each item's period changes, and all items are told.
  if (items && !isDeepStrictEqual(items.data, after.items?.data)) Object.assign(previous, { items });
  // Guesses (see `statusBefore`) are about the status active: an update that only confirms it may be left out.
  const tells = type !== 'customer.subscription.updated' ? GUESSED.has(type) : after.status !== 'active';
  if (!tells && Object.keys(previous).length === 0) return undefined;
  const shown = after.items?.has_more ? after.items.data.map((item) => item.id) : undefined;
  return { id, subscription: after.id, type, created, status: after.status ?? undefined, previous, shown };
}

/** The events that don't name the status before them. */
const GUESSED: ReadonlySet<string> = new Set([
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
]);

/**
 * The subscription as it stood just before `end` (Unix seconds): what its own events from `end` on changed is put back, newest first.
 * Events may come in any order, but those of one second as Stripe lists them, newest first. Without any it is the same object.
 * What a subscription keeps times of (its begin, trial and end) is left to `statusAt`.
 */
export const asAt = (subscription: Subscription, events: readonly SubscriptionEvent[], end: number): Subscription =>
  events
    .filter(({ created }) => created >= end)
    .sort((a, b) => b.created - a.created)
    .reduce(before, subscription);

/** The subscription before the event, given as it was after it. */
function before(state: Subscription, { type, status, previous, shown }: SubscriptionEvent): Subscription {
  const { items, quantity, plan, ...fields } = previous;
  const undone = { ...state, status: statusBefore(type, state.status, status ?? state.status), ...fields };
  if (items) return { ...undone, items: { ...state.items, data: itemsBefore(state, shown, items.data) } };
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
function itemsBefore(state: Subscription, shown: string[] | undefined, previous: Item[]): Item[] {
  if (!shown) return previous;
  const known = new Map(previous.map((item) => [item.id, item]));
  if (shown.length !== known.size || shown.some((id) => !known.has(id))) {
    const what = 'a subscription with more items than an event holds got or lost some since the end of the day';
    throw new Untellable('stripe', `${what}; how it stood then can't be told`);
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
