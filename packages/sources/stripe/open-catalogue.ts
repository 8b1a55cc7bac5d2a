import { DataError, VendorError } from '@plumbline/core/errors';
import type { Catalogue } from './catalogue.ts';
import type { Client } from './client.ts';
import type { Coupon, Discount, DiscountRef, Item, Price, Subscription } from './schema.ts';
import { couponSchema, itemSchema, priceSchema, productSchema, subscriptionSchema } from './schema.ts';

/** What subscriptions refer to, and what brings in the rest of it as subscriptions turn up that need it. */
export type OpenCatalogue = Catalogue & {
  /** Reads what a subscription refers to and is not known yet. */
  learn(subscription: Subscription): Promise<void>;
  /** Keeps the discounts that a subscription has: as it stood before, it names them only. */
  keep(subscription: Subscription): void;
  /** Reads the names of products where one of these has none yet. */
  learnNames(products: readonly string[]): Promise<void>;
  /** Everything that was read, for the evidence. */
  read(): (Price | Coupon)[];
};

/** `expand` goes four levels deep at most (https://docs.stripe.com/api/expanding_objects): tiers are out of a subscription's reach. */
const PRICE_PARTS = ['product', 'tiers', 'currency_options'];
const COUPON_PARTS = ['applies_to', 'currency_options'];
const inList = (parts: readonly string[]): string[] => parts.map((part) => `data.${part}`);

/**
 * Lists all prices with their tiers, the active ones and the others. Coupons are listed when the first discount turns up, products when a
 * price names one that did not come with it. `discounts` are those that only events still tell of.
 */
export async function openCatalogue(client: Client, discounts: ReadonlyMap<string, Discount>): Promise<OpenCatalogue> {
  const prices = new Map<string, Price>();
  const products = new Map<string, string>();
  const coupons = new Map<string, Coupon>();
  const kept = new Map<string, Discount>();
  const discountNamed = (id: string): Discount | undefined => kept.get(id) ?? discounts.get(id);

  const listPrices = (active: boolean) =>
    client.list('GET /v1/prices', priceSchema, (stripe, page) =>
      stripe.prices.list({ ...page, active, expand: inList(PRICE_PARTS) }),
    );
  const take = (price: Price): void => {
    assertSent('GET /v1/prices', price, ['billing_scheme', 'transform_quantity']);
    for (const tier of price.tiers ?? []) assertSent('GET /v1/prices', tier, ['up_to']);
    prices.set(price.id, price);
    if (price.product && typeof price.product === 'object') name(price.product);
  };
  const name = (product: { id: string; name?: string | null | undefined }): void => {
    if (product.name) products.set(product.id, product.name);
  };
  for (const price of (await Promise.all([listPrices(false), listPrices(true)])).flat()) take(price);

  const listCoupons = once(async () => {
    const all = await client.list('GET /v1/coupons', couponSchema, (stripe, page) =>
      stripe.coupons.list({ ...page, expand: inList(COUPON_PARTS) }),
    );
    for (const coupon of all) coupons.set(coupon.id, coupon);
  });
  const listProducts = once(async () => {
    const all = await client.list('GET /v1/products', productSchema, (stripe, page) => stripe.products.list(page));
    all.forEach(name);
  });
  /** One price, with its tiers in one of its other currencies too. */
  const readPrice = onceEach(async (id: string, currency?: string) => {
    const expand = [...PRICE_PARTS, ...(currency === undefined ? [] : [`currency_options.${currency}.tiers`])];
    try {
      const price = await client.get('GET /v1/prices/{id}', priceSchema, (stripe) =>
        stripe.prices.retrieve(id, { expand }),
      );
      const listed = prices.get(id);
      const known = listed?.currency_options;
      const asked = currency === undefined ? undefined : price.currency_options?.[currency];
      take({
        ...price,
        // One that is in no list is on sale to nobody else.
        active: listed?.active ?? false,
        currency_options: { ...price.currency_options, ...known, ...(asked && currency && { [currency]: asked }) },
      });
    } catch (error) {
      // A price that is gone is missed only by a subscription that counts.
      if (!(error instanceof VendorError) || error.status !== 404) throw error;
    }
  });

  const isUnknown = (ref: DiscountRef): boolean => {
    const coupon = couponIn(typeof ref === 'string' ? discountNamed(ref) : ref);
    return typeof coupon === 'string' && !coupons.has(coupon);
  };

  /** A deleted coupon stays on the subscriptions that have it but leaves the list; there it can still be expanded. */
  async function learnDeletedCoupons(subscription: Subscription): Promise<void> {
    const found: DiscountRef[] = [];
    if (subscription.discounts?.some(isUnknown)) {
      const { discounts: expanded } = await client.get('GET /v1/subscriptions/{id}', subscriptionSchema, (stripe) =>
        stripe.subscriptions.retrieve(subscription.id, { expand: ['discounts.source.coupon'] }),
      );
      found.push(...(expanded ?? []));
    }
    if (subscription.items.data.some((item) => item.discounts?.some(isUnknown))) {
      const items = await readItems(client, subscription, ['data.discounts.source.coupon']);
      found.push(...items.flatMap((item) => item.discounts ?? []));
    }
    for (const ref of found) {
      const coupon = typeof ref === 'string' ? undefined : couponIn(ref);
      if (coupon && typeof coupon === 'object') coupons.set(coupon.id, coupon);
    }
  }

  /** Whether the price can't be told where it is used: one that was made inside a subscription is in no list, but mostly whole there. */
  const isIncomplete = (item: Item, currency: string | undefined): boolean => {
    const id = idOf(item.price);
    const listed = prices.get(id ?? '');
    const price = listed ?? item.price;
    if (price === null || typeof price !== 'object') return id !== undefined;
    const isTiered = price.billing_scheme === 'tiered';
    if (currency === undefined || price.currency === currency) return isTiered && !listed;
    const options = price.currency_options?.[currency];
    return !options || (isTiered && !options.tiers);
  };

  const isNameless = ({ price }: Item): boolean => {
    const product = price && typeof price === 'object' && !prices.has(price.id) ? idOf(price.product) : undefined;
    return product !== undefined && !products.has(product);
  };

  return {
    prices,
    products,
    coupons,
    discounts: { get: discountNamed },
    keep({ discounts: whole, items }) {
      for (const ref of [...(whole ?? []), ...items.data.flatMap((item) => item.discounts ?? [])]) {
        if (typeof ref === 'object') kept.set(ref.id, ref);
      }
    },
    async learnNames(ids) {
      if (ids.some((id) => !products.has(id))) await listProducts();
    },
    read: () => [...prices.values(), ...coupons.values()],
    async learn(subscription) {
      const { data } = subscription.items;
      for (const item of data) {
        const id = idOf(item.price);
        const currency = subscription.currency ?? undefined;
        if (id !== undefined && isIncomplete(item, currency)) await readPrice(id, currency);
      }
      if (data.some(isNameless)) await listProducts();
      if ((subscription.discounts?.length ?? 0) > 0 || data.some((item) => (item.discounts?.length ?? 0) > 0)) {
        await listCoupons();
        await learnDeletedCoupons(subscription);
      }
    },
  };
}

const idOf = (ref: string | { id: string } | null | undefined): string | undefined =>
  typeof ref === 'string' ? ref : ref?.id;

const couponIn = (discount: Discount | undefined): string | Coupon | null => discount?.coupon ?? null;

/** Of one that is over, Stripe may have forgotten what it was for. */
const OVER = new Set(['canceled', 'incomplete_expired']);

/** An embedded list holds the first ten items. Throws DataError where items that should be there are not. */
export async function withAllItems(client: Client, subscription: Subscription): Promise<Subscription> {
  const { id, status, items } = subscription;
  assertSent('GET /v1/subscriptions', subscription, ['pause_collection', 'discounts']);
  assertSent('GET /v1/subscriptions', items, ['has_more']);
  const data = items.has_more ? await readItems(client, subscription, ['data.discounts']) : items.data;
  const ids = new Set(data.map((item) => item.id));
  if (items.data.some((item) => !ids.has(item.id)) || (ids.size === 0 && !OVER.has(status))) {
    throw new DataError('stripe', `subscription ${id} has items that did not come with it; the next run reads it anew`);
  }
  for (const item of data) assertSent('GET /v1/subscriptions', item, ['discounts']);
  return items.has_more ? { ...subscription, items: { data } } : subscription;
}

/** What is always sent, null where there is nothing, and would be taken for nothing where it is missing. Events may be older. */
function assertSent<T extends object>(name: string, object: T, fields: readonly (keyof T & string)[]): void {
  const missing = fields.find((field) => object[field] === undefined);
  if (missing === undefined) return;
  throw new DataError('stripe', `${name} answered in a shape that is not known: ${missing} is missing`);
}

const readItems = (client: Client, { id }: Subscription, expand: string[]): Promise<Item[]> =>
  client.list('GET /v1/subscription_items', itemSchema, (stripe, page) =>
    stripe.subscriptionItems.list({ ...page, subscription: id, expand }),
  );

/** Runs the work when it is first asked for; everybody who asks gets the same outcome. */
function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}

function onceEach(work: (id: string, currency?: string) => Promise<void>): typeof work {
  const running = new Map<string, Promise<void>>();
  return (id, currency) => {
    const key = `${id} ${currency}`;
    const known = running.get(key) ?? work(id, currency);
    running.set(key, known);
    return known;
  };
}
