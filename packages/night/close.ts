import type { Day } from '@plumbline/core/day';
import type { Night } from '@plumbline/core/night';
import { nightCompleted } from '@plumbline/alerts/events';
import { judgeNight } from './judge.ts';
import { nightCloses } from './schedule.ts';
import type { Site } from './site.ts';

const isComplete = (night: Night): boolean =>
  night.expects.every((source) => night.sources.some((result) => result.source === source));

/**
 * Judges after a source has come in; when all have, or the closing hour has struck, closes the night once: what is still missing is
 * named then, and `Night Completed` goes out. Answers whether the night is closed now. `silent` keeps what is found to itself, also where
 * the night itself was told of.
 */
export async function judgeAndClose(site: Site, day: Day, { silent }: { silent?: true } = {}): Promise<boolean> {
  const { store, workspace, clock } = site;
  const night = await store.nights.get(workspace.id, day);
  if (!night) return false;
  if (night.closedAt !== undefined) {
    await judgeNight(site, day, { silent });
    return true;
  }
  const due = isComplete(night) || clock.now() >= nightCloses(day, workspace.timezone);
  await judgeNight(site, day, { closing: due, silent });
  if (!due) return false;
  const closed = (await store.nights.get(workspace.id, day)) ?? night;
  const event = silent || night.silent ? undefined : nightCompleted(closed, await standing(site, day), clock.now());
  await store.nights.close(workspace.id, day, clock.now(), event);
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
