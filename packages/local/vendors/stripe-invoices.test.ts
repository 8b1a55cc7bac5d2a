import { toInstant } from '@plumbline/core/zone';
import type Stripe from 'stripe';
import { expect, test } from 'vitest';
import { stripeAt } from './test-stripe.ts';

const seconds = (text: string): number => toInstant(`${text}+02:00`) / 1000;

const told = ({ id, created, status, billing_reason, total, lines }: Stripe.Invoice) => ({
  id,
  created,
  status,
  reason: billing_reason,
  total,
  lines: lines.data.map(({ amount, period, quantity, parent, pricing }) => {
    const of = parent?.subscription_item_details;
    const price = pricing?.price_details?.price;
    return [of?.proration ? 'proration' : 'period', price, quantity, amount, period.start, period.end];
  }),
});

async function invoicesAt(now: string, params: Stripe.InvoiceListParams) {
  const { sdk } = await stripeAt(now);
  const all: Stripe.Invoice[] = [];
  for await (const invoice of sdk.invoices.list({ limit: 2, ...params })) all.push(invoice);
  return all.map(told);
}

test('a trial is invoiced with nothing, then with its first month', async () => {
  const [begin, end, next] = ['2026-01-10T14:00:00', '2026-01-24T14:00:00', '2026-02-24T14:00:00'].map(seconds);
  expect(await invoicesAt('2026-02-01T00:00:00Z', { subscription: 'sub_bh008' })).toEqual([
    {
      id: 'in_bh008_2',
      created: end,
      status: 'paid',
      reason: 'subscription_cycle',
      total: 14_900,
      lines: [['period', 'price_professional_m', 1, 14_900, end, next]],
    },
    {
      id: 'in_bh008_1',
      created: begin,
      status: 'paid',
      reason: 'subscription_create',
      total: 0,
      lines: [['period', 'price_professional_m', 1, 0, begin, end]],
    },
  ]);
});

test.each([
  ['2026-02-06T12:05:00+02:00', 'draft'],
  ['2026-02-06T13:04:59+02:00', 'draft'],
  ['2026-02-06T13:05:00+02:00', 'open'],
  ['2026-02-09T08:19:59+02:00', 'open'],
  ['2026-02-09T08:20:00+02:00', 'paid'],
])('a renewal whose payment fails at first is at %s %s', async (now, status) => {
  const [invoice] = await invoicesAt(now, { subscription: 'sub_bh003' });
  expect(invoice).toMatchObject({ id: 'in_bh003_2', status });
});

test('a quantity that changes within a month is settled with the next one', async () => {
  const [at, from, to] = ['2026-01-20T11:00:00', '2026-02-05T16:40:00', '2026-03-05T16:40:00'].map(seconds);
  const [, invoice] = await invoicesAt('2026-03-06T00:00:00Z', { subscription: 'sub_bh002' });
  expect(invoice).toEqual({
    id: 'in_bh002_2',
    created: from,
    status: 'paid',
    reason: 'subscription_cycle',
    total: 31_200 - 10_213 + 16_341,
    lines: [
      ['proration', 'price_team_m', 5, -10_213, at, from],
      ['proration', 'price_team_m', 8, 16_341, at, from],
      ['period', 'price_team_m', 8, 31_200, from, to],
    ],
  });
});

test('a change from months to years is invoiced whole, less what is left of the month', async () => {
  const [at, monthEnd, yearEnd] = ['2026-03-05T09:00:00', '2026-03-21T09:15:00', '2027-03-05T09:00:00'].map(seconds);
  const [invoice] = await invoicesAt('2026-03-10T00:00:00Z', { subscription: 'sub_bh014' });
  expect(invoice).toEqual({
    id: 'in_bh014_3',
    created: at,
    status: 'paid',
    reason: 'subscription_update',
    total: 143_000 - 8_520,
    lines: [
      ['proration', 'price_professional_m', 1, -8_520, at, monthEnd],
      ['period', 'price_professional_y', 1, 143_000, at, yearEnd],
    ],
  });
});

test('invoices are listed by time, status and subscription, and their lines alone too', async () => {
  const { sdk } = await stripeAt('2026-02-06T14:00:00+02:00');
  const ids = async (params: Stripe.InvoiceListParams) => (await sdk.invoices.list(params)).data.map(({ id }) => id);
  expect(await ids({ status: 'open' })).toEqual(['in_bh003_2']);
  const day = { gte: seconds('2026-02-05T00:00:00'), lt: seconds('2026-02-06T00:00:00') };
  expect(await ids({ created: day })).toEqual(['in_bh002_2', 'in_bh021_1']);
  expect(await ids({ created: day, limit: 1, starting_after: 'in_bh003_2' })).toEqual(['in_bh002_2']);
  expect(await ids({ created: day, starting_after: 'in_bh002_2' })).toEqual(['in_bh021_1']);
  expect((await sdk.invoices.retrieve('in_bh003_2')).status).toBe('open');

  const lines = async (params: Stripe.InvoiceListLineItemsParams) => {
    const { data, has_more } = await sdk.invoices.listLineItems('in_bh002_2', params);
    return { ids: data.map(({ id }) => id), has_more };
  };
  expect(await lines({ limit: 2 })).toEqual({ ids: ['il_bh002_2_1', 'il_bh002_2_2'], has_more: true });
  expect(await lines({ starting_after: 'il_bh002_2_2' })).toEqual({ ids: ['il_bh002_2_3'], has_more: false });
  await expect(sdk.invoices.listLineItems('in_none')).rejects.toMatchObject({ code: 'resource_missing' });
});
