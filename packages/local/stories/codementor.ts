import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import type { Calendar, Mood, Person, Random } from './build.ts';
import { calendarOf, DAY, HOUR, inOrder, peopleOf, seeded, surveyOf, usageOf, visitsOf } from './build.ts';
import { entriesOf, outagesOf } from './codementor-records.ts';
import type { Work } from './code.ts';
import { codeOf } from './code.ts';
import type { ProductEvent, Story, StoryPrice, SubscriptionChange, SubscriptionLife } from './story.ts';

const START = toDay('2026-01-05');
const END = toDay('2026-04-04');
const ZONE = toZone('America/Los_Angeles');

const products = [
  { id: 'prod_starter', name: 'Starter' },
  { id: 'prod_pro', name: 'Pro' },
  { id: 'prod_teams', name: 'Teams' },
];

type Plan = 'starter' | 'pro' | 'teams';
const AMOUNTS: Record<Plan, { month: number; year: number }> = {
  starter: { month: 1_900, year: 17_000 },
  pro: { month: 4_900, year: 44_100 },
  teams: { month: 3_900, year: 35_100 },
};

const prices = Object.entries(AMOUNTS).flatMap(([plan, amounts]) =>
  (['month', 'year'] as const).map((interval): StoryPrice => ({
    id: `price_${plan}_${interval}`,
    product: `prod_${plan}`,
    currency: 'USD',
    unitAmount: amounts[interval],
    interval,
  })),
);

/** People per plan day: a waiting list, a launch on days 24 and 25, then what paid channels bring. */
function signUps(_: Day, n: number): number {
  const launch: Record<number, number> = { 24: 640, 25: 215, 26: 74, 27: 61, 28: 52, 29: 46, 30: 41 };
  if (n < 1) return 2 + (Math.abs(n) % 3);
  if (n < 20) return 5 + (n % 4);
  if (n < 24) return 12;
  return launch[n] ?? (n <= 60 ? 14 + (n % 7) : 17 + (n % 8));
}

/** Visits without a sign-up. */
function visits(_: Day, n: number): number {
  const launch: Record<number, number> = {
    24: 9_400,
    25: 3_900,
    26: 2_100,
    27: 1_800,
    28: 1_600,
    29: 1_450,
    30: 1_300,
  };
  if (n < 1) return 70 + (Math.abs(n) % 5) * 6;
  if (n < 20) return 190 + (n % 4) * 30;
  if (n < 24) return 430;
  return launch[n] ?? (n <= 60 ? 540 + (n % 5) * 22 : 600 + (n % 6) * 20);
}

const MOODS: Mood[] = [
  { from: 8, perDay: 2, scores: [9, 8, 10, 6, 9, 7, 5, 9] },
  { from: 26, perDay: 5, scores: [9, 6, 10, 8, 9, 7, 4, 9, 8, 10] },
  { from: 50, perDay: 5, scores: [9, 10, 8, 9, 7, 10, 6, 9] },
  { from: 66, perDay: 5, scores: [10, 9, 8, 9, 10, 9, 5, 7, 9, 10, 8] },
];

type Buyer = { person: Person; at: number; plan: Plan };

/** Who of the people starts to pay, and when; nobody before the billing works on day 10. */
function buyersOf(calendar: Calendar, random: Random, people: readonly Person[]): Buyer[] {
  const opening = calendar.day(10);
  const launchDay = calendar.day(24);
  const buyers: Buyer[] = [];
  for (const person of people) {
    const willing = person.day < launchDay ? 0.26 : person.day <= calendar.day(25) ? 0.075 : 0.1;
    if (!random.chance(willing)) continue;
    const wait = Math.floor(-4 * Math.log(1 - random.next()));
    const early = addDays(opening, random.below(9));
    const day = addDays(person.day, wait) > early ? addDays(person.day, wait) : early;
    const at = Math.max(calendar.moment(day, random), person.joined + HOUR / 2);
    const roll = random.next();
    const plan = roll < 0.47 ? 'starter' : roll < 0.8 ? 'pro' : 'teams';
    if (day <= END) buyers.push({ person, at, plan });
  }
  return inOrder(buyers);
}

/** A subscription from its start to its end, if it has one, within the story. */
function lifeOf(calendar: Calendar, random: Random, { at, plan }: Buyer): SubscriptionChange[] {
  const last = calendar.at(`${END} 23:00`);
  const interval = random.chance(0.18) ? 'year' : 'month';
  const quantity = plan === 'teams' ? 3 + random.below(10) : 1;
  const trial = plan === 'pro' && random.chance(0.15) ? { trialDays: 7 } : {};
  const changes: SubscriptionChange[] = [];
  if ('trialDays' in trial && random.chance(0.45))
    changes.push({ at: at + (2 + random.below(4)) * DAY, type: 'cancel' });
  if (plan === 'starter' && random.chance(0.12))
    changes.push({ at: at + (8 + random.below(30)) * DAY, type: 'price', price: `price_pro_${interval}` });
  if (plan === 'teams' && random.chance(0.55))
    changes.push({ at: at + (9 + random.below(35)) * DAY, type: 'quantity', quantity: quantity + 2 + random.below(6) });
  if (plan === 'teams' && random.chance(0.15))
    changes.push({ at: at + (46 + random.below(14)) * DAY, type: 'quantity', quantity: Math.max(2, quantity - 2) });
  if (interval === 'month' && random.chance(0.06)) {
    const renewal = at + 31 * DAY + HOUR;
    changes.push({ at: renewal, type: 'past_due' });
    changes.push({ at: renewal + 3 * DAY, type: random.chance(0.7) ? 'paid' : 'cancel' });
  }
  const leaves = at + Math.floor(-660 * Math.log(1 - random.next())) * DAY + 5 * HOUR;
  changes.push({ at: leaves, type: random.chance(0.6) ? 'cancel_at_period_end' : 'cancel' });
  const sorted = inOrder(changes.filter((change) => change.at < last));
  const end = sorted.findIndex((change) => change.type === 'cancel' || change.type === 'cancel_at_period_end');
  return [
    { at, type: 'start', price: `price_${plan}_${interval}`, quantity, ...trial },
    ...(end === -1 ? sorted : sorted.slice(0, end + 1)),
  ];
}

/** Events that any importer has to bear: at midnight, and around the hour that daylight saving skips on 2026-03-08. */
function edges(calendar: Calendar): ProductEvent[] {
  const times = ['01-20 23:59:59', '01-21 00:00:00', '03-07 23:59:59', '03-08 00:00:00', '03-08 01:59:59'];
  return [...times, '03-08 03:00:00', '03-08 23:59:59', '03-09 00:00:00'].map((when, index) => ({
    event: 'Feature Used',
    person: `estudiante-ñ-${index % 3}`,
    at: calendar.at(`2026-${when}`),
    ...(index % 4 === 3 ? {} : { insertId: `edge-${index}` }),
    properties: { feature: 'AI tutor', city: 'São Paulo', emoji: '🚀' },
  }));
}

/** A closed repository: hardly any stars, a small team; the launch on day 24 brings critical issues. */
const WORK: Work = {
  repository: 'codementor/app',
  seed: 20260106,
  stars: [
    [1, 2],
    [24, 5],
    [90, 9],
  ],
  contributors: [
    [1, 5],
    [29, 7],
    [59, 9],
    [75, 10],
  ],
  critical: [
    [1, 4],
    [8, 2],
    [15, 1],
    [20, 0],
    [24, 5],
    [26, 2],
    [30, 1],
    [44, 3],
    [58, 1],
    [66, 2],
    [74, 0],
    [86, 1],
  ],
};

/** CodeMentor AI: a freemium product whose launch on day 24 works, whose revenue stays far below its plan: the first step, on day 30, is missed. */
export function codementor(): Story {
  const calendar = calendarOf(START, END, ZONE);
  const random = seeded(20260105);
  const people = peopleOf(calendar, random, 'c', signUps);
  const buyers = buyersOf(calendar, random, people);
  return {
    name: 'codementor',
    timezone: ZONE,
    start: START,
    end: END,
    products,
    prices,
    subscriptions: buyers.map((buyer, index): SubscriptionLife => {
      const number = `cm${String(index + 1).padStart(4, '0')}`;
      return { id: `sub_${number}`, customer: `cus_${number}`, changes: lifeOf(calendar, random, buyer) };
    }),
    sessionsZone: ZONE,
    sessions: visitsOf(calendar, random, people, visits),
    events: inOrder([
      ...usageOf(calendar, random, people, {
        features: ['AI tutor', 'Challenges', 'Code review', 'Progress dashboard', 'Interview prep'],
        onboarding: 0.64,
        fresh: 0.6,
        lasting: 0.12,
      }),
      ...surveyOf(calendar, random, people, MOODS),
      ...buyers.map(({ person, at, plan }) => ({
        event: 'Free To Paid',
        person: person.id,
        at,
        insertId: `${person.id}-paid`,
        properties: { plan },
      })),
      ...edges(calendar),
    ]),
    monitors: [
      { id: '2101', name: 'App' },
      { id: '2102', name: 'Tutor API' },
    ],
    outages: outagesOf(calendar),
    code: codeOf(calendar, WORK),
    entries: entriesOf(calendar),
  };
}
