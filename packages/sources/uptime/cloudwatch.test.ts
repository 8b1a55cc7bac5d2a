import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { valuesOf } from '../testing.ts';
import { seenOf } from './cloudwatch.ts';
import { A, CREDENTIALS, cloudWatchWith, everyPeriod, one, pullFrom, queriesOf } from './test-cloudwatch.ts';

const B = 'synthetics:checkout';
const BALANCER = 'alb:app/hub/50dc6c495c0c9188';

beforeEach(() => {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

const at = (text: string): number => toInstant(text) / 1000;

test('a health check is its minutes, cut at the midnights of the workspace', async () => {
  // 2026-02-12 in +02:00 is 22:00Z to 22:00Z. Down before it began, and for five minutes of it twice.
  const down = [
    ['2026-02-11T21:50:00Z', '2026-02-11T22:05:00Z'],
    ['2026-02-12T10:00:00Z', '2026-02-12T10:05:00Z'],
  ].map(([from = '', to = '']) => [at(from), at(to)] as const);
  const { baseUrl, asked } = await cloudWatchWith((query) =>
    everyPeriod(query, (minute) => (down.some(([from, to]) => from <= minute && minute < to) ? 0 : 1)),
  );
  const pulled = await pullFrom(baseUrl, { timezone: '+02:00' });
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-02-12': (100 * 85_800) / 86_400,
    'downtime_minutes 2026-02-12': 10,
    'incidents 2026-02-12': 1,
  });
  expect(pulled[0]).toMatchObject({
    numerator: 85_800,
    denominator: 86_400,
    quality: [],
    evidence: { requests: 1, rows: 1, policy: 'cloudwatch-min', coverage: 1 },
    settlesAt: toInstant('2026-02-12T22:00:00Z'),
  });
  expect(asked.flatMap(queriesOf)).toEqual([
    {
      id: 'm0',
      metric: 'AWS/Route53 HealthCheckStatus',
      of: 'HealthCheckId=6c0e39a1-2d0c-4d0c-9a0b-0e7a3a2b1c4d',
      stat: 'Average',
      period: 60,
      from: at('2026-02-11T21:59:00Z'),
      to: at('2026-02-12T22:00:00Z'),
    },
  ]);
  expect(asked[0]?.headers['x-amz-target']).toBe('GraniteServiceVersion20100801.GetMetricData');
  // Health checks are in us-east-1, wherever we are.
  expect(asked[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/monitoring\//,
  );
});

test('minutes without a value are unknown, and a health check without any is left out and named', async () => {
  const { baseUrl } = await cloudWatchWith((query) =>
    query.of.includes('checkout')
      ? []
      : everyPeriod(query, (minute) => (minute < at('2026-02-12T12:00:00Z') ? 1 : undefined)),
  );
  const pulled = await pullFrom(baseUrl, { config: { ...one, monitors: [A, B], region: 'eu-central-1' } });
  expect(pulled[0]).toMatchObject({
    value: 100,
    denominator: 43_200,
    quality: [`unobserved:${B}`],
    evidence: {
      coverage: 0.25,
      requests: 2,
      monitors: { [A]: { upSeconds: 43_200, downSeconds: 0, unobservedSeconds: 43_200 } },
    },
  });
  const silent = await cloudWatchWith(() => []);
  expect(await pullFrom(silent.baseUrl)).toEqual([]);
});

test('a run of a canary stands until the next one, the last one before midnight too', async () => {
  // Every quarter of an hour from 23:50 on; one run fails, one half of its steps.
  const runs = new Map([
    [at('2026-02-12T09:05:00Z'), 0],
    [at('2026-02-12T18:05:00Z'), 50],
  ]);
  const { baseUrl, asked } = await cloudWatchWith((query) =>
    everyPeriod(query, (minute) => (minute % 900 === 300 ? (runs.get(minute) ?? 100) : undefined)),
  );
  const pulled = await pullFrom(baseUrl, { config: { ...one, monitors: [B], region: 'eu-central-1' } });
  expect(valuesOf(pulled)).toEqual({
    'uptime 2026-02-12': (100 * (86_400 - 1350)) / 86_400,
    'downtime_minutes 2026-02-12': 22.5,
    'incidents 2026-02-12': 2,
  });
  expect(asked.flatMap(queriesOf)).toMatchObject([
    { metric: 'CloudWatchSynthetics SuccessPercent', of: 'CanaryName=checkout', from: at('2026-02-11T23:00:00Z') },
  ]);
  expect(asked[0]?.headers.authorization).toContain('/eu-central-1/monitoring/');
});

test('P95s are asked for as one period of the whole day, and of several the worst counts', async () => {
  const values: Record<string, number> = {
    'AWS/Route53 TimeToFirstByte': 120,
    'CloudWatchSynthetics Duration': 3400,
    'AWS/ApplicationELB TargetResponseTime': 0.25,
    'AWS/ApplicationELB HTTPCode_Target_5XX_Count': 12,
    'AWS/ApplicationELB RequestCount': 4800,
  };
  const { baseUrl, asked } = await cloudWatchWith((query) =>
    query.metric.includes('HealthCheck') ? everyPeriod(query, () => 1) : [[query.from, values[query.metric] ?? 0]],
  );
  const config = { ...one, region: 'eu-central-1', latency: [A, BALANCER] };
  const pulled = await pullFrom(
    baseUrl,
    { config, timezone: 'Europe/Kyiv', now: '2026-03-30T03:00:00Z' },
    toDay('2026-03-29'),
  );
  expect(valuesOf(pulled)).toMatchObject({
    'uptime 2026-03-29': 100,
    'latency_p95 2026-03-29': 250,
    'error_rate 2026-03-29': 0.25,
  });
  expect(pulled.slice(3)).toMatchObject([
    {
      metric: 'latency_p95',
      evidence: { policy: 'cloudwatch-p95-worst', rows: 2, monitors: { [A]: 120, [BALANCER]: 250 } },
    },
    { metric: 'error_rate', numerator: 12, denominator: 4800, evidence: { policy: 'cloudwatch-errors' } },
  ]);
  // The day that is an hour short.
  const [from, to] = [at('2026-03-28T22:00:00Z'), at('2026-03-29T21:00:00Z')];
  const whole = asked.flatMap(queriesOf).filter(({ period }) => period !== 60);
  expect(
    new Set(whole.map(({ metric, stat, period, from: start, to: end }) => [metric, stat, period, start, end])),
  ).toEqual(
    new Set([
      ['AWS/ApplicationELB HTTPCode_Target_5XX_Count', 'Sum', 82_800, from, to],
      ['AWS/ApplicationELB RequestCount', 'Sum', 82_800, from, to],
      ['AWS/ApplicationELB TargetResponseTime', 'p95', 82_800, from, to],
      ['AWS/Route53 TimeToFirstByte', 'p95', 82_800, from, to],
    ]),
  );
});

test('a day without a failed request has an error rate of 0, one without any request has none', async () => {
  const config = { ...one, region: 'eu-central-1', latency: [BALANCER] };
  const quiet = (total: number | undefined) =>
    cloudWatchWith((query) => {
      if (query.metric.includes('HealthCheck')) return everyPeriod(query, () => 1);
      return query.metric.includes('RequestCount') && total !== undefined ? [[query.from, total]] : [];
    });
  expect(valuesOf(await pullFrom((await quiet(7)).baseUrl, { config }))).toMatchObject({ 'error_rate 2026-02-12': 0 });
  expect(Object.keys(valuesOf(await pullFrom((await quiet(undefined)).baseUrl, { config })))).toEqual([
    'uptime 2026-02-12',
    'downtime_minutes 2026-02-12',
    'incidents 2026-02-12',
  ]);
});

test('a percentile that was cut elsewhere than at midnight is left out, and named', async () => {
  const { baseUrl } = await cloudWatchWith((query) =>
    query.metric.includes('Status') ? everyPeriod(query, () => 1) : [[query.from + 3600, 80]],
  );
  const pulled = await pullFrom(baseUrl, { config: { ...one, latency: [A] } });
  expect(Object.keys(valuesOf(pulled))).toEqual([
    'uptime 2026-02-12',
    'downtime_minutes 2026-02-12',
    'incidents 2026-02-12',
  ]);
  expect(pulled[0]).toMatchObject({ quality: ['latency:not-cut-at-midnight'] });
});

test.each([
  ['2026-02-25T23:59:59Z', 'UTC', 60],
  ['2026-02-26T00:00:00Z', 'UTC', 300],
  ['2026-04-14T23:59:59Z', 'UTC', 300],
  ['2026-04-15T00:00:00Z', 'UTC', 3600],
  ['2026-04-15T00:00:00Z', '+05:30', undefined],
  ['2027-05-12T00:00:00Z', 'UTC', undefined],
])('seen from %s, a day in %s is asked for in periods of %s seconds', async (then, timezone, period) => {
  const { baseUrl, asked } = await cloudWatchWith((query) => everyPeriod(query, () => 1));
  const pulled = await pullFrom(baseUrl, { now: then, timezone });
  expect([asked.flatMap(queriesOf).map((query) => query.period), pulled.length]).toEqual(
    period === undefined ? [[], 0] : [[period], 3],
  );
});

test('of a day of any values, up and down make up what is observed', () => {
  const value = fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (values, lasts) => {
      const shares = values.flatMap((share, index) =>
        share === undefined ? [] : [{ at: index * 1000, value: share }],
      );
      const span = { from: 2000, to: values.length * 1000 };
      const seen = seenOf('1', shares, span, lasts * 1000);
      // Second by second: the last value there is, unless it has lasted too long.
      const each = values
        .map((_, second) =>
          shares.findLast(({ at: start }) => start <= second * 1000 && second * 1000 < start + lasts * 1000),
        )
        .filter((share, second) => share !== undefined && second >= 2);
      const down = each.reduce((sum, share) => sum + 1 - (share?.value ?? 1), 0);
      expect([seen?.observedSeconds ?? 0, seen?.downSeconds ?? 0]).toEqual([each.length, down]);
      expect((seen?.upSeconds ?? 0) + (seen?.downSeconds ?? 0)).toBe(each.length);
    }),
  );
});
