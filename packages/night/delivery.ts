import { excerpt } from '@plumbline/core/errors';
import type { DeliveryReport, DeliveryState, MailRecord, Unreachable } from '@plumbline/core/night';
import { DELIVERY_STATES } from '@plumbline/core/night';
import { emailOf } from '@plumbline/workspace/workspace';
import type { Letters } from './letters.ts';
import { lettersOf } from './letters.ts';
import type { Postbox } from './notify.ts';
import { throwUnsent } from './notify.ts';
import { inPlaceOf } from './reach.ts';
import type { Site } from './site.ts';

/** What ends a mail's way, in words. */
const FAILURES: Partial<Record<DeliveryState, { words: string; why?: Unreachable['why'] }>> = {
  rejected: { words: 'not sent on by the mail service' },
  bounced: { words: 'came back', why: 'bounced' },
  suppressed: { words: 'not sent: the mail service sends nothing to this address any more', why: 'suppressed' },
  complained: { words: 'marked as spam', why: 'complained' },
};

const placeOf = (state: DeliveryState): number => DELIVERY_STATES.indexOf(state);

/**
 * Takes in what the mail service says of a mail after it was sent. It may say so more than once, in any order, and before we noted that we
 * sent it. A mail that did not get through goes to the fallback DRI, once; where the address itself is bad, its DRI is unreachable from
 * now on. The report is kept last, so that a run that breaks off does all of it again. Throws a retryable PlumblineError where the
 * fallback's mail waits.
 */
export async function heardOfDelivery(site: Site, report: DeliveryReport, postbox: Postbox): Promise<void> {
  const { store, workspace, log } = site;
  const key = { workspace: workspace.id, night: report.night, id: report.mail };
  const mail = await store.mails.get(key);
  if (!mail) {
    log.info('heard of a mail that is not known here', { mail: report.mail, state: report.state });
    return;
  }
  if (mail.delivery && placeOf(mail.delivery.state) >= placeOf(report.state)) return;
  // That it was accepted is news only where nobody has noted that it was sent.
  if (report.state === 'accepted' && mail.state !== 'claimed') return;
  const letters = lettersOf(site, report.night, postbox);
  if (mail.state === 'claimed') await letters.deliver(mail, report.messageId);
  const failure = FAILURES[report.state];
  if (failure) {
    const error = excerpt([failure.words, report.reason].filter(Boolean).join(': '));
    if (report.permanent && failure.why) await markUnreachable(site, mail, report, failure.why);
    log.warn('a mail did not get through', { mail: report.mail, state: report.state });
    await redirect(site, (await store.mails.get(key)) ?? mail, error, letters);
  }
  throwUnsent(letters);
  await store.mails.report(report);
}

/** Whoever has another address by now is not concerned. */
async function markUnreachable(
  { store, workspace, clock }: Site,
  { id, dri, to }: MailRecord,
  { reason }: DeliveryReport,
  why: Unreachable['why'],
): Promise<void> {
  if (emailOf(workspace, dri) !== to) return;
  const place = { workspace: workspace.id, dri, email: to };
  await store.unreachable.put({ ...place, why, reason: excerpt(reason ?? ''), mail: id, at: clock.now() });
}

/** Has the fallback DRI hear what a mail was about that did not get through; where it was theirs, that is only noted. */
async function redirect(site: Site, mail: MailRecord, error: string, letters: Letters): Promise<void> {
  const { store } = site;
  const other = inPlaceOf(site, mail);
  if (!other) {
    await store.mails.finish(mail, { state: 'failed', error });
    return;
  }
  if (await store.mails.redirect(mail, error, other)) {
    await letters.deliver(other);
    return;
  }
  const theirs = await store.mails.get(other);
  if (theirs?.state === 'claimed') await letters.takeOver(theirs);
}
