import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Forecast } from '@plumbline/core/status';
import { isMoney } from '@plumbline/core/unit';
import type { Reading } from './measure.ts';
import type { Step } from './prepare.ts';
import type { Series } from './series.ts';
import type { Target } from './target.ts';
import { holds, tidy } from './target.ts';
import type { Trend, TrendOf } from './trend.ts';
import { exactly, trendOf } from './trend.ts';

/** Under so many points nothing is said about the future. */
export const FEWEST_POINTS = 5;
const DAYS_AHEAD = 7;

export type Outlook = {
  forecast?: Forecast;
  requiredPace?: number;
  actualPace?: number;
  /** True when it will be missed if things go on like this. Undefined while too little is known. */
  misses?: boolean;
};

/** What is to be expected of a step at its deadline (of `maintain`: within 7 days), from the values known so far. */
export function outlook(
  step: Step,
  series: Series,
  target: Target,
  reading: Reading,
  goingOn: TrendOf = trendOf,
): Outlook {
  const trend = goingOn(series);
  if (!trend) return {};
  if (step.kind === 'maintain') return maintained(step, target, trend, reading);
  const days = daysBetween(reading.day, step.to);
  const sums = step.kind === 'during' && step.aggregate === 'sum';
  const forecast = rounded(clamp(expected(step, trend, reading), trend), series.metric);
  const missing = holds(target, reading.value) ? 0 : target.bound - reading.value;
  return {
    ...(trend.hasBand ? { forecast } : {}),
    misses: !canHold(target, forecast),
    // Nothing takes back what a sum has too much of.
    ...(days > 0 && !(sums && missing < 0) ? { requiredPace: tidy(missing / days) } : {}),
    actualPace: tidy(sums ? trend.perDay : trend.slope),
  };
}

/** The day that a forecast speaks of: the deadline; of `maintain` at most 7 days after the newest value's. */
export function forecastDay(step: Pick<Step, 'kind' | 'to'>, newest: Day): Day {
  if (step.kind !== 'maintain') return step.to;
  const soon = addDays(newest, DAYS_AHEAD);
  return soon < step.to ? soon : step.to;
}

function expected(step: Step, trend: Trend, reading: Reading): Forecast {
  const ahead = () => trend.after(daysBetween(trend.last, step.to));
  if (step.kind === 'by') return ahead();
  const left = Math.max(0, daysBetween(reading.day, step.to));
  switch (step.aggregate) {
    case 'sum':
      return both(sumOf(trend, left), (more) => reading.value + more);
    case 'mean':
      return both(sumOf(trend, left), (more) => (reading.value * (step.length - left) + more) / step.length);
    case 'min':
      return both(ahead(), (level) => Math.min(level, reading.value));
    case 'max':
      return both(ahead(), (level) => Math.max(level, reading.value));
    case 'last':
      return ahead();
  }
}

const both = ({ value, low, high }: Forecast, change: (one: number) => number): Forecast => ({
  value: change(value),
  low: change(low),
  high: change(high),
});

/** A line is at its worst at one of the two ends of the days ahead. */
function maintained(step: Step, target: Target, trend: Trend, reading: Reading): Outlook {
  const left = Math.max(0, daysBetween(reading.day, forecastDay(step, reading.day)));
  const within = (days: number): Forecast => {
    if (step.over === 1) return clamp(trend.after(days), trend);
    const mean = (more: number) => (reading.value * (step.over - days) + more) / step.over;
    const window = days < step.over ? both(sumOf(trend, days), mean) : trend.after(days);
    return clamp(window, trend);
  };
  const late = within(left);
  return {
    ...(trend.hasBand ? { forecast: late } : {}),
    actualPace: tidy(trend.slope),
    misses: !canHold(target, within(Math.min(1, left))) || !canHold(target, late),
  };
}

/** The half of a band that holds 60 % of cases, as a share of that of the told one, which holds 80 %: beyond it lies one case in five. */
const LIKELY = 0.8416 / 1.2816;

/** False when it misses with at least four chances in five. */
export function canHold(target: Target, forecast: Forecast): boolean {
  const { low, high } = both(forecast, (end) => forecast.value + LIKELY * (end - forecast.value));
  if (target.op === '==') return low <= target.bound && target.bound <= high;
  return holds(target, target.op.startsWith('>') ? high : low);
}

/** What the days ahead bring together, each within what is possible: what has come in of a flow is never lost again. */
function sumOf(trend: Trend, days: number): Forecast {
  if (days === 0) return exactly(0);
  const { limits } = trend;
  return both(trend.sum(days), (value) => Math.min(limits.high * days, Math.max(limits.low * days, value)));
}

const clamp = (forecast: Forecast, { limits }: Trend): Forecast =>
  both(forecast, (value) => Math.min(limits.high, Math.max(limits.low, value)));

const rounded = (forecast: Forecast, { unit }: CatalogueMetric): Forecast =>
  both(forecast, isMoney(unit) ? Math.round : tidy);
