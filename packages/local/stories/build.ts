import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { atTime, endOfDay, startOfDay } from '@plumbline/core/zone';
import type { Entry, ProductEvent, Session } from './story.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Chance that is the same each time: mulberry32 (Tommy Ettinger, public domain). */
export type Random = {
  /** 0 <= x < 1 */
  next(): number;
  /** A whole number, 0 <= x < limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
};

export function seeded(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)] ?? list[0],
  };
}

/** The days a story tells of, 30 before its plan begins among them, in the company's own zone. */
export type Calendar = {
  days: Day[];
  /** Day `n` of the plan, counted from 1; 0 and below lie before it. */
  day(n: number): Day;
  /** `2026-01-03 10:15` or `…:30` on the company's clocks. */
  at(text: string): Instant;
  /** Some whole second of that day: mostly around its early afternoon, now and then in the night. */
  moment(day: Day, random: Random): Instant;
};

export function calendarOf(start: Day, end: Day, zone: Zone): Calendar {
  const days = daysFrom(addDays(start, -30), end);
  const bounds = new Map(days.map((day) => [day, { from: startOfDay(day, zone), to: endOfDay(day, zone) }]));
  return {
    days,
    day: (n) => addDays(start, n - 1),
    at: (text) => atTime(text.slice(0, 10) as Day, text.slice(11), zone),
    moment(day, random) {
      const { from, to } = bounds.get(day) ?? { from: startOfDay(day, zone), to: endOfDay(day, zone) };
      const share = random.chance(0.15) ? random.next() : 0.22 + (0.76 * (random.next() + random.next())) / 2;
      return from + Math.floor((share * (to - from)) / SECOND) * SECOND;
    },
  };
}

export const inOrder = <T extends { at: Instant }>(list: T[]): T[] => list.toSorted((a, b) => a.at - b.at);

/** What people wrote down for one metric: pairs of plan day and value. */
export const written = (
  calendar: Calendar,
  metric: string,
  values: readonly (readonly [day: number, value: number])[],
): Entry[] => values.map(([day, value]) => ({ metric, day: calendar.day(day), value }));

export const byDay = (entries: Entry[]): Entry[] =>
  entries.toSorted((a, b) => a.day.localeCompare(b.day) || a.metric.localeCompare(b.metric));

export type Person = { id: string; day: Day; joined: Instant };

/** People who sign up, as many a day as `perDay` says, named `<prefix>0001` and so on. */
export function peopleOf(
  calendar: Calendar,
  random: Random,
  prefix: string,
  perDay: (day: Day, n: number) => number,
): Person[] {
  const people: Person[] = [];
  for (const [index, day] of calendar.days.entries()) {
    const count = perDay(day, index - 29);
    const moments = Array.from({ length: count }, () => calendar.moment(day, random)).toSorted((a, b) => a - b);
    for (const joined of moments)
      people.push({ id: `${prefix}${String(people.length + 1).padStart(4, '0')}`, day, joined });
  }
  return people;
}

const NAMES = ['Олена Коваль', 'Zoë Brandt', 'Łukasz Żak', 'José Núñez', 'Мар’яна Гук', '李 小龙', 'Ada Obi'] as const;

/** How a company's people use its product. */
export type Habits = {
  features: readonly [string, ...string[]];
  /** The share that completes the onboarding. */
  onboarding: number;
  /** The chance to come back on a day: soon after signing up, and long after. */
  fresh: number;
  lasting: number;
};

/** What the people did, with the odd habits of real senders: some events come twice, some without an insert id. */
export function usageOf(calendar: Calendar, random: Random, people: readonly Person[], habits: Habits): ProductEvent[] {
  const events: ProductEvent[] = [];
  const send = (event: string, person: string, at: Instant, properties: ProductEvent['properties']): void => {
    const insertId = random.chance(0.02) ? {} : { insertId: `${person}-${event.replaceAll(' ', '')}-${at / SECOND}` };
    const sent = { event, person, at, ...insertId, properties };
    events.push(sent);
    if ('insertId' in sent && random.chance(0.007)) events.push({ ...sent });
  };
  for (const person of people) {
    send('Sign Up', person.id, person.joined, { name: random.pick(NAMES), plan: 'free' });
    if (random.chance(habits.onboarding)) {
      const minutes = random.chance(0.8) ? 2 + random.below(25) : 60 + random.below(8 * 24 * 60);
      send('Onboarding Completed', person.id, person.joined + minutes * MINUTE, { steps: 5 });
    }
    for (const day of calendar.days.slice(calendar.days.indexOf(person.day) + 1)) {
      const age = (Date.parse(day) - Date.parse(person.day)) / DAY;
      if (!random.chance(habits.lasting + (habits.fresh - habits.lasting) * Math.exp(-age / 6))) continue;
      const at = calendar.moment(day, random);
      send('Feature Used', person.id, at, { feature: random.pick(habits.features) });
      const seconds = 60 + random.below(1500);
      send('Session End', person.id, at + seconds * SECOND, { duration_s: seconds });
    }
  }
  return events;
}

/** How people answer the survey from a plan day on: their scores in turn, and how many of them a day (may be a half). */
export type Mood = { from: number; perDay: number; scores: readonly number[] };

/** Answers to the survey, each given by whoever signed up first and was not asked yet. */
export function surveyOf(
  calendar: Calendar,
  random: Random,
  people: readonly Person[],
  moods: readonly Mood[],
): ProductEvent[] {
  const events: ProductEvent[] = [];
  for (const [index, day] of calendar.days.slice(30).entries()) {
    const mood = moods.findLast(({ from }) => from <= index + 1);
    if (mood === undefined) continue;
    const known = people.filter((person) => person.day < day);
    const count = index % 2 === 0 ? Math.floor(mood.perDay) : Math.ceil(mood.perDay);
    for (let left = count; left > 0; left -= 1) {
      const person = known[events.length % known.length];
      const score = mood.scores[events.length % mood.scores.length];
      if (person === undefined || score === undefined) continue;
      const at = calendar.moment(day, random);
      const insertId = `${person.id}-nps-${at / SECOND}`;
      events.push({
        event: 'NPS Response',
        person: person.id,
        at,
        insertId,
        properties: { score, comment: 'дякую 🙏' },
      });
    }
  }
  return events;
}

const CHANNELS = ['Organic Search', 'Direct', 'Referral', 'Organic Social', 'Email', 'Paid Search'] as const;

/** Visits to the website: `perDay` of them, plus one with the key event `sign_up` for each person who signed up. */
export function visitsOf(
  calendar: Calendar,
  random: Random,
  people: readonly Person[],
  perDay: (day: Day, n: number) => number,
): Session[] {
  const sessions: Session[] = [];
  const recent: string[] = [];
  const visit = (visitor: string, at: Instant, engaged: boolean, keyEvents: string[]): void => {
    const pageViews = engaged ? 2 + random.below(6) : 1;
    const seconds = engaged ? 15 + random.below(400) : random.below(10);
    sessions.push({ visitor, at, channel: random.pick(CHANNELS), pageViews, seconds, engaged, keyEvents });
  };
  for (const [index, day] of calendar.days.entries()) {
    for (let count = perDay(day, index - 29); count > 0; count -= 1) {
      const known = recent.length > 0 && random.chance(0.25) ? recent[random.below(recent.length)] : undefined;
      const visitor = known ?? `v${sessions.length}.${day.replaceAll('-', '')}`;
      if (known === undefined) recent.push(visitor);
      if (recent.length > 400) recent.shift();
      visit(visitor, calendar.moment(day, random), random.chance(0.6), []);
    }
  }
  for (const person of people)
    visit(`v.${person.id}`, person.joined - (1 + random.below(9)) * MINUTE, true, ['sign_up']);
  return inOrder(sessions);
}
