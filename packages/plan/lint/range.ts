import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Target } from '../target.ts';

/** Values from `low` to `high`, each end in it unless open. */
export type Range = { low: number; lowOpen: boolean; high: number; highOpen: boolean };

/** Values that a metric can't lie beyond, by what it is. */
export function limitsOf({ id, unit, kind, source, limits }: CatalogueMetric): { low: number; high: number } {
  if (limits) return { low: -Infinity, high: Infinity, ...limits };
  if (/(^|_)nps(_|$)/.test(id)) return { low: -100, high: 100 };
  const isShare = kind === 'rate' && (unit === '%' || unit === 'ratio');
  // People may record a growth as a rate; what a source counts out of a whole can't be more than the whole.
  if (isShare)
    return { low: source === 'record' ? -Infinity : 0, high: source === 'record' ? Infinity : unit === '%' ? 100 : 1 };
  const isAmount = ['ms', 's', 'min', 'h'].includes(unit) || (unit === 'count' && kind !== 'score' && kind !== 'rate');
  return { low: isAmount ? 0 : -Infinity, high: Infinity };
}

/** The values that keep a target, as far as the metric can have them; of a relative one, what they are above the baseline. */
export function rangeOf({ op, bound, relative }: Target, metric: CatalogueMetric): Range {
  const { low, high } = relative ? { low: -Infinity, high: Infinity } : limitsOf(metric);
  const all = { low, lowOpen: false, high, highOpen: false };
  const above = op === '>' || op === '>=' || op === '==';
  const below = op === '<' || op === '<=' || op === '==';
  return {
    ...all,
    ...(above && bound >= low && { low: bound, lowOpen: op === '>' }),
    ...(below && bound <= high && { high: bound, highOpen: op === '<' }),
  };
}

export const isEmpty = ({ low, lowOpen, high, highOpen }: Range): boolean =>
  low > high || (low === high && (lowOpen || highOpen));

/** True when every value of `a` is one of `b`. */
export const isWithin = (a: Range, b: Range): boolean =>
  (a.low > b.low || (a.low === b.low && (a.lowOpen || !b.lowOpen))) &&
  (a.high < b.high || (a.high === b.high && (a.highOpen || !b.highOpen)));

export const isSame = (a: Range, b: Range): boolean => isWithin(a, b) && isWithin(b, a);

/** True when `a` allows less than `b` and nothing else. */
export const isStricter = (a: Range, b: Range): boolean => isWithin(a, b) && !isWithin(b, a);

/** True when no value is in both. */
export function areApart(a: Range, b: Range): boolean {
  const [lower, upper] = a.low < b.low || (a.low === b.low && !a.lowOpen) ? [a, b] : [b, a];
  return isEmpty({
    low: upper.low,
    lowOpen: upper.lowOpen,
    high: Math.min(lower.high, upper.high),
    highOpen: isOpenAt(lower, upper),
  });
}

const isOpenAt = (a: Range, b: Range): boolean =>
  a.high < b.high ? a.highOpen : b.high < a.high ? b.highOpen : a.highOpen || b.highOpen;
