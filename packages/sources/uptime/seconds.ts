import type { Day } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay } from '@plumbline/core/zone';

/** A span of time: from ≤ t < to. */
export type Span = { from: Instant; to: Instant };

/** What one monitor saw on one day. `percent` is exact where the seconds are; what is not observed is unknown, or was maintenance. */
export type Seen = {
  monitor: string;
  percent: number;
  upSeconds: number;
  observedSeconds: number;
  downSeconds: number;
  /** Absent where the service counts none. */
  incidents: number | undefined;
  quality: string[];
};

export const spanOf = (day: Day, zone: Zone): Span => ({ from: startOfDay(day, zone), to: endOfDay(day, zone) });

/** The part of a span in which a monitor existed and was not paused; undefined for none. */
export function observed(
  span: Span,
  life: { createdAt?: Instant | null | undefined; pausedAt?: Instant | null | undefined } | undefined,
): Span | undefined {
  const from = Math.max(span.from, life?.createdAt ?? span.from);
  const to = Math.min(span.to, life?.pausedAt ?? span.to);
  return from < to ? { from, to } : undefined;
}

export const seconds = ({ from, to }: Span): number => (to - from) / 1000;

export const bySeconds = (total: number, down: number) => ({
  percent: (100 * (total - down)) / total,
  upSeconds: total - down,
  observedSeconds: total,
  downSeconds: down,
});

/**
 * Where time was not observed (maintenance, a pause that is over) only the percentage says how much: the seconds follow from it. More seconds
 * down than it leaves of them all it can't unsay.
 */
export function byPercent(percent: number, down: number, total: number) {
  const downShare = (100 - percent) / 100;
  if (down > downShare * total) return bySeconds(total, Math.min(down, total));
  const observedSeconds = down > 0 ? down / downShare : total;
  const upSeconds = (observedSeconds * percent) / 100;
  return { percent, upSeconds, observedSeconds, downSeconds: observedSeconds - upSeconds };
}
