import { createHash } from 'node:crypto';
import type { DetailType, EventDetail, Night, OutboxEntry, SourceResult } from '@plumbline/core/night';
import { excerpt } from '@plumbline/core/errors';
import type { Transition, TransitionKind } from '@plumbline/core/status';
import { toMajor } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import { plain } from './text.ts';

const day = z.iso.date();
const number = z.number().nullable();
const text = z.string().nullable();

const metadata = z.object({
  id: z.string().regex(/^(trn|evt)_/),
  version: z.literal('1'),
  workspace: z.string(),
  time: z.iso.datetime(),
  correlationId: z.string(),
  planVersion: text,
});

const indicatorData = z.object({
  indicator: z.string(),
  metric: z.string(),
  says: z.string(),
  from: z.string(),
  to: z.string(),
  day,
  value: number,
  unit: z.string(),
  target: z.string(),
  gap: number,
  n: number,
  dri: z.string(),
  priority: z.enum(['must', 'should', 'nice']),
  risk: text,
  mitigation: text,
  forecast: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  detail: text,
  evidence: text,
  demo: z.boolean(),
});

const sourceFailedData = z.object({ source: z.string(), day, error: z.string() });

const snapshotsRecordedData = z.object({
  source: z.string(),
  day,
  written: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  changedFrom: day.nullable(),
});

const nightCompletedData = z.object({
  day,
  demo: z.boolean(),
  sources: z.array(
    z.object({
      source: z.string(),
      state: z.enum(['ok', 'failed']),
      written: z.int().nonnegative(),
      unchanged: z.int().nonnegative(),
      error: text,
    }),
  ),
  counts: z.record(z.string(), z.int().nonnegative()),
});

const detail = <Data extends z.ZodType>(data: Data) => z.object({ metadata, data });

/** What each published event carries as its `detail`; values are in the unit's major part (dollars, percent points). */
export const detailSchemas = {
  'Indicator At Risk': detail(indicatorData),
  'Indicator Missed': detail(indicatorData),
  'Indicator Met': detail(indicatorData),
  'Indicator Recovered': detail(indicatorData),
  'Indicator Corrected': detail(indicatorData),
  'Metric Stale': detail(indicatorData),
  'Source Failed': detail(sourceFailedData),
  'Snapshots Recorded': detail(snapshotsRecordedData),
  'Night Completed': detail(nightCompletedData),
} satisfies Partial<Record<DetailType, z.ZodType>>;

export type PublishedType = keyof typeof detailSchemas;

const TYPES: Partial<Record<TransitionKind, PublishedType>> = {
  at_risk: 'Indicator At Risk',
  missed: 'Indicator Missed',
  met: 'Indicator Met',
  recovered: 'Indicator Recovered',
  corrected: 'Indicator Corrected',
  stale: 'Metric Stale',
};

/** The night that an event belongs to: its id is the event's correlation id. */
export type NightRef = Pick<Night, 'id' | 'workspace' | 'day' | 'demo'>;

/** `evt_<day>_<digest>`: equal for equal parts, so that telling the same thing twice is seen as one. A demo's are never a real night's. */
const eventId = (night: NightRef, ...parts: readonly (string | number)[]): string =>
  `evt_${night.day.replaceAll('-', '')}_${createHash('sha256')
    .update(JSON.stringify([night.id, night.demo, ...parts]))
    .digest('hex')
    .slice(0, 20)}`;

function entry<Type extends PublishedType>(
  detailType: Type,
  head: { id: string; workspace: string; nightId: string; planVersion: string | null; time: Instant },
  data: z.infer<(typeof detailSchemas)[Type]>['data'],
): OutboxEntry {
  const metadata: EventDetail['metadata'] = {
    id: head.id,
    version: '1',
    workspace: head.workspace,
    time: toIso(head.time),
    correlationId: head.nightId,
    planVersion: head.planVersion,
  };
  return { id: head.id, workspace: head.workspace, detailType, time: head.time, detail: { metadata, data } };
}

const plainOrNull = (value: string | null): string | null => (value === null ? null : plain(value));

/** The event of a transition, under the transition's own id; null for what the bus does not hear of it: `on_track`, `reminder`, silent ones, and a source's health (the pull says that itself). */
export function transitionEvent(transition: Transition, night: { nightId: string }): OutboxEntry | null {
  const type = TYPES[transition.kind];
  if (type === undefined || transition.silent) return null;
  const { id, workspace, unit, forecast, value, gap } = transition;
  const head = { id, workspace, nightId: night.nightId, planVersion: transition.planVersion, time: transition.at };
  return entry(type, head, {
    indicator: transition.indicator,
    metric: transition.metric,
    says: plain(transition.says),
    from: transition.from,
    to: transition.to,
    day: transition.day,
    value: value === null ? null : toMajor(value, unit),
    unit,
    target: plain(transition.target),
    gap: gap === null ? null : toMajor(gap, unit),
    n: transition.n,
    dri: transition.dri,
    priority: transition.priority,
    risk: plainOrNull(transition.risk),
    mitigation: plainOrNull(transition.mitigation),
    forecast: forecast && {
      value: toMajor(forecast.value, unit),
      low: toMajor(forecast.low, unit),
      high: toMajor(forecast.high, unit),
    },
    detail: plainOrNull(transition.detail),
    evidence: value === null ? null : `/v1/workspaces/${workspace}/snapshots/${transition.day}/${transition.metric}`,
    demo: transition.demo,
  });
}

const headOf = (id: string, night: NightRef, time: Instant) => ({
  id,
  workspace: night.workspace,
  nightId: night.id,
  planVersion: null,
  time,
});

/** A source's snapshots of a night were written. A later pull that writes again is a new event. */
export const snapshotsRecorded = (night: NightRef, result: SourceResult, now: Instant): OutboxEntry =>
  entry('Snapshots Recorded', headOf(eventId(night, 'recorded', result.source, now), night, now), {
    source: result.source,
    day: night.day,
    written: result.written,
    unchanged: result.unchanged,
    changedFrom: result.changedFrom ?? null,
  });

/** A source did not come in, once per source and night however often it is tried. */
export const sourceFailed = (night: NightRef, source: string, error: string, now: Instant): OutboxEntry =>
  entry('Source Failed', headOf(eventId(night, 'failed', source), night, now), {
    source,
    day: night.day,
    error: excerpt(error),
  });

/** A night has closed, once. `counts` are how many indicators stand where, and what else the closing counted. */
export const nightCompleted = (
  night: NightRef & Pick<Night, 'sources'>,
  counts: Record<string, number>,
  now: Instant,
): OutboxEntry =>
  entry('Night Completed', headOf(eventId(night, 'completed'), night, now), {
    day: night.day,
    demo: night.demo,
    sources: night.sources.map(({ source, state, written, unchanged, error }) => ({
      source,
      state,
      written,
      unchanged,
      error: error === undefined ? null : excerpt(error),
    })),
    counts,
  });
