import type { Day } from '@plumbline/core/day';
import { daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';

export type Where = Readonly<Record<string, string>> | undefined;

export const isSettled = (point: Point): boolean => point.state !== 'provisional';

export const sampleOf = (point: Point): number | undefined => point.n ?? point.denominator;

/** One metric (or one part of its breakdown) by day. */
export class Series {
  readonly metric: CatalogueMetric;
  /** Oldest first. */
  readonly points: readonly Point[];

  constructor(metric: CatalogueMetric, points: readonly Point[]) {
    this.metric = metric;
    this.points = points;
  }

  /** How many points there are up to and with that day. */
  count(day: Day): number {
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const point = this.points[middle];
      if (point && point.day <= day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  upTo(day: Day): Point | undefined {
    return this.points[this.count(day) - 1];
  }

  at(day: Day): Point | undefined {
    const point = this.upTo(day);
    return point?.day === day ? point : undefined;
  }

  /** The value of that day; of a recorded stock the last one that is not too old to stand for it. */
  standing(day: Day): Point | undefined {
    const { carryDays } = this.metric;
    const point = this.upTo(day);
    if (!point || point.day === day) return point;
    return carryDays !== undefined && daysBetween(point.day, day) <= carryDays ? point : undefined;
  }

  between(from: Day, to: Day): readonly Point[] {
    const end = this.count(to);
    let start = end;
    while (start > 0 && (this.points[start - 1]?.day ?? from) >= from) start -= 1;
    return this.points.slice(start, end);
  }

  /** Why no verdict may be built on this point: its sample is too small. */
  smallSample(point: Point): string | undefined {
    return smallSample(this.metric, sampleOf(point));
  }
}

export function smallSample({ minimumSample }: CatalogueMetric, n: number | undefined): string | undefined {
  return minimumSample !== undefined && n !== undefined && n < minimumSample
    ? `small sample (${n} of ${minimumSample})`
    : undefined;
}

/** Points by metric, built once per judging; parts of a breakdown are cut out when first asked for. */
export class History {
  readonly #points = new Map<string, Point[]>();
  readonly #series = new Map<string, Series>();

  constructor(points: readonly Point[], night: Day) {
    for (const point of points) {
      if (point.day > night) continue;
      const known = this.#points.get(point.metric);
      if (known) known.push(point);
      else this.#points.set(point.metric, [point]);
    }
    for (const list of this.#points.values()) {
      if (list.some((point, index) => point.day < (list[index - 1]?.day ?? point.day))) {
        list.sort((a, b) => (a.day < b.day ? -1 : 1));
      }
    }
  }

  /** `key` names the metric and the part; series of equal keys are built once. */
  series(key: string, metric: CatalogueMetric, where: Where): Series {
    const known = this.#series.get(key);
    if (known) return known;
    const whole = this.#points.get(metric.id) ?? [];
    const series = new Series(metric, where ? whole.flatMap((point) => partOf(point, metric, where)) : whole);
    this.#series.set(key, series);
    return series;
  }
}

/** A complete breakdown of something that adds up leaves empty parts out, so a part that is not in it is 0; a rate's is unknown. */
function partOf(point: Point, metric: CatalogueMetric, where: Readonly<Record<string, string>>): Point[] {
  const addsUp = metric.kind === 'stock' || metric.kind === 'flow';
  const { metric: id, day, state, revision, breakdown } = point;
  return Object.entries(where).flatMap(([dimension, key]) => {
    const parts = breakdown?.[dimension];
    const value = parts && Object.hasOwn(parts, key) ? parts[key] : parts && addsUp ? 0 : undefined;
    return value === undefined ? [] : [{ metric: id, day, state, revision, value }];
  });
}
