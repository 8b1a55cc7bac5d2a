import { METRIC_KINDS } from '@plumbline/core/metric';
import { DELIVERY_STATES } from '@plumbline/core/night';
import { DECISIONS, PRIORITIES } from '@plumbline/core/status';
import { planSchema } from '@plumbline/plan/schema';
import { z } from 'zod';

/** What the routes answer: they make `/openapi.json`, and tests hold real answers against them. Values are in the unit's major part. */

const day = z.iso.date().describe("A calendar day in the workspace's time zone");
const instant = z.iso.datetime();
const unit = z.string().describe('count, %, score, ratio, ms, s, min, h, days, or an ISO 4217 currency code');
const value = z.number();
const count = z.int().min(0);
const interval = z.strictObject({ low: value, high: value }).describe('95 % interval');
const forecast = z
  .strictObject({ value, low: value, high: value })
  .describe('The value expected at the deadline, with a band');
const status = z.enum(['not_due', 'on_track', 'at_risk', 'met', 'missed', 'recovered']);
const hypothesisStatus = z.enum(['not_due', 'running', ...DECISIONS]);
const standing = z.union([status, hypothesisStatus, z.enum(['stale', 'ok', 'failed'])]);
const priority = z.enum(PRIORITIES);

const list = <Row extends z.ZodType>(row: Row) => z.strictObject({ data: z.array(row) });

export const workspaceRow = z.strictObject({
  workspace: z.string(),
  name: z.string(),
  timezone: z.string(),
  currency: z.string(),
  demo: z.boolean().describe('Its numbers come from demo providers'),
  plan: z.string().nullable(),
  lastNight: day.nullable(),
  lastComplete: day.nullable().describe('The newest night that is complete'),
  late: z
    .array(
      z.strictObject({
        day,
        since: instant,
        openedAt: instant.nullable().describe('null: it was never opened'),
        awaits: z.array(z.string()).describe('The sources that an open one waits for'),
      }),
    )
    .describe('Nights that should be complete by now and are not'),
});
export const workspaceList = list(workspaceRow);

export const metricRow = z.strictObject({
  metric: z.string(),
  title: z.string(),
  unit,
  kind: z.enum(METRIC_KINDS),
  direction: z.enum(['up', 'down']).describe('Which way is better'),
  about: z.string(),
  source: z.string(),
  lastDay: day.nullable(),
  freshness: z
    .enum(['fresh', 'late', 'stale', 'none'])
    .describe(
      "fresh: it has the last night's day; late: not yet, but its last value still stands; stale: overdue; none: nothing known",
    ),
  dimensions: z.array(z.string()),
});
export const metricList = list(metricRow);

const revision = z.strictObject({
  value,
  state: z.enum(['provisional', 'settled', 'reconstructed']),
  pulledAt: instant,
  settledAt: instant.optional(),
  revision: z.int().positive(),
  n: value.optional().describe('Sample size'),
  numerator: value.optional(),
  denominator: value.optional(),
  interval: interval.optional(),
  breakdown: z.record(z.string(), z.record(z.string(), value)).optional().describe('By dimension, then by key'),
  who: z.string().optional().describe('Who stated a recorded value: the name of a key, or of a user of the commands'),
  note: z.string().optional().describe('What they noted'),
  idempotencyKey: z.string().optional().describe("The request's that brought it"),
  quality: z.array(z.string()).describe('What a reader should know: `sampled`, `carried:12d`'),
  evidence: z.looseObject({ requests: count, rows: count, sha256: z.string(), policy: z.string() }),
});

export const snapshotRow = revision.extend({
  metric: z.string(),
  day,
  unit,
  source: z.string(),
  demo: z.boolean(),
});
export const snapshotPage = z.strictObject({
  data: z.array(snapshotRow),
  next: z.string().nullable().describe('The `cursor` of the next page; null on the last'),
});
export const snapshotList = list(snapshotRow);
export const explainedSnapshot = snapshotRow.extend({ revisions: z.array(revision).describe('Oldest first') });

export const planAnswer = z.strictObject({ workspace: z.string(), planVersion: z.string(), plan: planSchema });

const shown = {
  since: day.nullable(),
  value: value.nullable(),
  day: day.nullable(),
  unit,
  n: value.nullable(),
  interval: interval.nullable(),
};

export const indicatorRow = z.strictObject({
  id: z.string(),
  says: z.string().describe("The plan's own words"),
  when: z.string(),
  deadline: day,
  line: z.union([z.int(), z.array(z.int())]).nullable(),
  metric: z.string(),
  where: z.record(z.string(), z.string()).nullable(),
  status,
  overlays: z.array(z.enum(['stale', 'acknowledged', 'snoozed'])),
  ...shown,
  target: z.string(),
  gap: value.nullable().describe('value − deciding bound'),
  requiredPace: value.nullable().describe('Change per day still needed'),
  actualPace: value.nullable(),
  forecast: forecast.nullable(),
  missing: z.string().nullable(),
  failingDays: count.nullable(),
  errorBudget: z
    .strictObject({ allowedMinutes: value, usedMinutes: value })
    .nullable()
    .describe('Of a promise to maintain `uptime`: minutes that may be down in its span, and were'),
  dri: z.string(),
  priority,
  risk: z.string().nullable(),
  mitigation: z.string().nullable(),
});
export const hypothesisRow = z.strictObject({
  id: z.string(),
  says: z.string().describe("The plan's own words"),
  line: z.union([z.int(), z.array(z.int())]).nullable(),
  metric: z.string(),
  where: z.record(z.string(), z.string()).nullable(),
  status: hypothesisStatus,
  overlays: z.array(z.enum(['stale'])),
  ...shown,
  from: z.string().nullable().describe('Where the plan sees the number before'),
  to: z.string().describe('Where the plan expects it to go'),
  go: z.string(),
  pivot: z.string(),
  start: day,
  end: day.describe('Its last day, whose value decides'),
  forecast: forecast.nullable(),
  missing: z.string().nullable(),
  dri: z.string(),
});
export const indicatorsAnswer = z.strictObject({
  workspace: z.string(),
  asOf: day.nullable(),
  planVersion: z.string().nullable(),
  indicators: z.array(indicatorRow),
  hypotheses: z.array(hypothesisRow),
});

export const transitionRow = z.strictObject({
  id: z.string(),
  kind: z.enum([
    'on_track',
    'at_risk',
    'missed',
    'met',
    'recovered',
    'corrected',
    'decided',
    'stale',
    'reminder',
    'source_failed',
    'source_recovered',
  ]),
  indicator: z.string(),
  metric: z.string(),
  says: z.string(),
  from: standing,
  to: standing,
  day,
  night: day,
  at: instant,
  value: value.nullable(),
  unit,
  target: z.string(),
  gap: value.nullable(),
  n: value.nullable(),
  detail: z.string().nullable(),
  forecast: forecast.nullable(),
  dri: z.string(),
  priority,
  planVersion: z.string(),
  silent: z.boolean(),
  suppressedBy: z.string().nullable(),
  mail: z.strictObject({
    state: z.enum(['none', 'pending', 'claimed', 'sent', 'failed']),
    messageId: z.string().nullable(),
    to: z.string().nullable(),
  }),
  mails: z.array(
    z.strictObject({
      id: z.string(),
      night: day,
      dri: z.string(),
      to: z.string(),
      insteadOf: z.string().nullable(),
      subject: z.string(),
      state: z.enum(['claimed', 'sent', 'failed']),
      messageId: z.string().nullable(),
      at: instant,
      error: z.string().nullable(),
      delivery: z
        .strictObject({ state: z.enum(DELIVERY_STATES), at: instant, reason: z.string().nullable() })
        .nullable(),
    }),
  ),
  posts: z.array(
    z.strictObject({
      channel: z.string(),
      state: z.enum(['claimed', 'sent']),
      at: instant,
      error: z.string().nullable(),
    }),
  ),
  answers: z.array(
    z.strictObject({
      kind: z.enum(['acknowledged', 'snoozed']),
      reason: z.string(),
      by: z.string().nullable(),
      until: day.nullable(),
      at: instant,
    }),
  ),
});
export const transitionList = list(transitionRow);

const nightRow = z.strictObject({
  night: z.string(),
  day,
  demo: z.boolean(),
  silent: z.boolean(),
  openedAt: instant,
  closedAt: instant.nullable(),
  sources: z.array(
    z.strictObject({
      source: z.string(),
      state: z.enum(['ok', 'failed']),
      written: count,
      unchanged: count,
      changedFrom: day.nullable(),
      error: z.string().nullable(),
      at: instant,
    }),
  ),
});
export const nightList = list(nightRow);

const digestRow = indicatorRow
  .pick({
    says: true,
    when: true,
    deadline: true,
    status: true,
    overlays: true,
    missing: true,
    unit: true,
    value: true,
    day: true,
    target: true,
    gap: true,
    forecast: true,
    requiredPace: true,
    errorBudget: true,
    dri: true,
    priority: true,
  })
  .extend({
    indicator: z.string(),
    metric: z.string().describe('What is measured, as people read it'),
    answer: z
      .strictObject({
        kind: z.enum(['acknowledged', 'snoozed']),
        reason: z.string(),
        until: day.nullable(),
        at: instant,
      })
      .nullable(),
  });
const digestDecision = z.strictObject({
  hypothesis: z.string(),
  says: z.string(),
  metric: z.string(),
  status: hypothesisStatus,
  deadline: day.describe('Its last day'),
  unit,
  value: value.nullable(),
  day: day.nullable(),
  go: z.string(),
  pivot: z.string(),
  dri: z.string(),
});
export const digestAnswer = z.strictObject({
  workspace: z.string(),
  review: z.string(),
  name: z.string(),
  day: day.describe("The meeting's"),
  at: instant.describe('When it begins'),
  dris: z.array(z.string()),
  from: day.describe('The first night since the meeting before it'),
  to: day.describe('The night whose mail brings the digest'),
  previous: day.nullable(),
  next: day.nullable(),
  asOf: day.nullable().describe('The night that it is known from; earlier than `to` for a meeting to come'),
  counts: z.strictObject({
    missed: count,
    met: count,
    recovered: count,
    corrected: count,
    atRisk: count,
    open: count,
    due: count,
    toDecide: count,
  }),
  changes: z
    .array(
      digestRow.extend({
        kind: z.enum(['missed', 'corrected', 'at_risk', 'recovered', 'met']),
        from: standing,
        night: day,
      }),
    )
    .describe('What was decided since, or has come to be at risk; the last of several'),
  open: z.array(digestRow).describe('Missed before, and still the nearest on its metric'),
  due: z.array(digestRow).describe('Undecided, with a deadline before the next meeting'),
  weeks: z.strictObject({ first: count, last: count }).describe("The plan's weeks of `table`"),
  table: z.array(digestRow).describe('What is judged in these weeks'),
  decided: z.array(digestDecision),
  toDecide: z.array(digestDecision),
  unanswered: z.array(z.string()).describe('Misses that nobody has acknowledged or snoozed, by id'),
});

/** RFC 9457. */
export const problemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  parameter: z.string().optional().describe('The parameter that is wrong'),
});
export type ProblemAnswer = z.infer<typeof problemAnswer>;
