import type { Day } from '@plumbline/core/day';
import { daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Forecast } from '@plumbline/core/status';
import { isMoney } from '@plumbline/core/unit';
import type { Reading } from './measure.ts';
import type { Step } from './prepare.ts';
import type { Series } from './series.ts';
import type { Target } from './target.ts';
import { holds, tidy } from './target.ts';

/** Under so many points nothing is said about the future. */
export const FEWEST_POINTS = 5;
/** From so many points on a forecast has a band. */
const BAND_FROM = 10;
const WINDOW = 28;
const DAYS_AHEAD = 7;
/** Half the width of a normal 80 % interval in standard deviations, and of those in median absolute deviations. */
const EIGHTY_PERCENT = 1.2816;
const DEVIATIONS_PER_MAD = 1.4826;

/** A straight line through the last points: by Theil and Sen (median of slopes) from 10 points on, else through the first and the last. */
export type Trend = {
  count: number;
  last: Day;
  /** Change per day. */
  slope: number;
  /** The line's height on the last point's day; under 10 points the last value itself. */
  level: number;
  /** Standard deviation of the points around the line, robustly; undefined under 10 points. */
  spread: number | undefined;
  /** Sum of the values per calendar day. */
  perDay: number;
  /** Points per calendar day. */
  density: number;
  /** What no value of this metric goes beyond. */
  limits: { low: number; high: number };
};

export type Outlook = {
  forecast?: Forecast;
  requiredPace?: number;
  actualPace?: number;
  /** True when it will be missed if things go on like this. Undefined while too little is known. */
  misses?: boolean;
};

const trends = new WeakMap<Series, Trend | null>();

/** The trend of a series' last 28 points, worked out once per series; undefined without two points. */
export function trendOf(series: Series): Trend | undefined {
  const known = trends.get(series);
  if (known !== undefined) return known ?? undefined;
  const usable = series.points.slice(-WINDOW).filter((point) => series.smallSample(point) === undefined);
  const trend = usable.length < 2 ? null : fit(usable, series.metric);
  trends.set(series, trend);
  return trend ?? undefined;
}

function fit(points: readonly Point[], metric: CatalogueMetric): Trend | null {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const days = points.map(({ day }) => daysBetween(first.day, day));
  const values = points.map(({ value }) => value);
  const length = days.at(-1) ?? 0;
  const whole = points.length >= BAND_FROM;
  const slope = whole ? theilSen(days, values) : (last.value - first.value) / length;
  const heights = values.map((value, index) => value - slope * (days[index] ?? 0));
  const intercept = median(Float64Array.from(heights));
  const mad = median(Float64Array.from(heights, (height) => Math.abs(height - intercept)));
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    count: points.length,
    last: last.day,
    slope,
    level: whole ? intercept + slope * length : last.value,
    spread: whole ? DEVIATIONS_PER_MAD * mad : undefined,
    perDay: sum / (length + 1),
    density: points.length / (length + 1),
    limits: limitsOf(metric, values),
  };
}

function theilSen(days: readonly number[], values: readonly number[]): number {
  const slopes = new Float64Array((days.length * (days.length - 1)) / 2);
  let next = 0;
  for (let i = 0; i < days.length; i += 1) {
    for (let j = i + 1; j < days.length; j += 1) {
      slopes[next] = ((values[j] ?? 0) - (values[i] ?? 0)) / ((days[j] ?? 0) - (days[i] ?? 0));
      next += 1;
    }
  }
  return median(slopes);
}

/** Sorts in place. */
function median(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? (values[middle] ?? 0) : ((values[middle - 1] ?? 0) + (values[middle] ?? 0)) / 2;
}

/** Rates stay within 0..100 %, NPS within ±100, amounts above 0, unless the past itself went beyond (net retention does). */
function limitsOf(metric: CatalogueMetric, values: readonly number[]): { low: number; high: number } {
  const top = metric.unit === '%' ? 100 : metric.kind === 'rate' && metric.unit === 'ratio' ? 1 : Infinity;
  const isNps = metric.kind === 'score' && metric.unit === 'score';
  const low = isNps ? -100 : 0;
  const high = isNps ? 100 : top;
  return {
    low: Math.min(...values) < low ? -Infinity : low,
    high: Math.max(...values) > high ? Infinity : high,
  };
}

/** The line's height `days` after the last point, with its band, which widens with the distance. */
function levelAfter(trend: Trend, days: number): Forecast {
  const value = trend.level + trend.slope * days;
  const half = EIGHTY_PERCENT * (trend.spread ?? 0) * Math.sqrt(1 + Math.max(0, days) / WINDOW);
  return { value, low: value - half, high: value + half };
}

/** What is to be expected of a step at its deadline (of `maintain`: within 7 days), from the values known so far. */
export function outlook(step: Step, series: Series, target: Target, reading: Reading): Outlook {
  const trend = trendOf(series);
  if (!trend) return {};
  if (step.kind === 'maintain') return maintained(step, target, trend);
  const days = daysBetween(reading.day, step.to);
  const sums = step.kind === 'during' && step.aggregate === 'sum';
  const expected = sums ? summed(trend, reading, days) : levelled(step, trend, reading);
  const missing = holds(target, reading.value) ? 0 : target.bound - reading.value;
  return {
    ...told(expected, trend, series.metric, target),
    ...(days > 0 ? { requiredPace: tidy(missing / days) } : {}),
    actualPace: tidy(sums ? trend.perDay : trend.slope),
  };
}

/** So far, and for each day left the run-rate; deviations of single days add up like independent ones. */
function summed(trend: Trend, reading: Reading, days: number): Forecast {
  const value = reading.value + trend.perDay * days;
  const half = EIGHTY_PERCENT * (trend.spread ?? 0) * Math.sqrt(trend.density * days);
  return { value, low: value - half, high: value + half };
}

function levelled(step: Step, trend: Trend, reading: Reading): Forecast {
  const ahead = levelAfter(trend, daysBetween(trend.last, step.to));
  if (step.kind === 'by' || step.aggregate === 'last') return ahead;
  const both = (join: (level: number) => number): Forecast => ({
    value: join(ahead.value),
    low: join(ahead.low),
    high: join(ahead.high),
  });
  if (step.aggregate === 'min') return both((level) => Math.min(level, reading.value));
  if (step.aggregate === 'max') return both((level) => Math.max(level, reading.value));
  const left = Math.max(0, daysBetween(reading.day, step.to));
  const weight = left / step.length;
  const middle = levelAfter(trend, (left + 1) / 2);
  const mean = (level: number) => reading.value * (1 - weight) + level * weight;
  return { value: mean(middle.value), low: mean(middle.low), high: mean(middle.high) };
}

/** A line is at its worst at one of the two ends of the days ahead. */
function maintained(step: Step, target: Target, trend: Trend): Outlook {
  const left = Math.max(0, Math.min(DAYS_AHEAD, daysBetween(trend.last, step.to)));
  const soon = clamp(levelAfter(trend, Math.min(1, left)), trend);
  const late = clamp(levelAfter(trend, left), trend);
  return {
    ...(trend.spread === undefined ? {} : { forecast: late }),
    actualPace: tidy(trend.slope),
    misses: !canHold(target, soon) || !canHold(target, late),
  };
}

function told(
  expected: Forecast,
  trend: Trend,
  metric: CatalogueMetric,
  target: Target,
): Pick<Outlook, 'forecast' | 'misses'> {
  const forecast = rounded(clamp(expected, trend), metric);
  return { ...(trend.spread === undefined ? {} : { forecast }), misses: !canHold(target, forecast) };
}

/** True when at least the better end of the band keeps the target. */
export function canHold(target: Target, { low, high }: Forecast): boolean {
  if (target.op === '==') return low <= target.bound && target.bound <= high;
  return holds(target, target.op.startsWith('>') ? high : low);
}

function clamp(forecast: Forecast, { limits }: Trend): Forecast {
  const within = (value: number) => Math.min(limits.high, Math.max(limits.low, value));
  return { value: within(forecast.value), low: within(forecast.low), high: within(forecast.high) };
}

const rounded = ({ value, low, high }: Forecast, { unit }: CatalogueMetric): Forecast => {
  const round = isMoney(unit) ? Math.round : tidy;
  return { value: round(value), low: round(low), high: round(high) };
};
