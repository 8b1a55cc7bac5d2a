import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import type { Instant } from '@plumbline/core/zone';
import { endOfDay } from '@plumbline/core/zone';
import type { Story, SubscriptionLife } from './story.ts';
import { mrrAt, worth } from './truth.ts';

// What becomes of a story's revenue: each customer looked at on its own, at the two ends of a day or of 30 days.

const DAYS = 30;

export type Movements = {
  mrr_new: number;
  mrr_reactivation: number;
  mrr_expansion: number;
  mrr_contraction: number;
  mrr_churn: number;
  mrr_fx: number;
};

/** What one customer pays a month at the end of a day, in minor units. */
function paidBy(story: Story, customer: string, day: Day): number {
  const end = endOfDay(day, story.timezone);
  const own = story.subscriptions.filter((life) => life.customer === customer);
  return own.reduce((sum, life) => sum + worth(story, life, end).amount, 0);
}

const customersOf = (story: Story): string[] => [...new Set(story.subscriptions.map(({ customer }) => customer))];

/** Why a customer's monthly total changed during a day; undefined where it did not. */
function kindOf(story: Story, customer: string, day: Day): keyof Movements | undefined {
  const before = paidBy(story, customer, addDays(day, -1));
  const now = paidBy(story, customer, day);
  if (before === now) return undefined;
  if (now === 0) return 'mrr_churn';
  if (before > 0) return now > before ? 'mrr_expansion' : 'mrr_contraction';
  const everPaid = daysFrom(story.start, addDays(day, -1)).some((earlier) => paidBy(story, customer, earlier) > 0);
  return everPaid ? 'mrr_reactivation' : 'mrr_new';
}

/** What moved MRR during a day, in minor units, and how many customers did; every story is told in one currency. */
export function movementsOn(story: Story, day: Day): { amounts: Movements; customers: Movements } {
  const none = (): Movements => ({
    mrr_new: 0,
    mrr_reactivation: 0,
    mrr_expansion: 0,
    mrr_contraction: 0,
    mrr_churn: 0,
    mrr_fx: 0,
  });
  const [amounts, customers] = [none(), none()];
  for (const customer of customersOf(story)) {
    const kind = kindOf(story, customer, day);
    if (kind === undefined) continue;
    amounts[kind] += paidBy(story, customer, day) - paidBy(story, customer, addDays(day, -1));
    customers[kind] += 1;
  }
  return { amounts, customers };
}

/** Of those who paid at the end of any day from 30 days ago on: how many they are, and how many of them no longer pay. */
export function churnAt(story: Story, day: Day): { of: number; left: number } {
  const days = daysFrom(addDays(day, -DAYS), day);
  const paid = customersOf(story).filter((customer) => days.some((one) => paidBy(story, customer, one) > 0));
  return { of: paid.length, left: paid.filter((customer) => paidBy(story, customer, day) === 0).length };
}

/** What those who paid 30 days ago paid before and pay now, and what they kept of it; minor units. */
function keptAt(story: Story, day: Day): { before: number; now: number; kept: number } {
  const sums = { before: 0, now: 0, kept: 0 };
  for (const customer of customersOf(story)) {
    const before = paidBy(story, customer, addDays(day, -DAYS));
    if (before === 0) continue;
    const now = paidBy(story, customer, day);
    sums.before += before;
    sums.now += now;
    sums.kept += Math.min(before, now);
  }
  return sums;
}

/** When a trial ended or was called off, whichever was first; undefined without one. */
function trialOver({ changes }: SubscriptionLife): Instant | undefined {
  const start = changes.find((change) => change.type === 'start' && change.trialDays !== undefined);
  if (start?.type !== 'start') return undefined;
  const calledOff = changes.find(({ type }) => type === 'cancel' || type === 'cancel_at_period_end')?.at ?? Infinity;
  return Math.min(calledOff, start.at + (start.trialDays ?? 0) * 86_400_000);
}

function trialsAt(story: Story, day: Day): { ended: number; paying: number } {
  const [from, to] = [endOfDay(addDays(day, -DAYS), story.timezone), endOfDay(day, story.timezone)];
  const ended = story.subscriptions.filter((life) => {
    const over = trialOver(life);
    return over !== undefined && over >= from && over < to;
  });
  return { ended: ended.length, paying: ended.filter((life) => worth(story, life, to).amount > 0).length };
}

const percent = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : (100 * part) / whole);

/**
 * The rates of the 30 days that end with `day`, in percent, and LTV in minor units; undefined where there is nobody to tell of.
 * All but the trials' compare with the end of the day 30 days before, and so begin on the plan's 31st day.
 */
export function ratesAt(story: Story, day: Day): Record<string, number | undefined> {
  const trials = trialsAt(story, day);
  const trial_conversion_rate_30d = percent(trials.paying, trials.ended);
  if (addDays(day, -DAYS) < story.start) return { trial_conversion_rate_30d };
  const { of, left } = churnAt(story, day);
  const { before, now, kept } = keptAt(story, day);
  const end = endOfDay(day, story.timezone);
  const paying = of - left;
  return {
    customer_churn_rate_30d: percent(left, of),
    customer_retention_rate_30d: percent(paying, of),
    net_revenue_retention_30d: percent(now, before),
    gross_revenue_retention_30d: percent(kept, before),
    trial_conversion_rate_30d,
    // All who pay now are among those who paid in the 30 days.
    ltv: left === 0 || paying === 0 ? undefined : Math.round((mrrAt(story, end) * of) / (paying * left)),
  };
}
