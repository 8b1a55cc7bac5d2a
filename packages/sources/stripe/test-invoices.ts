import { at } from './test-objects.ts';

/** Invoices as Stripe's API sends them, for tests: one line of one subscription item, for January 2026, unless told otherwise. */

type LineFields = {
  id?: string;
  item?: string;
  price?: string | null;
  quantity?: number | null;
  from?: string;
  to?: string;
  proration?: boolean;
};

let count = 0;
const next = (prefix: string) => `${prefix}_${++count}`;

export const line = ({
  id = next('il'),
  item = 'si_1',
  price = 'price_pro',
  quantity = 1,
  from = '2026-01-01',
  to = '2026-02-01',
  proration = false,
}: LineFields = {}) => ({
  id,
  object: 'line_item',
  amount: 1000,
  currency: 'usd',
  period: { start: at(`${from}T00:00:00Z`), end: at(`${to}T00:00:00Z`) },
  quantity,
  parent: {
    type: 'subscription_item_details',
    invoice_item_details: null,
    subscription_item_details: { subscription: 'sub_1', subscription_item: item, proration, invoice_item: null },
  },
  pricing: price === null ? null : { type: 'price_details', price_details: { price, product: 'prod_pro' } },
});

/** What is added to an invoice by hand: it has a period of its own, and no subscription item. */
export const extraLine = () => ({
  ...line(),
  parent: {
    type: 'invoice_item_details',
    invoice_item_details: { invoice_item: 'ii_1', proration: false, subscription: 'sub_1' },
    subscription_item_details: null,
  },
});

export const invoice = (lines: ReturnType<typeof line | typeof extraLine>[], fields: Record<string, unknown> = {}) => {
  const id = next('in');
  return {
    id,
    object: 'invoice',
    created: lines[0]?.period.start ?? 0,
    status: 'paid',
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { subscription: 'sub_1', metadata: {} },
    },
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    ...fields,
  };
};
