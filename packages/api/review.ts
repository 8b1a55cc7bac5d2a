import type { Day } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import { toIso } from '@plumbline/core/zone';
import type { ReviewLink } from '@plumbline/dashboard/model';
import type { ReviewPage } from '@plumbline/dashboard/review-page';
import type { Digest, DigestDecision, DigestRow } from '@plumbline/plan/review-digest';
import { digestOf } from '@plumbline/plan/review-digest';
import type { Meeting } from '@plumbline/plan/review-meetings';
import { latestMeeting, meetingsOf, nameOf } from '@plumbline/plan/review-meetings';
import { sheetOf } from '@plumbline/plan/review-sheet';
import type { Workspace } from '@plumbline/workspace/workspace';
import { asJudged } from './as-judged.ts';
import { dayNamed } from './parameters.ts';
import type { Room } from './reads.ts';
import { lastNightOf } from './reads.ts';
import { majorForecast, majorOrNull } from './views.ts';

/** The review's meeting of that day; without one the last whose night is over, else the next. Throws PlumblineError `not-found`. */
export async function meetingIn(room: Room, review: string, day?: Day): Promise<Meeting> {
  const { id, plan, timezone } = room.workspace;
  const reviews = plan?.reviews ?? [];
  const found = reviews.find((one) => one.id === review);
  if (!plan || !found) {
    const ids = reviews.map((one) => one.id).join(', ') || 'none';
    throw new PlumblineError('not-found', `the plan of ${id} has no review "${review}"; it has: ${ids}`, {
      parameter: 'review',
    });
  }
  const meetings = meetingsOf(found, plan, timezone);
  const meeting =
    day === undefined ? latestMeeting(meetings, await lastNightOf(room)) : meetings.find((one) => one.day === day);
  if (meeting) return meeting;
  const days = meetings.map((one) => one.day).join(', ') || 'none in the days of the plan';
  throw new PlumblineError(
    'not-found',
    `the review "${review}" of ${id} has no meeting${day === undefined ? '' : ` on ${day}`}; it has: ${days}`,
    { parameter: 'day' },
  );
}

const hrefOf = (workspace: string, review: string, day: Day): string => `/reviews/${workspace}/${review}/${day}`;

/** For each review the newest digest that is there, or else the first to come. */
export function reviewLinks({ id, plan, timezone }: Workspace, lastNight: Day): ReviewLink[] {
  return (plan?.reviews ?? []).flatMap((review) => {
    const meeting = plan && latestMeeting(meetingsOf(review, plan, timezone), lastNight);
    return meeting ? [{ href: hrefOf(id, review.id, meeting.day), name: nameOf(review), day: meeting.day }] : [];
  });
}

/** A meeting's page, with the ways to those before and after it and to the other reviews. Throws what `meetingIn` does. */
export async function reviewModel(room: Room, review: string, day?: string): Promise<ReviewPage> {
  const { workspace, demo } = room;
  const { id, name, plan, dris } = workspace;
  const meeting = await meetingIn(room, review, day === undefined ? undefined : dayNamed(day));
  const { previous, next } = meeting;
  const others = reviewLinks(workspace, await lastNightOf(room)).filter((one) => one.name !== nameOf(meeting.review));
  return {
    workspace: { id, name, demo },
    plan: plan?.title ?? '',
    sheet: sheetOf(await readDigest(room, meeting), dris),
    ways: [
      ...(previous ? [{ href: hrefOf(id, review, previous), name: `← ${previous}` }] : []),
      ...(next ? [{ href: hrefOf(id, review, next.day), name: `${next.day} →` }] : []),
      ...others,
    ],
  };
}

/** A meeting's digest, as known when its night had been judged; of one to come, as known by now. */
export async function readDigest({ workspace, store }: Room, meeting: Meeting): Promise<Digest> {
  const { id, metrics } = workspace;
  const [judgement, transitions, acknowledgements] = await Promise.all([
    store.judgements.latest(id, meeting.night),
    store.transitions.list(id, meeting.from, meeting.night),
    store.acknowledgements.list(id),
  ]);
  const { plan } = await asJudged(workspace, store, judgement);
  if (!plan) throw new PlumblineError('not-found', `${id} has no plan.yaml`);
  return digestOf({
    plan,
    metrics,
    meeting,
    judgement,
    transitions,
    acknowledgements: acknowledgements.filter(({ at }) => at < meeting.at),
  });
}

function rowView<Row extends DigestRow>({ answer, value, gap, forecast, requiredPace, ...row }: Row) {
  return {
    ...row,
    value: majorOrNull(value, row.unit),
    gap: majorOrNull(gap, row.unit),
    forecast: majorForecast(forecast, row.unit),
    requiredPace: majorOrNull(requiredPace, row.unit),
    answer: answer && { kind: answer.kind, reason: answer.reason, until: answer.until ?? null, at: toIso(answer.at) },
  };
}

const decisionView = (one: DigestDecision) => ({
  ...one,
  value: majorOrNull(one.value, one.unit),
});

/** `reviews/{review}/{day}`: values in the unit's major part. */
export const digestView = (workspace: string, digest: Digest) => {
  const { review, day, at, from, night, previous, next } = digest.meeting;
  return {
    workspace,
    review: review.id,
    name: nameOf(review),
    day,
    at: toIso(at),
    dris: review.to,
    from,
    to: night,
    previous,
    next: next?.day ?? null,
    asOf: digest.night,
    counts: digest.counts,
    changes: digest.changes.map(rowView),
    open: digest.open.map(rowView),
    due: digest.due.map(rowView),
    weeks: digest.weeks,
    table: digest.table.map(rowView),
    decided: digest.decided.map(decisionView),
    toDecide: digest.toDecide.map(decisionView),
    unanswered: digest.unanswered.map(({ indicator }) => indicator),
  };
};
