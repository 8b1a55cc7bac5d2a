import { addDays } from '@plumbline/core/day';
import { endOfDay } from '@plumbline/core/zone';
import { createHttp } from '@plumbline/sources/http';
import { createClient } from '@plumbline/sources/stripe/client';
import { asInvoiced, readHistory } from '@plumbline/sources/stripe/history';
import { DEFAULT_RULES } from '@plumbline/sources/stripe/index';
import { standingAt } from '@plumbline/sources/stripe/mrr';
import { priceSchema, subscriptionSchema } from '@plumbline/sources/stripe/schema';
import { expect, test } from 'vitest';
import { bakhmach } from '../stories/bakhmach.ts';
import { codementor } from '../stories/codementor.ts';
import type { Story } from '../stories/story.ts';
import { mrrAt } from '../stories/truth.ts';
import { versionsOf } from './stripe-lives.ts';
import { SECRET, stripeAt } from './test-stripe.ts';

const YEAR = 366 * 86_400;

/** The account as it is two months after the story's plan, with what its invoices tell of the plan's days. */
async function accountOf(story: Story) {
  const now = endOfDay(addDays(story.end, 60), story.timezone);
  const { url, clock } = await stripeAt(new Date(now).toISOString(), { story });
  const budget = { requests: 1000, perMs: 1, concurrency: 4 };
  const http = createHttp({ source: 'stripe', clock, budget, signal: new AbortController().signal, random: () => 0.5 });
  const client = createClient({ baseUrl: url, secret: SECRET, http, clock });
  const [from, to] = [story.start, story.end].map((day) => endOfDay(day, story.timezone) / 1000) as [number, number];
  const history = await readHistory(client, { from, to, longest: YEAR, lanes: 4 });
  const prices = await client.list('GET /v1/prices', priceSchema, (stripe, page) => stripe.prices.list(page));
  const subscriptions = await client.list('GET /v1/subscriptions', subscriptionSchema, (stripe, page) =>
    stripe.subscriptions.list({ ...page, status: 'all' }),
  );
  return { history, prices, subscriptions };
}

test.each([bakhmach(), codementor()])(
  'when each period began, every subscription of $name comes to what it came to then',
  async (story) => {
    const { history, prices, subscriptions } = await accountOf(story);
    const catalogue = {
      prices: new Map(prices.map((price) => [price.id, price])),
      products: new Map<string, string>(),
      discounts: new Map(),
      coupons: new Map(),
    };
    const worthAt = (id: string, end: number) => {
      const now = subscriptions.find((each) => each.id === id);
      if (now === undefined) return undefined;
      const { subscription, isInvoiced } = asInvoiced(now, history, end);
      const standing = standingAt(subscription, {
        catalogue,
        rules: DEFAULT_RULES,
        end,
        reconstructed: true,
        currency: 'USD',
        rate: (currency) => {
          throw new Error(`nobody pays in ${currency}`);
        },
      });
      return { amount: standing?.contributions.reduce((sum, { amount }) => sum + amount, 0) ?? 0, isInvoiced };
    };

    const from = endOfDay(story.start, story.timezone) / 1000;
    const until = endOfDay(story.end, story.timezone) / 1000;
    const told = story.subscriptions.flatMap((life) => {
      const versions = versionsOf(story, life, { catalogue: 0, until, livemode: true });
      const starts = new Set(versions.map(({ state }) => state.start).filter((start) => start >= from));
      // A change in the very second of a renewal comes after the invoice, and is one within the period.
      const isAlone = (start: number) => versions.filter(({ at }) => at === start).length === 1;
      return [...starts].filter(isAlone).map((start) => ({ life, end: start + 1 }));
    });
    expect(told.length).toBeGreaterThan(80);
    expect(told.map(({ life, end }) => [life.id, end, worthAt(life.id, end)])).toEqual(
      told.map(({ life, end }) => {
        const amount = mrrAt({ ...story, subscriptions: [life] }, end * 1000);
        return [life.id, end, { amount, isInvoiced: true }];
      }),
    );
  },
);
