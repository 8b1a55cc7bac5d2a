import type { Story, StoryPrice, SubscriptionChange, SubscriptionLife } from '../stories/story.ts';
import type { StripeObject, SubscriptionState } from './stripe-objects.ts';
import { subscriptionObject } from './stripe-objects.ts';

const DAY = 86_400;

/** One state of a subscription, valid from `at` (seconds) until the next one, and the event that it came with. */
export type Version = {
  at: number;
  event: 'created' | 'updated' | 'deleted';
  state: SubscriptionState;
  subscription: StripeObject;
  previous?: Record<string, unknown>;
};

/** `count` months after an anchor (seconds, UTC), on the month's last day where it has no such day. */
function monthsAfter(anchor: number, count: number): number {
  const from = new Date(anchor * 1000);
  const month = from.getUTCMonth() + count;
  const days = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const inDay = anchor % DAY;
  return Date.UTC(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), days)) / 1000 + inDay;
}

const monthsOf = (price: StoryPrice): number => (price.interval === 'year' ? 12 : 1);

const begun = (state: SubscriptionState, anchor: number): SubscriptionState => ({
  ...state,
  anchor,
  periods: 1,
  start: anchor,
  end: monthsAfter(anchor, monthsOf(state.price)),
});

/** What happens by itself when a period ends: the trial turns into a subscription, it is renewed, or it ends as was asked. */
function periodEnds(state: SubscriptionState): SubscriptionState {
  if (state.cancelAtPeriodEnd) return { ...state, status: 'canceled', endedAt: state.end };
  const invoices = state.invoices + 1;
  if (state.status === 'trialing') return { ...begun(state, state.end), status: 'active', invoices };
  const periods = state.periods + 1;
  const end = monthsAfter(state.anchor, periods * monthsOf(state.price));
  return { ...state, periods, start: state.end, end, invoices };
}

function changed(
  state: SubscriptionState,
  change: SubscriptionChange,
  at: number,
  priceNamed: (id: string) => StoryPrice,
): SubscriptionState {
  switch (change.type) {
    case 'start':
      throw new Error('a subscription starts once');
    case 'price': {
      const next = { ...state, price: priceNamed(change.price), invoices: state.invoices + 1 };
      return next.price.interval === state.price.interval || state.status === 'trialing' ? next : begun(next, at);
    }
    case 'quantity':
      return { ...state, quantity: change.quantity };
    case 'past_due':
      return { ...state, status: 'past_due' };
    case 'paid':
      return { ...state, status: 'active' };
    case 'cancel_at_period_end':
      return { ...state, cancelAtPeriodEnd: true, canceledAt: at, reason: 'cancellation_requested' };
    case 'cancel':
      return { ...state, status: 'canceled', canceledAt: at, endedAt: at, reason: 'cancellation_requested' };
  }
}

/** The earlier values of what differs, as `previous_attributes` shows them. */
function previousOf(before: StripeObject, after: StripeObject): Record<string, unknown> {
  const differing = Object.keys(before).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(
    differing.map((key) => [
      key,
      key === 'items' ? { data: (before['items'] as { data: unknown }).data } : before[key],
    ]),
  );
}

/** Every state that a subscription goes through up to `until` (seconds), renewals included. */
export function versionsOf(
  story: Story,
  life: SubscriptionLife,
  options: { catalogue: number; until: number; livemode: boolean },
): Version[] {
  const priceNamed = (id: string): StoryPrice => {
    const found = story.prices.find((price) => price.id === id);
    if (found === undefined) throw new Error(`${life.id} has the price ${id}, which the story does not list`);
    return found;
  };
  const [first, ...later] = life.changes;
  if (first?.type !== 'start') throw new Error(`${life.id} does not begin with its start`);
  const created = Math.floor(first.at / 1000);
  const trialEnd = created + (first.trialDays ?? 0) * DAY;
  const price = priceNamed(first.price);
  const blank = {
    quantity: first.quantity,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    endedAt: null,
    reason: null,
    invoices: 1,
  };
  let state: SubscriptionState =
    first.trialDays === undefined
      ? begun({ ...blank, price, status: 'active', anchor: 0, periods: 0, start: 0, end: 0, trial: null }, created)
      : {
          ...blank,
          price,
          status: 'trialing',
          anchor: trialEnd,
          periods: 0,
          start: created,
          end: trialEnd,
          trial: { start: created, end: trialEnd },
        };
  const show = (): StripeObject => subscriptionObject(life, state, created, options.catalogue, options.livemode);
  let shown = show();
  const versions: Version[] = [{ at: created, event: 'created', state, subscription: shown }];
  const move = (at: number, next: SubscriptionState): void => {
    state = next;
    const before = shown;
    shown = show();
    const ended = next.status === 'canceled';
    versions.push({
      at,
      event: ended ? 'deleted' : 'updated',
      state,
      subscription: shown,
      ...(ended ? {} : { previous: previousOf(before, shown) }),
    });
  };
  const passTo = (at: number): void => {
    while (state.status !== 'canceled' && state.end <= at) move(state.end, periodEnds(state));
  };
  for (const change of later) {
    const at = Math.floor(change.at / 1000);
    passTo(at);
    if (state.status !== 'canceled') move(at, changed(state, change, at, priceNamed));
  }
  passTo(options.until);
  return versions;
}
