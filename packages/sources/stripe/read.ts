import { DataError } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import { asAt, EVENT_DAYS, Untellable } from './as-at.ts';
import type { Catalogue } from './catalogue.ts';
import { followChanges } from './changes.ts';
import type { Resumed } from './checkpoint.ts';
import type { Client } from './client.ts';
import type { PulledDay, State } from './fold.ts';
import { entriesOf, MissingRate } from './fold.ts';
import type { History } from './history.ts';
import { asInvoiced, readHistory } from './history.ts';
import type { StripeConfig } from './index.ts';
import { Ledger } from './ledger.ts';
import { openCatalogue, withAllItems } from './open-catalogue.ts';
import { perMonth } from './pricing.ts';
import type { Price, Subscription } from './schema.ts';
import { subscriptionSchema } from './schema.ts';
import type { Slice } from './slices.ts';
import { readInSlices } from './slices.ts';

const PAGE = 100;

/** Subscriptions that are folded between two pauses, in which answers can come in. */
const LANES = 16;

/** How far a reading got: to its end, with all that the days' numbers are made of; or not, with what is left and why. */
export type Account = { ledger: Ledger; requests: number } & (
  | {
      isWhole: true;
      catalogue: Catalogue;
      /** Prices, coupons, events and invoices that were read. */
      rows: number;
    }
  | { isWhole: false; left: Slice[]; error?: unknown }
);

type Options = {
  days: readonly PulledDay[];
  /** Whether the first day is only there to be compared with. */
  isFirst: boolean;
  /** What an earlier run has read already. */
  progress: Resumed | undefined;
};

/**
 * Reads all subscriptions into a ledger, page by page and side by side; none is kept. Each page waits until every event up to its own
 * reading is in, so that no change can be in the one without the other. What is left unread, for want of time or by an error, is answered.
 */
export async function readAccount(
  client: Client,
  { days, isFirst, progress }: Options,
  ports: PullPorts<StripeConfig>,
): Promise<Account> {
  const { http, clock, deadline, config, workspace } = ports;
  const asked = http.requests;
  const ends = days.filter(({ reconstructed }) => !reconstructed).map(({ end }) => end);
  const changes = followChanges(client, { from: ends.length > 0 ? Math.min(...ends) : undefined, lanes: LANES, clock });
  const ledger = progress?.ledger ?? new Ledger();
  // A subscription made since then was not there yet on days that events tell, so on earlier ones it must not be, whenever it says it began.
  const eventsFrom = Math.ceil(clock.now() / 1000) - EVENT_DAYS * 86_400;

  /** Read beside the first page and the first events. */
  async function prepare() {
    const catalogue = await openCatalogue(client, changes.discounts);
    if (progress) await catalogue.learnNames(progress.products);
    const history = await historyOf(client, days, catalogue);
    return { catalogue, history };
  }
  const preparing = prepare();
  // Who awaits it hears of its failure, and nobody may have to.
  preparing.catch(() => undefined);

  async function fold(listed: Subscription): Promise<void> {
    const subscription = listed.created < eventsFrom ? listed : { ...listed, start_date: listed.created };
    const { catalogue, history } = await preparing;
    const context = { catalogue, rules: config.mrr, currency: workspace.currency, days, isFirst };
    const events = changes.of(subscription.id);
    if (events.length > 0) catalogue.keep(subscription);
    const stateOn = ({ end, reconstructed }: PulledDay): State => {
      if (!reconstructed || !history) return { subscription: asAt(subscription, events, end) };
      const { subscription: state, isInvoiced } = asInvoiced(subscription, history, end);
      return { subscription: state, known: isInvoiced ? 'invoices' : 'today' };
    };
    const states = naming(subscription, () => statesOn(days, stateOn));
    for (const state of new Set(states.map((each) => each.subscription))) await catalogue.learn(state);
    const [id, customer] = [ports.pseudonym(subscription.id), ports.pseudonym(subscription.customer)];
    ledger.add(
      id,
      customer,
      naming(subscription, () => entriesOf(states, context)),
    );
  }

  const { left, ...failed } = await readInSlices({
    name: 'GET /v1/subscriptions',
    slices: progress?.slices ?? [everything(days, eventsFrom)],
    lanes: LANES,
    page: ({ from: gte, to: lt, after }) =>
      client.page('GET /v1/subscriptions', subscriptionSchema, (stripe) =>
        stripe.subscriptions.list({
          limit: PAGE,
          status: 'all',
          created: { gte, lt },
          expand: ['data.discounts', 'data.items.data.discounts'],
          ...(after !== undefined && { starting_after: after }),
        }),
      ),
    async take(listed) {
      const subscriptions: Subscription[] = [];
      for (const each of listed) subscriptions.push(await withAllItems(client, each));
      // Last, as items were read later than the page.
      await changes.caughtUp();
      for (const subscription of subscriptions) await fold(subscription);
    },
    ...(deadline !== undefined && { isOver: () => clock.now() >= deadline }),
  });
  const requests = () => http.requests - asked + (progress?.requests ?? 0);
  if (left.length > 0) return { isWhole: false, ledger, requests: requests(), left, ...failed };
  const { catalogue, history } = await preparing;
  const rows = catalogue.read().length + changes.rows + (history?.rows ?? 0);
  return { isWhole: true, ledger, requests: requests(), catalogue, rows };
}

/**
 * How a subscription stood on each day. Where that can't be known of a day it stands as on the next one, and the day is not told; the last
 * day's failure is the pull's, so that somebody hears of it, once.
 */
function statesOn(days: readonly PulledDay[], stateOn: (day: PulledDay) => State): State[] {
  let next: State | undefined;
  const newestFirst = days.toReversed().map((day) => {
    try {
      next = stateOn(day);
      return next;
    } catch (error) {
      if (!(error instanceof Untellable) || !next) throw error;
      return { ...next, isUntold: true };
    }
  });
  return newestFirst.reverse();
}

/** What can't be told of a subscription is told with its id, for whoever is to look at it in Stripe. */
function naming<T>({ id }: Subscription, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DataError) || error instanceof MissingRate) throw error;
    const reason = error.message.replace('[stripe] ', '');
    const message = `subscription ${id} can't be told: ${reason}; look it up in Stripe's dashboard`;
    throw new DataError('stripe', message, { cause: error });
  }
}

/** What was created later than the last day is not in any, unless that is reconstructed and the begin can be told to have been earlier. */
function everything(days: readonly PulledDay[], eventsFrom: number): Slice {
  const isBackdated = days.some(({ reconstructed }) => reconstructed);
  return { from: 0, to: Math.max(...days.map(({ end }) => end), isBackdated ? eventsFrom : 0) };
}

async function historyOf(
  client: Client,
  days: readonly PulledDay[],
  { prices }: Catalogue,
): Promise<History | undefined> {
  const ends = days.filter(({ reconstructed }) => reconstructed).map(({ end }) => end);
  if (ends.length === 0) return undefined;
  return readHistory(client, {
    from: Math.min(...ends),
    to: Math.max(...ends),
    longest: longestInterval([...prices.values()]),
    lanes: LANES,
  });
}

const MONTH_SECONDS = 31 * 86_400;

/** The longest time that one invoice pays for, in seconds. */
function longestInterval(prices: readonly Price[]): number {
  const months = prices.flatMap(({ id, recurring }) => {
    if (!recurring) return [];
    const { n, d } = perMonth(id, recurring.interval, recurring.interval_count ?? 1);
    return [Number(d) / Number(n)];
  });
  return Math.ceil(Math.max(1, ...months) * MONTH_SECONDS);
}
