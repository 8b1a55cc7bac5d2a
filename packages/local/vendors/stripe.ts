import { addDays } from '@plumbline/core/day';
import type { Clock } from '@plumbline/core/ports';
import { startOfDay } from '@plumbline/core/zone';
import type { Story } from '../stories/story.ts';
import { limiter } from './limit.ts';
import { page, Refusal, refuseUnknown, valuesOf } from './stripe-list.ts';
import { versionsOf } from './stripe-lives.ts';
import type { StripeObject } from './stripe-objects.ts';
import { priceObject, productObject } from './stripe-objects.ts';

const VERSION = '2026-10-28.endive';
const DAY = 86_400;

/** What one kind of object allows in a list: its own parameters and what may be expanded in it. */
type Kind = {
  name: string;
  params: readonly string[];
  /** Paths inside an object. Those not put in by `expand` are empty in every story, so that nothing changes. */
  expandable: readonly string[];
  rows: (now: number, query: URLSearchParams) => StripeObject[];
  /** All that exist, whatever a list's filters hide. */
  known?: (now: number) => StripeObject[];
};

const ENDED = ['canceled', 'incomplete_expired'];

function statusFilter(query: URLSearchParams): (object: StripeObject) => boolean {
  const asked = query.get('status');
  if (asked === 'all') return () => true;
  if (asked === 'ended') return ({ status }) => ENDED.includes(String(status));
  if (asked === null) return ({ status }) => !ENDED.includes(String(status));
  return ({ status }) => status === asked;
}

const equalTo = (query: URLSearchParams, name: string, value: unknown): boolean =>
  query.get(name) === null || query.get(name) === String(value);

function kindsOf(story: Story, livemode: boolean): Kind[] {
  const catalogue = startOfDay(addDays(story.start, -30), story.timezone) / 1000;
  const until = startOfDay(addDays(story.end, 100), story.timezone) / 1000;
  const lives = story.subscriptions.map((life) => versionsOf(story, life, { catalogue, until, livemode }));
  const products = story.products.map((product) => productObject(product, catalogue, livemode));
  const prices = story.prices.map((price) => priceObject(price, catalogue, livemode));
  const events = lives.flatMap((versions) =>
    versions.map((version, index): StripeObject => ({
      id: `evt_${version.subscription.id.slice(4)}_${String(index).padStart(3, '0')}`,
      object: 'event',
      api_version: VERSION,
      created: version.at,
      data: {
        object: version.subscription,
        ...(version.previous === undefined ? {} : { previous_attributes: version.previous }),
      },
      livemode,
      pending_webhooks: 0,
      request: { id: null, idempotency_key: null },
      type: `customer.subscription.${version.event}`,
    })),
  );
  const subscriptionsAt = (now: number): StripeObject[] =>
    lives.flatMap((versions) => versions.findLast(({ at }) => at <= now)?.subscription ?? []);
  const itemsOf = (subscription: StripeObject): StripeObject[] =>
    (subscription['items'] as { data: StripeObject[] }).data;
  return [
    {
      name: 'subscriptions',
      params: ['status', 'customer', 'price', 'collection_method'],
      expandable: [
        'discounts',
        'discounts.source.coupon',
        'items.data.discounts',
        'latest_invoice',
        'default_payment_method',
      ],
      rows: (now, query) =>
        subscriptionsAt(now).filter(
          (row) =>
            statusFilter(query)(row) &&
            equalTo(query, 'customer', row['customer']) &&
            equalTo(query, 'collection_method', row['collection_method']) &&
            itemsOf(row).some((item) => equalTo(query, 'price', (item['price'] as StripeObject).id)),
        ),
      known: subscriptionsAt,
    },
    {
      name: 'subscription_items',
      params: ['subscription'],
      expandable: ['discounts', 'discounts.source.coupon', 'price.product', 'price.tiers'],
      rows(now, query) {
        const asked = query.get('subscription');
        if (asked === null)
          throw new Refusal(400, 'Missing required param: subscription.', 'parameter_missing', 'subscription');
        const found = subscriptionsAt(now).find(({ id }) => id === asked);
        if (found === undefined)
          throw new Refusal(404, `No such subscription: '${asked}'`, 'resource_missing', 'subscription');
        return itemsOf(found);
      },
      known: (now) => subscriptionsAt(now).flatMap(itemsOf),
    },
    {
      name: 'prices',
      params: ['active', 'currency', 'product', 'type', 'lookup_keys', 'recurring'],
      expandable: ['product', 'tiers', 'currency_options'],
      rows: (now, query) =>
        prices.filter(
          (row) =>
            row.created <= now &&
            equalTo(query, 'active', row['active']) &&
            equalTo(query, 'currency', row['currency']) &&
            equalTo(query, 'product', row['product']) &&
            equalTo(query, 'type', row['type']),
        ),
    },
    {
      name: 'products',
      params: ['active', 'ids', 'shippable', 'url'],
      expandable: ['default_price'],
      rows: (now, query) =>
        products.filter(
          (row) =>
            row.created <= now &&
            equalTo(query, 'active', row['active']) &&
            (valuesOf(query, 'ids').length === 0 || valuesOf(query, 'ids').includes(row.id)),
        ),
    },
    { name: 'coupons', params: [], expandable: ['applies_to', 'currency_options'], rows: () => [] },
    {
      name: 'events',
      params: ['type', 'types', 'delivery_success'],
      expandable: [],
      rows(now, query) {
        const types = [...valuesOf(query, 'types'), ...query.getAll('type')];
        return events.filter(
          (row) =>
            row.created <= now &&
            row.created > now - 30 * DAY &&
            (types.length === 0 || types.some((type) => matchesType(type, String(row['type'])))),
        );
      },
    },
  ];
}

/** `customer.subscription.*` stands for all of them. */
const matchesType = (asked: string, type: string): boolean =>
  asked === '*' || asked === type || (asked.endsWith('.*') && type.startsWith(asked.slice(0, -1)));

/** Replaces the ids that `expand` names by their objects: the products of prices. */
function withProducts(row: StripeObject, paths: readonly string[], products: readonly StripeObject[]): StripeObject {
  const filled = (price: StripeObject): StripeObject => ({
    ...price,
    product: products.find(({ id }) => id === price['product']) ?? price['product'],
  });
  if (paths.includes('product')) return filled(row);
  if (paths.includes('price.product')) return { ...row, price: filled(row['price'] as StripeObject) };
  return row;
}

/** The expand parameter's paths inside one object, each checked as Stripe does. */
function expansions(query: URLSearchParams, kind: Kind, listed: boolean): string[] {
  return valuesOf(query, 'expand').map((path) => {
    if (path.split('.').length > 4)
      throw new Refusal(
        400,
        `You cannot expand more than 4 levels of a property. Property: ${path}`,
        undefined,
        'expand',
      );
    const inner = listed && path.startsWith('data.') ? path.slice('data.'.length) : listed ? '' : path;
    if (!kind.expandable.includes(inner))
      throw new Refusal(400, `This property cannot be expanded (${path}).`, undefined, 'expand');
    return inner;
  });
}

/**
 * Stripe's API (GET, version 2026-10-28.endive) for what a story has brought up to the clock's now: the secret as bearer, lists by cursor,
 * events of 30 days, 25 requests/s on one endpoint and 100/s (sandbox keys: 25/s) over all. `faults` may answer in its place.
 */
export function stripeVendor(
  story: Story,
  options: { clock: Clock; secret: string; faults?: (request: Request) => Response | undefined },
): (request: Request) => Promise<Response> {
  const livemode = !options.secret.includes('_test_');
  const kinds = kindsOf(story, livemode);
  const products = kinds.find(({ name }) => name === 'products');
  const endpointAllows = limiter(options.clock, 25, 1000);
  const accountAllows = limiter(options.clock, livemode ? 100 : 25, 1000);
  let requests = 0;

  const answer = (request: Request): unknown => {
    const url = new URL(request.url);
    const key = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
    if (key === undefined) throw new Refusal(401, 'You did not provide an API key; send it as a bearer token.');
    if (key !== options.secret) throw new Refusal(401, `Invalid API Key provided: ${key.slice(0, 8)}***`);
    const version = request.headers.get('stripe-version') ?? VERSION;
    if (version !== VERSION) throw new Refusal(400, `Invalid Stripe API version: ${version}`);
    const [, first, name, id, ...rest] = url.pathname.split('/');
    const kind = kinds.find((candidate) => candidate.name === name);
    if (first !== 'v1' || kind === undefined || rest.length > 0 || request.method !== 'GET')
      throw new Refusal(404, `Unrecognized request URL (${request.method}: ${url.pathname}).`);
    if (!endpointAllows(`${kind.name}${id === undefined ? '' : '/id'}`)) throw Refusal.rate('endpoint-rate');
    if (!accountAllows()) throw Refusal.rate('global-rate');
    const now = Math.floor(options.clock.now() / 1000);
    const expand = expansions(url.searchParams, kind, id === undefined);
    const shown = (row: StripeObject): StripeObject =>
      withProducts(row, expand, products?.rows(now, new URLSearchParams()) ?? []);
    const known = (): StripeObject[] => (kind.known ?? ((at) => kind.rows(at, new URLSearchParams())))(now);
    if (id !== undefined) {
      refuseUnknown(url.searchParams, ['expand']);
      const found = known().find((row) => row.id === id);
      if (found === undefined)
        throw new Refusal(404, `No such ${kind.name.slice(0, -1)}: '${id}'`, 'resource_missing', 'id');
      return shown(found);
    }
    refuseUnknown(url.searchParams, ['limit', 'starting_after', 'ending_before', 'created', 'expand', ...kind.params]);
    const { rows, hasMore } = page(kind.rows(now, url.searchParams), known(), url.searchParams);
    return { object: 'list', data: rows.map(shown), has_more: hasMore, url: `/v1/${kind.name}` };
  };

  return async (request) => {
    const fault = options.faults?.(request);
    if (fault !== undefined) return fault;
    requests += 1;
    const headers = { 'request-id': `req_${String(requests).padStart(14, '0')}`, 'stripe-version': VERSION };
    try {
      return Response.json(answer(request), { headers });
    } catch (error) {
      if (error instanceof Refusal) return error.response(headers);
      throw error;
    }
  };
}
