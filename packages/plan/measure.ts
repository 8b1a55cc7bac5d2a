import type { Day } from '@plumbline/core/day';
import { daysBetween } from '@plumbline/core/day';
import type { Point } from '@plumbline/core/snapshot';
import { isMoney } from '@plumbline/core/unit';
import type { Step } from './prepare.ts';
import type { Series } from './series.ts';
import { isSettled, sampleOf, smallSample } from './series.ts';
import { tidy } from './target.ts';

/** A value that can be held against a target, and the last day that it speaks of. */
export type Reading = { value: number; day: Day; n?: number; interval?: { low: number; high: number } };
export type Measured = Reading | { missing: string };

export const isMissing = (measured: Measured): measured is { missing: string } => 'missing' in measured;

function readingOf(point: Point, day: Day = point.day): Reading {
  const n = sampleOf(point);
  return {
    value: point.value,
    day,
    ...(n === undefined ? {} : { n }),
    ...(point.interval === undefined ? {} : { interval: point.interval }),
  };
}

/** The step's value as settled: of `by` the deadline's, of `during` its days' together. */
export function settledValue(step: Step, series: Series): Measured {
  return step.kind === 'by' ? onDay(series, step.to) : together(step, series, step.days);
}

/** Settled, with a large enough sample; a recorded stock's last value stands for later days. */
export function onDay(series: Series, day: Day): Measured {
  const point = series.standing(day);
  if (!point || !isSettled(point)) return { missing: `${series.metric.id} of ${day}` };
  const small = series.smallSample(point);
  return small === undefined ? readingOf(point, day) : { missing: small };
}

/** All the days as one settled value. */
export function together(step: Pick<Step, 'aggregate'>, series: Series, days: readonly Day[]): Measured {
  const [from, to] = [days[0], days.at(-1)];
  if (from === undefined || to === undefined) return { missing: 'a day' };
  const { metric } = series;
  if (step.aggregate === 'last' && (metric.source !== 'record' || metric.carryDays !== undefined)) {
    return onDay(series, to);
  }
  const settled = series.between(from, to).filter(isSettled);
  if (metric.source === 'record') {
    if (settled.length === 0) return { missing: `any record of ${metric.id} from ${from} to ${to}` };
  } else if (settled.length < days.length) {
    const present = new Set(settled.map(({ day }) => day));
    return { missing: `${metric.id} of ${list(days.filter((day) => !present.has(day)))}` };
  }
  return combine(step, series, settled, to);
}

/** Points (at least one) as one value, whether settled or not. */
function combine(step: Pick<Step, 'aggregate'>, series: Series, points: readonly Point[], day: Day): Measured {
  const { metric } = series;
  if (metric.kind === 'rate' && step.aggregate === 'mean') return pooled(series, points, day);
  for (const point of points) {
    const small = series.smallSample(point);
    if (small !== undefined) return { missing: small };
  }
  const last = points.at(-1);
  if (!last) return { missing: `${metric.id} of ${day}` };
  if (step.aggregate === 'last') return readingOf(last, day);
  const values = points.map(({ value }) => value);
  if (step.aggregate === 'min') return { value: Math.min(...values), day };
  if (step.aggregate === 'max') return { value: Math.max(...values), day };
  const sum = tidy(values.reduce((total, value) => total + value, 0));
  if (step.aggregate === 'sum') return { value: sum, day };
  return { value: isMoney(metric.unit) ? Math.round(sum / values.length) : sum / values.length, day };
}

/** Σ numerators ÷ Σ denominators. A recorded rate without parts is weighed by its `n`; ratios themselves are never averaged. */
function pooled(series: Series, points: readonly Point[], day: Day): Measured {
  const { metric } = series;
  const [only] = points;
  if (points.length === 1 && only) {
    const small = series.smallSample(only);
    return small === undefined ? readingOf(only, day) : { missing: small };
  }
  const whole = metric.unit === '%' ? 100 : 1;
  let numerators = 0;
  let denominators = 0;
  for (const { value, numerator, denominator, n } of points) {
    if (numerator !== undefined && denominator !== undefined) {
      numerators += numerator;
      denominators += denominator;
    } else if (n !== undefined) {
      numerators += (value / whole) * n;
      denominators += n;
    } else {
      return { missing: `the parts (n) of ${metric.id}, without which its days can't be averaged` };
    }
  }
  if (denominators === 0) return { missing: `anything that ${metric.id} could be a share of` };
  const small = smallSample(metric, denominators);
  return small === undefined
    ? { value: tidy((whole * numerators) / denominators), day, n: denominators }
    : { missing: small };
}

/** The newest value to show while the verdict is open: of `during` its days so far. */
export function valueSoFar(step: Step, series: Series, night: Day): Reading | undefined {
  const until = night < step.to ? night : step.to;
  if (step.kind === 'during') {
    const points = series.between(step.from, until);
    const last = points.at(-1);
    if (!last) return undefined;
    const measured = combine(step, series, points, last.day);
    return isMissing(measured) ? undefined : measured;
  }
  for (let index = series.count(until) - 1; index >= 0; index -= 1) {
    const point = series.points[index];
    if (point && series.smallSample(point) === undefined) return readingOf(point);
  }
  return undefined;
}

/** A `maintain` step's days up to a night: each one's settled value, or nothing where there is none. */
export function dailyReadings(step: Step, series: Series, night: Day): (Reading | undefined)[] {
  const { carryDays } = series.metric;
  const readings: (Reading | undefined)[] = [];
  let next = series.count(step.from);
  let standing = series.points[next - 1];
  for (const day of step.days) {
    if (day > night) break;
    for (let point = series.points[next]; point && point.day <= day; point = series.points[next]) {
      standing = point;
      next += 1;
    }
    const stands =
      standing !== undefined &&
      (standing.day === day || (carryDays !== undefined && daysBetween(standing.day, day) <= carryDays));
    readings.push(
      stands && standing && isSettled(standing) && series.smallSample(standing) === undefined
        ? readingOf(standing, day)
        : undefined,
    );
  }
  return step.over === 1 ? readings : trailing(step, series, readings.length);
}

/** The trailing mean for each day whose window lies inside the span. */
function trailing(step: Step, series: Series, count: number): (Reading | undefined)[] {
  return step.days.slice(step.over - 1, count).map((_, index) => {
    const measured = together({ aggregate: 'mean' }, series, step.days.slice(index, index + step.over));
    return isMissing(measured) ? undefined : measured;
  });
}

/** `2026-01-09, 2026-01-10 and 3 more days`. */
export const list = (days: readonly Day[]): string =>
  days.length <= 3 ? days.join(', ') : `${days.slice(0, 2).join(', ')} and ${days.length - 2} more days`;
