import type { Metric } from '@plumbline/core/metric';
import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { perSecond } from '../budget.ts';
import { MONITOR, WATCHED } from './cloudwatch-monitors.ts';

const PROVIDERS = ['uptimerobot', 'betterstack', 'cloudwatch', 'checkly'] as const;
type Provider = (typeof PROVIDERS)[number];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NUMBER = { shape: /^\w+$/, hint: 'must be the number of a monitor in quotes, such as "258338"' };

/** How each provider names a monitor. */
const IDS: Record<Provider, { shape: RegExp; hint: string }> = {
  uptimerobot: NUMBER,
  betterstack: NUMBER,
  checkly: { shape: UUID, hint: 'must be the id of a check, such as "79ad4fe0-589a-4924-a027-d18b12eee9cb"' },
  cloudwatch: {
    shape: WATCHED,
    hint: 'must be "route53:<id of a health check>" or "synthetics:<name of a canary>"',
  },
};

const config = z
  .strictObject({
    provider: z.enum(PROVIDERS).describe('The monitoring service'),
    monitors: z
      .array(z.string().min(1))
      .min(1)
      .refine((ids) => new Set(ids).size === ids.length, 'names a monitor twice')
      .describe('Ids of the monitors'),
    aggregate: z
      .enum(['min', 'mean'])
      .default('min')
      .describe('Of several monitors: the worst one, or all seconds together'),
    account: z
      .string()
      .regex(UUID, 'must be the id of a Checkly account, such as "438c4f13-e5ff-4a6b-8e0e-5d8e2ea6b1a7"')
      .optional()
      .describe('Checkly: Account settings → General → Account ID'),
    region: z
      .string()
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be an AWS region, such as eu-central-1')
      .optional()
      .describe("CloudWatch: where the canaries and load balancers are; Route 53's health checks need none"),
    latency: z
      .array(z.string().regex(MONITOR, 'must be "route53:<id>", "synthetics:<name>" or "alb:app/<name>/<id>"'))
      .min(1)
      .optional()
      .describe('CloudWatch: whose p95 latencies count; of several the worst'),
  })
  .superRefine(({ provider, monitors, account, region, latency }, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { shape, hint } = IDS[provider];
    monitors.forEach((id, index) => {
      if (!shape.test(id) || (provider === 'cloudwatch' && !MONITOR.test(id))) refuse(['monitors', index], hint);
    });
    if (provider === 'checkly' && account === undefined)
      refuse(['account'], 'is needed for checkly: the id of the account');
    if (provider !== 'checkly' && account !== undefined) refuse(['account'], 'is only for checkly');
    if (provider !== 'cloudwatch') {
      if (region !== undefined) refuse(['region'], 'is only for cloudwatch');
      if (latency !== undefined) refuse(['latency'], 'is only for cloudwatch');
    } else if (region === undefined && [...monitors, ...(latency ?? [])].some((id) => !id.startsWith('route53:'))) {
      refuse(['region'], 'is needed for canaries and load balancers: the AWS region that they are in');
    }
  });

export type UptimeConfig = z.output<typeof config>;

const metric = (id: string, about: string, more: Pick<Metric, 'unit' | 'kind'> & Partial<Metric>): Metric => ({
  id,
  direction: 'down',
  about,
  settleNights: 0,
  ...more,
});

const UPTIME = [
  metric('uptime', 'Share of the observed seconds of the day in which the monitor was up', {
    unit: '%',
    kind: 'rate',
    direction: 'up',
  }),
  metric('downtime_minutes', 'Minutes of the day in which the monitor was down', { unit: 'min', kind: 'flow' }),
];
const INCIDENTS = metric('incidents', 'Outages of the day, of all monitors together', { unit: 'count', kind: 'flow' });
const LATENCY = metric(
  'latency_p95',
  'What 95 % of the answers of the day took at most; of several monitors the worst',
  {
    unit: 'ms',
    kind: 'score',
  },
);
const ERRORS = metric('error_rate', "Share of the day's requests that the servers behind the load balancers failed", {
  unit: '%',
  kind: 'rate',
});

const EVERY_MINUTE = 60_000;

export const uptime: SourceDefinition<UptimeConfig> = {
  name: 'uptime',
  title: 'Uptime monitoring',
  baseUrl: 'https://uptime.betterstack.com',
  config,
  secret: {
    describe: 'an API key of UptimeRobot or Checkly, or an API token of Better Stack',
    isValid: (text) => /^\S+$/.test(text),
  },
  needsSecret: ({ provider }) => provider !== 'cloudwatch',
  awsActions: ({ provider }) => (provider === 'cloudwatch' ? ['cloudwatch:GetMetricData'] : []),
  metrics: ({ provider, latency = [] }) => [
    ...UPTIME,
    ...(provider === 'checkly' ? [] : [INCIDENTS]),
    ...(provider === 'checkly' || latency.length > 0 ? [LATENCY] : []),
    ...(latency.some((id) => id.startsWith('alb:')) ? [ERRORS] : []),
  ],
  repullDays: 0,
  healDays: 30,
  budget: ({ provider }, { requestsPerSecond }) => {
    if (requestsPerSecond !== undefined) return perSecond(requestsPerSecond, 4);
    // UptimeRobot's free plan (https://uptimerobot.com/api/v3), and each of Checkly's analytics.
    if (provider === 'uptimerobot') return { requests: 10, perMs: EVERY_MINUTE, concurrency: 4 };
    return provider === 'checkly' ? { requests: 30, perMs: EVERY_MINUTE, concurrency: 4 } : perSecond(20, 4);
  },
  sdk: ['@aws-sdk/client-cloudwatch'],
  // The longest that there is: ten requests a minute are few where days are caught up with.
  lambda: { memoryMb: 256, timeoutSeconds: 900 },
  load: async () => (await import('./pull.ts')).puller,
};
