import type { Day } from '@plumbline/core/day';
import type { ErrorBudget } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import type { Step } from './prepare.ts';
import type { Series } from './series.ts';
import { isSettled } from './series.ts';
import type { Target } from './target.ts';
import { tidy } from './target.ts';

const MINUTES_A_DAY = 1440;

/** What a share of the time, in percent, leaves of so many days; days are taken as 24 hours long. */
const restOf = (percent: number, days: number): number => ((100 - percent) / 100) * MINUTES_A_DAY * days;

/**
 * The minutes that a promise to keep `uptime` at a percentage leaves for being down in its whole span, and those that its settled days up to a
 * night have used. A day without a value has used none. Undefined for every other promise. No verdict is built on it.
 */
export function errorBudget(
  { kind, metric, where, from, to, days }: Pick<Step, 'kind' | 'metric' | 'where' | 'from' | 'to' | 'days'>,
  series: Series,
  target: Target | undefined,
  night: Day,
): ErrorBudget | undefined {
  const isPromised = target?.op === '>' || target?.op === '>=';
  if (kind !== 'maintain' || metric.id !== 'uptime' || metric.unit !== '%' || where || !isPromised || night < from) {
    return undefined;
  }
  const known = series.between(from, night < to ? night : to).filter(isSettled);
  return {
    allowedMinutes: tidy(restOf(target.bound, days.length)),
    usedMinutes: tidy(known.reduce((sum, { value }) => sum + restOf(value, 1), 0)),
  };
}

/** Never −0. */
const tenths = (minutes: number): number => Math.round(minutes * 10) / 10 + 0;

/** `54 of 216 min left`, `12 min over its 216 min`. */
export function budgetLeft({ allowedMinutes, usedMinutes }: ErrorBudget): string {
  const left = tenths(allowedMinutes - usedMinutes);
  const allowed = format(tenths(allowedMinutes), 'min');
  return left < 0 ? `${format(-left, 'min')} over its ${allowed}` : `${format(left, 'count')} of ${allowed} left`;
}
