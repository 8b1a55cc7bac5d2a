import type { Channel } from '@plumbline/alerts/channel';
import { group } from '@plumbline/alerts/calm';
import { sourceIn } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { excerpt, PlumblineError } from '@plumbline/core/errors';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { composeMail, drawnPoints } from './compose.ts';
import { digestsDue } from './review.ts';
import type { Site } from './site.ts';

/** How long a transition waits for a night whose mail it can still ride on. */
const DAYS_PENDING = 14;

/** A run that claimed a mail longer ago than this has ended: no Lambda lives as long. */
const CLAIM_MS = 15 * 60_000;

export type Postbox = {
  channel: Channel;
  /** Where links in mails lead: the read API's public address. */
  publicUrl: string;
  /** Signs the links that act. */
  linkKey: string;
};

/**
 * Sends a closed night's mails: one per DRI about all that they should hear, with the digest of a review that comes up, and where an
 * address is refused, one more to the fallback DRI in its place. A mail is claimed before it is sent, so that no other run sends it; one that was claimed but whose outcome nobody noted
 * (a crash between) is looked for at the mail service first. What could not be sent does not hold up the others; it is thrown at the
 * end, to be tried again.
 */
export async function notifyNight(site: Site, day: Day, postbox: Postbox): Promise<MailRecord[]> {
  const { store, workspace } = site;
  const since = addDays(day, -DAYS_PENDING);
  const claimed = (await store.mails.list(workspace.id, since, day)).filter((mail) => mail.state === 'claimed');
  const known = await store.transitions.list(workspace.id, since, day);
  const waiting = known.filter(({ mail, suppressedBy }) => mail.state === 'pending' && suppressedBy === null);
  const digests = await digestsDue(site, day);
  if (claimed.length === 0 && waiting.length === 0 && digests.size === 0) return [];

  const { suppressed, mails } = group(waiting, {
    dris: workspace.dris,
    fallbackDri: workspace.fallbackDri,
    acknowledgements: await store.acknowledgements.list(workspace.id),
    sourceOf: (metric) => workspace.metrics.get(metric)?.source,
    failedSources: await failedSources(site, day, known),
  });
  if (suppressed.length > 0) await store.transitions.suppress(workspace.id, suppressed);

  const points = await drawnPoints(site, day);
  const ended: MailRecord[] = [];
  const unsent: string[] = [];
  const deliver = async (mail: MailRecord, found?: string): Promise<void> => {
    const message = await composeMail(site, mail, await transitionsOf(site, mail), points, postbox);
    if (!message) {
      const outcome = { state: 'failed', error: 'its review is no longer in the plan' } as const;
      await store.mails.finish(mail, outcome);
      ended.push({ ...mail, ...outcome });
      return;
    }
    const named = { ...mail, subject: message.subject };
    const delivery =
      found === undefined ? await postbox.channel.send(message) : ({ outcome: 'delivered', messageId: found } as const);
    if (delivery.outcome === 'delivered') {
      const outcome = { state: 'sent', messageId: delivery.messageId } as const;
      await store.mails.finish(named, outcome);
      ended.push({ ...named, ...outcome });
      return;
    }
    const error = excerpt(delivery.reason);
    if (delivery.outcome === 'retryable') {
      await store.mails.postpone(named, error);
      unsent.push(`[mail] ${mail.id} was not accepted: ${error}`);
      return;
    }
    const other = inPlaceOf(site, named);
    if (!other) await store.mails.finish(named, { state: 'failed', error });
    const isRedirected = other && (await store.mails.redirect(named, error, other));
    ended.push({ ...named, state: 'failed', error });
    if (isRedirected) await deliver(other);
  };

  for (const mail of claimed) {
    const found = await postbox.channel.find?.(mail.id);
    const isOpen = found !== undefined || isAbandoned(site, mail, postbox);
    const taken = isOpen ? await store.mails.reclaim(mail, site.clock.now()) : undefined;
    if (taken) await deliver(taken, found);
    else
      unsent.push(
        `[mail] ${mail.id} is being sent by another run; should that have broken off, it is sent again 15 minutes later`,
      );
  }
  const news = new Map(mails.map(({ dri, transitions }) => [dri, transitions]));
  for (const dri of new Set([...news.keys(), ...digests.keys()])) {
    // What another mail has claimed meanwhile is left out; what comes after this DRI's mail of the night rides on the next night's.
    const { mail, fresh } = await store.mails.claim(
      mailFor(site, day, dri, { transitions: news.get(dri) ?? [], reviews: digests.get(dri) }),
    );
    if (fresh) await deliver(mail);
  }
  if (unsent.length > 0) throw new PlumblineError('vendor', unsent.join('\n'), { retryable: true });
  return ended;
}

/** Whether nobody is sending a claimed mail any more. A service that can be asked has just said that it has not got it. */
const isAbandoned = ({ clock }: Site, mail: MailRecord, { channel }: Postbox): boolean =>
  channel.find !== undefined || mail.error !== undefined || clock.now() - mail.at >= CLAIM_MS;

/** Sources that failed in that night, each with the transition that last told of it; where none is near, with the night. */
async function failedSources({ store, workspace }: Site, day: Day, known: readonly Transition[]) {
  const night = await store.nights.get(workspace.id, day);
  const told = new Map(
    known.flatMap((one) => (one.kind === 'source_failed' ? [[sourceIn(one.indicator), one.id]] : [])),
  );
  const failed = night?.sources.filter(({ state }) => state === 'failed') ?? [];
  return new Map(failed.map(({ source }) => [source, told.get(source) ?? night?.id ?? '']));
}

const mailFor = (
  { workspace, clock, demo }: Site,
  day: Day,
  dri: string,
  { transitions, reviews }: { transitions: readonly Transition[]; reviews: string[] | undefined },
): MailRecord => ({
  id: `mail_${demo ? 'demo_' : ''}${workspace.id}_${day}_${dri}`,
  workspace: workspace.id,
  night: day,
  dri,
  to: workspace.dris[dri]?.email ?? '',
  subject: '',
  transitions: transitions.map((transition) => transition.id),
  ...(reviews === undefined ? {} : { reviews }),
  state: 'claimed',
  at: clock.now(),
});

/** The mail to the fallback DRI about what the refused one was about; none where it is theirs that was refused. */
function inPlaceOf({ workspace, clock }: Site, refused: MailRecord): MailRecord | undefined {
  const { fallbackDri, dris } = workspace;
  if (refused.dri === fallbackDri) return undefined;
  return {
    ...refused,
    id: `${refused.id}_fallback`,
    dri: fallbackDri,
    to: dris[fallbackDri]?.email ?? '',
    insteadOf: refused.dri,
    at: clock.now(),
  };
}

async function transitionsOf(site: Site, mail: MailRecord): Promise<Transition[]> {
  const found = await Promise.all(mail.transitions.map((id) => site.store.transitions.get(site.workspace.id, id)));
  return found.filter((transition) => transition !== undefined);
}
