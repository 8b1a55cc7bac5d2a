import type { Day } from '@plumbline/core/day';
import type { Night } from '@plumbline/core/night';
import { nightCompleted, sourceFailed } from '@plumbline/alerts/events';
import { judgeNight } from './judge.ts';
import { reviewsDue } from './review.ts';
import { nightCloses } from './schedule.ts';
import type { Site } from './site.ts';

const absentFrom = (night: Night): string[] =>
  night.expects.filter((source) => !night.sources.some((result) => result.source === source));

const isComplete = (night: Night): boolean => absentFrom(night).length === 0;

/**
 * Judges after a source has come in; when all have, or the closing hour has struck, closes the night once: what is still missing is
 * named then, and `Night Completed` goes out, with `Review Due` where a meeting comes up. Answers whether the night is closed now.
 * `silent` keeps what is found to itself, also where the night itself was told of.
 */
export async function judgeAndClose(site: Site, day: Day, { silent }: { silent?: true } = {}): Promise<boolean> {
  const { store, workspace, clock } = site;
  const night = await store.nights.get(workspace.id, day);
  if (!night) return false;
  if (night.closedAt !== undefined) {
    await judgeNight(site, day, { silent });
    return true;
  }
  // A backfill's own night is over with the backfill.
  const over = silent === true && night.silent;
  const due = over || isComplete(night) || clock.now() >= nightCloses(day, workspace.timezone, night.openedAt);
  if (due && !over) await noteAbsent(site, night);
  await judgeNight(site, day, { closing: due, silent });
  if (!due) return false;
  const closed = (await store.nights.get(workspace.id, day)) ?? night;
  const now = clock.now();
  const events =
    silent || night.silent
      ? []
      : [nightCompleted(closed, await standing(site, day), now), ...(await reviewsDue(site, closed, now))];
  await store.nights.close(workspace.id, day, now, events);
  return true;
}

/** How many indicators stand where, and how many transitions the night found. */
async function standing(site: Site, day: Day): Promise<Record<string, number>> {
  const judgement = await site.store.judgements.latest(site.workspace.id, day);
  const counts: Record<string, number> = {
    transitions: (await site.store.transitions.list(site.workspace.id, day, day)).length,
  };
  for (const { status } of judgement?.states ?? []) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** What has not come in when the closing hour strikes is missing from this night; what still goes on is judged when it is in. */
async function noteAbsent({ store, workspace, clock }: Site, night: Night): Promise<void> {
  for (const source of absentFrom(night)) {
    const now = clock.now();
    const underWay = await store.pulls.underWay(workspace.id, source, now);
    const error =
      underWay?.night === night.day
        ? `[${source}] is late: it was still going on when the night closed${underWay.note ? ` (${underWay.note})` : ''}, and is judged when it is in`
        : `[${source}] did not come in before the night closed`;
    const event = night.silent ? undefined : sourceFailed(night, source, error, now);
    await store.pulls.fail({ workspace: workspace.id, source, night: night.day, now, error, event });
  }
}
