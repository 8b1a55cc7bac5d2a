import type { Rational } from '@plumbline/core/rational';
import type { MrrRules } from './index.ts';
import { DEFAULT_RULES } from './index.ts';
import type { StandingInput } from './mrr.ts';
import { standingAt } from './mrr.ts';
import { couponSchema, priceSchema, subscriptionSchema } from './schema.ts';
import type { TestPrice, TestSubscription } from './test-objects.ts';
import { at, coupon, item, subscription } from './test-objects.ts';

/** The end of 2026-01-20 in UTC, when tests ask what subscriptions come to. */
export const END = at('2026-01-21T00:00:00Z');

/** What there is beside subscriptions. */
export type World = {
  prices?: TestPrice[];
  coupons?: ReturnType<typeof coupon>[];
  rules?: Partial<MrrRules>;
  currency?: string;
  rate?: (currency: string) => Rational;
  end?: number;
};

export const parsed = (of: TestSubscription) => subscriptionSchema.parse(of);

const byId = <T extends { id: string }>(list: T[]) => new Map(list.map((each) => [each.id, each]));

const noRate = () => {
  throw new Error('no rate was to be asked for');
};

export const inputOf = (world: World = {}): StandingInput => ({
  catalogue: {
    prices: byId((world.prices ?? []).map((each) => priceSchema.parse(each))),
    coupons: byId((world.coupons ?? []).map((each) => couponSchema.parse(each))),
    products: new Map(),
    discounts: new Map(),
  },
  rules: { ...DEFAULT_RULES, ...world.rules },
  end: world.end ?? END,
  reconstructed: false,
  currency: world.currency ?? 'USD',
  rate: world.rate ?? noRate,
});

/** How one subscription stood. */
export const standing = (of: TestSubscription, world?: World) => standingAt(parsed(of), inputOf(world));

/** The amounts of all that is counted, in minor units of the workspace's currency. */
export function amountsOf(subscriptions: TestSubscription[], world?: World): number[] {
  const input = inputOf(world);
  const standings = subscriptions.map((of) => standingAt(parsed(of), input));
  return standings.flatMap((each) => each?.contributions.map(({ amount }) => amount) ?? []);
}

export const totalOf = (subscriptions: TestSubscription[], world?: World): number =>
  amountsOf(subscriptions, world).reduce((sum, amount) => sum + amount, 0);

/** What one active subscription to one price comes to. */
export const monthly = (of: TestPrice, fields: Record<string, unknown> = {}, world: World = {}) =>
  amountsOf([subscription([item(of, fields)])], { prices: [of], ...world });
