import type { CatalogueMetric } from '@plumbline/core/metric';
import { dayAt } from '@plumbline/core/zone';
import type { RecordRow, RecordRules } from '@plumbline/sources/record/csv';
import { toObservation } from '@plumbline/sources/record/csv';
import type { Site } from './site.ts';

/** What may be recorded now: the declared metrics, and days up to today there. */
export const recordRules = ({ workspace, clock }: Site): RecordRules => ({
  metrics: [...workspace.metrics.values()].filter((metric) => metric.source === 'record'),
  today: dayAt(clock.now(), workspace.timezone),
});

/**
 * Stores rows that were read by these rules. The last word on a day stands, earlier ones stay as its revisions; the next night judges it.
 * `by` is who says so.
 */
export async function recordRows(
  site: Site,
  rows: readonly RecordRow[],
  by: string,
): Promise<{ written: number; unchanged: number }> {
  const { workspace, store, clock } = site;
  const metrics = new Map<string, CatalogueMetric>(workspace.metrics);
  const observations = rows.flatMap((row) => {
    const metric = metrics.get(row.metric);
    return metric ? [toObservation(row, metric, clock.now(), by)] : [];
  });
  return store.pulls.keep({
    workspace: workspace.id,
    source: 'record',
    demo: site.demo,
    now: clock.now(),
    units: new Map([...metrics.values()].map(({ id, unit }) => [id, unit])),
    observations,
  });
}
