import type { Day } from '@plumbline/core/day';
import { PlumblineError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Snapshot } from '@plumbline/core/snapshot';
import { toMajor } from '@plumbline/core/unit';
import { dayAt } from '@plumbline/core/zone';
import type { Field, RecordRow, RecordRules, Said } from '@plumbline/sources/record/row';
import { faultIn, toObservation, withoutContradictions } from '@plumbline/sources/record/row';
import type { Site } from './site.ts';

/** What may be recorded now: the declared metrics, and days up to today there. */
export const recordRules = ({ workspace, clock }: Site): RecordRules => ({
  metrics: [...workspace.metrics.values()].filter((metric) => metric.source === 'record'),
  today: dayAt(clock.now(), workspace.timezone),
});

/**
 * Stores rows that were read by these rules. The last word on a day stands, earlier ones stay as its revisions; the next night judges it.
 * Throws PlumblineError `conflict` where others write the same numbers at the same time, again and again.
 */
export async function recordRows(
  site: Site,
  rows: readonly RecordRow[],
  by: string,
  idempotencyKey?: string,
): Promise<{ written: number; unchanged: number }> {
  if (rows.length === 0) return { written: 0, unchanged: 0 };
  const { workspace, store, clock } = site;
  const metrics = new Map<string, CatalogueMetric>(workspace.metrics);
  const said: Said = { by, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
  const observations = rows.flatMap((row) => {
    const metric = metrics.get(row.metric);
    return metric ? [toObservation(row, metric, clock.now(), said)] : [];
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

/** A row of a batch that was not kept. */
export type BatchFault = { index: number; field: Field | null; message: string };

/** Stores the good rows of a batch and names the bad ones by their index. */
export async function recordBatch(
  site: Site,
  batch: readonly { index: number; row: RecordRow }[],
  { by, idempotencyKey }: Said,
): Promise<{ written: number; unchanged: number; errors: BatchFault[] }> {
  const rules = recordRules(site);
  const errors: BatchFault[] = [];
  const good = batch.flatMap(({ index, row }) => {
    const fault = faultIn(row, rules);
    if (fault) errors.push({ index, ...fault });
    return fault ? [] : [{ row, place: index }];
  });
  const { kept, contradictions } = withoutContradictions(good);
  for (const group of contradictions) {
    for (const { row, place } of group) {
      const others = group.flatMap((other) => (other.place === place ? [] : [other.place])).slice(0, 5);
      const message = `${row.metric} of ${row.day} is stated differently by record ${others.join(', ')}; send one of them`;
      errors.push({ index: place, field: null, message });
    }
  }
  const rows = kept.map(({ row }) => row);
  return { ...(await recordRows(site, rows, by, idempotencyKey)), errors };
}

/** What recording a row would do; `before` is the stored value in the metric's major unit, null where there is none. */
export type Preview = RecordRow & { unit: string; before: number | null };

export async function previewRows({ workspace, store }: Site, rows: readonly RecordRow[]): Promise<Preview[]> {
  const days = rows.map(({ day }) => day).toSorted();
  const [from, to] = [days.at(0), days.at(-1)];
  const stored = new Map<string, Snapshot>();
  if (from && to) {
    for (const one of await store.snapshots.span(workspace.id, from, to)) stored.set(`${one.metric} ${one.day}`, one);
  }
  return rows.map((row) => {
    const before = stored.get(`${row.metric} ${row.day}`);
    const unit = workspace.metrics.get(row.metric)?.unit ?? 'count';
    return { ...row, unit, before: before ? toMajor(before.value, before.unit) : null };
  });
}

const FIRST = '0000-01-01' as Day;
const LAST = '9999-12-31' as Day;

/**
 * Every snapshot of a recorded metric with all its revisions, oldest day first; of one day alone where it is named. Throws PlumblineError
 * `not-found` for a metric that is not recorded.
 */
export async function recordHistory(site: Site, metric: string, day?: Day): Promise<Snapshot[]> {
  const { workspace, store } = site;
  const { metrics } = recordRules(site);
  if (!metrics.some(({ id }) => id === metric)) {
    const allowed = metrics.map(({ id }) => id).join(', ') || 'none is declared';
    throw new PlumblineError(
      'not-found',
      `"${metric}" is not a recorded metric of ${workspace.id}; there are: ${allowed}`,
    );
  }
  return store.snapshots.series(workspace.id, metric, day ?? FIRST, day ?? LAST);
}
