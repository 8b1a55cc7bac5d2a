import type { Foreign, Reply } from './server.ts';
import { json, serveForeign } from './server.ts';

// Three customers as https://docs.stripe.com/api tells of them. A page has one object, so that there is more than one page.

export const STRIPE_KEY = 'rk_test_foreign';
const PAGE = 1;

const seconds = (iso: string): number => Date.parse(iso) / 1000;

const price = (id: string, product: string, unit_amount: number, interval: 'month' | 'year') => ({
  id,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  currency: 'usd',
  product,
  recurring: { interval, interval_count: 1, usage_type: 'licensed' },
  tiers_mode: null,
  transform_quantity: null,
  type: 'recurring',
  unit_amount,
  unit_amount_decimal: String(unit_amount),
});

const products = [
  { id: 'prod_pro', object: 'product', name: 'Pro' },
  { id: 'prod_team', object: 'product', name: 'Team' },
];
const pro = price('price_pro', 'prod_pro', 4900, 'month');
const team = price('price_team', 'prod_team', 120_000, 'year');

const items = (subscription: string, of: typeof pro, quantity: number) => ({
  object: 'list',
  data: [{ id: `si_${subscription}`, object: 'subscription_item', price: of, quantity, discounts: [] }],
  has_more: false,
  url: `/v1/subscription_items?subscription=${subscription}`,
});

const subscription = (id: string, begin: string, of: typeof pro, quantity: number) => ({
  id,
  object: 'subscription',
  status: 'active',
  customer: `cus_${id}`,
  currency: 'usd',
  created: seconds(begin),
  start_date: seconds(begin),
  ended_at: null,
  canceled_at: null,
  cancel_at: null,
  cancel_at_period_end: false,
  trial_start: null,
  trial_end: null,
  pause_collection: null,
  livemode: false,
  discounts: [],
  items: items(id, of, quantity),
});

/** In Kyiv the first two were there on 2026-03-10; the third came half an hour after its end, and the second one's seats an hour after. */
const subscriptions = [
  subscription('sub_3', '2026-03-10T22:30:00Z', pro, 1),
  subscription('sub_2', '2026-02-20T09:00:00Z', team, 3),
  subscription('sub_1', '2026-02-01T09:00:00Z', pro, 2),
];

const events = [
  {
    id: 'evt_2',
    object: 'event',
    type: 'customer.subscription.updated',
    created: seconds('2026-03-10T23:00:00Z'),
    data: { object: subscriptions[1], previous_attributes: { items: items('sub_2', team, 1), quantity: 1 } },
  },
  {
    id: 'evt_1',
    object: 'event',
    type: 'customer.subscription.created',
    created: seconds('2026-03-10T22:30:00Z'),
    data: { object: subscriptions[0] },
  },
];

function page(all: readonly { id: string; created?: number }[], { pathname, searchParams }: URL): Reply {
  const bound = (name: string, otherwise: number) => Number(searchParams.get(`created[${name}]`) ?? otherwise);
  const rows = all.filter(({ created = 0 }) => created >= bound('gte', 0) && created < bound('lt', Infinity));
  const first = rows.findIndex(({ id }) => id === searchParams.get('starting_after')) + 1;
  const data = rows.slice(first, first + Math.min(PAGE, Number(searchParams.get('limit') ?? 10)));
  return json({ object: 'list', url: pathname, has_more: first + data.length < rows.length, data });
}

export const startStripe = (): Promise<Foreign> =>
  serveForeign(
    { error: { type: 'invalid_request_error', message: 'Invalid API Key provided: rk_***ign' } },
    (asked) => {
      const { url, authorization } = asked;
      if (authorization !== `Bearer ${STRIPE_KEY}`) return json({ error: { message: 'Invalid API Key' } }, 401);
      const expands = [...url.searchParams].some(
        ([name, value]) => name.startsWith('expand') && value === 'data.product',
      );
      switch (url.pathname) {
        case '/v1/subscriptions':
          return page(subscriptions, url);
        case '/v1/events':
          return page(events, url);
        case '/v1/invoices':
          return page([], url);
        case '/v1/prices': {
          const listed = [pro, team].filter(
            ({ active }) => String(active) === (url.searchParams.get('active') ?? 'true'),
          );
          const product = (id: string) => products.find((one) => one.id === id);
          return page(expands ? listed.map((one) => ({ ...one, product: product(one.product) })) : listed, url);
        }
        case '/v1/products':
          return page(products, url);
        default:
          return json({ error: { type: 'invalid_request_error', message: `Unrecognized request URL` } }, 404);
      }
    },
  );
