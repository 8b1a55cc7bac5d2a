import type { Day } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { MailRecord, OutboxEntry } from '@plumbline/core/night';
import type { Acknowledgement, MailState, Transition, Unsubscribed } from '@plumbline/core/status';
import { pack, toTransition, unpack } from './bodies.ts';
import { reported, withDeliveries } from './deliveries.ts';
import {
  AGAIN,
  type Condition,
  TRANSACTION_ITEMS,
  type Table,
  type Write,
  isNew,
  isThere,
  untilItHolds,
} from './dynamo.ts';
import { keys } from './keys.ts';
import type { Store } from './types.ts';

/** What a transaction on transitions that must be there came to. Throws PlumblineError `not-found` for one that is not. */
function withoutMissing(writes: readonly Write[], refused: { failed: number[] } | undefined) {
  for (const index of refused?.failed ?? []) {
    const write = writes[index];
    if (write && 'update' in write) {
      throw new PlumblineError('not-found', `there is no transition ${write.update.sk} to change`);
    }
  }
  return refused === undefined ? undefined : AGAIN;
}

const isPending: Condition = {
  if: '#mail.#state = :pending',
  names: { '#mail': 'mail', '#state': 'state' },
  values: { ':pending': 'pending' },
};

const setMail = (mail: MailRecord, state: MailState, condition = isThere): Write[] =>
  mail.transitions.map((id) => ({ update: keys.transition(mail.workspace, id), set: { mail: state }, condition }));

/** A mail's own item has nothing of what was heard of it. */
const bodyOf = ({ delivery: _heard, ...mail }: MailRecord): { body: string } => pack(mail);

const putMail = (mail: MailRecord, condition?: Condition): Write => ({
  put: { ...keys.mail(mail), ...bodyOf(mail) },
  ...(condition && { condition }),
});

/** Puts a mail, with what else changes by it, where it is in one of these states; false where it is further already. */
async function advance(
  table: Table,
  mail: MailRecord,
  from: readonly MailRecord['state'][],
  others: readonly Write[],
  next: MailRecord,
): Promise<boolean> {
  return untilItHolds(mail.id, async () => {
    const item = await table.get(keys.mail(mail));
    if (!item) throw new PlumblineError('not-found', `there is no mail ${mail.id} to change`);
    const stored = unpack(item) as MailRecord;
    if (!from.includes(stored.state)) return false;
    const writes = [...others, putMail(next, isUnchanged(stored))];
    return withoutMissing(writes, await table.transact(writes)) ?? true;
  });
}

/** Whether a transaction went through, or somebody else's had come first. */
const done = (refused: { failed: number[] } | undefined): boolean | typeof AGAIN =>
  refused === undefined ? true : refused.failed.length === 0 ? AGAIN : false;

/** It is stored just as it was read. */
const isUnchanged = (mail: MailRecord): Condition => ({ if: 'body = :body', values: { ':body': bodyOf(mail).body } });

/** A mail, and the one that may take its place, fit in one transaction with their transitions; what is beyond rides on the next night's. */
const MOST_TRANSITIONS = TRANSACTION_ITEMS - 2;

/** As they happened: what one judging found at once is in the order of the days that it is about, corrections as they are counted. */
const inOrder = (a: Transition, b: Transition): number =>
  byDay(a.night, b.night) || a.at - b.at || byDay(a.day, b.day) || a.corrections - b.corrections;

const byDay = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0);

export const transitions = (table: Table): Store['transitions'] => ({
  async list(workspace, from, to) {
    const found = (await table.query(keys.transitions(workspace, from, to))).map(toTransition);
    return found.sort(inOrder);
  },
  async get(workspace, id) {
    const item = await table.get(keys.transition(workspace, id));
    return item && toTransition(item);
  },
  async suppress(workspace, hidden) {
    const hide = async ({ id, by }: (typeof hidden)[number]) => {
      const key = keys.transition(workspace, id);
      const none: MailState = { state: 'none' };
      const refused = await table.transact([
        { update: key, set: { suppressedBy: by, mail: none }, condition: isPending },
      ]);
      if (refused?.failed.length === 0) return AGAIN;
      if (refused && !(await table.get(key)))
        throw new PlumblineError('not-found', `there is no transition ${id} to change`);
      return true;
    };
    await Promise.all(hidden.map((one) => untilItHolds(one.id, () => hide(one))));
  },
});

export const mails = (table: Table): Store['mails'] => ({
  async claim(mail) {
    return untilItHolds(mail.id, async () => {
      const found = (await table.getAll(mail.transitions.map((id) => keys.transition(mail.workspace, id)))).map(
        toTransition,
      );
      // After the transitions: whoever claimed them with this very mail has stored it by now.
      const stored = await table.get(keys.mail(mail));
      if (stored !== undefined) return { mail: unpack(stored) as MailRecord, fresh: false };
      const waiting = new Set(found.flatMap((one) => (one.mail.state === 'pending' ? [one.id] : [])));
      const transitions = mail.transitions.filter((id) => waiting.has(id)).slice(0, MOST_TRANSITIONS);
      const claimed = { ...mail, transitions };
      if (transitions.length === 0 && mail.reviews === undefined) return { mail: claimed, fresh: false };
      const refused = await table.transact([
        putMail(claimed, isNew),
        ...setMail(claimed, { state: 'claimed', to: mail.to }, isPending),
      ]);
      return refused === undefined ? { mail: claimed, fresh: true } : AGAIN;
    });
  },
  async reclaim(mail, at) {
    const taken = { ...mail, at };
    delete taken.error;
    const isTaken = await untilItHolds(mail.id, async () =>
      done(await table.transact([putMail(taken, isUnchanged(mail))])),
    );
    return isTaken ? taken : undefined;
  },
  async postpone(mail, error) {
    await advance(table, mail, ['claimed'], [], { ...mail, error });
  },
  async finish(mail, outcome) {
    const { to } = mail;
    const { state } = outcome;
    const messageId = state === 'sent' ? { messageId: outcome.messageId } : {};
    const before = state === 'sent' ? (['claimed'] as const) : (['claimed', 'sent'] as const);
    return advance(table, mail, before, setMail(mail, { state, to, ...messageId }), { ...mail, ...outcome });
  },
  async redirect(mail, error, other) {
    return untilItHolds(other.id, async () => {
      const writes = [putMail(other, isNew), putMail({ ...mail, state: 'failed', error })];
      return done(await table.transact([...writes, ...setMail(other, { state: 'claimed', to: other.to })]));
    });
  },
  async get(mail) {
    const { id, ...rest } = mail;
    return withDeliveries(await table.getAll([keys.mail(mail), keys.delivery({ ...rest, mail: id })]))[0];
  },
  async list(workspace, from, to) {
    return withDeliveries(await table.query(keys.mails(workspace, from, to)));
  },
  report: reported(table),
});

export const acknowledgements = (table: Table): Store['acknowledgements'] => ({
  async list(workspace) {
    return (await table.query(keys.acknowledgements(workspace))).map((item) => unpack(item) as Acknowledgement);
  },
  async history(workspace, from, to) {
    return (await table.query(keys.answers(workspace, from, to))).map((item) => unpack(item) as Acknowledgement);
  },
  async put(acknowledgement) {
    const { workspace, indicator, transition, at } = acknowledgement;
    const answer = { put: { ...keys.answer(workspace, transition, at), ...pack(acknowledgement) } };
    await untilItHolds(`the answer to ${transition}`, async () => done(await table.transact([answer])));
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

export const unsubscribed = (table: Table): Store['unsubscribed'] => ({
  async list(workspace) {
    return (await table.query(keys.allUnsubscribed(workspace))).map((item) => unpack(item) as Unsubscribed);
  },
  async put(one) {
    const put = { ...keys.unsubscribed(one.workspace, one.dri), ...pack(one) };
    await untilItHolds(`what ${one.dri} said of digests`, async () =>
      (await table.transact([{ put }])) ? AGAIN : undefined,
    );
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
