import type { Day } from '@plumbline/core/day';
import type { Json } from '@plumbline/core/snapshot';
import { fromMajor, isMoney } from '@plumbline/core/unit';
import { exactSum } from './exact.ts';
import { netPromoterScore, rate } from './intervals.ts';
import { funnel, retention } from './journeys.ts';
import { dauMau, unitOf } from './language.ts';
import type { Filter, MeasureSpec, MixpanelConfig } from './language.ts';
import type { Reading } from './readings.ts';
import { wordsTo } from './numbering.ts';
import { countBoth, countOf, nobody, union } from './roster.ts';
import type { People } from './roster.ts';
import type { Rows } from './rows.ts';

/**
 * A reading over the `days` days that end with the one in question, or `ago` days before it. With `of`, only people matter who are in that
 * reading too.
 */
export type Need = { reading: Reading; days: number; ago?: number; of?: Reading };

/** A reading's days, oldest first. */
export type Window = readonly { day: Day; rows: Rows }[];

/** What a measure makes of its readings; `value` in the metric's inside form. */
export type Figure = {
  value: number;
  n?: number;
  numerator?: number;
  denominator?: number;
  interval?: { low: number; high: number };
  /** What else goes into the evidence. */
  parts?: Record<string, Json>;
};

/** How a metric is worked out: which readings it needs, and its figure from a window for each. */
export type Measure = {
  metric: string;
  policy: string;
  needs: Need[];
  /** Undefined where there is nothing to tell: no answers, no values, nobody. */
  figure(windows: readonly Window[]): Figure | undefined;
};

/** All measures of a project, `dau_mau` among them where it follows. */
export function measuresOf(config: MixpanelConfig): Measure[] {
  const measures = Object.entries(config.metrics).map(([metric, spec]) => ({
    metric,
    policy: JSON.stringify(spec),
    ...measureOf(spec),
  }));
  const sticky = dauMau(config);
  if (sticky) {
    const filter = { event: sticky.uniques, where: sticky.where };
    const needs = [people(filter, 1), people(filter, 30)];
    measures.push({ metric: 'dau_mau', policy: 'dau / mau', needs, figure: (windows) => share(windows, 0, 1) });
  }
  return measures;
}

const people = (filter: Filter, days: number): Need => ({ reading: { kind: 'people', filter }, days });

function measureOf(spec: MeasureSpec): Pick<Measure, 'needs' | 'figure'> {
  const { where } = spec;
  if ('count' in spec) {
    const needs: Need[] = [{ reading: { kind: 'hits', filter: { event: spec.count, where } }, days: 1 }];
    // A complete answer without any is a true zero.
    return { needs, figure: (windows) => ({ value: hits(windows[0]) }) };
  }
  if ('uniques' in spec) {
    const needs = [people({ event: spec.uniques, where }, spec.days)];
    return { needs, figure: (windows) => ({ value: countOf(together(windows[0])) }) };
  }
  if ('share' in spec) {
    const needs = [people({ event: spec.share, where }, spec.days), people({ event: spec.of }, spec.days)];
    return { needs, figure: (windows) => share(windows, 0, 1) };
  }
  if ('nps' in spec) {
    const reading: Reading = { kind: 'scores', property: spec.property, filter: { event: spec.nps, where } };
    return { needs: [{ reading, days: spec.days }], figure: (windows) => nps(windows[0]) };
  }
  if ('funnel' in spec) return funnel(spec);
  if ('retention' in spec) return retention(spec);
  const unit = unitOf(spec);
  const event = 'sum' in spec ? spec.sum : 'average' in spec ? spec.average : spec.percentile;
  const needs: Need[] = [{ reading: { kind: 'values', property: spec.property, filter: { event, where } }, days: 1 }];
  const whole = (value: number): number => (isMoney(unit) ? Math.sign(value) * Math.round(Math.abs(value)) : value);
  // Rounding to cents keeps the order.
  const sorted = (windows: readonly Window[]): Float64Array =>
    isMoney(unit) ? valuesOf(windows[0]).map((value) => fromMajor(value, unit)) : valuesOf(windows[0]);

  if ('sum' in spec) {
    return {
      needs,
      figure(windows) {
        const values = sorted(windows);
        return { value: exactSum(values), n: values.length };
      },
    };
  }
  return {
    needs,
    figure(windows) {
      const values = sorted(windows);
      const n = values.length;
      if (n === 0) return undefined;
      if ('percentile' in spec) return { value: whole(percentile(values, spec.p)), n };
      const sum = exactSum(values);
      return { value: whole(sum / n), n, numerator: sum, denominator: n };
    },
  };
}

function hits(window: Window = []): number {
  const rows = window.at(-1)?.rows;
  return rows?.kind === 'hits' ? rows.count : 0;
}

function valuesOf(window: Window = []): Float64Array {
  const rows = window.at(-1)?.rows;
  return rows?.kind === 'values' ? rows.values : new Float64Array(0);
}

const together = (window: Window = []): People =>
  union(window.flatMap(({ rows }) => (rows.kind === 'people' ? [rows.people] : [])));

/** Between the two nearest of the sorted values, as spreadsheets do (PERCENTILE.INC). */
function percentile(sorted: Float64Array, p: number): number {
  const place = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** The people of one window who are also among those of another; undefined where there is nobody in that one. */
function share(windows: readonly Window[], part: number, whole: number): Figure | undefined {
  const all = together(windows[whole]);
  return rate(countBoth(together(windows[part]), all), countOf(all));
}

function nps(window: Window = []): Figure | undefined {
  /** By person: a score and one, or 0 where there is none. */
  let latest = nobody();
  // Days come oldest first, so what stays is each person's last answer.
  for (const { rows } of window) {
    if (rows.kind !== 'scores') continue;
    for (let at = 0; at < rows.persons.length; at += 1) {
      const person = rows.persons[at] ?? 0;
      latest = wordsTo(latest, person);
      latest[person] = (rows.numbers[at] ?? 0) + 1;
    }
  }
  const scores = latest.filter((score) => score > 0).map((score) => score - 1);
  const n = scores.length;
  if (n === 0) return undefined;
  const promoters = scores.filter((score) => score >= 9).length;
  const detractors = scores.filter((score) => score <= 6).length;
  return {
    ...netPromoterScore(promoters, detractors, n),
    n,
    numerator: promoters - detractors,
    denominator: n,
    parts: { promoters, passives: n - promoters - detractors, detractors },
  };
}
