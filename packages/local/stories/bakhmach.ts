import type { Day } from '@plumbline/core/day';
import { daysBetween, toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { entriesOf, outagesOf } from './bakhmach-records.ts';
import type { Calendar, Mood } from './build.ts';
import { calendarOf, inOrder, peopleOf, seeded, surveyOf, usageOf, visitsOf } from './build.ts';
import type { Work } from './code.ts';
import { codeOf } from './code.ts';
import type { ProductEvent, Story, StoryPrice, SubscriptionChange, SubscriptionLife } from './story.ts';

const START = toDay('2026-01-02');
const END = toDay('2026-04-02');
const ZONE = toZone('+02:00');

const products = [
  { id: 'prod_builder', name: 'Builder' },
  { id: 'prod_professional', name: 'Professional' },
  { id: 'prod_team', name: 'Team' },
  { id: 'prod_enterprise', name: 'Enterprise' },
];

const price = (id: string, product: string, unitAmount: number, interval: 'month' | 'year'): StoryPrice => ({
  id: `price_${id}`,
  product: `prod_${product}`,
  currency: 'USD',
  unitAmount,
  interval,
});

const prices = [
  price('builder_m', 'builder', 4_900, 'month'),
  price('builder_y', 'builder', 46_800, 'year'),
  price('professional_m', 'professional', 14_900, 'month'),
  price('professional_y', 'professional', 143_000, 'year'),
  price('team_m', 'team', 3_900, 'month'),
  price('enterprise_m', 'enterprise', 99_000, 'month'),
  price('enterprise_y', 'enterprise', 990_000, 'year'),
];

type Later = [when: string, type: 'price', price: string] | [when: string, type: 'quantity', quantity: number];
type Plain = [when: string, type: 'past_due' | 'paid' | 'cancel_at_period_end' | 'cancel'];
type Row = {
  from: string;
  price: string;
  quantity?: number;
  trialDays?: number;
  customer?: string;
  later?: (Later | Plain)[];
};

/** Who subscribed when and to what; dates are of 2026. The first one starts in the last minute of week 1, the next at midnight. */
const ROWS: Row[] = [
  { from: '01-03 10:15', price: 'professional_m' },
  {
    from: '01-05 16:40',
    price: 'team_m',
    quantity: 5,
    later: [
      ['01-20 11:00', 'quantity', 8],
      ['02-18 09:30', 'quantity', 12],
    ],
  },
  {
    from: '01-06 12:05',
    price: 'professional_m',
    later: [
      ['02-06 13:05', 'past_due'],
      ['02-09 08:20', 'paid'],
    ],
  },
  { from: '01-07 19:30', price: 'builder_m', later: [['01-27 10:10', 'price', 'professional_m']] },
  { from: '01-08 23:59:40', price: 'builder_m', later: [['01-22 17:00', 'cancel']] },
  { from: '01-09 00:00:00', price: 'builder_m' },
  { from: '01-10 09:45', price: 'professional_m', later: [['02-12 15:20', 'cancel']] },
  { from: '01-10 14:00', price: 'professional_m', trialDays: 14 },
  { from: '01-12 11:20', price: 'professional_y' },
  { from: '01-14 15:00', price: 'enterprise_m', later: [['03-04 10:30', 'cancel']] },
  { from: '01-16 10:00', price: 'professional_m', later: [['02-04 16:45', 'cancel']] },
  {
    from: '01-19 13:30',
    price: 'team_m',
    quantity: 6,
    later: [
      ['02-03 15:10', 'quantity', 5],
      ['02-05 09:20', 'quantity', 6],
    ],
  },
  { from: '01-20 18:10', price: 'builder_m', trialDays: 7, later: [['01-25 12:00', 'cancel']] },
  { from: '01-21 09:15', price: 'professional_m', later: [['03-05 09:00', 'price', 'professional_y']] },
  { from: '01-22 11:55', price: 'team_m', quantity: 8, later: [['03-20 14:00', 'quantity', 4]] },
  { from: '01-23 10:20', price: 'professional_m' },
  { from: '01-26 17:40', price: 'professional_y' },
  { from: '01-28 12:00', price: 'team_m', quantity: 6, later: [['03-12 16:00', 'quantity', 9]] },
  { from: '02-02 11:00', price: 'enterprise_m' },
  { from: '02-03 14:30', price: 'professional_m' },
  {
    from: '02-05 10:10',
    price: 'team_m',
    quantity: 10,
    later: [
      ['03-05 11:10', 'past_due'],
      ['03-19 11:10', 'cancel'],
    ],
  },
  { from: '02-08 12:45', price: 'professional_m', customer: 'cus_bh005' },
  { from: '02-08 22:30', price: 'professional_y' },
  { from: '02-10 15:15', price: 'enterprise_m' },
  { from: '02-11 09:40', price: 'team_m', quantity: 12 },
  { from: '02-13 13:00', price: 'enterprise_y' },
  { from: '02-16 10:30', price: 'professional_m', later: [['03-30 18:00', 'cancel_at_period_end']] },
  { from: '02-16 16:20', price: 'professional_m' },
  { from: '02-17 11:45', price: 'team_m', quantity: 14 },
  { from: '02-19 14:05', price: 'professional_m', later: [['03-02 10:00', 'cancel_at_period_end']] },
  { from: '02-20 09:50', price: 'team_m', quantity: 15 },
  { from: '02-23 10:00', price: 'professional_m' },
  { from: '02-23 17:30', price: 'professional_y' },
  { from: '02-24 12:20', price: 'enterprise_m' },
  { from: '02-26 15:45', price: 'professional_m' },
  { from: '02-26 16:30', price: 'builder_y' },
  { from: '03-02 11:30', price: 'professional_m' },
  { from: '03-05 13:10', price: 'team_m', quantity: 20 },
  { from: '03-06 10:40', price: 'builder_m', customer: 'cus_bh002' },
  { from: '03-09 09:30', price: 'professional_m' },
  { from: '03-09 14:50', price: 'professional_m' },
  { from: '03-10 16:15', price: 'professional_m', trialDays: 14 },
  { from: '03-11 12:00', price: 'team_m', quantity: 16 },
  { from: '03-16 11:15', price: 'enterprise_m' },
  { from: '03-18 10:05', price: 'professional_m' },
  { from: '03-23 15:20', price: 'team_m', quantity: 18 },
  { from: '03-25 09:25', price: 'professional_m' },
  { from: '03-25 18:40', price: 'builder_m' },
  { from: '03-30 12:10', price: 'professional_m' },
  { from: '04-02 11:00', price: 'professional_m' },
];

function subscriptionsOf(calendar: Calendar): SubscriptionLife[] {
  return ROWS.map(({ from, price, quantity = 1, trialDays, customer, later = [] }, index) => {
    const number = `bh${String(index + 1).padStart(3, '0')}`;
    const at = (when: string): number => calendar.at(`2026-${when}`);
    const start: SubscriptionChange = {
      at: at(from),
      type: 'start',
      price: `price_${price}`,
      quantity,
      ...(trialDays === undefined ? {} : { trialDays }),
    };
    const changes = later.map((change): SubscriptionChange => {
      if (change[1] === 'price') return { at: at(change[0]), type: 'price', price: `price_${change[2]}` };
      if (change[1] === 'quantity') return { at: at(change[0]), type: 'quantity', quantity: change[2] };
      return { at: at(change[0]), type: change[1] };
    });
    return { id: `sub_${number}`, customer: customer ?? `cus_${number}`, changes: [start, ...changes] };
  });
}

/** What people answer to the survey, in turn: glad at first, cross about a slow release in late January, won back by its repair. */
const MOODS: Mood[] = [
  { from: 4, perDay: 2.5, scores: [9, 10, 8, 9, 6, 10, 9, 7] },
  { from: 25, perDay: 2.5, scores: [9, 5, 10, 8, 9, 7] },
  { from: 35, perDay: 2.5, scores: [9, 4, 8, 10, 7, 9, 8, 9, 5] },
  { from: 45, perDay: 2.5, scores: [10, 9, 8, 9, 10, 7, 9, 5] },
  { from: 60, perDay: 2.5, scores: [9, 10, 9, 8, 10, 9, 6, 9, 7, 10] },
];

/** People and events that any importer has to bear: an id that is not ASCII, and events at the very edges of a day. */
function edges(calendar: Calendar): ProductEvent[] {
  const used = (when: string, person: string, insertId?: string): ProductEvent => ({
    event: 'Feature Used',
    person,
    at: calendar.at(`2026-${when}`),
    ...(insertId === undefined ? {} : { insertId }),
    properties: { feature: 'Мапа подій', city: 'Бахмач' },
  });
  return [
    used('01-15 23:59:59', 'користувач-7', 'edge-1'),
    used('01-16 00:00:00', 'користувач-8', 'edge-2'),
    used('02-12 23:30', 'користувач-7', 'edge-3'),
    used('02-13 00:20', 'користувач-7'),
    used('02-13 00:20', 'користувач-7'),
    used('03-29 03:30', 'користувач-8', 'edge-4'),
  ];
}

const LAUNCH = [12, 9, 8, 7, 6, 6, 5];

/** The hub is open source; its critical issues are down to none at the end of week 3, and come back with the outage of week 8. */
const WORK: Work = {
  repository: 'bakhmach/hub',
  seed: 20260103,
  stars: [
    [1, 14],
    [7, 31],
    [14, 45],
    [28, 66],
    [42, 83],
    [56, 97],
    [63, 109],
    [77, 124],
    [90, 138],
  ],
  contributors: [
    [1, 3],
    [7, 6],
    [14, 11],
    [28, 24],
    [42, 39],
    [56, 47],
    [70, 53],
    [84, 58],
  ],
  critical: [
    [1, 3],
    [3, 6],
    [5, 4],
    [14, 2],
    [21, 0],
    [28, 3],
    [42, 2],
    [54, 7],
    [56, 3],
    [70, 1],
    [84, 0],
  ],
};

/** Bakhmach Business Hub: a community of founders, from its launch on. NPS is in a dip at the end of week 6; week 8 has an outage. */
export function bakhmach(): Story {
  const calendar = calendarOf(START, END, ZONE);
  const random = seeded(20260102);
  const people = peopleOf(calendar, random, 'm', (day, n) => {
    if (n < 1) return daysBetween(day, START) % 2;
    return LAUNCH[n - 1] ?? (n <= 14 ? 4 + (n % 2) : 3 + random.below(2));
  });
  const visits = (_: Day, n: number): number => {
    if (n < 1) return 22 + random.below(10);
    return n <= 3 ? 300 - 50 * n : 185 + random.below(25) + Math.floor(n / 3);
  };
  return {
    name: 'bakhmach',
    timezone: ZONE,
    start: START,
    end: END,
    products,
    prices,
    subscriptions: subscriptionsOf(calendar),
    sessionsZone: toZone('Europe/Kyiv'),
    sessions: visitsOf(calendar, random, people, visits),
    events: inOrder([
      ...usageOf(calendar, random, people, {
        features: ['Мапа подій', 'Directory', 'Mentor match', 'Deal room', 'Jobs'],
        onboarding: 0.78,
        fresh: 0.55,
        lasting: 0.16,
      }),
      ...surveyOf(calendar, random, people, MOODS),
      ...edges(calendar),
    ]),
    monitors: [
      { id: '1234', name: 'Website' },
      { id: '5678', name: 'API' },
    ],
    outages: outagesOf(calendar),
    code: codeOf(calendar, WORK),
    entries: entriesOf(calendar),
  };
}
