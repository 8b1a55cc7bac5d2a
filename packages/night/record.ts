import type { Day } from '@plumbline/core/day';
import { dayAt } from '@plumbline/core/zone';
import type { SourceResult } from '@plumbline/core/night';
import { toObservation } from '@plumbline/sources/record/observation';
import { InputError } from '@plumbline/core/errors';
import type { Site } from './site.ts';

/** A value that somebody states for a metric and day, in the metric's major unit. */
export type RecordedValue = { metric: string; day: Day; value: number; n?: number; note?: string };

/** Stores what people or systems state. The last word on a day stands, earlier ones stay as revisions; the next night judges it. */
export async function recordValues(
  site: Site,
  rows: readonly RecordedValue[],
  by: { who: string },
): Promise<SourceResult> {
  const { workspace, store, clock } = site;
  const today = dayAt(clock.now(), workspace.timezone);
  const observations = rows.map((row) => {
    const metric = workspace.metrics.get(row.metric);
    if (metric?.source !== 'record')
      throw new InputError(
        `"${row.metric}" is not a metric that ${workspace.id} records; declare it under sources.record.metrics`,
      );
    if (row.day > today) throw new InputError(`${row.metric} can't be recorded for ${row.day}: it is ${today} there`);
    return toObservation(row, metric, { who: by.who, now: clock.now(), timezone: workspace.timezone });
  });
  return store.pulls.record({
    workspace: workspace.id,
    source: 'record',
    night: null,
    demo: site.demo,
    now: clock.now(),
    units: new Map([...workspace.metrics.values()].map((metric) => [metric.id, metric.unit])),
    observations,
    memory: [],
    makeEvent: () => undefined,
  });
}
