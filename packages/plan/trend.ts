import type { Day } from '@plumbline/core/day';
import { daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Forecast } from '@plumbline/core/status';
import type { Series } from './series.ts';

/** From so many points on a forecast has a band. */
const BAND_FROM = 10;
const WINDOW = 28;

/** How a series is expected to go on after its last point. Values are in the metric's inside form. */
export type Trend = {
  /** Points that it was made from. */
  count: number;
  last: Day;
  /** Change per day. */
  slope: number;
  /** What a calendar day brings to a sum. */
  perDay: number;
  /** From 10 points on; without it, `low` and `high` are the value. */
  hasBand: boolean;
  /** The value `days` after the last point. */
  after(days: number): Forecast;
  /** The values of the next `days` calendar days together, those of days without a point too: a flow's are 0, anything else stands for more days than one. */
  sum(days: number): Forecast;
  /** What no value of this metric goes beyond. */
  limits: { low: number; high: number };
};

/** A way of going on from what is known; undefined from fewer than two points. */
export type TrendOf = (series: Series) => Trend | undefined;

/** What a trend is made from: `days` count from the first point's. */
export type Known = {
  metric: CatalogueMetric;
  days: readonly number[];
  values: readonly number[];
  perDay: number;
  /** Values that a calendar day brings to a sum: of flows there may be fewer than days, and what is missing adds nothing. */
  density: number;
};
export type Going = Pick<Trend, 'slope' | 'after' | 'sum'>;

/** `goOn` answers from 10 points on; under them `paced` does, and no band is told. A series' trend is worked out once. */
export function trendBy(goOn: (known: Known) => Going, paced: (known: Known) => Going = throughEnds): TrendOf {
  const trends = new WeakMap<Series, Trend | null>();
  return (series) => {
    const known = trends.get(series);
    if (known !== undefined) return known ?? undefined;
    const trend = trendFrom(series, goOn, paced);
    trends.set(series, trend);
    return trend ?? undefined;
  };
}

function trendFrom(series: Series, goOn: (known: Known) => Going, paced: (known: Known) => Going): Trend | null {
  const days: number[] = [];
  const values: number[] = [];
  let [first, last, sum] = [undefined as Day | undefined, undefined as Day | undefined, 0];
  for (const point of series.points.slice(-WINDOW)) {
    if (series.smallSample(point) !== undefined) continue;
    first ??= point.day;
    last = point.day;
    days.push(daysBetween(first, last));
    values.push(point.value);
    sum += point.value;
  }
  if (last === undefined || values.length < 2) return null;
  const { metric } = series;
  const hasBand = values.length >= BAND_FROM;
  const density = metric.kind === 'flow' ? values.length / ((days.at(-1) ?? 0) + 1) : 1;
  const perDay = (sum / values.length) * density;
  const going = (hasBand ? goOn : paced)({ metric, days, values, perDay, density });
  return { count: values.length, last, perDay, hasBand, limits: limitsOf(metric, values), ...going };
}

/** On along the line through the first and the last point; each day left brings the mean so far. */
export function throughEnds({ days, values, perDay }: Known): Going {
  const [first = 0, last = 0, length = 1] = [values[0], values.at(-1), days.at(-1)];
  const slope = (last - first) / length;
  return { slope, after: (ahead) => exactly(last + slope * ahead), sum: (ahead) => exactly(perDay * ahead) };
}

export const exactly = (value: number): Forecast => ({ value, low: value, high: value });

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

/** Half the width of a normal 80 % interval in standard deviations. */
const EIGHTY_PERCENT = 1.2816;
/** Share of a slope that is still there a day later, for all but stocks: their moves are mostly passing. */
const LASTING = 0.8;
/** By how much slopes are less sure than their own points make them look, since what drives them changes. */
const UNSURE = 2;
/** Nothing is taken to be more persistent than that, which no 28 points could tell from forever. */
const MOST_PERSISTENT = 0.97;

/** How series are taken to go on. Chosen by measuring: docs/forecast.md. */
export const trendOf: TrendOf = trendBy((known) =>
  known.metric.kind === 'stock' ? accumulating(known) : straying(known),
);

/** A stock is the sum of its days' changes: it drifts on from its last value, and what chance adds each day stays. */
function accumulating({ days, values }: Known): Going {
  const slope = slopeOf(days, values);
  const last = values.at(-1) ?? 0;
  const length = days.at(-1) ?? 0;
  let squares = 0;
  for (let index = 1; index < values.length; index += 1) {
    const apart = (days[index] ?? 0) - (days[index - 1] ?? 0);
    const off = (values[index] ?? 0) - (values[index - 1] ?? 0) - slope * apart;
    squares += (off * off) / apart;
  }
  const perDay = Math.sqrt(squares / (values.length - 2));
  const after = (ahead: number): Forecast =>
    band(last + slope * ahead, perDay * Math.sqrt(ahead + (UNSURE * ahead) ** 2 / length));
  return { slope, after, sum: (ahead) => times(after((ahead + 1) / 2), ahead) };
}

/** Anything else strays from its level and comes back, as fast as it did before (an AR(1) process around a line). */
function straying({ days, values, density }: Known): Going {
  const count = values.length;
  const length = days.at(-1) ?? 0;
  const slope = slopeOf(days, values);
  const base = median(Float64Array.from(values, (value, index) => value - slope * (days[index] ?? 0)));
  const rests = values.map((value, index) => value - base - slope * (days[index] ?? 0));
  const squares = rests.reduce((sum, rest) => sum + rest * rest, 0);
  const deviation = Math.sqrt(squares / (count - 2));
  const persistence = persistenceOf(rests, squares);
  // Points that follow one another closely say less than as many apart.
  const alike = Math.min(count, (1 + persistence) / (1 - persistence));
  const level = base + slope * length;
  const rest = rests.at(-1) ?? 0;
  /** How many days' slope it still moves by. */
  const moving = (ahead: number): number => (LASTING * (1 - LASTING ** ahead)) / (1 - LASTING);
  /** The variance of the line itself, as a share of that of the points around it. */
  const ofLine = (ahead: number): number => {
    const fromMiddle = (length / 2 + moving(ahead)) / length;
    return (alike / count) * (1 + 12 * UNSURE * fromMiddle ** 2);
  };
  return {
    slope,
    after: (ahead) =>
      band(
        level + slope * moving(ahead) + rest * persistence ** ahead,
        deviation * Math.sqrt(1 - persistence ** (2 * ahead) + ofLine(ahead)),
      ),
    sum: (ahead) => {
      const more = density * ahead;
      const centre = (ahead + 1) / 2;
      const fading = (rest * persistence * (1 - persistence ** more)) / (1 - persistence);
      return band(
        more * (level + slope * moving(centre)) + fading,
        deviation * Math.sqrt(more * Math.min(alike, more) + more * more * ofLine(centre)),
      );
    },
  };
}

/** How much of a deviation is left a point later. Around a fitted line it looks less than it is (Kendall 1954), which is made good. */
function persistenceOf(rests: readonly number[], squares: number): number {
  if (squares === 0) return 0;
  const products = rests.reduce((sum, rest, index) => sum + rest * (rests[index + 1] ?? 0), 0);
  const seen = products / squares;
  return Math.min(MOST_PERSISTENT, Math.max(0, seen + (4 + 4 * seen) / rests.length));
}

/** Median of the slopes between points at least half the series apart (after Theil and Sen): single outliers don't move it. */
function slopeOf(days: readonly number[], values: readonly number[]): number {
  const half = days.length >> 1;
  const slopes = new Float64Array((half * (half + 1)) / 2);
  let next = 0;
  for (let from = 0; from < half; from += 1) {
    for (let to = from + days.length - half; to < days.length; to += 1) {
      slopes[next] = ((values[to] ?? 0) - (values[from] ?? 0)) / ((days[to] ?? 0) - (days[from] ?? 0));
      next += 1;
    }
  }
  return median(slopes);
}

/** Reorders in place. */
function median(values: Float64Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = -Infinity;
  for (let index = 0; index < middle; index += 1) lower = Math.max(lower, values[index] ?? lower);
  return (lower + upper) / 2;
}

/** The k-th smallest, with no larger one before it (Hoare's quickselect): every series of every night pays for it, and sorting costs thrice as much. */
function select(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[k] ?? 0;
    let low = left;
    let high = right;
    while (low <= high) {
      while ((values[low] ?? pivot) < pivot) low += 1;
      while ((values[high] ?? pivot) > pivot) high -= 1;
      if (low > high) break;
      const value = values[low] ?? 0;
      values[low] = values[high] ?? 0;
      values[high] = value;
      low += 1;
      high -= 1;
    }
    if (high < k) left = low;
    if (low > k) right = high;
  }
  return values[k] ?? 0;
}

const band = (value: number, deviation: number): Forecast => ({
  value,
  low: value - EIGHTY_PERCENT * deviation,
  high: value + EIGHTY_PERCENT * deviation,
});

const times = ({ value, low, high }: Forecast, by: number): Forecast => ({
  value: value * by,
  low: low * by,
  high: high * by,
});
