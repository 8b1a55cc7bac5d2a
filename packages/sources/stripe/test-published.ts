import { readFileSync } from 'node:fs';
import type { World } from './test-mrr.ts';
import { END } from './test-mrr.ts';
import type { TestPrice, TestSubscription } from './test-objects.ts';
import { coupon, discount, item, price, subscription } from './test-objects.ts';

/**
 * An example of what subscriptions come to a month. Earlier editions of the vendor's pages are among them. What a page meters is licensed
 * here, at the same price: only then is it MRR.
 */
export type Example = {
  /** The vendor's page that gives it, or the rule or the objects that it is derived from. */
  page: string;
  /** Who worked the figure out: the vendor on that page, or we by hand from what it says. */
  by: 'vendor' | 'ours';
  says: string;
  subscriptions: TestSubscription[];
  world?: World;
  /** Per month, in the major unit of the workspace's currency. */
  comes: number;
};

type Facts = Omit<Example, 'page' | 'by'>;

const on =
  (by: Example['by'], page: string) =>
  (...examples: Facts[]): Example[] =>
    examples.map((facts) => ({ page, by, ...facts }));
const vendor = (page: string) => on('vendor', page);
const ours = (page: string) => on('ours', page);

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));

const cents = (unit_amount: number, recurring = {}) => price({ unit_amount, recurring });
const yearly = (unit_amount: number) => cents(unit_amount, { interval: 'year' });
const metered = price({ recurring: { usage_type: 'metered' } });

const to = (of: TestPrice, quantity = 1, fields = {}) => subscription([item(of, { quantity })], fields);
const many = (count: number, of: TestPrice) => Array.from({ length: count }, () => to(of));

/** A price at several quantities, as the vendor's tables have them. */
const table = (what: string, of: TestPrice, rows: Record<number, number>): Facts[] =>
  Object.entries(rows).map(([quantity, comes]) => ({
    says: `${what}: ${quantity} come to ${comes}`,
    subscriptions: [to(of, Number(quantity))],
    world: { prices: [of] },
    comes,
  }));

const tiered = (tiers_mode: string, tiers: Record<string, unknown>[]) =>
  price({ billing_scheme: 'tiered', tiers_mode, tiers, unit_amount: null, unit_amount_decimal: null });
const fonts = [
  { up_to: 5, unit_amount: 700 },
  { up_to: 10, unit_amount: 650 },
  { up_to: 'inf', unit_amount: 600 },
];
const falling = [
  { up_to: 5, unit_amount: 500 },
  { up_to: 10, unit_amount: 400 },
  { up_to: 15, unit_amount: 300 },
  { up_to: 20, unit_amount: 200 },
  { up_to: 'inf', unit_amount: 100 },
];
const rising = falling.map((tier, index) => ({ ...tier, flat_amount: 1000 * (index + 1) }));

const discounted = (of: TestPrice, ...coupons: ReturnType<typeof coupon>[]) => ({
  subscriptions: [to(of, 1, { discounts: coupons.map((each) => discount(each)) })],
  world: { coupons },
});

const inCurrency = (currency: string, unit_amount: number) => ({
  subscriptions: [to(price({ currency, unit_amount }), 1, { currency })],
  world: { currency: currency.toUpperCase() },
});

const calledOff = { cancel_at_period_end: true, canceled_at: END - 60, cancel_at: END + 86_400 };
const trial = { status: 'trialing', trial_start: END - 86_400, trial_end: END + 86_400 };
const sampleCoupon = fixture('coupon') as ReturnType<typeof coupon>;

const ANALYTICS = 'https://docs.stripe.com/billing/subscriptions/analytics';
const SUPPORT = 'https://support.stripe.com/questions/billing-analytics';
const TIERED = 'https://docs.stripe.com/subscriptions/pricing-models/tiered-pricing';
const MODELS = 'https://docs.stripe.com/products-prices/pricing-models';
const COUPONS = 'https://docs.stripe.com/billing/subscriptions/coupons';

export const EXAMPLES: Example[] = [
  ...vendor(SUPPORT)(
    { says: 'a year for $1,200 is $100', subscriptions: [to(yearly(120_000))], comes: 100 },
    { says: '50 % off for ever halves it', ...discounted(yearly(120_000), coupon({ percent_off: 50 })), comes: 50 },
  ),
  ...vendor('https://support.stripe.com/questions/understanding-monthly-recurring-revenue-(mrr)?locale=en-GB')({
    says: 'a year for £1,200 is £100',
    subscriptions: [
      to(price({ currency: 'gbp', unit_amount: 120_000, recurring: { interval: 'year' } }), 1, { currency: 'gbp' }),
    ],
    world: { currency: 'GBP' },
    comes: 100,
  }),
  ...vendor(ANALYTICS)({
    says: '100 subscribers at $100 a month and 50 at $600 a year are $12,500',
    subscriptions: [...many(100, cents(10_000)), ...many(50, yearly(60_000))],
    comes: 12_500,
  }),
  ...vendor('https://docs.stripe.com/api/coupons/object')({
    says: 'percent_off 50 makes $50 of an invoice of $100',
    ...discounted(cents(10_000), coupon({ percent_off: 50 })),
    comes: 50,
  }),

  ...vendor(MODELS)(
    { says: 'the basic service costs $10 a month', subscriptions: [to(cents(1000))], comes: 10 },
    { says: 'a price made inside the subscription costs $50 a month', subscriptions: [to(cents(5000))], comes: 50 },
    ...table('units at $5', cents(500), { 1: 5, 5: 25, 6: 30, 20: 100, 25: 125 }),
    ...table('units at $5 to 1, graduated', tiered('graduated', falling), { 1: 5, 5: 25, 6: 29, 20: 70, 25: 75 }),
  ),
  ...vendor(TIERED)(
    ...table('fonts at $7, 6.50, 6 by volume', tiered('volume', fonts), { 1: 7, 5: 35, 6: 39, 20: 120, 25: 150 }),
    ...table('fonts at $7, 6.50, 6, graduated', tiered('graduated', fonts), {
      1: 7,
      5: 35,
      6: 41.5,
      20: 127.5,
      25: 157.5,
    }),
    ...table('units at $5 to 1 with $10 to 50 a tier, by volume', tiered('volume', rising), { 0: 10, 12: 66 }),
    ...table('units at $5 to 1 with $10 to 50 a tier, graduated', tiered('graduated', rising), { 0: 10, 12: 111 }),
  ),
  ...vendor('https://stripe.com/docs/billing/subscriptions/tiers')(
    ...table('units at $5 to 1 by volume', tiered('volume', falling), { 1: 5, 5: 25, 6: 24, 20: 40, 25: 25 }),
  ),
  ...vendor('https://docs.stripe.com/billing/subscriptions/quantities')(
    ...table('hosted sites at $9.99', cents(999), { 1: 9.99, 2: 19.98 }),
    ...table('users at $10 for every 5 begun', price({ transform_quantity: { divide_by: 5, round: 'up' } }), {
      1: 10,
      3: 10,
      5: 10,
      6: 20,
      7: 20,
    }),
  ),
  ...vendor('https://stripe.com/docs/guides/subscriptions')(...table('plans at $9.99', cents(999), { 5: 49.95 })),
  ...vendor('https://docs.stripe.com/billing/subscriptions/usage-based/transform-quantities')(
    ...table('minutes at $10 for every hour begun', price({ transform_quantity: { divide_by: 60, round: 'up' } }), {
      150: 30,
    }),
  ),
  ...vendor('https://stripe.com/docs/billing/subscriptions/decimal-amounts')(
    ...table('megabytes at 0.05 ¢', price({ unit_amount: null, unit_amount_decimal: '0.05' }), { 30: 0.02 }),
  ),
  ...vendor('https://docs.stripe.com/currencies')(
    { says: '$10 is an amount of 1000', ...inCurrency('usd', 1000), comes: 10 },
    { says: '¥10 is an amount of 10', ...inCurrency('jpy', 10), comes: 10 },
    { says: '¥500 is an amount of 500', ...inCurrency('jpy', 500), comes: 500 },
    { says: '5 Icelandic krónur are an amount of 500', ...inCurrency('isk', 500), comes: 5 },
    { says: '5.124 Kuwaiti dinars are to be an amount of 5120', ...inCurrency('kwd', 5120), comes: 5.12 },
  ),

  // Only the rule, the prices or the objects are the vendor's; the figure is worked out by hand.
  ...ours(MODELS)(
    { says: 'the basic service costs $100 a year', subscriptions: [to(yearly(10_000))], comes: 8.33 },
    { says: '$57 a quarter', subscriptions: [to(cents(5700, { interval_count: 3 }))], comes: 19 },
    { says: '$220 a year', subscriptions: [to(yearly(22_000))], comes: 18.33 },
  ),
  ...ours('https://docs.stripe.com/billing/subscriptions/mixed-interval')({
    says: '$15 a month and $100 a quarter in one subscription',
    subscriptions: [subscription([item(cents(1500)), item(cents(10_000, { interval_count: 3 }))])],
    comes: 48.33,
  }),
  ...ours('https://docs.stripe.com/billing/subscriptions/usage-based/pricing-models')({
    says: '$200 a month and metered tokens beyond those included: only the fee',
    subscriptions: [subscription([item(cents(20_000)), item(metered, { quantity: undefined })])],
    comes: 200,
  }),
  ...ours('https://docs.stripe.com/api/subscriptions/update')({
    says: 'after a change from $100 to $200 a month $200, though the next invoice says $250',
    subscriptions: [to(cents(20_000))],
    comes: 200,
  }),
  ...ours(SUPPORT)(
    {
      says: 'a coupon for once or some months changes nothing',
      ...discounted(cents(10_000), coupon({ percent_off: 50, duration: 'once' }), sampleCoupon),
      comes: 100,
    },
    { says: 'a trial is nothing', subscriptions: [to(cents(10_000), 1, trial)], comes: 0 },
    {
      says: 'an unpaid subscription is nothing',
      subscriptions: [to(cents(10_000), 1, { status: 'unpaid' })],
      comes: 0,
    },
    { says: 'metered billing is nothing', subscriptions: [to(metered)], comes: 0 },
  ),
  ...ours(
    'https://support.stripe.com/questions/impact-of-subscription-cancellations-on-monthly-recurring-revenue-mrr-in-billing',
  )(
    { says: 'what is called off for later is nothing', subscriptions: [to(cents(10_000), 1, calledOff)], comes: 0 },
    {
      says: 'what is called off for later counts where that is set',
      subscriptions: [to(cents(10_000), 1, calledOff)],
      world: { rules: { cancelAtPeriodEnd: 'at-period-end' } },
      comes: 100,
    },
  ),
  ...ours(ANALYTICS)({
    says: 'a past-due subscription counts',
    subscriptions: [to(cents(10_000), 1, { status: 'past_due' })],
    comes: 100,
  }),
  ...ours(COUPONS)(
    {
      says: '20 % off, then $5 off $100',
      ...discounted(cents(10_000), coupon({ percent_off: 20 }), coupon({ amount_off: 500 })),
      comes: 75,
    },
    {
      says: '$5 off, then 20 % off $100',
      ...discounted(cents(10_000), coupon({ amount_off: 500 }), coupon({ percent_off: 20 })),
      comes: 76,
    },
  ),
  ...ours('https://docs.stripe.com/api/coupons/object')({
    says: 'the sample coupon, 25.5 % off for 3 months, off $100 where such coupons are subtracted',
    subscriptions: [to(cents(10_000), 1, { discounts: [discount(sampleCoupon)] })],
    world: { coupons: [sampleCoupon], rules: { repeatingCoupons: 'subtract' } },
    comes: 74.5,
  }),
  ...ours('https://docs.stripe.com/api/subscriptions/object')({
    says: 'the sample subscription',
    subscriptions: [fixture('subscription') as TestSubscription],
    comes: 10,
  }),
  ...ours('https://docs.stripe.com/api/discounts/object')({
    says: 'the sample subscription with the sample discount, 10 % off for ever',
    subscriptions: [
      {
        ...(fixture('subscription') as TestSubscription),
        discounts: [fixture('discount')] as TestSubscription['discounts'],
      },
    ],
    comes: 9,
  }),
  ...ours('https://docs.stripe.com/api/prices/list')({
    says: 'the sample price',
    subscriptions: [to((fixture('prices') as { data: TestPrice[] }).data[0] ?? metered)],
    comes: 10,
  }),
];
