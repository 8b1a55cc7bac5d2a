import type { Clock } from '@plumbline/core/ports';
import type { SubscriptionEvent } from './as-at.ts';
import { DISCOUNT_EVENTS, SUBSCRIPTION_EVENTS, subscriptionEventOf } from './as-at.ts';
import type { Client } from './client.ts';
import { parse } from './client.ts';
import type { Discount, Event } from './schema.ts';
import { discountSchema, eventSchema } from './schema.ts';
import type { Slice } from './slices.ts';
import { readInSlices } from './slices.ts';

/** What happened to subscriptions since a time, kept up to date while they are read. */
export type Changes = {
  /** Resolves when every event that was made before the call is in. Rejects where they can't be read. */
  caughtUp(): Promise<void>;
  /** A subscription's events as `asAt` wants them. */
  of(subscription: string): readonly SubscriptionEvent[];
  /** Those that events tell of, each as it was first told: one that was taken off since is nowhere else. */
  discounts: ReadonlyMap<string, Discount>;
  /** Events that were read. */
  readonly rows: number;
};

const PAGE = 100;
const NONE: readonly SubscriptionEvent[] = [];

/** An event may be listed a little after others that were made later: so far back each reading looks again where one page holds it. */
const OVERLAP_SECONDS = 120;
/** So far back it does so with as many pages as it takes. */
const LISTED_AFTER_SECONDS = 5;
/** Subscriptions need the requests more. */
const BETWEEN_READINGS_MS = 1000;
/** The end of time: no clock but Stripe's decides what is new. */
const NO_END = Number.MAX_SAFE_INTEGER;

const isAboutDiscount = ({ type }: Event): boolean => (DISCOUNT_EVENTS as readonly string[]).includes(type);

/**
 * Reads the events from `from` (Unix seconds) on and then, each time somebody wants to be caught up, those that came since; one reading
 * serves all who wait. Only what `asAt` needs is kept. Without `from` nothing is followed. https://docs.stripe.com/api/events/list
 */
export function followChanges(
  client: Client,
  { from, lanes, clock }: { from: number | undefined; lanes: number; clock: Clock },
): Changes {
  const bySubscription = new Map<string, SubscriptionEvent[]>();
  const discounts = new Map<string, Discount>();
  const toldAt = new Map<string, number>();
  const recent = new Map<string, number>();
  let newest = from ?? 0;
  let rows = 0;

  const page = ({ from: gte, to, after }: Slice) =>
    client.page('GET /v1/events', eventSchema, (stripe) =>
      stripe.events.list({
        limit: PAGE,
        types: [...SUBSCRIPTION_EVENTS, ...DISCOUNT_EVENTS],
        created: { gte, ...(to < NO_END && { lt: to }) },
        ...(after !== undefined && { starting_after: after }),
      }),
    );

  /** Those of a page that are not known yet, in the page's order. */
  function unknownOf(events: readonly Event[]): Event[] {
    const fresh = events.filter(({ id, created }) => {
      if (recent.has(id)) return false;
      recent.set(id, created);
      return true;
    });
    newest = events.reduce((latest, { created }) => Math.max(latest, created), newest);
    return fresh;
  }

  const forgetOld = (): void => {
    for (const [id, created] of recent) if (created < newest - OVERLAP_SECONDS) recent.delete(id);
  };

  /** `events` are older than all that is known of the same second, or newer, as told by `side`. */
  function keep(events: readonly Event[], side: 'older' | 'newer'): void {
    rows += events.length;
    const told = events.flatMap((event) => {
      if (isAboutDiscount(event)) {
        keepDiscount(event);
        return [];
      }
      return subscriptionEventOf(event) ?? [];
    });
    for (const [subscription, own] of Map.groupBy(told, (event) => event.subscription)) {
      const known = bySubscription.get(subscription) ?? [];
      bySubscription.set(subscription, side === 'older' ? [...known, ...own] : [...own, ...known]);
    }
  }

  function keepDiscount({ created, data }: Event): void {
    const discount = parse('GET /v1/events', discountSchema, data.object);
    const at = toldAt.get(discount.id);
    if (at !== undefined && at <= created) return;
    toldAt.set(discount.id, created);
    discounts.set(discount.id, discount);
  }

  async function readAll(since: number): Promise<void> {
    const { error } = await readInSlices({
      name: 'GET /v1/events',
      slices: [{ from: since, to: NO_END }],
      lanes,
      page,
      take: async (events) => {
        keep(unknownOf(events), 'older');
        forgetOld();
      },
    });
    if (error !== undefined) throw error;
  }

  /** What came since, newest first, until a page ends with what was known and is old enough to be listed in full. */
  async function readNew(since: number): Promise<void> {
    const found: Event[] = [];
    const listed = newest - LISTED_AFTER_SECONDS;
    let isKnown = false;
    const { error } = await readInSlices({
      name: 'GET /v1/events',
      slices: [{ from: Math.max(since, newest - OVERLAP_SECONDS), to: NO_END }],
      lanes: 1,
      page,
      take: async (events) => {
        const fresh = unknownOf(events);
        const last = events.at(-1);
        isKnown = last !== undefined && last.created < listed && fresh.at(-1) !== last;
        found.push(...fresh);
      },
      isOver: () => isKnown,
    });
    if (error !== undefined) throw error;
    keep(found, 'newer');
    forgetOld();
  }

  let began: number | undefined;
  let current = Promise.resolve();
  let next: Promise<void> | undefined;

  /** Another reading once the one under way is through. After one that failed there is a gap, so all that follow fail too. */
  async function read(since: number): Promise<void> {
    await current;
    const wait = began === undefined ? 0 : began + BETWEEN_READINGS_MS - clock.now();
    if (wait > 0) await clock.sleep(wait);
    current = began === undefined ? readAll(since) : readNew(since);
    began = clock.now();
    // Who asks from now on asks for events that this one may have missed.
    next = undefined;
    await current;
  }

  return {
    caughtUp: () => (from === undefined ? Promise.resolve() : (next ??= read(from))),
    of: (subscription) => bySubscription.get(subscription) ?? NONE,
    discounts,
    get rows() {
      return rows;
    },
  };
}
