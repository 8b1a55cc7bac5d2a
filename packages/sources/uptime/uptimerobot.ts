import type { Day } from '@plumbline/core/day';
import type { Instant } from '@plumbline/core/zone';
import { toInstant, toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import type { Ports, Provider } from './provider.ts';
import { get, isNotFound, mustTellOf, noMonitor, pagesOf } from './provider.ts';
import type { Seen } from './seconds.ts';
import { byPercent, observed, seconds, spanOf } from './seconds.ts';

const BASE_URL = 'https://api.uptimerobot.com';

const KEY = "make a read-only API key under UptimeRobot's Integrations & API";

const instant = z.iso.datetime({ offset: true }).transform(toInstant);

/** `GET /v3/monitors` (https://uptimerobot.com/api/v3): a page of monitors, and the next page's address. */
const monitorsSchema = z
  .object({
    data: z.array(
      z.object({
        id: z.number().int(),
        status: z.string().nullish(),
        createDateTime: instant.nullish(),
        currentStateDuration: z.number().nonnegative().nullish(),
      }),
    ),
    nextLink: z.string().nullish(),
  })
  .transform(({ data, nextLink }) => ({ monitors: data, next: nextLink ?? undefined }));

/** `GET /v3/monitors/{id}/stats/uptime` (https://uptimerobot.com/api/v3): percent of the span asked for, and seconds down in it. */
const uptimeSchema = z.object({
  uptime: z.number().min(0).max(100).nullable(),
  total_downtime_seconds: z.number().nonnegative(),
  incident_count: z.number().int().nonnegative(),
  from: instant,
  to: instant,
});

type Life = { createdAt?: Instant | undefined; pausedAt?: Instant | undefined };

/**
 * UptimeRobot's API v3 (https://uptimerobot.com/api/v3): asked for the workspace's own day by its instants, up to 90 days long and back as far
 * as the plan keeps it. Its free plan allows 10 requests a minute. Of response times it knows no percentiles.
 */
export const uptimeRobot: Provider = async (ports) => {
  const { monitors } = ports.config;
  const lives = await livesOf(monitors, ports);
  return async (day) => {
    const seen = await Promise.all(monitors.map((monitor) => seenOf(monitor, day, lives.get(monitor), ports)));
    return {
      seen: seen.filter((one) => one !== undefined),
      latencies: [],
      quality: [],
      requests: monitors.length,
    };
  };
};

/** When each monitor was made, and since when it is paused. Pages are read until all are found. Throws VendorError for one that is not there. */
async function livesOf(monitors: readonly string[], ports: Ports): Promise<Map<string, Life>> {
  const now = ports.clock.now();
  const lives = new Map<string, Life>();
  for await (const page of pagesOf('/v3/monitors', '', (path) => ask(monitorsSchema, path, ports))) {
    for (const { id, status, createDateTime, currentStateDuration } of page.monitors) {
      const isPaused = status === 'PAUSED' && typeof currentStateDuration === 'number';
      lives.set(String(id), {
        createdAt: createDateTime ?? undefined,
        pausedAt: isPaused ? now - currentStateDuration * 1000 : undefined,
      });
    }
    if (monitors.every((id) => lives.has(id))) break;
  }
  const missing = monitors.find((id) => !lives.has(id));
  if (missing !== undefined) throw noMonitor(missing, "its address in UptimeRobot's dashboard");
  return lives;
}

async function seenOf(monitor: string, day: Day, life: Life | undefined, ports: Ports): Promise<Seen | undefined> {
  const span = spanOf(day, ports.workspace.timezone);
  const own = observed(span, life);
  if (!own) return undefined;
  const query = new URLSearchParams({ from: toIso(span.from), to: toIso(span.to) });
  const path = `/v3/monitors/${monitor}/stats/uptime`;
  const answer = await ask(uptimeSchema, `${path}?${query.toString()}`, ports).catch((error: unknown) => {
    throw isNotFound(error) ? noMonitor(monitor, "its address in UptimeRobot's dashboard", error) : error;
  });
  mustTellOf(span, answer, path);
  if (answer.uptime === null) return undefined;
  const numbers = byPercent(answer.uptime, answer.total_downtime_seconds, seconds(own));
  return { monitor, incidents: answer.incident_count, quality: [], ...numbers };
}

const ask = <T>(schema: z.ZodType<T>, path: string, { baseUrl = BASE_URL, http, secret }: Ports): Promise<T> =>
  get(schema, path, { baseUrl, http, secret, advice: KEY });
