import { createHash } from 'node:crypto';
import { DISCOUNT_EVENTS, SUBSCRIPTION_EVENTS } from './as-at.ts';
import type { Catalogue } from './catalogue.ts';
import type { Client } from './client.ts';
import { parse } from './client.ts';
import type { Coupon, Discount, DiscountRef, Event, Item, Price, Subscription } from './schema.ts';
import {
  couponSchema,
  discountSchema,
  eventSchema,
  itemSchema,
  priceSchema,
  productSchema,
  subscriptionSchema,
} from './schema.ts';

/** All that a pull reads, once, whatever the number of days that it answers. */
export type Account = {
  subscriptions: Subscription[];
  events: Event[];
  catalogue: Catalogue;
  rows: number;
  /** SHA-256 over what was read, whatever the order that it came in. */
  sha256: string;
};

/**
 * Reads the account as it is now, and the events from `eventsFrom` (Unix seconds) on where any are needed. Subscriptions come
 * before events, so that no change can be in the one without the other. `expand` goes four levels deep at most
 * (https://docs.stripe.com/api/expanding_objects), so prices with their tiers and coupons are listed once and joined.
 */
export async function readAccount(client: Client, eventsFrom: number | undefined): Promise<Account> {
  const listed = await client.list('GET /v1/subscriptions', subscriptionSchema, (stripe, page) =>
    stripe.subscriptions.list({ ...page, status: 'all', expand: ['data.discounts', 'data.items.data.discounts'] }),
  );
  const events = eventsFrom === undefined ? [] : await readEvents(client, eventsFrom);
  const complete = await Promise.all(listed.map((subscription) => withAllItems(client, subscription)));

  const options = complete.some(paysInAnotherCurrency) ? ['data.currency_options'] : [];
  const prices = await readPrices(client, complete, ['data.product', 'data.tiers', ...options]);
  const products = await readProducts(client, prices);

  const past = events
    .filter((event) => (DISCOUNT_EVENTS as readonly string[]).includes(event.type))
    .map((event) => parse('GET /v1/events', discountSchema, event.data.object));
  const coupons =
    past.length > 0 || complete.some((subscription) => refsOf(subscription).length > 0)
      ? await client.list('GET /v1/coupons', couponSchema, (stripe, page) =>
          stripe.coupons.list({ ...page, expand: ['data.applies_to', ...options] }),
        )
      : [];
  const couponsById = byId(coupons);
  const subscriptions = await Promise.all(complete.map((each) => withDeletedCoupons(client, each, couponsById)));
  const discounts = [...past, ...subscriptions.flatMap(refsOf).filter((ref) => typeof ref === 'object')];

  const read = [subscriptions, events, [...prices.values()], coupons];
  return {
    subscriptions,
    events,
    catalogue: { prices, products, discounts: byId(discounts), coupons: couponsById },
    rows: read.reduce((rows, list) => rows + list.length, 0),
    sha256: digest(read.flat()),
  };
}

const byId = <T extends { id: string }>(list: readonly T[]): Map<string, T> =>
  new Map(list.map((each) => [each.id, each]));

const refsOf = (subscription: Subscription): DiscountRef[] => [
  ...(subscription.discounts ?? []),
  ...subscription.items.data.flatMap((item) => item.discounts ?? []),
];

const readEvents = (client: Client, from: number) =>
  client.list('GET /v1/events', eventSchema, (stripe, page) =>
    stripe.events.list({ ...page, created: { gte: from }, types: [...SUBSCRIPTION_EVENTS, ...DISCOUNT_EVENTS] }),
  );

/** An embedded list holds the first ten items. */
async function withAllItems(client: Client, subscription: Subscription): Promise<Subscription> {
  if (!subscription.items.has_more) return subscription;
  return { ...subscription, items: { data: await readItems(client, subscription, ['data.discounts']) } };
}

const readItems = (client: Client, { id }: Subscription, expand: string[]): Promise<Item[]> =>
  client.list('GET /v1/subscription_items', itemSchema, (stripe, page) =>
    stripe.subscriptionItems.list({ ...page, subscription: id, expand }),
  );

/** All prices: the list has the active ones only unless asked for the others. */
async function readPrices(
  client: Client,
  subscriptions: Subscription[],
  expand: string[],
): Promise<Map<string, Price>> {
  const list = (active: boolean) =>
    client.list('GET /v1/prices', priceSchema, (stripe, page) => stripe.prices.list({ ...page, active, expand }));
  // Prices made inside a subscription are in no list: https://docs.stripe.com/products-prices/pricing-models#inline-pricing
  const own = subscriptions
    .flatMap(({ items }) => items.data.map(({ price }) => price))
    .filter((price) => typeof price === 'object');
  return byId([...own.filter((price) => price !== null), ...(await list(false)), ...(await list(true))]);
}

/** Names of products; those of listed prices come with them. */
async function readProducts(client: Client, prices: Map<string, Price>) {
  const names = new Map<string, string>();
  const name = ({ id, name }: { id: string; name?: string | null | undefined }) => name && names.set(id, name);
  for (const { product } of prices.values()) if (product && typeof product === 'object') name(product);
  if ([...prices.values()].some(({ product }) => typeof product === 'string' && !names.has(product))) {
    const products = await client.list('GET /v1/products', productSchema, (stripe, page) => stripe.products.list(page));
    products.forEach(name);
  }
  return names;
}

const paysInAnotherCurrency = ({ currency, items }: Subscription): boolean =>
  items.data.some(({ price }) => currency && price && typeof price === 'object' && price.currency !== currency);

/** A deleted coupon stays on the subscriptions that have it but leaves the list; there it can still be expanded. */
async function withDeletedCoupons(
  client: Client,
  subscription: Subscription,
  coupons: ReadonlyMap<string, Coupon>,
): Promise<Subscription> {
  const unknown = (ref: DiscountRef) =>
    typeof ref === 'object' && typeof ref.coupon === 'string' && !coupons.has(ref.coupon);
  let { discounts, items } = subscription;
  if (discounts?.some(unknown)) {
    ({ discounts } = await client.get('GET /v1/subscriptions/{id}', subscriptionSchema, (stripe) =>
      stripe.subscriptions.retrieve(subscription.id, { expand: ['discounts.source.coupon'] }),
    ));
  }
  if (items.data.some((item) => item.discounts?.some(unknown))) {
    items = { data: await readItems(client, subscription, ['data.discounts.source.coupon']) };
  }
  return { ...subscription, discounts, items };
}

function digest(rows: readonly (Subscription | Event | Price | Coupon | Discount)[]): string {
  const hash = createHash('sha256');
  const rowHashes = rows.map((row) => createHash('sha256').update(JSON.stringify(row)).digest('hex'));
  for (const rowHash of rowHashes.sort()) hash.update(rowHash);
  return hash.digest('hex');
}
