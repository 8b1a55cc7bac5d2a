import { labelOf, rankOf } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { MailRecord } from '@plumbline/core/night';
import type { Acknowledgement, Transition } from '@plumbline/core/status';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import { titleOfDri } from '@plumbline/plan/words';
import type { PostRecord } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import type { Room } from './reads.ts';
import { transitionView } from './views.ts';

/** Nights that a transition may wait for a mail to ride on. */
const NIGHTS_WAITING = 14;

/** A transition with every message that told of it and every answer that was given to it, oldest first. */
export type Alert = {
  transition: Transition;
  mails: readonly MailRecord[];
  posts: readonly PostRecord[];
  answers: readonly Acknowledgement[];
};

const byTransition = <T extends { transitions: readonly string[] }>(records: readonly T[]): Map<string, T[]> => {
  const found = new Map<string, T[]>();
  for (const record of records) {
    for (const id of record.transitions) found.set(id, [...(found.get(id) ?? []), record]);
  }
  return found;
};

/** What changed in these nights, who was told of it by which message, and what was done about it, oldest first: four queries. */
export async function readAlerts(
  { workspace, store }: Pick<Room, 'workspace' | 'store'>,
  from: Day,
  to: Day,
): Promise<Alert[]> {
  const last = to < '9999-01-01' ? addDays(to, NIGHTS_WAITING) : to;
  const [transitions, mails, posts, answers] = await Promise.all([
    store.transitions.list(workspace.id, from, to),
    store.mails.list(workspace.id, from, last),
    store.posts.list(workspace.id, from, last),
    store.acknowledgements.history(workspace.id, from, to),
  ]);
  const mailsOf = byTransition(mails);
  const postsOf = byTransition(posts);
  const answersOf = Map.groupBy(answers, ({ transition }) => transition);
  return transitions.map((transition) => ({
    transition,
    mails: mailsOf.get(transition.id) ?? [],
    posts: postsOf.get(transition.id) ?? [],
    answers: answersOf.get(transition.id) ?? [],
  }));
}

const mailView = (mail: MailRecord) => ({
  id: mail.id,
  night: mail.night,
  dri: mail.dri,
  to: mail.to,
  insteadOf: mail.insteadOf ?? null,
  subject: mail.subject,
  state: mail.state,
  messageId: mail.messageId ?? null,
  at: toIso(mail.at),
  error: mail.error ?? null,
  delivery: mail.delivery
    ? { state: mail.delivery.state, at: toIso(mail.delivery.at), reason: mail.delivery.reason }
    : null,
});

/** One row of `/transitions` and of `alerts`. */
export const alertView = ({ transition, mails, posts, answers }: Alert) => ({
  ...transitionView(transition),
  mails: mails.map(mailView),
  posts: posts.map(({ channel, state, at, error }) => ({ channel, state, at: toIso(at), error: error ?? null })),
  answers: answers.map(({ kind, reason, by, until, at }) => ({
    kind,
    reason,
    by: by ?? null,
    until: until ?? null,
    at: toIso(at),
  })),
});

/** One message, or the reason why there is none, for people. `id` is how the message can be found: at the mail service, or here. */
export type Told = { text: string; at: Instant | null; id: string | null; isBad: boolean };

const DELIVERIES: Record<NonNullable<MailRecord['delivery']>['state'], string> = {
  accepted: 'taken by the mail service',
  delayed: 'delayed',
  delivered: 'delivered',
  rejected: 'rejected by the mail service',
  bounced: 'bounced',
  suppressed: 'held back by the mail service, since earlier mails came back',
  complained: 'marked as spam',
};
const ARRIVED = new Set(['accepted', 'delayed', 'delivered']);

function mailInWords(mail: MailRecord, { dris }: Workspace): Told {
  const { dri, to, insteadOf, state, error, delivery, at } = mail;
  const who = `${titleOfDri(dris, dri)} <${to}>${insteadOf === undefined ? '' : `, in place of ${titleOfDri(dris, insteadOf)}`}`;
  const said = delivery && `${DELIVERIES[delivery.state]}${delivery.reason === null ? '' : ` (${delivery.reason})`}`;
  const outcome = {
    sent: { verb: 'mailed to', after: said ?? '' },
    claimed: { verb: 'being mailed to', after: error === undefined ? '' : `not accepted yet: ${error}` },
    failed: { verb: 'could not be mailed to', after: said ?? error ?? '' },
  }[state];
  return {
    text: `${outcome.verb} ${who}${outcome.after === '' ? '' : `; ${outcome.after}`}`,
    at,
    id: mail.messageId ?? mail.id,
    isBad: state !== 'sent' || (delivery !== undefined && !ARRIVED.has(delivery.state)),
  };
}

function postInWords({ channel, state, at, error, id }: PostRecord): Told {
  const text =
    state === 'sent' ? `posted to ${channel}` : `being posted to ${channel}${error === undefined ? '' : `: ${error}`}`;
  return { text, at, id, isBad: state !== 'sent' };
}

/** Who was told of it, when, by which message; or why nobody was. `known` are the other alerts by id, to name what hides it. */
export function toldInWords(
  { transition, mails, posts }: Alert,
  workspace: Workspace,
  known: ReadonlyMap<string, Alert>,
): Told[] {
  const untold = (text: string): Told[] => [{ text, at: null, id: null, isBad: false }];
  const { silent, suppressedBy, kind, mail } = transition;
  const told = [...mails.map((one) => mailInWords(one, workspace)), ...posts.map(postInWords)];
  if (told.length > 0) return told;
  if (silent) return untold('told nobody: it is about the past');
  if (suppressedBy !== null) {
    const louder = known.get(suppressedBy)?.transition;
    return untold(`hidden by ${louder ? `${labelOf(louder).toLowerCase()} ${louder.indicator}` : suppressedBy}`);
  }
  if (rankOf(kind) === undefined) return untold('told nobody: it is stored for the record');
  return untold(mail.state === 'pending' ? 'waits for its night’s mail' : 'told nobody');
}

/** `acknowledged by vp-product: interviews doubled`; `snoozed until the end of 2026-02-20`. */
export function answerInWords({ kind, until, by, reason }: Acknowledgement, { dris }: Workspace): string {
  const who = by === undefined ? '' : ` by ${titleOfDri(dris, by)}`;
  const span = until === undefined ? '' : ` until the end of ${until}`;
  return `${kind}${span}${who}${reason === '' ? '' : `: ${reason}`}`;
}
