import type { Metric } from '@plumbline/core/metric';
import { isUnit } from '@plumbline/core/unit';
import { toZone } from '@plumbline/core/zone';
import { z } from 'zod';

const event = z.string().min(1).describe('an event\'s name, or "*" for any event');
const property = z.string().min(1).describe("an event property's name");
const where = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .optional()
  .describe('only events whose properties equal all of these');
const window = z.literal([1, 7, 30]);
const direction = z.enum(['up', 'down']).optional().describe('which way is better; up when left out');
const ofValues = {
  unit: z
    .string()
    .refine(isUnit, 'is not a unit; use count, %, score, ratio, ms, s, min, h, days or a currency')
    .optional(),
  direction,
  where,
};

/** The little language, one form per measure; the first key of each names it. */
const FORMS = {
  count: z.strictObject({ count: event, where }),
  uniques: z.strictObject({ uniques: event, days: window, where }),
  share: z.strictObject({ share: event, of: event, days: window, where }),
  nps: z.strictObject({ nps: event, property, days: z.int().min(1).max(90), where }),
  average: z.strictObject({ average: event, property, ...ofValues }),
  sum: z.strictObject({ sum: event, property, ...ofValues }),
  percentile: z.strictObject({ percentile: event, property, p: z.number().gt(0).lt(100), ...ofValues }),
  funnel: z.strictObject({
    funnel: z.array(event).min(2),
    within: z.string().regex(/^([1-9]|[1-8]\d|90)d$/, 'is a number of days from 1d to 90d, for example 7d'),
    direction,
    where,
  }),
  retention: z.strictObject({
    retention: z.strictObject({
      first: event,
      return: event,
      day: z.int().min(1).max(90),
      mode: z.enum(['on', 'on-or-after']).default('on-or-after'),
    }),
    direction,
    where,
  }),
};
const KINDS = Object.keys(FORMS) as (keyof typeof FORMS)[];

/** Said in place of zod's "invalid input": which measure was meant, and what is wrong with it. */
function whatIsWrong(input: unknown): string {
  const keys = typeof input === 'object' && input !== null ? Object.keys(input) : [];
  const meant = KINDS.filter((kind) => keys.includes(kind));
  const [kind] = meant;
  if (kind === undefined || meant.length > 1) {
    const found = keys.length > 0 ? keys.join(', ') : String(input);
    return `needs exactly one of ${KINDS.join(', ')}; found ${found}`;
  }
  const problems = FORMS[kind].safeParse(input).error?.issues ?? [];
  const allowed = Object.keys(FORMS[kind].shape).join(', ');
  const said = problems.map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
  return `${kind}: ${said.join('; ')} (keys: ${allowed})`;
}

const measure = z.union(
  [
    FORMS.count,
    FORMS.uniques,
    FORMS.share,
    FORMS.nps,
    FORMS.average,
    FORMS.sum,
    FORMS.percentile,
    FORMS.funnel,
    FORMS.retention,
  ],
  { error: (issue) => whatIsWrong(issue.input) },
);

/** How one metric is made of events. */
export type MeasureSpec = z.infer<typeof measure>;

const zone = z.string().refine((text) => {
  try {
    return Boolean(toZone(text));
  } catch {
    return false;
  }
}, 'is not a time zone; write an IANA name (Europe/Kyiv) or an offset (+02:00)');

/** The block under `sources.mixpanel`. */
export const mixpanelConfig = z
  .strictObject({
    projectId: z.int().positive(),
    region: z.enum(['us', 'eu', 'in']).default('us'),
    timeBasis: z
      .enum(['utc', 'project'])
      .default('utc')
      .describe("project: made before 2023, its exports tell time and dates in the project's own zone"),
    projectTimezone: zone.optional().describe("the zone in the project's settings"),
    metrics: z.record(z.string().regex(/^[a-z0-9_]+$/), measure, {
      error: ({ code }) => (code === 'invalid_key' ? 'an id is made of a-z, 0-9 and _' : undefined),
    }),
  })
  .superRefine((config, context) => {
    if (config.timeBasis === 'project' && config.projectTimezone === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['projectTimezone'],
        message: "is required with timeBasis: project; it stands in the Mixpanel project's settings",
      });
    }
  });
export type MixpanelConfig = z.infer<typeof mixpanelConfig>;

/** The two metrics that `dau_mau` is made of, where both are there, of the same events, and nothing else has that name. */
export function dauMau(config: MixpanelConfig): { uniques: string; where?: Filter['where'] } | undefined {
  const { dau, mau, dau_mau: taken } = config.metrics;
  if (taken || !dau || !mau || !('uniques' in dau) || !('uniques' in mau)) return undefined;
  if (dau.days !== 1 || mau.days !== 30 || dau.uniques !== mau.uniques) return undefined;
  if (JSON.stringify(canonical(dau.where)) !== JSON.stringify(canonical(mau.where))) return undefined;
  return { uniques: dau.uniques, where: dau.where };
}

/** Which events a measure looks at. */
export type Filter = { event: string; where?: Record<string, string | number | boolean> | undefined };

/** The conditions in one order, so that equal filters are written equally. */
export const canonical = (where: Filter['where']): [string, string | number | boolean][] =>
  Object.entries(where ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** A value's unit: as set, else by the property's name (`duration_s`, `load_ms`), else a count. */
export const unitOf = (spec: { unit?: string | undefined; property: string }): string =>
  spec.unit ?? /_(ms|s|min|h)$/.exec(spec.property)?.[1] ?? 'count';

const named = (name: string): string => (name === '*' ? 'any event' : `“${name}”`);
const over = (days: number): string => (days === 1 ? 'that day' : `in the ${days} days that end there`);

function describeJourney(spec: Extract<MeasureSpec, { funnel: unknown } | { retention: unknown }>): string {
  const [first, days] =
    'funnel' in spec ? [spec.funnel[0] ?? '', spec.within.slice(0, -1)] : [spec.retention.first, spec.retention.day];
  const entered = `Of the people who first did ${named(first)} in the 30 days that end ${days} days earlier`;
  if ('funnel' in spec) {
    const steps = spec.funnel.slice(1).map(named).join(', then ');
    return `${entered}, the share that went on to ${steps} within ${days} days.`;
  }
  const when = spec.retention.mode === 'on' ? `on day ${days} after it` : `${days} or more days after it`;
  return `${entered}, the share seen again (${named(spec.retention.return)}) ${when}.`;
}

function describeMetric(id: string, spec: MeasureSpec): Metric {
  const common = { id, direction: 'up', settleNights: 1 } as const;
  if ('count' in spec) {
    return { ...common, unit: 'count', kind: 'flow', about: `Times that ${named(spec.count)} happened.` };
  }
  if ('uniques' in spec) {
    return {
      ...common,
      unit: 'count',
      kind: 'unique',
      about: `People who did ${named(spec.uniques)} ${over(spec.days)}.`,
    };
  }
  if ('share' in spec) {
    const about = `Of the people who did ${named(spec.of)} ${over(spec.days)}, the share that did ${named(spec.share)}.`;
    return { ...common, unit: '%', kind: 'rate', about };
  }
  if ('nps' in spec) {
    const about = `Share of 9s and 10s minus share of 0s to 6s, the last answer per person ${over(spec.days)}.`;
    return { ...common, unit: 'score', kind: 'score', minimumSample: 10, about };
  }
  if ('funnel' in spec || 'retention' in spec) {
    const window = 'funnel' in spec ? Number.parseInt(spec.within, 10) : spec.retention.day;
    const direction = spec.direction ?? 'up';
    return { ...common, unit: '%', kind: 'rate', direction, about: describeJourney(spec), window };
  }
  const values = { ...common, unit: unitOf(spec), direction: spec.direction ?? 'up' };
  if ('sum' in spec) {
    return { ...values, kind: 'flow', about: `${spec.property} of all ${named(spec.sum)}, added up.` };
  }
  if ('average' in spec) {
    return { ...values, kind: 'score', about: `Mean ${spec.property} of ${named(spec.average)}.` };
  }
  return {
    ...values,
    kind: 'score',
    about: `The ${spec.p}th percentile of ${spec.property} of ${named(spec.percentile)}.`,
  };
}

/** The catalogue of a project: what is configured, and `dau_mau` where it follows. */
export function describeMetrics(config: MixpanelConfig): Metric[] {
  const metrics = Object.entries(config.metrics).map(([id, spec]) => describeMetric(id, spec));
  if (dauMau(config)) {
    const about = 'Stickiness: people of the day per people of the 30 days that end there.';
    metrics.push({ id: 'dau_mau', unit: '%', kind: 'rate', direction: 'up', settleNights: 1, about });
  }
  return metrics;
}
