import { fromMajor, isMoney } from '@plumbline/core/unit';
import { netPromoterScore, rate } from './intervals.ts';
import { funnel, retention } from './journeys.ts';
import { dauMau, unitOf } from './language.ts';
import type { Filter, MeasureSpec, MixpanelConfig } from './language.ts';
import { answerOf, valueOf } from './readings.ts';
import type { Lines, Reading } from './readings.ts';

/** A reading over the `days` days that end with the one in question, or `ago` days before it. */
export type Need = { reading: Reading; days: number; ago?: number };

/** What a measure makes of its readings; `value` in the metric's inside form. */
export type Figure = {
  value: number;
  n?: number;
  numerator?: number;
  denominator?: number;
  interval?: { low: number; high: number };
  /** Counts for the evidence. */
  counts?: Record<string, number>;
};

/** How a metric is worked out: which readings it needs, and its figure from them (per need a day's lines each, oldest first). */
export type Measure = {
  metric: string;
  policy: string;
  needs: Need[];
  /** Undefined where there is nothing to tell: no answers, no values, nobody. */
  figure(windows: readonly (readonly Lines[])[]): Figure | undefined;
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
    return { needs, figure: (windows) => ({ value: today(windows).length }) };
  }
  if ('uniques' in spec) {
    const needs = [people({ event: spec.uniques, where }, spec.days)];
    return { needs, figure: (windows) => ({ value: together(windows[0]).size }) };
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
  const sorted = (windows: readonly (readonly Lines[])[]): number[] =>
    today(windows)
      .map((line) => fromMajor(valueOf(line), unit))
      .sort((a, b) => a - b);

  if ('sum' in spec) {
    return {
      needs,
      figure(windows) {
        const values = sorted(windows);
        return { value: total(values), n: values.length };
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
      const sum = total(values);
      return { value: whole(sum / n), n, numerator: sum, denominator: n };
    },
  };
}

const today = (windows: readonly (readonly Lines[])[]): Lines => windows[0]?.at(-1) ?? [];

const together = (days: readonly Lines[] = []): Set<string> => {
  const all = new Set<string>();
  for (const lines of days) for (const line of lines) all.add(line);
  return all;
};

/** Summed from the smallest on, so that the order of arrival leaves no trace in the last digits. */
const total = (sorted: readonly number[]): number => sorted.reduce((sum, value) => sum + value, 0);

/** Between the two nearest of the sorted values, as spreadsheets do (PERCENTILE.INC). */
function percentile(sorted: readonly number[], p: number): number {
  const place = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** The people of one window who are also among those of another; undefined where there is nobody in that one. */
function share(windows: readonly (readonly Lines[])[], part: number, whole: number): Figure | undefined {
  const all = together(windows[whole]);
  return rate([...together(windows[part])].filter((person) => all.has(person)).length, all.size);
}

function nps(days: readonly Lines[] = []): Figure | undefined {
  // Days come oldest first, so what stays is each person's last answer.
  const latest = new Map(days.flat().map(answerOf));
  const n = latest.size;
  if (n === 0) return undefined;
  const scores = [...latest.values()];
  const promoters = scores.filter((score) => score >= 9).length;
  const detractors = scores.filter((score) => score <= 6).length;
  return {
    ...netPromoterScore(promoters, detractors, n),
    n,
    numerator: promoters - detractors,
    denominator: n,
    counts: { promoters, passives: n - promoters - detractors, detractors },
  };
}
