import { at, coupon, discount, event, item, price, subscription } from '@plumbline/sources/stripe/test-objects';
import type { Objects, Row } from './stripe-account.ts';

/** The day that is pulled, somewhat after its end in UTC. */
export const DAY = '2026-01-20';
export const ASKED_AT = '2026-01-21T01:10:00Z';

type Fields = Record<string, unknown>;

/**
 * A company of fifteen subscriptions that needs every endpoint to be read: prices in lists and out of them, coupons that are there and
 * deleted ones, long lists of items, names of products, and things that happened on the day and since. Objects are new each time.
 */
export function company(): Objects {
  const product = (id: string) => ({ id: `prod_${id}`, object: 'product', name: `Product ${id}` });
  const sold = (id: string, unit_amount: number, more: Fields = {}) =>
    price({ id: `price_${id}`, unit_amount, product: product(id), ...more });
  const pro = sold('pro', 4900);
  const small = sold('small', 1000);
  const packs = sold('packs', 700, { transform_quantity: { divide_by: 5, round: 'up' } });
  const team = sold('team', 120_000, { active: false, recurring: { interval: 'year' } });
  const weekly = sold('weekly', 300, { active: false, recurring: { interval: 'week' } });
  const tiered = (id: string, mode: string, more: Fields = {}) =>
    sold(id, 0, {
      billing_scheme: 'tiered',
      tiers_mode: mode,
      unit_amount: null,
      unit_amount_decimal: null,
      tiers: [
        { up_to: 2, unit_amount: 500, unit_amount_decimal: '500', flat_amount: 100, flat_amount_decimal: '100' },
        { up_to: null, unit_amount: 400, unit_amount_decimal: '400', flat_amount: null, flat_amount_decimal: null },
      ],
      ...more,
    });
  const steps = tiered('steps', 'graduated', { active: false });
  const inside = tiered('inside', 'volume');
  const named = sold('named', 2500, { product: { id: 'prod_named' } });

  const half = { ...coupon({ percent_off: 50 }), id: 'half' };
  const ten = { ...coupon({ amount_off: 1000 }), id: 'ten' };
  const yearly = { ...coupon({ percent_off: 20, duration: 'repeating' }), id: 'yearly' };
  const third = { ...coupon({ percent_off: 30 }), id: 'third' };
  const five = { ...coupon({ amount_off: 500 }), id: 'five' };
  const less = (id: string, of: ReturnType<typeof coupon>) => ({ ...discount(of), id: `di_${id}` });

  const one = (id: string, of: ReturnType<typeof price>, more: Fields = {}) => item(of, { id: `si_${id}`, ...more });
  const had = (id: string, begin: string, items: ReturnType<typeof item>[], more: Fields = {}) =>
    subscription(items, { id: `sub_${id}`, customer: `cus_${id}`, created: at(begin), start_date: at(begin), ...more });
  const many = Array.from({ length: 12 }, (_, index) => one(`long_${index}`, small));
  const long = had('long', '2025-06-01T09:00:00Z', many.slice(0, 10));
  long.items.has_more = true;
  const owned = one('own', pro, { discounts: [less('own', third)] });
  const grown = had('grown', '2026-01-10T09:00:00Z', [one('grown', pro, { quantity: 5 })]);
  const grownTo = (quantity: number) => ({
    ...grown,
    items: { ...grown.items, data: [one('grown', pro, { quantity })] },
  });
  const over = (ended: string) => ({ status: 'canceled', ended_at: at(ended), canceled_at: at(ended) });
  const left = had('left', '2025-11-03T09:00:00Z', [one('left', pro)], over('2026-01-20T15:00:00Z'));
  const gone = had(
    'gone',
    '2025-10-03T09:00:00Z',
    [one('gone', packs, { quantity: 11 })],
    over('2026-01-21T00:30:00Z'),
  );

  const subscriptions = [
    had('later', '2026-01-21T00:20:00Z', [one('later', pro)]),
    had('new', '2026-01-20T10:00:00Z', [one('new', pro)]),
    grown,
    had('trial', '2026-01-12T09:00:00Z', [one('trial', pro)], {
      status: 'trialing',
      trial_start: at('2026-01-12T09:00:00Z'),
      trial_end: at('2026-02-12T09:00:00Z'),
    }),
    had('paused', '2025-12-05T09:00:00Z', [one('paused', pro)], {
      pause_collection: { behavior: 'void', resumes_at: null },
    }),
    left,
    had('due', '2025-10-20T09:00:00Z', [one('due', steps, { quantity: 4 })], { status: 'past_due' }),
    gone,
    had('tiers', '2025-09-01T09:00:00Z', [one('tiers', inside, { quantity: 3 })]),
    had('named', '2025-08-01T09:00:00Z', [one('named', named)]),
    had('half', '2025-07-01T09:00:00Z', [one('half', pro)], { discounts: [less('half', half)] }),
    long,
    had('old', '2025-05-01T09:00:00Z', [one('old', pro)], { discounts: [less('old', five)] }),
    had('own', '2025-04-01T09:00:00Z', [owned]),
    had('year', '2025-03-01T09:00:00Z', [one('year', team, { quantity: 2 })]),
  ];
  const updated = (when: string, before: number, after: number) =>
    event('customer.subscription.updated', when, grownTo(after), { items: { data: grownTo(before).items.data } });
  const fresh = {
    subscriptions,
    items: { sub_long: many, sub_own: [owned] },
    prices: [pro, small, packs, team, weekly, steps],
    unlistedPrices: [inside, named],
    products: ['pro', 'small', 'packs', 'team', 'weekly', 'steps', 'inside', 'named'].map(product),
    coupons: [half, ten, yearly],
    deletedCoupons: [third, five],
    events: [
      event('customer.subscription.deleted', '2026-01-21T00:30:00Z', gone),
      event('customer.subscription.created', '2026-01-21T00:20:00Z', subscriptions[0]),
      updated('2026-01-21T00:10:00Z', 3, 5),
      event('customer.subscription.deleted', '2026-01-20T15:00:00Z', left),
      updated('2026-01-20T12:00:00Z', 1, 3),
    ],
    invoices: [],
  };
  // Ids count up as objects are made; events are to have the same ones each time.
  fresh.events.forEach((row, index) => (row.id = `evt_${index}`));
  return JSON.parse(JSON.stringify(fresh)) as Objects;
}

/** One of a list's objects, to be changed. */
export function objectIn(rows: Row[], id: string): Row {
  const found = rows.find((row) => row.id === id);
  if (!found) throw new Error(`the company has no ${id}`);
  return found;
}

/** Sets the field at a path like `items.data.0.quantity`; undefined takes it away. */
export function set(row: Row, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, row);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
