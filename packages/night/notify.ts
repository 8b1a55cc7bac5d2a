import type { Channel } from '@plumbline/alerts/channel';
import { group } from '@plumbline/alerts/calm';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { excerpt, PlumblineError } from '@plumbline/core/errors';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { composeMail, drawnPoints } from './compose.ts';
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
 * sends none; one that was claimed but whose outcome nobody noted (a crash between) is looked for at the mail service first. What could
 * not be sent does not hold up the others; it is thrown at the end, to be tried again.
 */
export async function notifyNight(site: Site, day: Day, postbox: Postbox): Promise<MailRecord[]> {
  const { store, workspace } = site;
  const since = addDays(day, -DAYS_PENDING);
  const unfinished = (await store.mails.list(workspace.id, since, day)).filter((mail) => mail.state === 'claimed');
  const waiting = (await store.transitions.list(workspace.id, since, day)).filter(
    ({ mail, suppressedBy }) => mail.state === 'pending' && suppressedBy === null,
  );
  if (unfinished.length === 0 && waiting.length === 0) return [];

  const { suppressed, mails } = group(waiting, {
    dris: workspace.dris,
    fallbackDri: workspace.fallbackDri,
    acknowledgements: await store.acknowledgements.list(workspace.id),
    sourceOf: (metric) => workspace.metrics.get(metric)?.source,
  });
  if (suppressed.length > 0) await store.transitions.suppress(workspace.id, suppressed);

  const points = await drawnPoints(site, day);
  const sent: MailRecord[] = [];
  const refused: string[] = [];
  const deliver = async (mail: MailRecord, transitions: readonly Transition[], mayBeOut: boolean) => {
    const message = await composeMail(site, mail, transitions, points, postbox);
    const named = { ...mail, subject: message.subject };
    const found = mayBeOut ? await postbox.channel.find?.(mail.id) : undefined;
    const delivery =
      found === undefined ? await postbox.channel.send(message) : ({ outcome: 'delivered', messageId: found } as const);
    if (delivery.outcome === 'retryable') {
      refused.push(`[mail] ${mail.id} was not accepted: ${excerpt(delivery.reason)}`);
      return;
    }
    const outcome =
      delivery.outcome === 'delivered'
        ? ({ state: 'sent', messageId: delivery.messageId } as const)
        : ({ state: 'failed', error: excerpt(delivery.reason) } as const);
    await store.mails.finish(named, outcome);
    sent.push({ ...named, ...outcome });
  };

  for (const mail of unfinished) await deliver(mail, await transitionsOf(site, mail), true);
  for (const { dri, transitions } of mails) {
    const { mail, fresh } = await store.mails.claim(mailFor(site, day, dri, transitions));
    // Claimed by an earlier run: that mail is out, or was dealt with above; what came since rides on the next night's.
    if (fresh) await deliver(mail, transitions, false);
  }
  if (refused.length > 0) throw new PlumblineError('vendor', refused.join('\n'), { retryable: true });
  return sent;
}

const mailFor = (
  { workspace, clock }: Site,
  day: Day,
  dri: string,
  transitions: readonly Transition[],
): MailRecord => ({
  id: `mail_${workspace.id}_${day}_${dri}`,
  workspace: workspace.id,
  night: day,
  dri,
  to: workspace.dris[dri]?.email ?? '',
  subject: '',
  transitions: transitions.map((transition) => transition.id),
  state: 'claimed',
  at: clock.now(),
});

async function transitionsOf(site: Site, mail: MailRecord): Promise<Transition[]> {
  const found = await Promise.all(mail.transitions.map((id) => site.store.transitions.get(site.workspace.id, id)));
  return found.filter((transition) => transition !== undefined);
}
