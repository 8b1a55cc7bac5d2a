import type { Client } from './client.ts';
import type { Invoice, InvoiceLine } from './invoice-schema.ts';
import { invoiceLineSchema, invoiceSchema } from './invoice-schema.ts';
import type { Run, Told } from './periods.ts';
import { insert, periodsOf, runAt } from './periods.ts';
import type { Item, Subscription } from './schema.ts';
import { readInSlices } from './slices.ts';

/** What a subscription item was, oldest first. */
type ItemLife = { item: string; runs: Run[] };

/** What the invoices say about the past of subscriptions. */
export type History = {
  /** The items that its invoices show; none for a subscription without invoices. */
  of(subscription: string): readonly ItemLife[];
  /** How many invoices, and lines of long invoices, were read. */
  rows: number;
};

type Read = {
  /** The ends of the first and of the last day to be told, in Unix seconds. */
  from: number;
  to: number;
  /** The longest billing interval of the account's prices, in seconds. */
  longest: number;
  lanes: number;
};

const DAY = 86_400;

/**
 * Reads the invoices that can tell of the days: an invoice is made when its period begins, so one interval before the first day is
 * early enough, and one after the last shows whether a period that holds that day was followed by another.
 */
export async function readHistory(client: Client, { from, to, longest, lanes }: Read): Promise<History> {
  const history = openHistory(from);
  let rows = 0;
  const linesOf = async ({ id, lines }: Invoice): Promise<InvoiceLine[]> => {
    if (!lines.has_more) return lines.data;
    const all = await client.list('GET /v1/invoices/{id}/lines', invoiceLineSchema, (stripe, page) =>
      stripe.invoices.listLineItems(id, page),
    );
    rows += all.length;
    return all;
  };
  const { error } = await readInSlices({
    name: 'GET /v1/invoices',
    slices: [{ from: from - longest, to: to + longest + DAY }],
    lanes,
    page: ({ from: gte, to: lt, after }) =>
      client.page('GET /v1/invoices', invoiceSchema, (stripe) =>
        stripe.invoices.list({
          limit: 100,
          created: { gte, lt },
          ...(after !== undefined && { starting_after: after }),
        }),
      ),
    take: async (invoices) => {
      rows += invoices.length;
      await Promise.all(invoices.map(async (invoice) => history.add(invoice, await linesOf(invoice))));
    },
  });
  if (error !== undefined) throw error;
  return { of: history.of, rows };
}

/**
 * Gathers invoices in any order, each as often as it comes, and keeps of them what can tell of times from `from` on. Draft, open and
 * uncollectible ones tell as well as paid ones what the subscription was; a void one was a mistake, or of a time that nobody was to pay for.
 */
export function openHistory(from: number) {
  const bySubscription = new Map<string, ItemLife[]>();
  const prices = new Map<string, string>();

  function keep({ subscription, item, period }: Told): void {
    // Each id of a price is one string in memory, however many periods have it.
    const price = prices.get(period.price) ?? period.price;
    prices.set(price, price);
    const told = { ...period, price };
    const items = bySubscription.get(subscription);
    const runs = items?.find((life) => life.item === item)?.runs;
    if (runs) return insert(runs, told);
    // Arrays that are made with their first element have no room to spare: most of a million stay at one.
    const life = { item, runs: [{ ...told, last: told.start }] };
    if (items) items.push(life);
    else bySubscription.set(subscription, [life]);
  }
  return {
    add(invoice: Invoice, lines: readonly InvoiceLine[]): void {
      if (invoice.status === 'void') return;
      periodsOf(invoice, lines)
        .filter(({ period }) => period.end >= from)
        .forEach(keep);
    },
    of: (subscription: string): readonly ItemLife[] => bySubscription.get(subscription) ?? [],
  };
}

/** Statuses that a subscription can have come to since without a time of it being kept; one that had a trial keeps its times. */
const OPEN_ENDED = new Set(['unpaid', 'past_due', 'paused', 'trialing']);

/**
 * The subscription with the items that its invoices show just before `end` (Unix seconds), and whether every one of them is shown by an
 * invoice whose period covers that time. An item without such an invoice stands as in its next one, or as now; one that has been taken
 * away since reappears. Where the period was paid, the subscription was active and its collection not paused when that period began.
 *
 * Not to be known: the day of a change within a period (it shows from the next period on), pauses and past-due times that are over,
 * discounts that were taken off since.
 */
export function asInvoiced(
  subscription: Subscription,
  history: Pick<History, 'of'>,
  end: number,
): { subscription: Subscription; isInvoiced: boolean } {
  const told = history.of(subscription.id);
  const present = subscription.items.data;
  const stood: { item: Item; run: Run | undefined }[] = present
    .filter(({ created }) => created == null || created < end || subscription.created >= end)
    .map((item) => {
      const runs = told.find((life) => life.item === item.id)?.runs ?? [];
      const run = runAt(runs, end);
      return { item: asIn(run ?? runs.find(({ start }) => start >= end), item), run };
    });
  for (const { item: id, runs } of told) {
    if (present.some((item) => item.id === id)) continue;
    const run = runAt(runs, end);
    if (!run || (run === runs.at(-1) && gaveWay(run, { told, present, end }))) continue;
    stood.push({ item: { id, price: run.price, quantity: run.quantity }, run });
  }
  const invoiced = stood.flatMap(({ run }) => run ?? []);
  const isPaid = invoiced.length > 0 && invoiced.every((run) => run.isPaid);
  return {
    subscription: {
      ...subscription,
      ...(isPaid && OPEN_ENDED.has(subscription.status) && { status: 'active' }),
      ...(isPaid && { pause_collection: null }),
      items: { ...subscription.items, data: stood.map(({ item }) => item) },
    },
    isInvoiced: invoiced.length > 0 && invoiced.length === stood.length,
  };
}

/** The item's own price object is kept where it is the same, as a price made inside a subscription is in no list. */
function asIn(run: Run | undefined, item: Item): Item {
  if (!run) return item;
  const now = typeof item.price === 'string' ? item.price : item.price?.id;
  return { ...item, price: now === run.price ? item.price : run.price, quantity: run.quantity };
}

/**
 * Whether an item that is gone was replaced, in the last period that it was invoiced for, by one that came in that period. No invoice
 * says when it went; counted to the period's end it would stand beside what took its place.
 */
function gaveWay(
  run: Run,
  { told, present, end }: { told: readonly ItemLife[]; present: readonly Item[]; end: number },
): boolean {
  const began = new Map([
    ...told.map(({ item, runs }) => [item, runs[0]?.start] as const),
    ...present.flatMap(({ id, created }) => (created == null ? [] : [[id, created] as const])),
  ]);
  return [...began.values()].some((start) => start !== undefined && run.last < start && start < end);
}
