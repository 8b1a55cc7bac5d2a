import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { Observation } from '@plumbline/core/snapshot';
import type { Instant, Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay, toZone } from '@plumbline/core/zone';
import type { Incident, Monitor, Sla } from './schema.ts';

export const UTC = toZone('UTC');

/** How far Better Stack's availability may be off for its rounding, in percent points. */
const ROUNDING = 0.01;
/** How far the outages' seconds may be off the SLA's to be the same downtime. */
const SAME_SECONDS = 5;

/** A span of time: from ≤ t < to. */
type Span = { from: Instant; to: Instant };

/** What one monitor saw on one day. `percent` is exact where the seconds are. */
export type Seen = {
  monitor: string;
  percent: number;
  upSeconds: number;
  observedSeconds: number;
  downSeconds: number;
  incidents: number | undefined;
  quality: string[];
  requests: number;
};

/** What Better Stack says of one monitor and day. `incidents` is undefined where they were not asked for or can't be had. */
export type Answers = {
  monitor: string;
  sla: Sla;
  details: Monitor | undefined;
  incidents: readonly Incident[] | undefined;
  requests: number;
};

export const spanOf = (day: Day, zone: Zone): Span => ({ from: startOfDay(day, zone), to: endOfDay(day, zone) });

export const isUtcDay = (day: Day, zone: Zone): boolean =>
  startOfDay(day, zone) === startOfDay(day, UTC) && endOfDay(day, zone) === endOfDay(day, UTC);

/**
 * One monitor's day in the workspace's zone; undefined when nothing was observed.
 * The SLA is cut by UTC dates. In another zone the outages are cut instead, provided that they give the SLA's own seconds for its date.
 */
export function readDay(answers: Answers, day: Day, zone: Zone, now: Instant): Seen | undefined {
  const { sla, details, monitor, requests } = answers;
  const own = observed(spanOf(day, zone), details);
  const { availability } = sla;
  if (own === undefined || availability === null) return undefined;

  const date = observed(spanOf(day, UTC), details);
  const exact = spansOf(date, now).find((span) => isExact(availability, sla.downtime, seconds(span)));
  const outages = answers.incidents?.map(({ from, to }) => ({ from, to: to ?? now }));
  if (!isUtcDay(day, zone) && exact && outages && Math.abs(secondsIn(exact, outages) - sla.downtime) <= SAME_SECONDS) {
    const down = secondsIn(own, outages);
    const incidents = outages.filter(({ from }) => from >= own.from && from < own.to).length;
    return { monitor, requests, incidents, quality: [], ...bySeconds(seconds(own), down) };
  }

  const quality = isUtcDay(day, zone) ? [] : ['zone:UTC'];
  const common = { monitor, requests, incidents: sla.incidents };
  if (exact) return { ...common, quality, ...bySeconds(seconds(exact), sla.downtime) };
  const numbers = byPercent(availability, sla.downtime, seconds(date ?? own));
  return { ...common, quality: [...quality, 'rounded'], ...numbers };
}

/** What an availability of a date may be a share of: all of it, or what of it is over. */
const spansOf = (date: Span | undefined, now: Instant): Span[] =>
  date === undefined ? [] : date.from < now && now < date.to ? [date, { from: date.from, to: now }] : [date];

/** The part of a span in which the monitor existed and was not paused; undefined for none. */
function observed(span: Span, details: Monitor | undefined): Span | undefined {
  const from = Math.max(span.from, details?.createdAt ?? span.from);
  const to = Math.min(span.to, details?.pausedAt ?? span.to);
  return from < to ? { from, to } : undefined;
}

const seconds = ({ from, to }: Span): number => (to - from) / 1000;

/** Whether the rounded percentage is that of these seconds: then they are all that was observed. */
const isExact = (percent: number, down: number, total: number): boolean =>
  down <= total && Math.abs((100 * (total - down)) / total - percent) <= ROUNDING;

const bySeconds = (total: number, down: number) => ({
  percent: (100 * (total - down)) / total,
  upSeconds: total - down,
  observedSeconds: total,
  downSeconds: down,
});

/** Where time was not observed (maintenance, a pause that is over) only the percentage says how much: the seconds follow from it. */
function byPercent(percent: number, down: number, total: number) {
  const downShare = (100 - percent) / 100;
  const observedSeconds = down > 0 && downShare > 0 ? Math.min(total, down / downShare) : total;
  const upSeconds = (observedSeconds * percent) / 100;
  return { percent, upSeconds, observedSeconds, downSeconds: observedSeconds - upSeconds };
}

/** Seconds of a span that lie in any of the outages, each counted once. */
export function secondsIn(span: Span, outages: readonly Span[]): number {
  let reached = span.from;
  let total = 0;
  for (const { from, to } of outages.toSorted((a, b) => a.from - b.from)) {
    const start = Math.max(from, reached);
    const end = Math.min(to, span.to);
    if (end > start) {
      total += end - start;
      reached = end;
    }
  }
  return total / 1000;
}

/** The day's numbers of all monitors; none when no monitor observed anything. */
export function observationsOf(
  seen: readonly Seen[],
  { day, zone, monitors, aggregate }: { day: Day; zone: Zone; monitors: readonly string[]; aggregate: 'min' | 'mean' },
): Observation[] {
  const worst = seen.toSorted((a, b) => a.percent - b.percent)[0];
  if (!worst) return [];
  const all = aggregate === 'min' ? worst : together(seen);
  const blind = monitors.filter((monitor) => !seen.some((one) => one.monitor === monitor));
  const quality = [...new Set([...seen.flatMap((one) => one.quality), ...blind.map((id) => `unobserved:${id}`)])];
  const coverage = sum(seen.map((one) => one.observedSeconds)) / (seconds(spanOf(day, zone)) * monitors.length);
  const make = (metric: string, found: Pick<Observation, 'value' | 'numerator' | 'denominator'>): Observation => ({
    metric,
    day,
    ...found,
    quality,
    evidence: {
      requests: sum(seen.map((one) => one.requests)),
      rows: seen.length,
      sha256: createHash('sha256')
        .update(JSON.stringify([metric, day, found]))
        .digest('hex'),
      policy: `betterstack-${aggregate}`,
      coverage: Math.min(1, coverage),
    },
    settlesAt: endOfDay(day, zone),
  });
  const counts = seen.map((one) => one.incidents).filter((count) => count !== undefined);
  return [
    make('uptime', { value: all.percent, numerator: all.upSeconds, denominator: all.observedSeconds }),
    make('downtime_minutes', { value: all.downSeconds / 60 }),
    ...(counts.length === seen.length ? [make('incidents', { value: sum(counts) })] : []),
  ];
}

/** The mean monitor: percentages are never averaged, seconds are summed. */
function together(seen: readonly Seen[]) {
  const upSeconds = sum(seen.map((one) => one.upSeconds));
  const observedSeconds = sum(seen.map((one) => one.observedSeconds));
  const downSeconds = sum(seen.map((one) => one.downSeconds)) / seen.length;
  return { percent: (100 * upSeconds) / observedSeconds, upSeconds, observedSeconds, downSeconds };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
