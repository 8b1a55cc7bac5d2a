import { toInstant } from '@plumbline/core/zone';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve } from '../testing.ts';
import { puller } from './pull.ts';
import {
  A,
  CREDENTIALS,
  cloudWatchWith,
  day,
  everyPeriod,
  now,
  one,
  pullFrom,
  queriesOf,
  requestOf,
  result,
} from './test-cloudwatch.ts';

beforeEach(() => {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

test('pages are put together, and end where no token leads on', async () => {
  const { baseUrl, asked } = await serve((request): Reply => {
    const { NextToken } = requestOf(request);
    const [query] = queriesOf(request);
    if (!query) throw new Error('a request without a query');
    const half = everyPeriod(query, () => 1).filter(
      ([minute]) => minute < toInstant('2026-02-12T12:00:00Z') / 1000 === (NextToken === undefined),
    );
    const body = { MetricDataResults: [result('m0', half, NextToken ? 'Complete' : 'PartialData')] };
    return { body: NextToken ? body : { ...body, NextToken: 'page-2' } };
  });
  expect((await pullFrom(baseUrl))[0]).toMatchObject({ value: 100, denominator: 86_400, evidence: { requests: 2 } });
  expect(asked.map((request) => requestOf(request).NextToken)).toEqual([undefined, 'page-2']);
});

test('what is not complete, comes with a message or leads in circles is refused', async () => {
  const refusal = async (answer: (asked: Asked) => object) => {
    const { baseUrl } = await serve((asked): Reply => ({ body: answer(asked) }));
    return failureOf(pullFrom(baseUrl));
  };
  expect(await refusal(() => ({ MetricDataResults: [result('m0', [], 'PartialData')] }))).toBe(
    'DataError: [uptime] GetMetricData called m0 PartialData after its last page',
  );
  expect(await refusal(() => ({ MetricDataResults: [result('m0', [], 'InternalError')] }))).toContain(
    'called m0 InternalError',
  );
  expect(await refusal(() => ({ MetricDataResults: [] }))).toBe(
    'DataError: [uptime] GetMetricData left a metric out after its last page',
  );
  const message = [{ Code: 'MaxMetricsExceeded', Value: 'Maximum number of allowed metrics exceeded' }];
  const said =
    'DataError: [uptime] GetMetricData answered with a message: MaxMetricsExceeded: Maximum number of allowed metrics exceeded';
  expect(await refusal(() => ({ MetricDataResults: [result('m0', [])], Messages: message }))).toBe(said);
  expect(await refusal(() => ({ MetricDataResults: [{ ...result('m0', []), Messages: message }] }))).toBe(said);
  expect(await refusal(() => ({ MetricDataResults: [result('m0', [])], NextToken: 'again' }))).toBe(
    'DataError: [uptime] GetMetricData names a page as its own next one',
  );
  expect(await refusal(() => ({ MetricDataResults: [{ Id: 'm0', Timestamps: [1], Values: [] }] }))).toBe(
    'DataError: [uptime] GetMetricData answered with m0, which does not fit what was asked',
  );
  expect(await refusal(() => ({ MetricDataResults: [{ Id: 'm0', Timestamps: [1], Values: ['high'] }] }))).toContain(
    'DataError: [uptime] GetMetricData answered in an unknown shape: ✖ Invalid input: expected number, received string',
  );
  expect(await refusal(() => ({}))).toContain('GetMetricData answered in an unknown shape');
});

test('throttling waits as it is told and 5xx is tried again; without the right, the action is named', async () => {
  const busy = await serve((asked, count): Reply => {
    if (count === 1)
      return {
        status: 400,
        headers: { 'retry-after': '7' },
        body: { __type: 'com.amazon.coral.availability#ThrottlingException' },
      };
    if (count === 2) return { status: 503, body: { __type: 'ServiceUnavailable' } };
    return {
      body: {
        MetricDataResults: queriesOf(asked).map((query) =>
          result(
            query.id,
            everyPeriod(query, () => 1),
          ),
        ),
      },
    };
  });
  const ports = portsFor('uptime', one, { baseUrl: busy.baseUrl, secret: '', now, timezone: 'UTC' });
  expect((await puller.check(ports)).sees).toBe(`monitor ${A} was up 100 % on 2026-02-12`);
  expect(busy.asked).toHaveLength(3);
  expect(ports.clock.now() - toInstant(now)).toBeGreaterThanOrEqual(7000);

  const closed = await serve(() => ({
    status: 400,
    body: { __type: 'AccessDeniedException', Message: 'User is not authorized to perform: cloudwatch:GetMetricData' },
  }));
  expect(await failureOf(pullFrom(closed.baseUrl))).toBe(
    'VendorError: [uptime] GetMetricData answered 400 AccessDeniedException: User is not authorized to perform: cloudwatch:GetMetricData (allow the action cloudwatch:GetMetricData)',
  );
});

test('a cut-off answer and a broken connection are tried again, then told', async () => {
  const cut = await serve(() => ({ body: '{"MetricDataResults":[{"Id"' }));
  expect(await failureOf(pullFrom(cut.baseUrl))).toBe(
    'DataError: [uptime] GetMetricData answered with something that is not JSON (cut off?) after 6 tries',
  );
  const short = await serve(() => (response) => {
    response.writeHead(200, { 'content-length': '500' });
    response.write('{"Metric', () => response.destroy());
  });
  const reset = await serve(() => (response) => response.destroy());
  for (const { baseUrl } of [short, reset]) {
    expect(await failureOf(pullFrom(baseUrl))).toMatch(
      /^VendorError: \[uptime\] GetMetricData: the connection to 127\.0\.0\.1:\d+ broke \(ECONNRESET\) after 6 tries$/,
    );
  }
});

test('without credentials it says which are needed, and an abort stops it with its own reason', async () => {
  const stop = new AbortController();
  const { baseUrl } = await serve(() => () => stop.abort(new Error('the night is over')));
  const ports = portsFor('uptime', one, { baseUrl, secret: '', now, signal: stop.signal });
  expect(await failureOf(collect(puller.pull({ from: day, to: day }, ports)))).toBe('Error: the night is over');

  for (const name of Object.keys(CREDENTIALS)) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  const open = await cloudWatchWith(() => []);
  expect(await failureOf(pullFrom(open.baseUrl))).toBe(
    'SecretError: [uptime] there are no AWS credentials to read CloudWatch with: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; on AWS the role of the function has them',
  );
});
