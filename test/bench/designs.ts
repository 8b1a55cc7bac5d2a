import type { Forecast } from '@plumbline/core/status';
import { lastValue, straightLine } from '@plumbline/plan/backtest-rules';
import type { Going, Known, TrendOf } from '@plumbline/plan/trend';
import { trendBy, trendOf } from '@plumbline/plan/trend';

// Ways to go on from the last 28 points that were weighed against the one that was chosen.

const EIGHTY_PERCENT = 1.2816;
const DEVIATIONS_PER_MAD = 1.4826;
const WINDOW = 28;

function quantile(values: Iterable<number>, share: number): number {
  const ordered = Float64Array.from(values).sort();
  const at = share * (ordered.length - 1);
  const [low = 0, high = low] = [ordered[Math.floor(at)], ordered[Math.ceil(at)]];
  return low + (at - Math.floor(at)) * (high - low);
}
const median = (values: Iterable<number>): number => quantile(values, 0.5);

/** Median of the slopes between all pairs. */
const theilSen = (days: readonly number[], values: readonly number[]): number =>
  median(
    values.flatMap((value, to) =>
      values.slice(0, to).map((earlier, from) => (value - earlier) / ((days[to] ?? 0) - (days[from] ?? 0))),
    ),
  );

const around = (value: number, below: number, above = below): Forecast => ({
  value,
  low: value - below,
  high: value + above,
});

type Settings = {
  slope: 'pairs' | 'none';
  /** Share of the slope that is left a day later. */
  damping: number;
  /** Whether deviations fade as they did before, instead of at once. */
  persistent: boolean;
  /** What the band is made from: the deviations' median, their mean square, or their own tenth and ninetieth percentile. */
  band: 'median' | 'square' | 'percentiles';
};

/** A robust line and what strays around it. */
const line =
  ({ slope: kind, damping, persistent, band }: Settings) =>
  ({ days, values, density }: Known): Going => {
    const [count, length] = [values.length, days.at(-1) ?? 0];
    const slope = kind === 'none' ? 0 : theilSen(days, values);
    const heights = values.map((value, index) => value - slope * (days[index] ?? 0));
    const base = median(heights);
    const rests = heights.map((height) => height - base);
    const squares = rests.reduce((sum, rest) => sum + rest * rest, 0);
    const products = rests.reduce((sum, rest, index) => sum + rest * (rests[index + 1] ?? 0), 0);
    const seen = squares > 0 && persistent ? products / squares : 0;
    const persistence = persistent && squares > 0 ? Math.min(0.97, Math.max(0, seen + (4 + 4 * seen) / count)) : 0;
    const alike = Math.min(count, (1 + persistence) / (1 - persistence));
    const square = EIGHTY_PERCENT * Math.sqrt(squares / (count - 2));
    const mad = EIGHTY_PERCENT * DEVIATIONS_PER_MAD * median(rests.map(Math.abs));
    const [below, above] =
      band === 'percentiles'
        ? [-quantile(rests, 0.1), quantile(rests, 0.9)]
        : band === 'median'
          ? [mad, mad]
          : [square, square];
    const moving = (ahead: number) => (damping === 1 ? ahead : (damping * (1 - damping ** ahead)) / (1 - damping));
    const ofLine = (ahead: number) =>
      (alike / count) * (1 + 24 * ((length / 2 + (kind === 'none' ? 0 : moving(ahead))) / length) ** 2);
    const level = base + slope * length;
    const rest = rests.at(-1) ?? 0;
    return {
      slope,
      after: (ahead) => {
        const width = Math.sqrt(1 - persistence ** (2 * ahead) + ofLine(ahead));
        return around(level + slope * moving(ahead) + rest * persistence ** ahead, below * width, above * width);
      },
      sum: (ahead) => {
        const more = density * ahead;
        const centre = (ahead + 1) / 2;
        const width = Math.sqrt(more * Math.min(alike, more) + more * more * ofLine(centre));
        const fading = (rest * persistence * (1 - persistence ** more)) / (1 - persistence);
        return around(more * (level + slope * moving(centre)) + fading, below * width, above * width);
      },
    };
  };

/** Theil and Sen's line with a band from the median deviation that widens by a root, and sums at the run-rate: what was there first. */
function former({ days, values, perDay, density }: Known): Going {
  const length = days.at(-1) ?? 0;
  const slope = theilSen(days, values);
  const heights = values.map((value, index) => value - slope * (days[index] ?? 0));
  const base = median(heights);
  const half = EIGHTY_PERCENT * DEVIATIONS_PER_MAD * median(heights.map((height) => Math.abs(height - base)));
  return {
    slope,
    after: (ahead) => around(base + slope * (length + ahead), half * Math.sqrt(1 + ahead / WINDOW)),
    sum: (ahead) => around(perDay * ahead, half * Math.sqrt(density * ahead)),
  };
}

/** The same with stocks as factors instead of differences. */
const inFactors =
  (goOn: (known: Known) => Going) =>
  (known: Known): Going => {
    if (known.metric.kind !== 'stock' || known.values.some((value) => value <= 0)) return goOn(known);
    const { slope, after } = goOn({ ...known, values: known.values.map(Math.log) });
    const grown = (ahead: number, days = 1): Forecast => {
      const { value, low, high } = after(ahead);
      return { value: days * Math.exp(value), low: days * Math.exp(low), high: days * Math.exp(high) };
    };
    return {
      slope: slope * (known.values.at(-1) ?? 0),
      after: (ahead) => grown(ahead),
      sum: (ahead) => grown((ahead + 1) / 2, ahead),
    };
  };

const straying: Settings = { slope: 'pairs', damping: 1, persistent: true, band: 'square' };

/** Stocks as chosen, anything else by another way. */
const besideStocks = (settings: Settings): TrendOf => {
  const other = trendBy(line(settings));
  return (series) => (series.metric.kind === 'stock' ? trendOf(series) : other(series));
};

export const CHOSEN = 'chosen: stocks add up, others stray';
export const NAIVE = ['last value', 'straight line'] as const;

export const designs: ReadonlyMap<string, TrendOf> = new Map([
  [CHOSEN, trendOf],
  ['former: Theil-Sen, root band', trendBy(former)],
  ['damped line', trendBy(line({ slope: 'pairs', damping: 0.96, persistent: false, band: 'median' }))],
  ['straying line', trendBy(line(straying))],
  ['straying line, stocks in logs', trendBy(inFactors(line(straying)))],
  ['stocks add up, undamped', besideStocks(straying)],
  ['stocks add up, level only', besideStocks({ ...straying, slope: 'none' })],
  ['stocks add up, percentiles', besideStocks({ ...straying, damping: 0.8, band: 'percentiles' })],
  [NAIVE[0], lastValue],
  [NAIVE[1], straightLine],
]);
