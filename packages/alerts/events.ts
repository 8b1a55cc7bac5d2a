import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { DetailType, EventDetail, Night, OutboxEntry, SourceResult } from '@plumbline/core/night';
import { excerpt } from '@plumbline/core/errors';
import type { Transition, TransitionKind } from '@plumbline/core/status';
import { PRIORITIES } from '@plumbline/core/status';
import { bandToMajor, toMajor } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import { plain } from './text.ts';

const day = z.iso.date();
const number = z.number().nullable();
const text = z.string().nullable();
const forecast = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .nullable()
  .describe('What is expected, with its band, in `unit`');
const demo = z.boolean().describe("About a demo's numbers");

/** Of the form of every event: a new field leaves it as it is, any other change raises it. */
export const VERSION = '1';

const metadata = z.object({
  id: z
    .string()
    .regex(/^(trn|evt)_/)
    .describe('The same each time the event is sent: drop what you have seen'),
  version: z.literal(VERSION).describe('Of this form'),
  workspace: z.string(),
  time: z.iso.datetime().describe('When it was found'),
  correlationId: z.string().describe('The night: night_<workspace>_<day>'),
  planVersion: text.describe('Digest of the plan that was judged; null where none is concerned'),
});

/** What became of which number. */
const change = {
  metric: z.string(),
  says: z.string().describe("The plan's own words"),
  from: z.string().describe('Status before'),
  to: z.string().describe('Status now'),
  day: day.describe('The day that it is about'),
  value: number.describe('In `unit`; null where there is none'),
  unit: z.string().describe('USD, %, ms, count, …: the major part'),
};
/** What it rests on. */
const basis = {
  forecast,
  detail: text.describe('What is missing, or how many further days failed'),
  evidence: text.describe('Path in the read API that explains the number'),
  demo,
};

const n = z.number().nullable().describe('Sample that the value was measured on');
const dri = z.string().describe('Who is responsible');
const counts = z.record(z.string(), z.int().nonnegative());

const indicatorData = z.object({
  indicator: z.string(),
  ...change,
  target: z.string(),
  gap: number.describe('value − deciding bound, in `unit`'),
  n,
  dri,
  priority: z.enum(PRIORITIES),
  risk: text,
  mitigation: text,
  ...basis,
});

const hypothesisData = z.object({
  hypothesis: z.string(),
  ...change,
  go: z.string(),
  pivot: z.string(),
  expected: z.object({ from: text, to: z.string() }).describe('What the plan hoped for'),
  start: day,
  end: day,
  n,
  dri,
  ...basis,
});

const sourceFailedData = z.object({ source: z.string(), day, error: z.string().max(256).describe('One line') });

const written = z.int().nonnegative().describe('Snapshots that are new, revised or settled');
const unchanged = z.int().nonnegative().describe('Snapshots found as they were');

const snapshotsRecordedData = z.object({
  source: z.string(),
  day,
  written,
  unchanged,
  changedFrom: day.nullable().describe('The earliest day that was written'),
});

const nightCompletedData = z.object({
  day,
  demo,
  sources: z.array(z.object({ source: z.string(), state: z.enum(['ok', 'failed']), written, unchanged, error: text })),
  counts: counts.describe('Indicators by status, and how many transitions the night found'),
});

const reviewDueData = z.object({
  review: z.string(),
  name: z.string(),
  day,
  at: z.iso.datetime().describe('When the meeting begins'),
  from: day,
  to: day,
  dris: z.array(z.string()),
  counts,
  page: z.string().describe('Path of the page to print'),
  digest: z.string().describe('Path in the read API'),
  demo,
});

const detail = <Data extends z.ZodType>(data: Data) => z.object({ metadata, data });

/** What each published event carries as its `detail`; values are in the unit's major part (dollars, percent points). */
export const detailSchemas = {
  'Indicator At Risk': detail(indicatorData),
  'Indicator Missed': detail(indicatorData),
  'Indicator Met': detail(indicatorData),
  'Indicator Recovered': detail(indicatorData),
  'Indicator Corrected': detail(indicatorData),
  'Hypothesis Decided': detail(hypothesisData),
  'Metric Stale': detail(indicatorData),
  'Source Failed': detail(sourceFailedData),
  'Snapshots Recorded': detail(snapshotsRecordedData),
  'Night Completed': detail(nightCompletedData),
  'Review Due': detail(reviewDueData),
} satisfies Partial<Record<DetailType, z.ZodType>>;

type Supposed = NonNullable<Transition['hypothesis']>;

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
    version: VERSION,
    workspace: head.workspace,
    time: toIso(head.time),
    correlationId: head.nightId,
    planVersion: head.planVersion,
  };
  return { id: head.id, workspace: head.workspace, detailType, time: head.time, detail: { metadata, data } };
}

const plainOrNull = (value: string | null): string | null => (value === null ? null : plain(value));

/** The event of a transition, under the transition's own id; null for what the bus does not hear of it: `on_track`, `reminder`, silent ones, and a source's health (the pull says that itself). */
export function transitionEvent(transition: Transition, { nightId }: { nightId: string }): OutboxEntry | null {
  const { id, workspace, kind, hypothesis, planVersion, at } = transition;
  if (transition.silent) return null;
  const head = { id, workspace, nightId, planVersion, time: at };
  if (hypothesis && kind !== 'stale') {
    return entry('Hypothesis Decided', head, decisionOf(transition, hypothesis));
  }
  const type = TYPES[kind];
  return type === undefined ? null : entry(type, head, indicatorOf(transition));
}

/** What the events of indicators and hypotheses have in common. */
function findingOf(transition: Transition) {
  const { workspace, metric, day, value, unit, forecast } = transition;
  return {
    metric,
    says: plain(transition.says),
    from: transition.from,
    to: transition.to,
    day,
    value: value === null ? null : toMajor(value, unit),
    unit,
    n: transition.n,
    dri: transition.dri,
    forecast: forecast && bandToMajor(forecast, unit),
    detail: plainOrNull(transition.detail),
    evidence: value === null ? null : `/v1/workspaces/${workspace}/snapshots/${day}/${metric}`,
    demo: transition.demo,
  };
}

const indicatorOf = (transition: Transition) => ({
  indicator: transition.indicator,
  ...findingOf(transition),
  target: plain(transition.target),
  gap: transition.gap === null ? null : toMajor(transition.gap, transition.unit),
  priority: transition.priority,
  risk: plainOrNull(transition.risk),
  mitigation: plainOrNull(transition.mitigation),
});

const decisionOf = (transition: Transition, { from, to, go, pivot, start, end }: Supposed) => ({
  hypothesis: transition.indicator,
  ...findingOf(transition),
  go: plain(go),
  pivot: plain(pivot),
  expected: { from: plainOrNull(from), to: plain(to) },
  start,
  end,
});

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

/** A meeting of a review comes up, and this night's is the judgement that it will look at. `from` and `to` are the nights since the one before. */
export const reviewDue = (
  night: NightRef,
  planVersion: string | null,
  meeting: {
    review: string;
    name: string;
    day: Day;
    at: Instant;
    from: Day;
    dris: readonly string[];
    counts: Record<string, number>;
  },
  now: Instant,
): OutboxEntry => {
  const { review, name, day, at, from, dris, counts } = meeting;
  const head = { ...headOf(eventId(night, 'review', review, day), night, now), planVersion };
  return entry('Review Due', head, {
    review,
    name,
    day,
    at: toIso(at),
    from,
    to: night.day,
    dris: [...dris],
    counts,
    page: `/reviews/${night.workspace}/${review}/${day}`,
    digest: `/v1/workspaces/${night.workspace}/reviews/${review}/${day}`,
    demo: night.demo,
  });
};
