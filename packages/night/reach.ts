import type { StandIn } from '@plumbline/alerts/mail';
import type { MailRecord, Unreachable } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { titleOfDri } from '@plumbline/plan/words';
import { emailOf } from '@plumbline/workspace/workspace';
import type { Site } from './site.ts';

/** Behind the id of a mail: the one to the fallback DRI in its place. */
const FALLBACK = '_fallback';

/** Whose address mails don't reach, by DRI: what was heard of an address that they no longer have says nothing. */
export async function unreachableIn({ store, workspace }: Site): Promise<Map<string, Unreachable>> {
  const known = await store.unreachable.list(workspace.id);
  return new Map(known.flatMap((one) => (emailOf(workspace, one.dri) === one.email ? [[one.dri, one]] : [])));
}

/** Nothing is sent to such an address any more; one that was refused is tried again. */
const isGivenUp = ({ why }: Unreachable): boolean => why !== 'refused';

/** The same site, where those who can't be reached have no address. The fallback DRI keeps theirs: there is nobody else to hear. */
export function withoutUnreachable(site: Site, unreachable: ReadonlyMap<string, Unreachable>): Site {
  const { workspace } = site;
  const gone = [...unreachable.values()].filter((one) => isGivenUp(one) && one.dri !== workspace.fallbackDri);
  if (gone.length === 0) return site;
  const silenced = gone.map(({ dri }) => [
    dri,
    { ...workspace.dris[dri], title: titleOfDri(workspace.dris, dri), email: undefined },
  ]);
  return { ...site, workspace: { ...workspace, dris: { ...workspace.dris, ...Object.fromEntries(silenced) } } };
}

/** For whom the reader of a mail stands in: whose mail did not get through, or who is left out since mails don't reach them. */
export async function standInsOf(site: Site, mail: MailRecord, transitions: readonly Transition[]): Promise<StandIn[]> {
  const { workspace } = site;
  const { insteadOf } = mail;
  if (insteadOf === undefined && mail.dri !== workspace.fallbackDri) return [];
  const unreachable = await unreachableIn(site);
  const standInFor = ({ dri, email, why, reason }: Pick<StandIn, 'dri' | 'email' | 'why' | 'reason'>): StandIn => ({
    dri,
    title: titleOfDri(workspace.dris, dri),
    email,
    why,
    reason,
  });
  if (insteadOf !== undefined) {
    const known = unreachable.get(insteadOf);
    if (known) return [standInFor(known)];
    const original = await site.store.mails.get({ ...mail, id: mail.id.slice(0, -FALLBACK.length) });
    const { to = '', error = '' } = original ?? {};
    return [standInFor({ dri: insteadOf, email: to, why: 'undelivered', reason: error })];
  }
  const reviews = workspace.plan?.reviews.filter(({ id }) => mail.reviews?.includes(id)) ?? [];
  const meant = new Set([...transitions.map(({ dri }) => dri), ...reviews.flatMap(({ to }) => to)]);
  return [...meant].flatMap((dri) => {
    const known = dri === mail.dri ? undefined : unreachable.get(dri);
    return known && isGivenUp(known) ? [standInFor(known)] : [];
  });
}

/** The mail to the fallback DRI about what one that did not get through was about; none where it is theirs that did not. */
export function inPlaceOf({ workspace, clock }: Site, mail: MailRecord): MailRecord | undefined {
  const { fallbackDri } = workspace;
  if (mail.dri === fallbackDri) return undefined;
  const { messageId: _its, delivery: _heard, error: _why, ...rest } = mail;
  return {
    ...rest,
    id: `${mail.id}${FALLBACK}`,
    dri: fallbackDri,
    to: emailOf(workspace, fallbackDri) ?? '',
    insteadOf: mail.dri,
    state: 'claimed',
    at: clock.now(),
  };
}
