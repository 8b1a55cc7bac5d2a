import type { Metric } from '@plumbline/core/metric';
import { METRIC_KINDS } from '@plumbline/core/metric';
import type { SourceDefinition } from '@plumbline/core/source';
import { PLAIN_UNITS, isMoney, isUnit } from '@plumbline/core/unit';
import { z } from 'zod';

/** A recorded stock stands for the days after it up to this age; then it is stale. */
const CARRY_DAYS = 30;

const metric = z.strictObject({
  id: z
    .string()
    .max(64)
    .regex(/^[a-z0-9_]+$/, 'must be of small letters, digits and "_", such as user_interviews'),
  unit: z
    .string()
    .refine(
      (text) => text === 'money' || (isUnit(text) && isKnownCurrency(text)),
      `must be ${PLAIN_UNITS.join(', ')}, money (the workspace's currency) or an ISO 4217 code such as EUR`,
    )
    .describe("A unit, `money` for the workspace's currency, or an ISO 4217 code"),
  kind: z.enum(METRIC_KINDS).describe('stock: a level; flow: what happened that day; unique; rate; score'),
  direction: z.enum(['up', 'down']).describe('Which way is better'),
  about: z.string().min(1).max(200).optional().describe('One sentence: what the number means'),
  minimumSample: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('A rate or score from fewer than this many is too small a sample for a verdict'),
  window: z
    .string()
    .regex(/^[1-9]\d{0,2}d$/, 'must be a number of days, such as "30d"')
    .optional()
    .describe("Days after somebody's first event until the value can speak of them: 30d for a 30-day retention"),
});

const config = z.strictObject({
  metrics: z
    .array(metric)
    .min(1)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'declares a metric twice')
    .describe('What people or systems record'),
});

export type RecordConfig = z.output<typeof config>;

/** Numbers that people and systems push: nothing is ever pulled for them. */
export const record: SourceDefinition<RecordConfig> = {
  name: 'record',
  title: 'Recorded by people or systems',
  baseUrl: '',
  config,
  secret: null,
  metrics: ({ metrics }, { currency }) => metrics.map((declared) => toMetric(declared, currency)),
  repullDays: 0,
  healDays: 0,
  budget: () => ({ requests: 1, perMs: 1000, concurrency: 1 }),
  sdk: [],
  lambda: { memoryMb: 128, timeoutSeconds: 30 },
  load: null,
};

function toMetric(declared: RecordConfig['metrics'][number], currency: string): Metric {
  const { id, kind, direction, minimumSample, window } = declared;
  return {
    id,
    unit: declared.unit === 'money' ? currency : declared.unit,
    kind,
    direction,
    about: declared.about ?? `Recorded by people or systems: ${id.replaceAll('_', ' ')}`,
    settleNights: 0,
    ...(minimumSample === undefined ? {} : { minimumSample }),
    ...(kind === 'stock' ? { carryDays: CARRY_DAYS } : {}),
    ...(window === undefined ? {} : { window: Number.parseInt(window, 10) }),
  };
}

const isKnownCurrency = (unit: string): boolean => !isMoney(unit) || Intl.supportedValuesOf('currency').includes(unit);
