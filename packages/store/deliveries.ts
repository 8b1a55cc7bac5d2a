import type { DeliveryReport, MailRecord, Unreachable } from '@plumbline/core/night';
import { DELIVERY_STATES } from '@plumbline/core/night';
import { pack, unpack } from './bodies.ts';
import { AGAIN, type Condition, type Item, type Table, isThere, untilItHolds } from './dynamo.ts';
import { keys, mailOf } from './keys.ts';
import type { Store } from './types.ts';

const isFurther: Condition['if'] = 'attribute_not_exists(pk) OR #reached < :reached';

/** Keeps a report of a mail that is there, where it goes further than the one that is kept. */
export const reported =
  (table: Table): Store['mails']['report'] =>
  (report) =>
    untilItHolds(`the delivery of ${report.mail}`, async () => {
      const { workspace, night, mail: id } = report;
      const reached = DELIVERY_STATES.indexOf(report.state);
      const refused = await table.transact([
        { check: keys.mail({ workspace, night, id }), condition: isThere },
        {
          put: { ...keys.delivery(report), reached, ...pack(report) },
          condition: { if: isFurther, names: { '#reached': 'reached' }, values: { ':reached': reached } },
        },
      ]);
      return refused === undefined ? true : refused.failed.length === 0 ? AGAIN : false;
    });

/** Mails, each with what was heard of it. */
export function withDeliveries(items: readonly Item[]): MailRecord[] {
  const deliveries = new Map<string, DeliveryReport>();
  for (const item of items) {
    const { key, isDelivery } = mailOf(String(item['sk']));
    if (isDelivery) deliveries.set(key, unpack(item) as DeliveryReport);
  }
  return items.flatMap((item) => {
    const { key, isDelivery } = mailOf(String(item['sk']));
    if (isDelivery) return [];
    const mail = unpack(item) as MailRecord;
    const heard = deliveries.get(key);
    if (!heard) return [mail];
    const { state, messageId, at, reason } = heard;
    return [{ ...mail, delivery: { state, messageId, at, reason } }];
  });
}

export const unreachable = (table: Table): Store['unreachable'] => ({
  async list(workspace) {
    return (await table.query(keys.allUnreachable(workspace))).map((item) => unpack(item) as Unreachable);
  },
  async put(one) {
    await table.batch([{ put: { ...keys.unreachable(one.workspace, one.dri), ...pack(one) } }]);
  },
  async remove(workspace, dri) {
    await table.batch([{ remove: keys.unreachable(workspace, dri) }]);
  },
});
