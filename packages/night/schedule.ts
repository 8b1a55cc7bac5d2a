import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, daysFrom, latest } from '@plumbline/core/day';
import { NIGHT_HOURS } from '@plumbline/core/night';
import type { Instant, Zone } from '@plumbline/core/zone';
import { dayAt, endOfDay } from '@plumbline/core/zone';

const HOUR = 3_600_000;

/** A night begins three hours after its day has ended there, when the vendors have caught up with most of it. */
export const nightBegins = (day: Day, zone: Zone): Instant => endOfDay(day, zone) + NIGHT_HOURS.begins * HOUR;

/**
 * A night that some source keeps open is closed without it three hours later, in time for the morning's mail. One that was opened late
 * has as long.
 */
export const nightCloses = (day: Day, zone: Zone, openedAt: Instant): Instant =>
  Math.max(nightBegins(day, zone), openedAt) + NIGHT_HOURS.waits * HOUR;

/** The last day that is over there. */
export const yesterday = (now: Instant, zone: Zone): Day => addDays(dayAt(now, zone), -1);

/** Nights that ended longer ago are told to nobody who has not heard of them. */
const NEWS_DAYS = 7;

/** Whether a night is so recent that people who were not meant to hear of it at the time may hear of it now, as by a replay. */
export const isRecent = (night: Day, now: Instant, zone: Zone): boolean =>
  daysBetween(night, dayAt(now, zone)) <= NEWS_DAYS;

/** The last day whose night has begun. */
export function lastDueDay(now: Instant, zone: Zone): Day {
  const day = yesterday(now, zone);
  return nightBegins(day, zone) <= now ? day : addDays(day, -1);
}

/** Nights to run now: each day after the last closed night, at most `limit`, oldest first; without any night yet only the last due day. */
export function dueDays(now: Instant, zone: Zone, lastClosed: Day | undefined, limit = 7): Day[] {
  const last = lastDueDay(now, zone);
  if (lastClosed === undefined) return [last];
  return daysFrom(latest(addDays(lastClosed, 1), addDays(last, 1 - limit)), last);
}
