import type { Day } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { dayAt, endOfDay } from '@plumbline/core/zone';
import type { Session } from '../stories/story.ts';
import { hash32 } from './hash.ts';

/** A session as the property counts it. */
export type Visit = Pick<Session, 'channel' | 'pageViews' | 'seconds' | 'engaged' | 'keyEvents'> & {
  /** A number for each visitor, so that counting distinct ones is cheap. */
  visitor: number;
  /** Their first session ever. */
  isFirst: boolean;
  countedFrom: Instant;
};

const HOUR_MS = 3_600_000;

/**
 * Sessions by the date in the property's zone. One in fifty is counted only 24 to 60 hours after the end of its date, as GA4's
 * numbers of the last two days are known to grow; the others at once.
 */
export function visitsByDate(sessions: readonly Session[], zone: Zone): ReadonlyMap<Day, readonly Visit[]> {
  const visitors = new Map<string, number>();
  const dates = new Map<Day, Visit[]>();
  let end = -Infinity;
  let visits: Visit[] = [];
  // In order of time, so that the zone is asked once a day and not once a session.
  for (const session of [...sessions].sort((a, b) => a.at - b.at)) {
    if (session.at >= end) {
      const date = dayAt(session.at, zone);
      end = endOfDay(date, zone);
      visits = [];
      dates.set(date, visits);
    }
    const isFirst = !visitors.has(session.visitor);
    if (isFirst) visitors.set(session.visitor, visitors.size);
    const chance = hash32(`${session.visitor} ${session.at}`);
    const lag = 24 * HOUR_MS + (Math.floor(chance / 50) % (36 * HOUR_MS));
    visits.push({
      channel: session.channel,
      pageViews: session.pageViews,
      seconds: session.seconds,
      engaged: session.engaged,
      keyEvents: session.keyEvents,
      visitor: visitors.get(session.visitor) ?? 0,
      isFirst,
      countedFrom: chance % 50 === 0 ? end + lag : session.at,
    });
  }
  return dates;
}
