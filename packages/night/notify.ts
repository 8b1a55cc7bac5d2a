import type { Channel } from '@plumbline/alerts/channel';
import { group } from '@plumbline/alerts/calm';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { excerpt, PlumblineError } from '@plumbline/core/errors';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { composeMail } from './compose.ts';
import type { Site } from './site.ts';

/** How long a transition waits for a night whose mail it can still ride on. */
const DAYS_PENDING = 14;

export type Postbox = {
  channel: Channel;
  /** Where links in mails lead: the read API's public address. */
  publicUrl: string;
  /** Signs the links that act. */
  linkKey: string;
};

/**
 * Sends a closed night's mails: one per DRI about all that they should hear. A mail is claimed before it is sent, so that a second run
 * sends none; one that was claimed but whose outcome nobody noted (a crash between) is looked for at the mail service first.
 */
export async function notifyNight(site: Site, day: Day, postbox: Postbox): Promise<MailRecord[]> {
  const { store, workspace, clock } = site;
  const heard = (await store.transitions.list(workspace.id, addDays(day, -DAYS_PENDING), day)).filter(
    (transition) => transition.mail.state === 'pending' || transition.mail.state === 'claimed',
  );
  const { suppressed, mails } = group(heard, {
    dris: workspace.dris,
    fallbackDri: workspace.fallbackDri,
    acknowledgements: await store.acknowledgements.list(workspace.id),
    sourceOf: (metric) => workspace.metrics.get(metric)?.source,
  });
  if (suppressed.length > 0) await store.transitions.suppress(workspace.id, suppressed);
  const unfinished = (await store.mails.list(workspace.id, addDays(day, -DAYS_PENDING), day)).filter(
    (mail) => mail.state === 'claimed',
  );
  const sent: MailRecord[] = [];
  for (const mail of unfinished) sent.push(await deliver(site, mail, await transitionsOf(site, mail), postbox, true));
  const taken = new Set(unfinished.flatMap((mail) => mail.transitions));
  for (const { dri, transitions } of mails) {
    const fresh = transitions.filter((transition) => !taken.has(transition.id));
    if (fresh.length === 0) continue;
    const to = workspace.dris[dri]?.email ?? '';
    const wanted: MailRecord = {
      id: `mail_${workspace.id}_${day}_${dri}`,
      workspace: workspace.id,
      night: day,
      dri,
      to,
      subject: '',
      transitions: fresh.map((transition) => transition.id),
      state: 'claimed',
      at: clock.now(),
    };
    const { mail, fresh: mine } = await store.mails.claim(wanted);
    // Claimed by an earlier run: that mail is out; what came since rides on the next night's.
    if (mine) sent.push(await deliver(site, mail, fresh, postbox, false));
  }
  return sent;
}

async function transitionsOf(site: Site, mail: MailRecord): Promise<Transition[]> {
  const found = await Promise.all(mail.transitions.map((id) => site.store.transitions.get(site.workspace.id, id)));
  return found.filter((transition) => transition !== undefined);
}

async function deliver(
  site: Site,
  mail: MailRecord,
  transitions: Transition[],
  postbox: Postbox,
  mayBeOut: boolean,
): Promise<MailRecord> {
  const message = await composeMail(site, mail, transitions, postbox);
  const named = { ...mail, subject: message.subject };
  const found = mayBeOut ? await postbox.channel.find?.(mail.id) : undefined;
  const delivery =
    found === undefined ? await postbox.channel.send(message) : ({ outcome: 'delivered', messageId: found } as const);
  if (delivery.outcome === 'retryable') {
    throw new PlumblineError('vendor', `[mail] ${mail.id} was not accepted: ${excerpt(delivery.reason)}`, {
      retryable: true,
    });
  }
  const outcome =
    delivery.outcome === 'delivered'
      ? ({ state: 'sent', messageId: delivery.messageId } as const)
      : ({ state: 'failed', error: excerpt(delivery.reason) } as const);
  await site.store.mails.finish(named, outcome);
  return { ...named, ...outcome };
}
