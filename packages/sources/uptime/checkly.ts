import type { Day } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import { toInstant } from '@plumbline/core/zone';
import { z } from 'zod';
import type { Ports, Provider } from './provider.ts';
import { get, isNotFound, mustTellOf, noMonitor } from './provider.ts';
import type { Seen } from './seconds.ts';
import { observed, seconds, spanOf } from './seconds.ts';

const BASE_URL = 'https://api.checklyhq.com';

const KEY = "make an API key as a user or with the role Read Only in Checkly, and give the account's id as account";

/**
 * Where the analytics of each type of check are, and which p95 is that of its answers; heartbeats have none. From
 * https://www.checklyhq.com/docs/api-reference/analytics/api-checks and its neighbours.
 */
const TYPES: Readonly<Record<string, { place: string; p95: string | undefined }>> = {
  API: { place: 'api-checks', p95: 'responseTime_p95' },
  BROWSER: { place: 'browser-checks', p95: 'responseTime_p95' },
  DNS: { place: 'dns', p95: 'total_p95' },
  HEARTBEAT: { place: 'heartbeat-checks', p95: undefined },
  ICMP: { place: 'icmp', p95: 'latencyAvg_p95' },
  MULTI_STEP: { place: 'multistep-checks', p95: 'responseTime_p95' },
  PLAYWRIGHT: { place: 'playwright-checks', p95: 'responseTime_p95' },
  SSL: { place: 'ssl', p95: 'handshakeTimeMs_p95' },
  TCP: { place: 'tcp-checks', p95: 'total_p95' },
  URL: { place: 'url-monitors', p95: 'responseTime_p95' },
};

const instant = z.iso.datetime({ offset: true }).transform(toInstant);

/** `GET /v1/checks/{id}` (https://www.checklyhq.com/docs/api-reference/checks/retrieve-a-check). */
const checkSchema = z.object({ checkType: z.string(), created_at: instant.nullish() });
type Check = z.output<typeof checkSchema>;

const row = z.record(z.string(), z.unknown());

/** `GET /v1/analytics/…/{id}` (https://www.checklyhq.com/docs/platform/reporting/analytics-api): without an interval one row for the span. */
export const analyticsSchema = z
  .object({
    from: instant,
    to: instant,
    series: z.array(z.object({ data: z.union([z.array(row), row.transform((one) => [one])]) })),
  })
  .transform(({ series, ...span }) => ({ ...span, rows: series.flatMap(({ data }) => data) }));

const percent = z.number().min(0).max(100).nullish();
const milliseconds = z.number().nonnegative().nullish();

/**
 * Checkly's analytics: the share of successful runs and the p95 of their response times, of the workspace's own day. It counts runs, not
 * seconds: those follow from the share. 30 requests a minute.
 */
export const checkly: Provider = async (ports) => {
  const { monitors } = ports.config;
  const checks = await Promise.all(monitors.map(async (id) => ({ id, check: await checkOf(id, ports) })));
  return async (day) => {
    const read = await Promise.all(checks.map(({ id, check }) => readOf(id, check, day, ports)));
    const found = read.filter((one) => one !== undefined);
    return {
      seen: found.map(({ seen }) => seen),
      latencies: found.flatMap(({ seen: { monitor }, p95 }) => (p95 === undefined ? [] : [{ monitor, p95 }])),
      quality: [],
      requests: checks.length,
    };
  };
};

async function checkOf(id: string, ports: Ports): Promise<Check> {
  try {
    return await ask(checkSchema, `/v1/checks/${id}`, ports);
  } catch (error) {
    throw isNotFound(error) ? noMonitor(id, 'its address in Checkly', error) : error;
  }
}

async function readOf(
  monitor: string,
  { checkType, created_at: createdAt }: Check,
  day: Day,
  ports: Ports,
): Promise<{ seen: Seen; p95: number | undefined } | undefined> {
  const type = TYPES[checkType];
  if (!type)
    throw new DataError(
      'uptime',
      `monitor ${monitor} is a check of type ${checkType}, of which no analytics are known`,
    );
  const span = spanOf(day, ports.workspace.timezone);
  const own = observed(span, { createdAt });
  if (!own) return undefined;
  const metrics = type.p95 === undefined ? 'availability' : `availability,${type.p95}`;
  const query = new URLSearchParams({ from: String(span.from / 1000), to: String(span.to / 1000), metrics });
  const path = `/v1/analytics/${type.place}/${monitor}`;
  const { from, to, rows } = await ask(analyticsSchema, `${path}?${query.toString()}`, ports);
  mustTellOf(span, { from, to }, path);
  if (rows.length > 1) throw new DataError('uptime', `GET ${path} answered with ${rows.length} rows for one day`);
  const availability = numberIn(percent, rows[0]?.['availability'], path);
  if (availability === undefined) return undefined;
  const observedSeconds = seconds(own);
  const upSeconds = (observedSeconds * availability) / 100;
  return {
    p95: type.p95 === undefined ? undefined : numberIn(milliseconds, rows[0]?.[type.p95], path),
    seen: {
      monitor,
      percent: availability,
      upSeconds,
      observedSeconds,
      downSeconds: observedSeconds - upSeconds,
      incidents: undefined,
      quality: [],
    },
  };
}

function numberIn(schema: z.ZodType<number | null | undefined>, value: unknown, path: string): number | undefined {
  const found = schema.safeParse(value);
  if (found.success) return found.data ?? undefined;
  throw new DataError('uptime', `GET ${path} answered in an unknown shape: ${z.prettifyError(found.error)}`);
}

const ask = <T>(schema: z.ZodType<T>, path: string, ports: Ports): Promise<T> => {
  const { baseUrl = BASE_URL, http, secret, config } = ports;
  return get(schema, path, {
    baseUrl,
    http,
    secret,
    advice: KEY,
    headers: { 'x-checkly-account': config.account ?? '' },
  });
};
