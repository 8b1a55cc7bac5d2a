import { expect, test } from 'vitest';
import type { UptimeConfig } from './index.ts';
import { uptime } from './index.ts';

const CHECK = '79ad4fe0-589a-4924-a027-d18b12eee9cb';
const ACCOUNT = '438c4f13-e5ff-4a6b-8e0e-5d8e2ea6b1a7';
const HEALTH = `route53:${CHECK}`;
const BALANCER = 'alb:app/hub/50dc6c495c0c9188';

const problem = (value: unknown) =>
  uptime.config.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
const parsed = (value: unknown): UptimeConfig => uptime.config.parse(value);
const idsOf = (config: UptimeConfig) => uptime.metrics(config, { currency: 'USD' }).map(({ id }) => id);

test('each provider names its monitors in its own way', () => {
  for (const provider of ['betterstack', 'uptimerobot']) {
    expect(parsed({ provider, monitors: ['1'] })).toEqual({ provider, monitors: ['1'], aggregate: 'min' });
    expect(problem({ provider, monitors: ['1', 'a-b'] })).toEqual([
      'monitors.1 must be the number of a monitor in quotes, such as "258338"',
    ]);
  }
  expect(problem({ provider: 'checkly', account: ACCOUNT, monitors: ['1'] })).toEqual([
    `monitors.0 must be the id of a check, such as "${CHECK}"`,
  ]);
  expect(problem({ provider: 'cloudwatch', monitors: [CHECK, HEALTH, BALANCER], region: 'eu-central-1' })).toEqual([
    'monitors.0 must be "route53:<id of a health check>" or "synthetics:<name of a canary>"',
    'monitors.2 must be "route53:<id of a health check>" or "synthetics:<name of a canary>"',
  ]);
});

test('what a provider needs is asked for, and what belongs to another one is refused', () => {
  expect(problem({ provider: 'pingdom', monitors: ['1'] })).toEqual([
    'provider Invalid option: expected one of "uptimerobot"|"betterstack"|"cloudwatch"|"checkly"',
  ]);
  expect(problem({ provider: 'betterstack', monitors: ['1', '1'] })).toEqual(['monitors names a monitor twice']);
  expect(problem({ provider: 'checkly', monitors: [CHECK] })).toEqual([
    'account is needed for checkly: the id of the account',
  ]);
  expect(
    problem({ provider: 'betterstack', monitors: ['1'], account: ACCOUNT, region: 'eu-west-1', latency: [HEALTH] }),
  ).toEqual(['account is only for checkly', 'region is only for cloudwatch', 'latency is only for cloudwatch']);
  expect(problem({ provider: 'cloudwatch', monitors: ['synthetics:login'] })).toEqual([
    'region is needed for canaries and load balancers: the AWS region that they are in',
  ]);
  expect(problem({ provider: 'cloudwatch', monitors: [HEALTH], latency: [HEALTH] })).toBeUndefined();
});

test('each provider brings what it measures, and no more', () => {
  expect(idsOf(parsed({ provider: 'uptimerobot', monitors: ['1'] }))).toEqual([
    'uptime',
    'downtime_minutes',
    'incidents',
  ]);
  expect(idsOf(parsed({ provider: 'checkly', monitors: [CHECK], account: ACCOUNT }))).toEqual([
    'uptime',
    'downtime_minutes',
    'latency_p95',
  ]);
  const cloudwatch = { provider: 'cloudwatch', monitors: [HEALTH], region: 'eu-west-1' };
  expect(idsOf(parsed(cloudwatch))).toEqual(['uptime', 'downtime_minutes', 'incidents']);
  expect(idsOf(parsed({ ...cloudwatch, latency: [HEALTH, BALANCER] }))).toEqual([
    'uptime',
    'downtime_minutes',
    'incidents',
    'latency_p95',
    'error_rate',
  ]);
});

test('CloudWatch is opened by the credentials at hand, everything else by a secret', () => {
  const cloudwatch = parsed({ provider: 'cloudwatch', monitors: [HEALTH] });
  const robot = parsed({ provider: 'uptimerobot', monitors: ['1'] });
  expect([uptime.needsSecret?.(cloudwatch), uptime.needsSecret?.(robot)]).toEqual([false, true]);
  expect([uptime.awsActions?.(cloudwatch), uptime.awsActions?.(robot)]).toEqual([['cloudwatch:GetMetricData'], []]);
});

test("the budget is the vendor's, or what the workspace says", () => {
  const budgetOf = (provider: string, requestsPerSecond?: number) =>
    uptime.budget({ ...parsed({ provider: 'betterstack', monitors: ['1'] }), provider } as UptimeConfig, {
      requestsPerSecond,
      secret: '',
    });
  expect(budgetOf('uptimerobot')).toEqual({ requests: 10, perMs: 60_000, concurrency: 4 });
  expect(budgetOf('checkly')).toEqual({ requests: 30, perMs: 60_000, concurrency: 4 });
  expect(budgetOf('betterstack')).toEqual({ requests: 20, perMs: 1000, concurrency: 4 });
  expect(budgetOf('uptimerobot', 2)).toEqual({ requests: 2, perMs: 1000, concurrency: 4 });
});
