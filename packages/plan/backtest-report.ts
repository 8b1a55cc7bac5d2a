import { daysBetween } from '@plumbline/core/day';
import type { MetricKind } from '@plumbline/core/metric';
import type { Expectation, Trial } from './backtest.ts';

/** Days before the deadline, by which forecasts are told apart: first and last of each stretch. */
export const HORIZONS = [
  { name: '1-7', from: 1, to: 7 },
  { name: '8-14', from: 8, to: 14 },
  { name: '15-28', from: 15, to: 28 },
  { name: '29+', from: 29, to: Infinity },
] as const;

/** How bands held. Shares are of 1; null without a case. */
export type Bands = {
  nights: number;
  /** Share of nights whose band held what came. */
  held: number | null;
  /** Median width of the band, and median distance of its middle from what came, as shares of the target's bound. */
  width: number | null;
  error: number | null;
  /**
   * Mean interval score (Gneiting and Raftery 2007) as a share of the bound: width, and ten times what a band of 80 % missed by. A
   * forecaster does best by it who says what he believes. Counted up to 10 bounds a night, so that one odd target does not decide.
   */
  score: number | null;
};

export type Report = {
  steps: number;
  all: Bands;
  byHorizon: { days: string; bands: Bands }[];
  byKind: { kind: MetricKind; bands: Bands }[];
  misses: {
    steps: number;
    /** At risk on some night before. */
    warned: number;
    /** Median days from the first night at risk to the miss. */
    lead: number | null;
  };
  met: {
    steps: number;
    /** At risk on some night before all the same. */
    alarmed: number;
    /** Nights that they stood at risk. */
    nights: number;
  };
};

const OUTSIDE_COSTS = 10;
const MOST = 10;

/** Sums trials up. */
export function reportOn(trials: readonly Trial[]): Report {
  const cases = trials.flatMap(({ kind, bound, expectations }) =>
    expectations.map((one) => ({ ...one, kind, scale: Math.abs(bound) })),
  );
  const kinds = [...new Set(trials.map(({ kind }) => kind))].toSorted();
  const missed = trials.filter(({ outcome }) => outcome === 'missed');
  const met = trials.filter(({ outcome }) => outcome === 'met');
  const leads = missed.flatMap(({ atRisk: [first], day }) => (first === undefined ? [] : [daysBetween(first, day)]));
  return {
    steps: trials.length,
    all: bandsOf(cases),
    byHorizon: HORIZONS.map(({ name, from, to }) => ({
      days: name,
      bands: bandsOf(cases.filter(({ daysAhead }) => daysAhead >= from && daysAhead <= to)),
    })),
    byKind: kinds.map((kind) => ({ kind, bands: bandsOf(cases.filter((one) => one.kind === kind)) })),
    misses: { steps: missed.length, warned: leads.length, lead: median(leads) },
    met: {
      steps: met.length,
      alarmed: met.filter(({ atRisk }) => atRisk.length > 0).length,
      nights: met.reduce((sum, { atRisk }) => sum + atRisk.length, 0),
    },
  };
}

function bandsOf(cases: readonly (Expectation & { scale: number })[]): Bands {
  const scaled = cases.filter(({ scale }) => scale > 0);
  const scores = scaled.map(({ forecast: { low, high }, came, scale }) => {
    const outside = Math.max(0, low - came, came - high);
    return Math.min(MOST, (high - low + OUTSIDE_COSTS * outside) / scale);
  });
  return {
    nights: cases.length,
    held: mean(cases.map(({ forecast: { low, high }, came }) => (low <= came && came <= high ? 1 : 0))),
    width: median(scaled.map(({ forecast: { low, high }, scale }) => (high - low) / scale)),
    error: median(scaled.map(({ forecast: { value }, came, scale }) => Math.abs(value - came) / scale)),
    score: mean(scores),
  };
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
