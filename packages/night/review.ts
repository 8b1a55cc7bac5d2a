import type { MailDigest } from '@plumbline/alerts/digest';
import { reviewDue } from '@plumbline/alerts/events';
import { readerMark, signLink } from '@plumbline/alerts/links';
import type { Day } from '@plumbline/core/day';
import type { MailRecord, Night, OutboxEntry } from '@plumbline/core/night';
import type { Instant } from '@plumbline/core/zone';
import type { Digest } from '@plumbline/plan/review-digest';
import { digestOf } from '@plumbline/plan/review-digest';
import type { Meeting } from '@plumbline/plan/review-meetings';
import { meetingsAfter, nameOf } from '@plumbline/plan/review-meetings';
import { sheetOf } from '@plumbline/plan/review-sheet';
import type { Plan } from '@plumbline/plan/schema';
import type { Postbox } from './notify.ts';
import { isRecent } from './schedule.ts';
import type { Site } from './site.ts';

/** Canada's law wants 60 days at least, the United States' 30. */
const UNSUBSCRIBE_DAYS = 90;
const DAY_MS = 86_400_000;

/** The meetings that a night's digests are for: those that had not begun when it was closed. */
function meetingsAhead({ workspace }: Site, night: Day, closedAt: Instant): Meeting[] {
  const { plan, timezone } = workspace;
  return plan ? meetingsAfter(plan, timezone, night).filter(({ at }) => closedAt < at) : [];
}

/** What is known of a meeting when its night has been judged. */
async function digestFor({ workspace, store }: Site, plan: Plan, meeting: Meeting): Promise<Digest> {
  const [judgement, transitions, acknowledgements] = await Promise.all([
    store.judgements.latest(workspace.id, meeting.night),
    store.transitions.list(workspace.id, meeting.from, meeting.night),
    store.acknowledgements.list(workspace.id),
  ]);
  return digestOf({ plan, metrics: workspace.metrics, meeting, judgement, transitions, acknowledgements });
}

/** `Review Due` for each meeting that comes up after a night that is about to be closed. */
export async function reviewsDue(site: Site, night: Night, now: Instant): Promise<OutboxEntry[]> {
  const { plan, planVersion } = site.workspace;
  if (!plan) return [];
  return Promise.all(
    meetingsAhead(site, night.day, now).map(async (meeting) => {
      const { review, day, at, from } = meeting;
      const { counts } = await digestFor(site, plan, meeting);
      const due = { review: review.id, name: nameOf(review), day, at, from, dris: review.to, counts };
      return reviewDue(night, planVersion, due, now);
    }),
  );
}

/**
 * Who gets a digest with this night's mail, and of which reviews, the one that looks back furthest first. None before the night is closed.
 * When it was closed decides, and not when this is asked, so that a run that was broken off and is done again sends the same mails, and a
 * replay brings nobody the digests of a time in which they wanted none; one of a night long ago brings none at all.
 */
export async function digestsDue(site: Site, day: Day): Promise<Map<string, string[]>> {
  const due = new Map<string, string[]>();
  const night = await site.store.nights.get(site.workspace.id, day);
  if (night?.closedAt === undefined || night.silent) return due;
  const { dris, fallbackDri, timezone } = site.workspace;
  if (!isRecent(day, site.clock.now(), timezone)) return due;
  const { closedAt } = night;
  const without = await withoutDigests(site, closedAt);
  const readerOf = (dri: string): string => (dris[dri]?.email === undefined ? fallbackDri : dri);
  for (const { review } of meetingsAhead(site, day, closedAt)) {
    const readers = new Set(review.to.filter((dri) => !without.has(dri)).map(readerOf));
    for (const dri of readers) if (!without.has(dri)) due.set(dri, [...(due.get(dri) ?? []), review.id]);
  }
  return due;
}

/** DRIs who, at that time, want no digests at the address that they have, or have none now. */
export async function withoutDigests({ workspace, store }: Site, at: Instant): Promise<Set<string>> {
  const said = await store.unsubscribed.list(workspace.id);
  return new Set(
    said.flatMap(({ dri, email, until = Infinity }) =>
      email === (workspace.dris[dri]?.email ?? email) && at < until ? [dri] : [],
    ),
  );
}

/**
 * The digest that a mail brings: several reviews share that of the one that looks back furthest. Undefined where the plan has none of them
 * any more, or its reader wants none by now.
 */
export async function digestIn(
  site: Site,
  mail: MailRecord,
  { publicUrl, linkKey }: Pick<Postbox, 'publicUrl' | 'linkKey'>,
): Promise<MailDigest | undefined> {
  const { id, plan, timezone, dris } = site.workspace;
  const named = new Set(mail.reviews);
  const meetings = plan ? meetingsAfter(plan, timezone, mail.night).filter(({ review }) => named.has(review.id)) : [];
  const [widest] = meetings;
  if (!plan || !widest || (await withoutDigests(site, site.clock.now())).has(mail.dri)) return undefined;
  const digest = await digestFor(site, plan, widest);
  const expiresAt = site.clock.now() + UNSUBSCRIBE_DAYS * DAY_MS;
  const token = { action: 'digests', workspace: id, dri: mail.dri, reader: readerMark(mail.to), expiresAt } as const;
  return {
    sheet: sheetOf(
      digest,
      dris,
      meetings.map(({ review }) => review),
    ),
    page: `${publicUrl}/reviews/${id}/${widest.review.id}/${widest.day}`,
    dashboard: `${publicUrl}/#${id}`,
    unsubscribe: `${publicUrl}/digests?token=${signLink(token, linkKey)}`,
  };
}
