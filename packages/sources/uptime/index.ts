import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { perSecond } from '../budget.ts';

const PROVIDERS = ['betterstack', 'uptimerobot', 'cloudwatch', 'checkly'] as const;

const config = z.strictObject({
  provider: z
    .enum(PROVIDERS)
    .refine((provider) => provider === 'betterstack', 'comes in a later version; so far only betterstack is there')
    .describe('The monitoring service'),
  monitors: z
    .array(z.string().regex(/^\w+$/, 'must be the number of a monitor in quotes, such as "258338"'))
    .min(1)
    .refine((ids) => new Set(ids).size === ids.length, 'names a monitor twice')
    .describe('Ids of the monitors'),
  aggregate: z
    .enum(['min', 'mean'])
    .default('min')
    .describe('Of several monitors: the worst one, or all seconds together'),
});

export type UptimeConfig = z.output<typeof config>;

export const uptime: SourceDefinition<UptimeConfig> = {
  name: 'uptime',
  title: 'Uptime monitoring',
  baseUrl: 'https://uptime.betterstack.com',
  config,
  secret: { describe: "an API token of Better Stack's Uptime", isValid: (text) => /^\S+$/.test(text) },
  metrics: () => [
    {
      id: 'uptime',
      unit: '%',
      kind: 'rate',
      direction: 'up',
      about: 'Share of the observed seconds of the day in which the monitor was up',
      settleNights: 0,
    },
    {
      id: 'downtime_minutes',
      unit: 'min',
      kind: 'flow',
      direction: 'down',
      about: 'Minutes of the day in which the monitor was down',
      settleNights: 0,
    },
    {
      id: 'incidents',
      unit: 'count',
      kind: 'flow',
      direction: 'down',
      about: 'Outages of the day, of all monitors together',
      settleNights: 0,
    },
  ],
  repullDays: 0,
  healDays: 30,
  budget: (_, { requestsPerSecond }) => perSecond(requestsPerSecond ?? 20, 4),
  sdk: [],
  lambda: { memoryMb: 256, timeoutSeconds: 120 },
  load: async () => (await import('./pull.ts')).puller,
};
