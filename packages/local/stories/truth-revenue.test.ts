import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { endOfDay } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import { bakhmach as tellBakhmach } from './bakhmach.ts';
import { codementor as tellCodementor } from './codementor.ts';
import { churnAt, movementsOn, ratesAt } from './truth-revenue.ts';
import { mrrAt } from './truth.ts';

const bakhmach = tellBakhmach();
const codementor = tellCodementor();

/** The movements that are not 0, each in dollars, with how many customers made it. */
function moved(day: string): Record<string, [dollars: number, customers: number]> {
  const { amounts, customers } = movementsOn(bakhmach, day as Day);
  const happened = Object.entries(amounts).filter(([, amount]) => amount !== 0);
  return Object.fromEntries(
    happened.map(([kind, amount]) => [kind, [amount / 100, new Map(Object.entries(customers)).get(kind) ?? 0]]),
  );
}

/** Rates with two digits, LTV in dollars. */
const rounded = (rates: Record<string, number | undefined>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(rates)
      .filter((entry): entry is [string, number] => entry[1] !== undefined)
      .map(([name, value]) => [name, name === 'ltv' ? value / 100 : Number(value.toFixed(2))]),
  );

describe('the movements', () => {
  test.each([
    ['a quiet day', '2026-01-04', {}],
    ['a first customer', '2026-01-03', { mrr_new: [149, 1] }],
    ['three more seats', '2026-01-20', { mrr_expansion: [117, 1] }],
    ['one leaves and one comes', '2026-01-22', { mrr_new: [312, 1], mrr_churn: [-49, 1] }],
    ['a trial that turns into a subscription', '2026-01-24', { mrr_new: [149, 1] }],
    ['a trial that is called off', '2026-01-25', {}],
    ['a larger plan', '2026-01-27', { mrr_expansion: [100, 1] }],
    ['a seat less, and one comes', '2026-02-03', { mrr_new: [149, 1], mrr_contraction: [-39, 1] }],
    ['one comes back, one pays by the year', '2026-02-08', { mrr_new: [119.17, 1], mrr_reactivation: [149, 1] }],
    ['a year instead of months, and one comes', '2026-03-05', { mrr_new: [780, 1], mrr_contraction: [-29.83, 1] }],
    ['a second subscription', '2026-03-06', { mrr_expansion: [49, 1] }],
    ['one is called off for later', '2026-03-30', { mrr_new: [149, 1], mrr_churn: [-149, 1] }],
  ])('of %s', (_, day, expected) => expect(moved(day)).toEqual(expected));

  test.each([bakhmach, codementor])('of every day of $name lead from its start to its end', (story) => {
    const at = (day: Day) => mrrAt(story, endOfDay(day, story.timezone));
    const changes = daysFrom(story.start, story.end).map((day) => {
      const sum = Object.values(movementsOn(story, day).amounts).reduce((all, amount) => all + amount, 0);
      return [day, at(addDays(day, -1)) + sum];
    });
    expect(changes).toEqual(daysFrom(story.start, story.end).map((day) => [day, at(day)]));
  });
});

describe('the rates', () => {
  const onDay = (story: typeof bakhmach, n: number) => rounded(ratesAt(story, addDays(story.start, n - 1)));

  test('begin with the first trial that is over, and on day 31 where they compare with 30 days ago', () => {
    const trials = { trial_conversion_rate_30d: 50 };
    expect([22, 23, 24, 30, 31, 32].map((n) => onDay(bakhmach, n))).toEqual([
      {},
      { trial_conversion_rate_30d: 100 },
      trials,
      trials,
      // One of 17 has left; on the plan's first day nobody paid yet.
      { ...trials, customer_churn_rate_30d: 5.88, customer_retention_rate_30d: 94.12, ltv: 3783.92 },
      {
        ...trials,
        customer_churn_rate_30d: 5.56,
        customer_retention_rate_30d: 94.44,
        net_revenue_retention_30d: 100,
        gross_revenue_retention_30d: 100,
        ltv: 4819.07,
      },
    ]);
  });

  test('of Bakhmach in the middle: two of 26 left, and those of 30 days ago pay more than before', () => {
    // $2,047.17 by ten customers on 01-17; on 02-16 $298 of it is gone, and $317 came from two who took more and one who came back.
    expect(onDay(bakhmach, 46)).toEqual({
      customer_churn_rate_30d: 7.69,
      customer_retention_rate_30d: 92.31,
      net_revenue_retention_30d: 100.93,
      gross_revenue_retention_30d: 85.44,
      trial_conversion_rate_30d: 50,
      ltv: 4139.15,
    });
  });

  test("at the end of Bakhmach's plan keep more than 80 % of the customers", () => {
    expect(onDay(bakhmach, 90)).toEqual({
      customer_churn_rate_30d: 6.98,
      customer_retention_rate_30d: 93.02,
      net_revenue_retention_30d: 85.28,
      gross_revenue_retention_30d: 83.71,
      trial_conversion_rate_30d: 100,
      ltv: 4663.3,
    });
  });

  test('of CodeMentor lose more than 3 % of the customers on both days that its plan names', () => {
    expect([60, 90].map((n) => onDay(codementor, n))).toEqual([
      {
        customer_churn_rate_30d: 5.58,
        customer_retention_rate_30d: 94.42,
        net_revenue_retention_30d: 109.26,
        gross_revenue_retention_30d: 94.13,
        trial_conversion_rate_30d: 75,
        ltv: 1318.46,
      },
      {
        customer_churn_rate_30d: 3.39,
        customer_retention_rate_30d: 96.61,
        net_revenue_retention_30d: 107.3,
        gross_revenue_retention_30d: 95.74,
        trial_conversion_rate_30d: 33.33,
        ltv: 2374.56,
      },
    ]);
  });

  test('count nobody as lost who left and came back', () => {
    const on = (day: string) => churnAt(bakhmach, day as Day);
    expect([on('2026-02-07'), on('2026-02-08')]).toEqual([
      { of: 20, left: 2 },
      { of: 21, left: 1 },
    ]);
  });
});
