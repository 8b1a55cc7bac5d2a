import type { Day } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay, toZone } from '@plumbline/core/zone';
import type { Incident, Monitor, Sla } from './betterstack-schema.ts';
import type { Seen, Span } from './seconds.ts';
import { byPercent, bySeconds, observed, seconds, spanOf } from './seconds.ts';

export const UTC = toZone('UTC');

/** How far Better Stack's availability may be off for its rounding, in percent points. */
const ROUNDING = 0.01;
/** How far the outages' seconds may be off the SLA's to be the same downtime. */
const SAME_SECONDS = 5;

/** What Better Stack says of one monitor and day. `incidents` is undefined where they were not asked for or can't be had. */
export type Answers = {
  monitor: string;
  sla: Sla;
  details: Monitor | undefined;
  incidents: readonly Incident[] | undefined;
};

export const isUtcDay = (day: Day, zone: Zone): boolean =>
  startOfDay(day, zone) === startOfDay(day, UTC) && endOfDay(day, zone) === endOfDay(day, UTC);

/**
 * One monitor's day in the workspace's zone; undefined when nothing was observed.
 * The SLA is cut by UTC dates. In another zone the outages are cut instead, provided that they give the SLA's own seconds for its date.
 */
export function readDay(answers: Answers, day: Day, zone: Zone, now: Instant): Seen | undefined {
  const { sla, details, monitor } = answers;
  const own = observed(spanOf(day, zone), details);
  const { availability } = sla;
  if (own === undefined || availability === null) return undefined;

  const date = observed(spanOf(day, UTC), details);
  const exact = spansOf(date, now).find((span) => isExact(availability, sla.downtime, seconds(span)));
  const outages = answers.incidents?.map(({ from, to }) => ({ from, to: to ?? now }));
  if (!isUtcDay(day, zone) && exact && outages && Math.abs(secondsIn(exact, outages) - sla.downtime) <= SAME_SECONDS) {
    const down = secondsIn(own, outages);
    const incidents = outages.filter(({ from }) => from >= own.from && from < own.to).length;
    return { monitor, incidents, quality: [], ...bySeconds(seconds(own), down) };
  }

  const quality = isUtcDay(day, zone) ? [] : ['zone:UTC'];
  const common = { monitor, incidents: sla.incidents };
  if (exact) return { ...common, quality, ...bySeconds(seconds(exact), sla.downtime) };
  const numbers = byPercent(availability, sla.downtime, seconds(date ?? own));
  return { ...common, quality: [...quality, 'rounded'], ...numbers };
}

/** What an availability of a date may be a share of: all of it, or what of it is over. */
const spansOf = (date: Span | undefined, now: Instant): Span[] =>
  date === undefined ? [] : date.from < now && now < date.to ? [date, { from: date.from, to: now }] : [date];

/** Whether the rounded percentage is that of these seconds: then they are all that was observed. */
const isExact = (percent: number, down: number, total: number): boolean =>
  down <= total && Math.abs((100 * (total - down)) / total - percent) <= ROUNDING;

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
