import { PlumblineError } from '@plumbline/core/errors';
import type { MailRecord, OutboxEntry } from '@plumbline/core/night';
import type { Acknowledgement, MailState } from '@plumbline/core/status';
import { pack, toTransition, unpack } from './bodies.ts';
import { AGAIN, TRANSACTION_ITEMS, type Table, type Write, chunked, isNew, isThere, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import type { Store } from './types.ts';

/** Changes of transitions that must be there, in transactions of up to 100. Throws PlumblineError `not-found` for one that is not. */
async function change(table: Table, writes: readonly Write[]): Promise<void> {
  for (const chunk of chunked(writes, TRANSACTION_ITEMS)) {
    await untilItHolds('a transition', async () => {
      const refused = await table.transact(chunk);
      const missing = chunk[refused?.failed[0] ?? -1];
      if (missing && 'update' in missing) {
        throw new PlumblineError('not-found', `there is no transition ${missing.update.sk} to change`);
      }
      return refused === undefined ? undefined : AGAIN;
    });
  }
}

const setMail = (mail: MailRecord, state: MailState): Write[] =>
  mail.transitions.map((id) => ({
    update: keys.transition(mail.workspace, id),
    set: { mail: state },
    condition: isThere,
  }));

export const transitions = (table: Table): Store['transitions'] => ({
  async list(workspace, from, to) {
    const found = (await table.query(keys.transitions(workspace, from, to))).map(toTransition);
    return found.sort((a, b) => (a.night === b.night ? a.at - b.at : a.night < b.night ? -1 : 1));
  },
  async get(workspace, id) {
    const item = await table.get(keys.transition(workspace, id));
    return item && toTransition(item);
  },
  async suppress(workspace, hidden) {
    await change(
      table,
      hidden.map(({ id, by }) => ({
        update: keys.transition(workspace, id),
        set: { suppressedBy: by },
        condition: isThere,
      })),
    );
  },
});

export const mails = (table: Table): Store['mails'] => ({
  async claim(mail) {
    return untilItHolds(mail.id, async () => {
      const stored = await table.get(keys.mail(mail));
      if (stored !== undefined) return { mail: unpack(stored) as MailRecord, fresh: false };
      const [first, ...rest] = chunked(setMail(mail, { state: 'claimed', to: mail.to }), TRANSACTION_ITEMS - 1);
      // What does not fit beside the mail is noted first: the claim itself is what decides.
      await change(table, rest.flat());
      const refused = await table.transact([
        { put: { ...keys.mail(mail), ...pack(mail) }, condition: isNew },
        ...(first ?? []),
      ]);
      const missing = refused?.failed.find((place) => place > 0);
      if (missing !== undefined) {
        throw new PlumblineError(
          'not-found',
          `${mail.id} is about ${mail.transitions[missing - 1]}, which is not there`,
        );
      }
      return refused === undefined ? { mail, fresh: true } : AGAIN;
    });
  },
  async finish(mail, outcome) {
    await change(table, [
      ...setMail(mail, {
        state: outcome.state,
        to: mail.to,
        ...(outcome.state === 'sent' ? { messageId: outcome.messageId } : {}),
      }),
      { put: { ...keys.mail(mail), ...pack({ ...mail, ...outcome }) } },
    ]);
  },
  async list(workspace, from, to) {
    return (await table.query(keys.mails(workspace, from, to))).map((item) => unpack(item) as MailRecord);
  },
});

export const acknowledgements = (table: Table): Store['acknowledgements'] => ({
  async list(workspace) {
    return (await table.query(keys.acknowledgements(workspace))).map((item) => unpack(item) as Acknowledgement);
  },
  async put(acknowledgement) {
    const { workspace, indicator, at } = acknowledgement;
    await untilItHolds(`the acknowledgement of ${indicator}`, async () => {
      const refused = await table.transact([
        {
          put: { ...keys.acknowledgement(workspace, indicator), at, ...pack(acknowledgement) },
          condition: { if: 'attribute_not_exists(pk) OR #at <= :at', names: { '#at': 'at' }, values: { ':at': at } },
        },
      ]);
      // A later one that is there stays the last one.
      return refused?.failed.length === 0 ? AGAIN : undefined;
    });
  },
});

export const outbox = (table: Table): Store['outbox'] => ({
  async pending(workspace, limit) {
    const items = await table.query(keys.outboxes(workspace), limit === undefined ? {} : { limit });
    return items.map((item) => unpack(item) as OutboxEntry);
  },
  async remove(entries) {
    await table.batch(entries.map((entry) => ({ remove: keys.outbox(entry) })));
  },
});
