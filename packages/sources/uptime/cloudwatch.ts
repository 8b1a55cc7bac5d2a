import type { Instant } from '@plumbline/core/zone';
import type { AskMetrics, Point, Query } from './cloudwatch-client.ts';
import { connect } from './cloudwatch-client.ts';
import type { Monitored } from './cloudwatch-monitors.ts';
import { monitored } from './cloudwatch-monitors.ts';
import type { Provider, Reading } from './provider.ts';
import type { Seen, Span } from './seconds.ts';
import { bySeconds, seconds, spanOf } from './seconds.ts';

const DAY_MS = 86_400_000;

/**
 * How finely CloudWatch still knows what is so old: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
 * A day's margin, so that what is asked for is not thrown away meanwhile.
 */
const RESOLUTIONS = [
  { days: 14, period: 60 },
  { days: 62, period: 300 },
  { days: 454, period: 3600 },
];

/**
 * CloudWatch of the account whose credentials the environment or the role gives: Route 53 health checks, Synthetics canaries, and p95 latencies
 * of both and of load balancers. The periods of a day are cut at the workspace's midnights.
 */
export const cloudWatch: Provider = async (ports) => {
  const { config, workspace, clock } = ports;
  const region = config.region ?? '';
  const watched = config.monitors.map((id) => monitored(id, region));
  const timed = (config.latency ?? []).map((id) => monitored(id, region));
  const regions = new Map([...watched, ...timed].map((one) => [one.region, connect(one.region, ports)]));
  return async (day) => {
    const span = spanOf(day, workspace.timezone);
    const parts = await Promise.all(
      [...regions].map(async ([name, ask]) => {
        const of = (all: readonly Monitored[]) => all.filter((one) => one.region === name);
        return [await upOf(of(watched), span, clock.now(), ask), await wholeDayOf(of(timed), span, ask)];
      }),
    );
    return together(parts.flat());
  };
};

const nothing = (): Reading => ({ seen: [], latencies: [], quality: [], requests: 0 });

function together(parts: readonly Reading[]): Reading {
  const errors = parts.flatMap((part) => part.errors ?? []);
  return {
    seen: parts.flatMap(({ seen }) => seen),
    latencies: parts.flatMap(({ latencies }) => latencies),
    quality: parts.flatMap(({ quality }) => quality),
    requests: parts.reduce((sum, { requests }) => sum + requests, 0),
    ...(errors.length === 0
      ? {}
      : {
          errors: {
            failed: errors.reduce((sum, { failed }) => sum + failed, 0),
            total: errors.reduce((sum, { total }) => sum + total, 0),
          },
        }),
  };
}

/** Seconds up and down by the finest periods there are; none where they don't fit between the midnights. */
async function upOf(all: readonly Monitored[], span: Span, now: Instant, ask: AskMetrics): Promise<Reading> {
  const known = all.flatMap(({ id, up }) => (up ? [{ id, up }] : []));
  const period = RESOLUTIONS.find(({ days }) => now - span.from < days * DAY_MS)?.period;
  if (known.length === 0 || period === undefined || [span.from, span.to].some((edge) => edge % (period * 1000) !== 0)) {
    return nothing();
  }
  const before = Math.max(period, ...known.map(({ up }) => up.lasts ?? 0));
  const { series, requests } = await ask(
    known.map(({ up }) => ({ ...up, period })),
    { from: span.from - before * 1000, to: span.to },
  );
  const seen = known.flatMap(({ id, up }, index) => {
    const shares = (series[index] ?? []).map(({ at, value }) => ({ at, value: Math.min(1, value / up.whole) }));
    return seenOf(id, shares, span, Math.max(period, up.lasts ?? 0) * 1000) ?? [];
  });
  return { ...nothing(), seen, requests };
}

/** A value stands until the next one, but not for longer than it lasts. An outage begins where less than all is up, after what was up or unknown. */
export function seenOf(monitor: string, shares: readonly Point[], span: Span, lastsMs: number): Seen | undefined {
  let observed = 0;
  let down = 0;
  let incidents = 0;
  shares.forEach(({ at, value }, index) => {
    const previous = shares[index - 1];
    const end = Math.min(at + lastsMs, shares[index + 1]?.at ?? span.to);
    const [from, to] = [Math.max(at, span.from), Math.min(end, span.to)];
    if (to > from) {
      observed += seconds({ from, to });
      down += seconds({ from, to }) * (1 - value);
    }
    const wasDown = previous !== undefined && previous.value < 1 && previous.at + lastsMs >= at;
    if (value < 1 && !wasDown && at >= span.from && at < span.to) incidents++;
  });
  return observed === 0 ? undefined : { monitor, incidents, quality: [], ...bySeconds(observed, down) };
}

/** P95s and counts of the day as one period: percentiles of parts can't be put together. */
async function wholeDayOf(all: readonly Monitored[], span: Span, ask: AskMetrics): Promise<Reading> {
  if (all.length === 0) return nothing();
  const period = seconds(span);
  const counted = all.flatMap(({ errors }) => errors ?? []);
  const queries: Query[] = [
    ...all.map(({ latency }) => ({ ...latency, period })),
    ...counted.flatMap(({ failed, total }) => [failed, total].map((one) => ({ ...one, period }))),
  ];
  const { series, requests } = await ask(queries, span);
  // The one period must begin at midnight: CloudWatch has cut it elsewhere where it says so.
  const cut = series.flat().every(({ at }) => at === span.from) && series.every((points) => points.length <= 1);
  if (!cut) return { ...nothing(), quality: ['latency:not-cut-at-midnight'], requests };
  const values = series.map(([point]) => point?.value);
  const latencies = all.flatMap(({ id, latency }, index) => {
    const value = values[index];
    return value === undefined ? [] : [{ monitor: id, p95: value * latency.toMs }];
  });
  const counts = counted.map((_, index) => values.slice(all.length + 2 * index, all.length + 2 * index + 2));
  const errors = {
    failed: counts.reduce((sum, [failed = 0]) => sum + failed, 0),
    total: counts.reduce((sum, [, total = 0]) => sum + total, 0),
  };
  return { ...nothing(), latencies, requests, ...(counts.length === 0 ? {} : { errors }) };
}
