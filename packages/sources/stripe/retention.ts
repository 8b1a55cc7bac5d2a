import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { Holding } from './customers.ts';
import { pays, totalOf } from './customers.ts';
import type { DayLog } from './day-log.ts';
import { WINDOW_DAYS } from './index.ts';
import type { Worth } from './worth.ts';
import { worthAt } from './worth.ts';

/** In minor units of the workspace's currency, at the rates of the window's first day. */
type Share = { numerator: number; denominator: number };

/** The cohorts of a window; an empty one is absent. */
export type Retention = {
  /** Of the customers who paid when the window began, or began or began again to pay in it, those who don't pay at its end. */
  churn?: { left: number; of: number };
  /** What those who paid when it began pay at its end. */
  net?: Share;
  /** The same, each at most as much as when it began. */
  gross?: Share;
};

/** A customer with a change in the window: what it paid when the window began and pays now; undefined: nothing. */
type Course = { was: number | undefined; is: number | undefined };

type Opening = Pick<DayLog, 'mrr' | 'customers'> & { worth: Worth };

/**
 * What became of a window's customers. `logs` are those of the days from 30 days before `day` up to it, oldest first, taken one at a time;
 * undefined where one is missing. Who is in no log pays what it paid, so that only those who changed are gone through.
 */
export async function retentionOf(
  day: Day,
  logs: AsyncIterable<DayLog> | Iterable<DayLog>,
  currency: string,
): Promise<Retention | undefined> {
  const courses = new Map<string, Course>();
  let opening: Opening | undefined;
  let due = addDays(day, -WINDOW_DAYS);
  for await (const log of logs) {
    if (log.day !== due) return undefined;
    due = addDays(due, 1);
    if (!opening) {
      const { mrr, customers, rates } = log;
      opening = { mrr, customers, worth: worthAt(currency, (paidIn) => rates[paidIn]) };
      continue;
    }
    const { worth } = opening;
    const paid = (holdings: readonly Holding[]) => (pays(holdings) ? totalOf(holdings, worth) : undefined);
    for (const { customer, before, now } of log.changes) {
      const course = courses.get(customer);
      if (course) course.is = paid(now);
      else courses.set(customer, { was: paid(before), is: paid(now) });
    }
  }
  return opening && due === addDays(day, 1) ? closed(opening, courses.values()) : undefined;
}

function closed({ mrr, customers }: Opening, courses: Iterable<Course>): Retention {
  let [of, left, net, gross] = [customers, 0, mrr, mrr];
  for (const { was, is } of courses) {
    if (is === undefined) left++;
    if (was === undefined) {
      of++;
    } else {
      const change = (is ?? 0) - was;
      net += change;
      gross += Math.min(0, change);
    }
  }
  // MRR was rounded item by item; converted as one amount, what a customer paid may come to a little more.
  const share = (numerator: number): Share => ({ numerator: Math.max(0, numerator), denominator: mrr });
  return { ...(of > 0 && { churn: { left, of } }), ...(mrr > 0 && { net: share(net), gross: share(gross) }) };
}
