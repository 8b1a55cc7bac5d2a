import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DataError, SecretError, VendorError, excerpt, messageOf } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import { codeOf, networkError, retryAfterMs } from '../http-errors.ts';
import type { Ports } from './provider.ts';

const NAME = 'GetMetricData';
const THROTTLED = ['Throttling', 'ThrottlingException', 'LimitExceededException', 'TooManyRequestsException'];
const REFUSED = ['AccessDenied', 'AccessDeniedException', 'UnrecognizedClientException', 'InvalidClientTokenId'];

/** A statistic of a metric by periods of so many seconds. */
export type Query = {
  namespace: string;
  metric: string;
  dimension: { name: string; value: string };
  stat: string;
  period: number;
};

/** A period's value, and when the period begins. */
export type Point = { at: Instant; value: number };

/** What each query found in a span, oldest first, and how many requests that took. */
export type AskMetrics = (
  queries: readonly Query[],
  span: { from: Instant; to: Instant },
) => Promise<{ series: Point[][]; requests: number }>;

const messages = z.array(z.object({ Code: z.string().optional(), Value: z.string().optional() })).nullish();

/** `GetMetricData` (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html), as the SDK hands it on. */
const pageSchema = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      Timestamps: z.array(z.date()).default([]),
      Values: z.array(z.number()).default([]),
      StatusCode: z.string().default('Complete'),
      Messages: messages,
    }),
  ),
  NextToken: z.string().nullish(),
  Messages: messages,
});
type Page = z.output<typeof pageSchema>;
type Result = Page['MetricDataResults'][number];

/**
 * CloudWatch in one region, by the credentials of the environment or the role. Each request goes by the shared policy; the SDK itself tries
 * once. Whatever is not complete, or comes with a message, is an error: nothing half is read.
 */
export function connect(region: string, { baseUrl, http, clock, signal }: Ports): AskMetrics {
  const client = new CloudWatchClient({
    region,
    maxAttempts: 1,
    ...(baseUrl === undefined ? {} : { endpoint: baseUrl }),
  });
  const address = new URL(baseUrl ?? `https://monitoring.${region}.amazonaws.com`);
  signal.addEventListener('abort', () => client.destroy(), { once: true });

  const send = (command: GetMetricDataCommand): Promise<Page> =>
    http.call(NAME, async (abortSignal) => {
      let answer: unknown;
      try {
        answer = await client.send(command, { abortSignal });
      } catch (error) {
        abortSignal.throwIfAborted();
        throw failure(error, address, clock.now());
      }
      const page = pageSchema.safeParse(answer);
      if (!page.success) {
        throw new DataError('uptime', `${NAME} answered in an unknown shape: ${excerpt(z.prettifyError(page.error))}`);
      }
      return page.data;
    });

  return async (queries, { from, to }) => {
    const found = queries.map(() => new Map<Instant, number>());
    const lasts = new Map<string, Result>();
    const tokens = new Set<string>();
    let token: string | undefined;
    do {
      const page = await send(
        new GetMetricDataCommand({
          MetricDataQueries: queries.map(toQuery),
          StartTime: new Date(from),
          EndTime: new Date(to),
          ScanBy: 'TimestampAscending',
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      refuseMessages(page.Messages);
      for (const result of page.MetricDataResults) {
        refuseMessages(result.Messages);
        lasts.set(result.Id, result);
        const points = found[Number(result.Id.slice(1))];
        if (!points || result.Timestamps.length !== result.Values.length) {
          throw new DataError('uptime', `${NAME} answered with ${result.Id}, which does not fit what was asked`);
        }
        result.Timestamps.forEach((at, index) => points.set(at.getTime(), result.Values[index] ?? 0));
      }
      token = page.NextToken ?? undefined;
      if (token !== undefined && tokens.has(token))
        throw new DataError('uptime', `${NAME} names a page as its own next one`);
      if (token !== undefined) tokens.add(token);
    } while (token !== undefined);
    // PartialData is what a page that goes on says; the last one must be complete.
    const incomplete = [...lasts.values()].find(({ StatusCode }) => StatusCode !== 'Complete');
    if (incomplete || lasts.size < queries.length) {
      const said = incomplete ? `called ${incomplete.Id} ${incomplete.StatusCode}` : 'left a metric out';
      throw new DataError('uptime', `${NAME} ${said} after its last page`, { retryable: true });
    }
    const series = found.map((points) =>
      [...points].map(([at, value]) => ({ at, value })).toSorted((a, b) => a.at - b.at),
    );
    return { series, requests: tokens.size + 1 };
  };
}

const toQuery = ({ namespace, metric, dimension, stat, period }: Query, index: number): MetricDataQuery => ({
  Id: `m${index}`,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metric,
      Dimensions: [{ Name: dimension.name, Value: dimension.value }],
    },
    Period: period,
    Stat: stat,
  },
});

function refuseMessages(found: z.output<typeof messages>): void {
  const said = found?.map(({ Code, Value }) => [Code, Value].filter(Boolean).join(': ')).join('; ');
  if (said) throw new DataError('uptime', `${NAME} answered with a message: ${excerpt(said)}`);
}

function failure(error: unknown, address: URL, now: Instant): Error {
  const { name, response } = parts(error);
  if (name === 'CredentialsProviderError') {
    const advice =
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; on AWS the role of the function has them';
    return new SecretError(`[uptime] there are no AWS credentials to read CloudWatch with: ${advice}`, {
      cause: error,
    });
  }
  if (!response || codeOf(error) !== undefined) return networkError('uptime', NAME, address, error);
  if (response.statusCode < 300) {
    const options = { cause: error, retryable: true };
    return new DataError('uptime', `${NAME} answered with something that is not JSON (cut off?)`, options);
  }
  const isThrottled = THROTTLED.includes(name);
  const status = isThrottled ? 429 : response.statusCode;
  const options = { status, retryAfterMs: retryAfterMs(new Headers(response.headers), now) };
  if (isThrottled || status >= 500) return new VendorError('uptime', `${NAME} answered ${status}`, options);
  const advice = REFUSED.includes(name) ? ' (allow the action cloudwatch:GetMetricData)' : '';
  return new VendorError(
    'uptime',
    `${NAME} answered ${status} ${name}: ${excerpt(messageOf(error))}${advice}`,
    options,
  );
}

const failed = z.object({
  name: z.string().catch('Error'),
  $response: z
    .object({ statusCode: z.number(), headers: z.record(z.string(), z.string()).catch({}) })
    .optional()
    .catch(undefined),
});

/** What the SDK hangs on its errors. */
function parts(error: unknown) {
  if (!(error instanceof Error)) return { name: 'Error', response: undefined };
  const hidden = '$response' in error ? error.$response : undefined;
  const { name, $response } = failed.parse({ name: error.name, $response: hidden });
  return { name, response: $response };
}
