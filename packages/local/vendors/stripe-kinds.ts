import { addDays } from '@plumbline/core/day';
import { startOfDay } from '@plumbline/core/zone';
import type { Story } from '../stories/story.ts';
import { invoicesOf } from './stripe-invoices.ts';
import type { Row } from './stripe-list.ts';
import { Refusal, fixed, newestFirst, valuesOf } from './stripe-list.ts';
import { versionsOf } from './stripe-lives.ts';
import type { StripeObject } from './stripe-objects.ts';
import { priceObject, productObject } from './stripe-objects.ts';

export const VERSION = '2026-10-28.endive';
const DAY = 86_400;

/** What one kind of object allows in a list: its own parameters and what may be expanded in it. */
export type Kind = {
  name: string;
  params: readonly string[];
  /** Paths inside an object. Those not put in by `expand` are empty in every story, so that nothing changes. */
  expandable: readonly string[];
  /** All there will ever be, newest first. */
  rows: readonly Row[];
  /** What the list's own parameters let through. */
  filter: (query: URLSearchParams, now: number) => (object: StripeObject) => boolean;
  /** Lists inside an object, by the last part of their address. */
  inner?: Record<string, (object: StripeObject) => StripeObject[]>;
};

const ENDED = ['canceled', 'incomplete_expired'];

function statusFilter(query: URLSearchParams): (object: StripeObject) => boolean {
  const asked = query.get('status');
  if (asked === 'all') return () => true;
  if (asked === 'ended') return ({ status }) => ENDED.includes(String(status));
  if (asked === null) return ({ status }) => !ENDED.includes(String(status));
  return ({ status }) => status === asked;
}

/** Lets through what has the values that the parameters of those names ask for, if any. */
const fieldsFilter =
  (...names: string[]) =>
  (query: URLSearchParams): ((object: StripeObject) => boolean) => {
    const asked = names.flatMap((name) => (query.has(name) ? [[name, query.get(name)] as const] : []));
    return (object) => asked.every(([name, value]) => String(object[name]) === value);
  };

const listIn = (object: StripeObject, name: string): StripeObject[] => (object[name] as { data: StripeObject[] }).data;

export function kindsOf(story: Story, livemode: boolean): Kind[] {
  const catalogue = startOfDay(addDays(story.start, -30), story.timezone) / 1000;
  const until = startOfDay(addDays(story.end, 100), story.timezone) / 1000;
  const lives = story.subscriptions.map((life) => {
    const versions = versionsOf(story, life, { catalogue, until, livemode });
    return { life, versions, created: versions[0]?.at ?? until };
  });
  const subscriptions = lives
    .map(({ life, versions, created }): Row => ({
      id: life.id,
      created,
      at: (now) => versions.findLast(({ at }) => at <= now)?.subscription,
    }))
    .sort(newestFirst);
  const subscriptionNamed = new Map(subscriptions.map((row) => [row.id, row]));
  const events = lives.flatMap(({ versions }) =>
    versions.map((version, index): Row => {
      const event = {
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
      };
      const isKept = (now: number) => version.at <= now && version.at > now - 30 * DAY;
      return { id: event.id, created: version.at, at: (now) => (isKept(now) ? event : undefined) };
    }),
  );
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
      rows: subscriptions,
      filter(query) {
        const [isInStatus, hasFields] = [statusFilter(query), fieldsFilter('customer', 'collection_method')(query)];
        const price = query.get('price');
        const hasPrice = (row: StripeObject) =>
          price === null || listIn(row, 'items').some((item) => (item['price'] as StripeObject).id === price);
        return (row) => isInStatus(row) && hasFields(row) && hasPrice(row);
      },
    },
    {
      name: 'subscription_items',
      params: ['subscription'],
      expandable: ['discounts', 'discounts.source.coupon', 'price.product', 'price.tiers'],
      rows: subscriptions.map((row) => ({
        id: `si_${row.id.slice(4)}`,
        created: row.created,
        at(now) {
          const subscription = row.at(now);
          return subscription && listIn(subscription, 'items')[0];
        },
      })),
      filter(query, now) {
        const asked = query.get('subscription');
        if (asked === null)
          throw new Refusal(400, 'Missing required param: subscription.', 'parameter_missing', 'subscription');
        if (subscriptionNamed.get(asked)?.at(now) === undefined)
          throw new Refusal(404, `No such subscription: '${asked}'`, 'resource_missing', 'subscription');
        return ({ subscription }) => subscription === asked;
      },
    },
    {
      name: 'invoices',
      params: ['status', 'subscription', 'customer', 'collection_method'],
      expandable: ['discounts', 'customer', 'payments', 'lines.data.discounts'],
      rows: lives.flatMap(({ life, versions }) => invoicesOf(life, versions, livemode)).sort(newestFirst),
      filter(query) {
        const hasFields = fieldsFilter('status', 'customer', 'collection_method')(query);
        const subscription = query.get('subscription');
        return (row) =>
          hasFields(row) &&
          (subscription === null || listIn(row, 'lines').some((line) => line['subscription'] === subscription));
      },
      inner: { lines: (invoice) => listIn(invoice, 'lines') },
    },
    {
      name: 'prices',
      params: ['active', 'currency', 'product', 'type', 'lookup_keys', 'recurring'],
      expandable: ['product', 'tiers', 'currency_options'],
      rows: story.prices.map((price) => fixed(priceObject(price, catalogue, livemode), catalogue)).sort(newestFirst),
      filter: fieldsFilter('active', 'currency', 'product', 'type'),
    },
    {
      name: 'products',
      params: ['active', 'ids', 'shippable', 'url'],
      expandable: ['default_price'],
      rows: story.products
        .map((product) => fixed(productObject(product, catalogue, livemode), catalogue))
        .sort(newestFirst),
      filter(query) {
        const [hasFields, ids] = [fieldsFilter('active')(query), valuesOf(query, 'ids')];
        return (row) => hasFields(row) && (ids.length === 0 || ids.includes(row.id));
      },
    },
    { name: 'coupons', params: [], expandable: ['applies_to', 'currency_options'], rows: [], filter: () => () => true },
    {
      name: 'events',
      params: ['type', 'types', 'delivery_success'],
      expandable: [],
      rows: events.sort(newestFirst),
      filter(query) {
        const types = [...valuesOf(query, 'types'), ...query.getAll('type')];
        return ({ type }) => types.length === 0 || types.some((asked) => matchesType(asked, String(type)));
      },
    },
  ];
}

/** `customer.subscription.*` stands for all of them. */
const matchesType = (asked: string, type: string): boolean =>
  asked === '*' || asked === type || (asked.endsWith('.*') && type.startsWith(asked.slice(0, -1)));
