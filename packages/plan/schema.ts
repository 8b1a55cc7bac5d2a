import type { Day } from '@plumbline/core/day';
import { isDay, WEEKDAYS } from '@plumbline/core/day';
import { PRIORITIES } from '@plumbline/core/status';
import { z } from 'zod';

const MOST_INDICATORS = 500;

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be of small letters, digits and "-", such as "nps-by-week-6"');
const metric = z.string().regex(/^[a-z0-9_]{1,64}$/, 'must be the id of a metric, such as "nps"');
const dri = z.string().min(1, "must name one of the workspace's dris").max(64);
const words = z.string().min(1, 'must not be empty').max(500, 'must be of at most 500 characters');
const time = z.string().min(1).max(40);

const day = z.string().transform((text, context): Day => {
  if (isDay(text)) return text;
  context.addIssue({ code: 'custom', message: 'must be a day of the calendar, such as 2026-01-02' });
  return z.NEVER;
});

const lineNumber = z.int().positive();
const line = z
  .union([lineNumber, z.array(lineNumber).min(1)], {
    error: 'must be a line number of the document, or a list of them',
  })
  .describe('Where the document says so');

const where = z
  .record(z.string(), z.string())
  .refine((parts) => Object.keys(parts).length === 1, 'must name exactly one dimension, such as { product: Pro }')
  .describe('A breakdown of the metric: { product: Pro }');

const target = z
  .string({ error: 'must be a quoted comparison, such as "> 40", or a range, such as "$8K..10K"' })
  .min(1)
  .max(80)
  .describe('"> 40", ">= $8K", "< 200 ms", "3000..5000" (floor..stretch), "<= baseline - 50 ms"');

const days = z.string().regex(/^[1-9]\d{0,2}d$/, 'must be a number of days, such as "7d"');

const indicator = z.strictObject({
  id,
  says: words.describe("The plan's own words"),
  line: line.optional(),
  metric,
  where: where.optional(),
  target,
  by: time.optional().describe('week N (its last day), day N, YYYY-MM-DD or end'),
  during: time.optional().describe('week N, week N-M, day N, day N-M, DATE..DATE, each week N-M, each month'),
  maintain: time.optional().describe('week 3..end: each day'),
  aggregate: z
    .enum(['sum', 'mean', 'min', 'max', 'last'])
    .optional()
    .describe('With during: how its days become one value'),
  over: days.optional().describe('With maintain: the trailing mean of that many days'),
  priority: z.enum(PRIORITIES).default('should'),
  dri: dri.describe('Who is directly responsible'),
  risk: words.optional(),
  mitigation: words.optional(),
});

const hypothesis = z.strictObject({
  id,
  says: words,
  line: line.optional(),
  metric,
  where: where.optional(),
  from: z.string().min(1).max(40).optional().describe('Where the number stands before: "40%"'),
  to: z.string().min(1).max(40).describe('Where the plan expects it to go: "50%"'),
  start: time.describe('Its first day: week N (its first day), day N or YYYY-MM-DD'),
  within: days.describe('How many days it takes; it is decided on the value of the last one'),
  go: target.describe('Beyond this it is a go: "> 45%"'),
  pivot: target.describe('Beyond this it is a pivot: "< 42%"; between the two it is inconclusive'),
  dri,
});

const identity = z.strictObject({
  says: words,
  line: line.optional(),
  check: z.string().min(1).max(200).describe('"10000 * 5% * $20 == $100K"'),
});

const review = z.strictObject({
  id,
  line: line.optional(),
  every: z.enum([...WEEKDAYS, ...WEEKDAYS.map((name) => `last ${name}` as const)]),
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as "16:00"'),
  to: z.array(dri).min(1, 'must name at least one DRI'),
});

const untracked = z.strictObject({
  line: line.optional(),
  says: words,
  why: words,
  metric: metric.optional(),
  target: target.optional(),
});

/** `plan.yaml`: what a company promised itself, in its own words, and how each promise is measured. */
export const planSchema = z.strictObject({
  plan: id.describe('Id of the plan'),
  title: words,
  document: words.optional().describe('The text that the plan was taken from, relative to this file'),
  start: day.describe('First day'),
  end: day.describe('Last day'),
  baseline: time.optional().describe('The day that "baseline" means in a target'),
  indicators: z
    .array(indicator)
    .min(1, 'must hold at least one indicator')
    .max(MOST_INDICATORS, `must hold at most ${MOST_INDICATORS} indicators`),
  hypotheses: z.array(hypothesis).max(MOST_INDICATORS).default([]),
  identities: z.array(identity).max(MOST_INDICATORS).default([]),
  reviews: z.array(review).max(50).default([]),
  untracked: z.array(untracked).max(2000).default([]),
});

export type Plan = z.infer<typeof planSchema>;
export type Indicator = Plan['indicators'][number];
export type Hypothesis = Plan['hypotheses'][number];
export type Review = Plan['reviews'][number];
export type Aggregate = NonNullable<Indicator['aggregate']>;

/** The JSON Schema of `plan.yaml`, for editors. */
export const planJsonSchema = (): Record<string, unknown> => ({ ...z.toJSONSchema(planSchema, { io: 'input' }) });
