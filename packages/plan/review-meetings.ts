import type { Day } from '@plumbline/core/day';
import { addDays, compareDays, daysFrom, weekday } from '@plumbline/core/day';
import { NIGHT_HOURS } from '@plumbline/core/night';
import type { Instant, Zone } from '@plumbline/core/zone';
import { capital } from '@plumbline/core/words';
import { atTime, endOfDay } from '@plumbline/core/zone';
import type { Plan, Review } from './schema.ts';

const HOUR = 3_600_000;
const LAST = 'last ';

/** One meeting of a review, and the night that its digest comes with. */
export type Meeting = {
  review: Review;
  day: Day;
  at: Instant;
  /** The last night that is closed when it begins, however long the sources take. */
  night: Day;
  /** The first night since the meeting before it, or the plan's first. */
  from: Day;
  previous: Day | null;
  /** The meeting after it, and the night of that one; null for the last. */
  next: { day: Day; night: Day } | null;
};

type Scheduled = Pick<Plan, 'start' | 'end' | 'reviews'>;

/** A review's meetings from the plan's first day to its last, oldest first; one that no night of the plan comes before is left out. */
export function meetingsOf(review: Review, plan: Omit<Scheduled, 'reviews'>, zone: Zone): Meeting[] {
  const held = daysFrom(plan.start, plan.end)
    .filter((day) => isHeld(review.every, day))
    .map((day) => ({ day, ...whenOf(day, review.at, zone) }))
    .filter(({ night }) => night >= plan.start);
  return held.map(({ day, at, night }, index) => {
    const [before, after] = [held[index - 1], held[index + 1]];
    return {
      review,
      day,
      at,
      night,
      from: before ? addDays(before.night, 1) : plan.start,
      previous: before?.day ?? null,
      next: after ? { day: after.day, night: after.night } : null,
    };
  });
}

function isHeld(every: Review['every'], day: Day): boolean {
  if (!every.startsWith(LAST)) return weekday(day) === every;
  return weekday(day) === every.slice(LAST.length) && addDays(day, 7).slice(0, 7) !== day.slice(0, 7);
}

function whenOf(day: Day, time: string, zone: Zone): { at: Instant; night: Day } {
  const at = atTime(day, time, zone);
  const eve = addDays(day, -1);
  const closed = endOfDay(eve, zone) + (NIGHT_HOURS.begins + NIGHT_HOURS.waits) * HOUR;
  return { at, night: closed <= at ? eve : addDays(eve, -1) };
}

/** The meetings whose digest comes with this night, the one that looks back furthest first. */
export const meetingsAfter = (plan: Scheduled, zone: Zone, night: Day): Meeting[] =>
  plan.reviews
    .flatMap((review) => meetingsOf(review, plan, zone))
    .filter((meeting) => meeting.night === night)
    .toSorted((a, b) => compareDays(a.from, b.from));

/** The last meeting whose night is over, else the first; undefined where there is none at all. */
export const latestMeeting = (meetings: readonly Meeting[], lastNight: Day): Meeting | undefined =>
  meetings.findLast(({ night }) => night <= lastNight) ?? meetings[0];

/** `Weekly review` of the review `weekly`, `Leadership sync` of `leadership-sync`. */
export function nameOf({ id }: Pick<Review, 'id'>): string {
  const words = id.replaceAll('-', ' ');
  const name = capital(words);
  return /\b(review|meeting|sync)$/i.test(name) ? name : `${name} review`;
}
