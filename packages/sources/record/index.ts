import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { declaredKeys, eachOnce, toMetric } from '../declared.ts';

/** A recorded stock stands for the days after it up to this age; then it is stale. */
const CARRY_DAYS = 30;

const metric = z.strictObject({
  ...declaredKeys('user_interviews'),
  window: z
    .string()
    .regex(/^[1-9]\d{0,2}d$/, 'must be a number of days, such as "30d"')
    .optional()
    .describe("Days after somebody's first event until the value can speak of them: 30d for a 30-day retention"),
});

const config = z.strictObject({
  metrics: z.array(metric).min(1).superRefine(eachOnce).describe('What people or systems record'),
});

export type RecordConfig = z.output<typeof config>;

/** Numbers that people and systems push: nothing is ever pulled for them. */
export const record: SourceDefinition<RecordConfig> = {
  name: 'record',
  title: 'Recorded by people or systems',
  baseUrl: '',
  config,
  secret: null,
  metrics: ({ metrics }, { currency }) =>
    metrics.map((declared) => ({
      ...toMetric(declared, currency, 'Recorded by people or systems'),
      ...(declared.kind === 'stock' ? { carryDays: CARRY_DAYS } : {}),
      ...(declared.window === undefined ? {} : { window: Number.parseInt(declared.window, 10) }),
    })),
  repullDays: 0,
  healDays: 0,
  budget: () => ({ requests: 1, perMs: 1000, concurrency: 1 }),
  sdk: [],
  lambda: { memoryMb: 128, timeoutSeconds: 30 },
  load: null,
};
