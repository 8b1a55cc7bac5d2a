import type { Message } from '@plumbline/alerts/channel';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Day } from '@plumbline/core/day';
import type { MailRecord, Unreachable } from '@plumbline/core/night';
import type { Point } from '@plumbline/core/snapshot';
import type { Transition } from '@plumbline/core/status';
import { emailOf } from '@plumbline/workspace/workspace';
import { heldByAnother, isAbandoned } from './claim.ts';
import { composeMail, drawnPoints } from './compose.ts';
import type { Postbox } from './notify.ts';
import { inPlaceOf, unreachableIn } from './reach.ts';
import type { Site } from './site.ts';

/** Sends claimed mails and notes what became of them. */
export type Letters = {
  /** Sends a mail whose claim is ours or, where it is known to be with the mail service under this id, only notes that. */
  deliver(mail: MailRecord, found?: string): Promise<void>;
  /** Does so with one that somebody else has claimed, where that run has ended. */
  takeOver(mail: MailRecord): Promise<void>;
  /** The mails whose outcome was noted. */
  readonly ended: readonly MailRecord[];
  /** Why each of the others waits. */
  readonly unsent: readonly string[];
};

/** Letters of one site; their pictures show what was known in the night `day`. */
export function lettersOf(site: Site, day: Day, postbox: Postbox): Letters {
  const { store, workspace } = site;
  const ended: MailRecord[] = [];
  const unsent: string[] = [];
  let drawn: Promise<Point[]> | undefined;
  let known: Promise<Map<string, Unreachable>> | undefined;

  const write = async (mail: MailRecord): Promise<{ message?: Message | undefined; broken?: string }> => {
    try {
      drawn ??= drawnPoints(site, day);
      return { message: await composeMail(site, mail, await transitionsOf(site, mail), await drawn, postbox) };
    } catch (error) {
      return { broken: excerpt(messageOf(error)) };
    }
  };

  const deliver = async (mail: MailRecord, found?: string): Promise<void> => {
    const { message, broken } = await write(mail);
    const { error: _waited, ...rest } = mail;
    const named = { ...rest, subject: message?.subject ?? mail.subject };
    const note = async (messageId: string): Promise<void> => {
      await store.mails.finish(named, { state: 'sent', messageId });
      ended.push({ ...named, state: 'sent', messageId });
    };
    const fail = async (error: string): Promise<void> => {
      await store.mails.finish(named, { state: 'failed', error });
      ended.push({ ...named, state: 'failed', error });
    };
    if (found !== undefined) return note(found);
    if (broken !== undefined) {
      await store.mails.postpone(named, broken);
      unsent.push(`[mail] ${mail.id} can't be written: ${broken}`);
      return;
    }
    if (!message) {
      return fail('nothing is left to tell: its review has gone from the plan, or its reader wants no digests');
    }
    const delivery = await postbox.channel.send(message);
    if (delivery.outcome === 'delivered') {
      await note(delivery.messageId);
      return heal(mail);
    }
    const error = excerpt(delivery.reason);
    if (delivery.outcome === 'retryable') {
      // Where the answer was lost, the claim stands until the mail service's events have had their time.
      if (!delivery.isLost) await store.mails.postpone(named, error);
      unsent.push(`[mail] ${mail.id} was not accepted: ${error}`);
      return;
    }
    await refuse(mail, error);
    const other = inPlaceOf(site, named);
    if (!other) return fail(error);
    const isRedirected = await store.mails.redirect(named, error, other);
    ended.push({ ...named, state: 'failed', error });
    if (isRedirected) await deliver(other);
  };

  /** An address that is refused is shown as such; what else is known of it stands. */
  const refuse = async ({ dri, to, id }: MailRecord, reason: string): Promise<void> => {
    known ??= unreachableIn(site);
    if (emailOf(workspace, dri) !== to || (await known).has(dri)) return;
    const at = site.clock.now();
    await store.unreachable.put({ workspace: workspace.id, dri, email: to, why: 'refused', reason, mail: id, at });
  };

  const heal = async ({ dri }: MailRecord): Promise<void> => {
    known ??= unreachableIn(site);
    if ((await known).get(dri)?.why === 'refused') await store.unreachable.remove(workspace.id, dri);
  };

  const takeOver = async (mail: MailRecord): Promise<void> => {
    const { channel } = postbox;
    const now = site.clock.now();
    const found = mail.delivery?.messageId ?? (await channel.find?.(mail.id));
    // A service that can be asked has just said whether it has got it.
    const isOpen = found !== undefined || channel.find !== undefined || isAbandoned(mail, now);
    const taken = isOpen ? await store.mails.reclaim(mail, now) : undefined;
    // One that the service has plainly not taken goes to whatever address its reader has by now.
    const to = mail.error === undefined || found !== undefined ? undefined : emailOf(workspace, mail.dri);
    if (taken) await deliver({ ...taken, ...(to !== undefined && { to }) }, found);
    else unsent.push(heldByAnother('mail', mail));
  };
  return { deliver, takeOver, ended, unsent };
}

async function transitionsOf(site: Site, mail: MailRecord): Promise<Transition[]> {
  const found = await Promise.all(mail.transitions.map((id) => site.store.transitions.get(site.workspace.id, id)));
  return found.filter((transition) => transition !== undefined);
}
