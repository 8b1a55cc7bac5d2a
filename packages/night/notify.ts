import type { Channel } from '@plumbline/alerts/channel';
import { group } from '@plumbline/alerts/calm';
import { sourceIn } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { emailOf } from '@plumbline/workspace/workspace';
import type { Letters } from './letters.ts';
import { lettersOf } from './letters.ts';
import { postNight } from './post.ts';
import { unreachableIn, withoutUnreachable } from './reach.ts';
import { digestsDue } from './review.ts';
import type { Site } from './site.ts';

/** How long a transition waits for a night whose mail it can still ride on. */
const DAYS_PENDING = 14;
/** Nobody is told twice that a source fails, so what it hides may name a failure of long ago. */
const MOST_DAYS_FAILING = 366;

export type Postbox = {
  channel: Channel;
  /** Where links in mails lead: the read API's public address. */
  publicUrl: string;
  /** Signs the links that act. */
  linkKey: string;
};

/**
 * Sends a closed night's mails: one per DRI about all that they should hear, with the digest of a review that comes up. What was for
 * somebody whom mails don't reach is in the fallback DRI's, and where an address is refused now, in one more to them. A mail is claimed
 * before it is sent, so that no other run sends it; one that was claimed but whose outcome nobody noted (a crash between) is looked for at
 * the mail service first. Then the channels that hear of nights are told what the mails are about. What could not be sent does not hold up
 * the others; it is thrown at the end, to be tried again. `whenMailed` is done before that, where no mail waits.
 */
export async function notifyNight(
  site: Site,
  day: Day,
  postbox: Postbox,
  whenMailed: () => Promise<void> = async () => undefined,
): Promise<MailRecord[]> {
  const { ended, unsent } = await sendMails(site, day, postbox);
  const unposted = await postNight(site, day, postbox.publicUrl);
  if (unsent.length === 0) await whenMailed();
  throwUnsent({ unsent: [...unsent, ...unposted] });
  return [...ended];
}

async function sendMails(site: Site, day: Day, postbox: Postbox): Promise<Letters> {
  const letters = lettersOf(site, day, postbox);
  const { store, workspace } = site;
  const since = addDays(day, -DAYS_PENDING);
  const claimed = (await store.mails.list(workspace.id, since, day)).filter((mail) => mail.state === 'claimed');
  const known = await store.transitions.list(workspace.id, since, day);
  const waiting = known.filter(({ mail, suppressedBy }) => mail.state === 'pending' && suppressedBy === null);
  const unreachable = await unreachableIn(site);
  const reachable = withoutUnreachable(site, unreachable);
  const digests = await digestsDue(reachable, day);
  if (claimed.length === 0 && waiting.length === 0 && digests.size === 0) return letters;

  const { suppressed, mails } = group(waiting, {
    dris: reachable.workspace.dris,
    fallbackDri: workspace.fallbackDri,
    acknowledgements: await store.acknowledgements.list(workspace.id),
    sourceOf: (metric) => workspace.metrics.get(metric)?.source,
    failedSources: await failedSources(site, day, known),
  });
  const lost = unreachable.get(workspace.fallbackDri);
  if (lost) {
    // Theirs are tried all the same: there is nobody else to hear.
    site.log.warn('mails do not reach the fallback DRI: give them another address', {
      workspace: workspace.id,
      dri: lost.dri,
      why: lost.why,
    });
  }
  if (suppressed.length > 0) await store.transitions.suppress(workspace.id, suppressed);

  for (const mail of claimed) await letters.takeOver(mail);
  const news = new Map(mails.map(({ dri, transitions }) => [dri, transitions]));
  for (const dri of new Set([...news.keys(), ...digests.keys()])) {
    // What another mail has claimed meanwhile is left out; what comes after this DRI's mail of the night rides on the next night's.
    const { mail, fresh } = await store.mails.claim(
      mailFor(site, day, dri, { transitions: news.get(dri) ?? [], reviews: digests.get(dri) }),
    );
    if (fresh) await letters.deliver(mail);
  }
  return letters;
}

/** What waits comes again, by whoever called. */
export function throwUnsent({ unsent }: Pick<Letters, 'unsent'>): void {
  if (unsent.length > 0) throw new PlumblineError('vendor', unsent.join('\n'), { retryable: true });
}

/** Sources that failed in that night, each with the transition that last told of it; one that nobody was told of hides nothing. */
async function failedSources({ store, workspace }: Site, day: Day, known: readonly Transition[]) {
  const night = await store.nights.get(workspace.id, day);
  const failed = night?.sources.flatMap(({ state, source }) => (state === 'failed' ? [source] : [])) ?? [];
  const recently = tellingOf(known);
  const isLong = failed.some((source) => !recently.has(source));
  const told = isLong
    ? tellingOf(await store.transitions.list(workspace.id, addDays(day, -MOST_DAYS_FAILING), day))
    : recently;
  return new Map(
    failed.flatMap((source) => {
      const id = told.get(source);
      return id === undefined ? [] : [[source, id]];
    }),
  );
}

/** The transition that last told of each source that it failed. */
const tellingOf = (transitions: readonly Transition[]): Map<string, string> =>
  new Map(
    transitions.flatMap(({ kind, silent, indicator, id }) => {
      const source = kind === 'source_failed' && !silent ? sourceIn(indicator) : undefined;
      return source === undefined ? [] : [[source, id]];
    }),
  );

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
  to: emailOf(workspace, dri) ?? '',
  subject: '',
  transitions: transitions.map((transition) => transition.id),
  ...(reviews === undefined ? {} : { reviews }),
  state: 'claimed',
  at: clock.now(),
});
