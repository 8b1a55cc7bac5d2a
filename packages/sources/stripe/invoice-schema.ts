import { z } from 'zod';

const id = z.string().min(1);
const seconds = z.number().int();
const idOf = z.union([id, z.object({ id }).transform((object) => object.id)]);

/**
 * What an invoice says about a subscription item, and only that: https://docs.stripe.com/api/invoice-line-item/object.
 * Other lines (invoice items, shipping) have no `subscription_item_details`.
 */
export const invoiceLineSchema = z
  .object({
    id,
    period: z.object({ start: seconds, end: seconds }),
    quantity: z.number().nonnegative().nullish(),
    parent: z
      .object({
        subscription_item_details: z
          .object({ subscription: idOf.nullish(), subscription_item: id, proration: z.boolean().nullish() })
          .nullish(),
      })
      .nullish(),
    pricing: z.object({ price_details: z.object({ price: idOf }).nullish() }).nullish(),
  })
  .transform(({ parent, pricing, ...line }) => ({
    ...line,
    item: parent?.subscription_item_details,
    price: pricing?.price_details?.price,
  }));
export type InvoiceLine = z.infer<typeof invoiceLineSchema>;

/** https://docs.stripe.com/api/invoices/object; one that no subscription made has another parent, or none. */
export const invoiceSchema = z
  .object({
    id,
    created: seconds,
    status: z.string().nullish(),
    parent: z.object({ subscription_details: z.object({ subscription: idOf }).nullish() }).nullish(),
    lines: z.object({ data: z.array(invoiceLineSchema), has_more: z.boolean().nullish() }),
  })
  .transform(({ parent, ...invoice }) => ({ ...invoice, subscription: parent?.subscription_details?.subscription }));
export type Invoice = z.infer<typeof invoiceSchema>;
