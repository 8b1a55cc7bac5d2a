import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom, latest } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Snapshot } from '@plumbline/core/snapshot';

/** How many days before `from` a read must begin, so that what is carried into it is there. */
export const reachOf = (metrics: Iterable<CatalogueMetric>): number =>
  Math.max(0, ...[...metrics].map(({ carryDays }) => carryDays ?? 0));

/** That a value is an older day's, as its quality says it. */
const carriedTo = (snapshot: Snapshot, day: Day): Snapshot => ({
  ...snapshot,
  day,
  quality: [...snapshot.quality, `carried:${daysBetween(snapshot.day, day)}d`],
});

/**
 * The rows of `from`..`to`, by day, then metric. A recorded stock's value stands for the days after it, up to its `carryDays` and to
 * `until`; anything else that is not there stays absent. `snapshots` may begin earlier and are in any order.
 */
export function carryForward(
  snapshots: readonly Snapshot[],
  metrics: ReadonlyMap<string, CatalogueMetric>,
  { from, to, until }: { from: Day; to: Day; until: Day },
): Snapshot[] {
  const rows = snapshots.filter(({ day }) => day >= from && day <= to);
  for (const [id, own] of Map.groupBy(snapshots, ({ metric }) => metric)) {
    const carryDays = metrics.get(id)?.carryDays;
    if (carryDays === undefined) continue;
    const sorted = own.toSorted((a, b) => (a.day < b.day ? -1 : 1));
    for (const [index, snapshot] of sorted.entries()) {
      const following = sorted[index + 1]?.day;
      const end = [addDays(snapshot.day, carryDays), to, until, ...(following ? [addDays(following, -1)] : [])].sort();
      for (const day of daysFrom(latest(addDays(snapshot.day, 1), from), end[0] ?? to)) {
        rows.push(carriedTo(snapshot, day));
      }
    }
  }
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Place of a row in the order that pages follow. */
export const keyOf = ({ day, metric }: Pick<Snapshot, 'day' | 'metric'>): string => `${day} ${metric}`;
