// What the made-up account sells, and what each comes to per month.

/** What a euro is worth in the workspace's currency, on every day. */
export const EURO = '1.0834';
const EURO_RATE = [10_834n, 10_000n] as const;

export type Price = {
  id: string;
  product: string;
  currency: 'usd' | 'eur';
  interval: 'day' | 'week' | 'month' | 'year';
  count: number;
  /** How often it is taken, in proportion to the others. */
  weight: number;
  /** Units that a subscription has at most; metered ones have none. */
  most: number;
  active: boolean;
  metered?: boolean;
  /** Thousandths of a cent for one unit, or for a package of so many. */
  unit?: number;
  package?: number;
  tiersMode?: 'graduated' | 'volume';
  tiers?: readonly { upTo: number | null; unit: number; flat: number }[];
  /** The price that subscribers go up to. */
  next?: number;
};

export const priceOf = (id: string, fields: Partial<Price>): Price => ({
  id: `price_1Bench${id}`,
  product: `prod_Bench${id.slice(0, 3)}`,
  currency: 'usd',
  interval: 'month',
  count: 1,
  weight: 1,
  most: 1,
  active: true,
  ...fields,
});

const CENT = 1000;
export const PRICES: readonly Price[] = [
  priceOf('StarterMonth', { unit: 1900 * CENT, weight: 20, next: 1 }),
  priceOf('ProMonth', { unit: 4900 * CENT, weight: 14 }),
  priceOf('StarterYear', { unit: 19_000 * CENT, interval: 'year', weight: 10, next: 3 }),
  priceOf('ProYear', { unit: 49_000 * CENT, interval: 'year', weight: 8 }),
  priceOf('TeamMonth', { unit: 900 * CENT, most: 20, weight: 12 }),
  priceOf('TeamYear', { unit: 9000 * CENT, interval: 'year', most: 20, weight: 6 }),
  priceOf('StarterWeek', { unit: 500 * CENT, interval: 'week', weight: 3 }),
  priceOf('ProQuarter', { unit: 12_000 * CENT, count: 3, weight: 4 }),
  priceOf('LegacyMonth', { unit: 1700 * CENT, weight: 4, active: false }),
  priceOf('ProEuroMonth', { unit: 4500 * CENT, currency: 'eur', weight: 5 }),
  priceOf('ProEuroYear', { unit: 45_000 * CENT, currency: 'eur', interval: 'year', weight: 3 }),
  priceOf('PackageMonth', { unit: 1200 * CENT, package: 5, most: 40, weight: 3 }),
  priceOf('CallsMonth', { unit: 500, most: 20_000, weight: 2 }),
  priceOf('PassDay', { unit: 100 * CENT, interval: 'day', weight: 1 }),
  priceOf('TeamGraduated', {
    weight: 3,
    most: 60,
    tiersMode: 'graduated',
    tiers: [
      { upTo: 5, unit: 1000 * CENT, flat: 0 },
      { upTo: 25, unit: 800 * CENT, flat: 500 * CENT },
      { upTo: null, unit: 650 * CENT, flat: 0 },
    ],
  }),
  priceOf('TeamVolume', {
    weight: 2,
    most: 60,
    tiersMode: 'volume',
    tiers: [
      { upTo: 10, unit: 700 * CENT, flat: 0 },
      { upTo: null, unit: 600 * CENT, flat: 2000 * CENT },
    ],
  }),
  priceOf('UsageMetered', { unit: 20 * CENT, metered: true, weight: 0 }),
];
export type Coupon = { id: string; duration: 'forever' | 'repeating' | 'once'; percent?: number; off?: number };
export const COUPONS: readonly Coupon[] = [
  { id: 'FOREVER10', duration: 'forever', percent: 10 },
  { id: 'FOREVER33', duration: 'forever', percent: 33 },
  { id: 'FRIENDS', duration: 'forever', percent: 100 },
  { id: 'FIVEOFF', duration: 'forever', off: 500 },
  { id: 'LAUNCH20', duration: 'repeating', percent: 20 },
  { id: 'HELLO50', duration: 'once', percent: 50 },
];

/** Prices and coupons by their places in the lists. */
export type Sold = { price: number; quantity: number; coupon: number | undefined };

const amounts = new Map<string, number>();

/** What one item comes to per month in cents of the workspace's currency. */
export function monthly({ price, quantity, coupon }: Sold): number {
  const key = `${price} ${quantity} ${coupon}`;
  let amount = amounts.get(key);
  if (amount === undefined) {
    amount = calculated(PRICES[price] ?? priceOf('', {}), quantity, COUPONS[coupon ?? -1]);
    amounts.set(key, amount);
  }
  return amount;
}

/** By hand and apart from the code that is measured: thousandths of a cent of an invoice, then one fraction, rounded half up at its end. */
function calculated(price: Price, quantity: number, coupon: Coupon | undefined): number {
  const counts = coupon?.duration === 'forever' ? coupon : undefined;
  const asked = invoiced(price, quantity);
  let top = BigInt(Math.max(0, asked - (counts?.off ?? 0) * CENT)) * BigInt(100 - (counts?.percent ?? 0));
  let bottom = 100n * BigInt(CENT) * 12n * BigInt(price.count);
  top *= { day: 365n, week: 52n, month: 12n, year: 1n }[price.interval];
  if (price.currency === 'eur') {
    top *= EURO_RATE[0];
    bottom *= EURO_RATE[1];
  }
  return Number((2n * top + bottom) / (2n * bottom));
}

function invoiced({ unit = 0, package: size, tiers, tiersMode }: Price, quantity: number): number {
  if (!tiers) return unit * (size === undefined ? quantity : Math.ceil(quantity / size));
  if (tiersMode === 'volume') {
    const tier = tiers.find(({ upTo }) => upTo === null || quantity <= upTo);
    return tier ? tier.flat + tier.unit * quantity : 0;
  }
  let below = 0;
  let sum = 0;
  for (const { upTo, unit, flat } of tiers) {
    if (quantity > below) sum += flat + unit * (Math.min(quantity, upTo ?? quantity) - below);
    below = upTo ?? quantity;
  }
  return sum;
}
