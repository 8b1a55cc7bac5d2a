import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { Past } from '@plumbline/plan/backtest';
import { planSchema } from '@plumbline/plan/schema';
import type { Random } from './random.ts';
import { randomOf } from './random.ts';

const BEFORE = 30;
const DAYS = 91;
/** Days of a simulated series, those before the plan with them. */
export const SPAN = BEFORE + DAYS;
const START = toDay('2026-01-02');
const END = addDays(START, DAYS - 1);

/** One series: a value (or nothing) for each day from 30 days before the plan's start on. */
export type SimulatedSeries = { metric: CatalogueMetric; values: (number | undefined)[]; counts?: number[] };

const metricOf = (id: string, rest: Partial<CatalogueMetric>): CatalogueMetric => ({
  id,
  unit: 'count',
  kind: 'stock',
  direction: 'up',
  about: id,
  settleNights: 0,
  source: 'stripe',
  ...rest,
});

const eachDay = <T>(make: (index: number) => T): T[] => Array.from({ length: SPAN }, (_, index) => make(index));

/** Growth of five sorts, churn, and for some a shock: revenue in cents. */
function revenue(random: Random): SimulatedSeries {
  const sort = random.pick(['linear', 'exponential', 'saturating', 'deals', 'flat']);
  const base = random.between(500, 20_000);
  const pace = random.between(0.002, 0.02);
  const shockOn = random.chance(0.25) ? BEFORE + random.between(10, 80) : Infinity;
  const shock = random.between(-0.3, 0.3);
  let deals = 0;
  let churned = 0;
  let strayed = 0;
  const values = eachDay((index) => {
    const way =
      sort === 'linear'
        ? 1 + pace * index
        : sort === 'exponential'
          ? Math.exp(pace * index)
          : sort === 'saturating'
            ? 1 + 1.5 / (1 + Math.exp(-(index - 60) / 15))
            : 1;
    if (sort === 'deals' && random.chance(0.06)) deals += base * random.between(0.1, 0.6);
    if (random.chance(0.1)) churned += base * random.between(0, 0.03);
    strayed += random.normal() * base * 0.004;
    const level = base * way + deals - churned + strayed;
    return Math.round(100 * Math.max(0, level * (index >= shockOn ? 1 + shock : 1)));
  });
  return { metric: metricOf('mrr', { unit: 'USD' }), values };
}

/** A count that only grows by what comes each day, and loses some. */
function members(random: Random): SimulatedSeries {
  let count = Math.round(random.between(0, 500));
  const joining = random.between(0.3, 12);
  const turn = random.between(0, 120);
  const later = random.between(0.5, 1.6);
  const leaving = random.between(0, 0.01);
  const recorded = random.chance(0.4);
  const values = eachDay((index) => {
    count += random.poisson(joining * (index > turn ? later : 1)) - random.poisson(leaving * count);
    count = Math.max(0, count);
    return recorded && (index + 3) % 7 !== 0 ? undefined : count;
  });
  return {
    metric: metricOf('members', recorded ? { source: 'record', carryDays: 30 } : {}),
    values,
  };
}

/** Weekends are quiet, days scatter more than chance alone, launches bring a spike that fades. */
function signups(random: Random): SimulatedSeries {
  const base = random.between(1, 60);
  const trend = random.between(-0.004, 0.012);
  const weekend = random.between(0.3, 1);
  const scatter = random.between(0, 0.4);
  let launch = 0;
  const values = eachDay((index) => {
    if (random.chance(0.015)) launch = base * random.between(1, 6);
    launch *= 0.6;
    const rhythm = index % 7 >= 5 ? weekend : 1;
    const day = (base * Math.exp(trend * index) * rhythm + launch) * Math.exp(scatter * random.normal());
    return random.poisson(day);
  });
  return { metric: metricOf('signups', { kind: 'flow', settleNights: 1, source: 'mixpanel' }), values };
}

/** Things that happen now and then, written down when they do. */
function interviews(random: Random): SimulatedSeries {
  const weekly = random.between(1, 8);
  const values = eachDay((index) =>
    index % 7 < 5 && random.chance(weekly / 5 / 2) ? 1 + random.poisson(1) : undefined,
  );
  return { metric: metricOf('user_interviews', { kind: 'flow', source: 'record' }), values };
}

/** People of the trailing week: as persistent as its window. */
function visitors(random: Random): SimulatedSeries {
  const base = random.between(20, 800);
  const trend = random.between(-0.005, 0.012);
  let mood = 0;
  const daily = Array.from({ length: BEFORE + DAYS + 7 }, (_, index) => {
    mood = 0.8 * mood + 0.12 * random.normal();
    return random.poisson(base * Math.exp(trend * index + mood) * (index % 7 >= 5 ? 0.6 : 1));
  });
  const values = eachDay((index) => daily.slice(index, index + 7).reduce((sum, one) => sum + one, 0));
  return { metric: metricOf('website_visitors_7d', { kind: 'unique', settleNights: 3, source: 'ga4' }), values };
}

/** Shares of a day's visits, whose true rate drifts a little. */
function conversion(random: Random): SimulatedSeries {
  const visits = random.between(40, 1500);
  let rate = Math.log(random.between(0.01, 0.3));
  const drift = random.between(-0.003, 0.006);
  const counts = eachDay(() => Math.max(1, random.poisson(visits)));
  const values = counts.map((count) => {
    rate = Math.min(-0.3, rate + drift + 0.01 * random.normal());
    return (100 * random.binomial(count, Math.exp(rate))) / count;
  });
  return {
    metric: metricOf('website_conversion_rate', { kind: 'rate', unit: '%', settleNights: 3, source: 'ga4' }),
    values,
    counts,
  };
}

/** From the few answers of the trailing 30 days: jumpy, and each answer stays for a month. */
function nps(random: Random): SimulatedSeries {
  const perDay = random.between(0.4, 4);
  const lean = random.between(0.25, 0.6);
  const drift = random.between(-0.002, 0.003);
  const days = Array.from({ length: BEFORE + DAYS + 30 }, (_, index) => {
    const count = random.poisson(perDay);
    const promoters = random.binomial(count, Math.min(0.9, Math.max(0.05, lean + drift * index)));
    return { count, promoters, detractors: random.binomial(count - promoters, 0.35) };
  });
  const windows = eachDay((index) =>
    days.slice(index, index + 30).reduce(
      (sum, one) => ({
        count: sum.count + one.count,
        score: sum.score + one.promoters - one.detractors,
      }),
      { count: 0, score: 0 },
    ),
  );
  return {
    metric: metricOf('nps', { kind: 'score', unit: 'score', settleNights: 1, source: 'mixpanel', minimumSample: 10 }),
    values: windows.map(({ count, score }) => (count === 0 ? undefined : (100 * score) / count)),
    counts: windows.map(({ count }) => count),
  };
}

/** Usually near one level, now and then a bad day that is far off. */
function latency(random: Random): SimulatedSeries {
  const base = random.between(30, 400);
  const trend = random.between(-0.006, 0.006);
  const values = eachDay((index) => {
    const bad = random.chance(0.05) ? random.between(1.3, 4) : 1;
    return Math.round(base * Math.exp(trend * index + 0.06 * random.normal()) * bad);
  });
  return {
    metric: metricOf('latency_p95', { kind: 'score', unit: 'ms', direction: 'down', source: 'record' }),
    values,
  };
}

/** 100 % on most days. */
function uptime(random: Random): SimulatedSeries {
  const dips = random.between(0.01, 0.12);
  const values = eachDay(() => (random.chance(dips) ? 100 - Math.min(20, 0.05 / random.between(0.003, 1)) : 100));
  return {
    metric: metricOf('uptime', { kind: 'rate', unit: '%', source: 'uptime' }),
    values,
    counts: eachDay(() => 86_400),
  };
}

const SORTS = [revenue, members, signups, interviews, visitors, conversion, nps, latency, uptime];

/** A company of one seed: each of its series with the steps of a plan, about half of them missed. The same seed, the same company. */
export function companyOf(seed: number): Past {
  const random = randomOf(seed);
  const series = SORTS.map((make) => make(random));
  return pastOf(series, random, `company-${seed}`);
}

/** A plan over series: targets lie as far off what will be as series move, on either side. */
export function pastOf(series: readonly SimulatedSeries[], random: Random, name: string): Past {
  const days = daysFrom(addDays(START, -BEFORE), END);
  const points = series.flatMap(({ metric, values, counts }) => {
    const begins = random.chance(0.5) ? 0 : BEFORE;
    return values.flatMap((value, index): Point[] => {
      const day = days[index];
      if (value === undefined || day === undefined || index < begins) return [];
      const n = counts?.[index];
      return [{ metric: metric.id, day, value, state: 'settled', revision: 1, ...(n === undefined ? {} : { n }) }];
    });
  });
  const plan = planSchema.parse({
    plan: name,
    title: name,
    start: START,
    end: END,
    indicators: series.flatMap((one) => indicatorsOf(one, random)),
  });
  return { plan, metrics: new Map(series.map(({ metric }) => [metric.id, metric])), points, through: addDays(END, 4) };
}

type Occasion = { by: number } | { from: number; to: number; maintain?: true };

function indicatorsOf({ metric, values }: SimulatedSeries, random: Random) {
  const occasions: Occasion[] =
    metric.kind === 'flow'
      ? [
          { from: 8, to: 28 },
          { from: 15, to: 21 },
          { from: 29, to: 60 },
          { from: 57, to: 63 },
          { from: 1, to: 90 },
        ]
      : metric.id === 'uptime' || metric.id === 'latency_p95'
        ? [{ by: 60 }, { from: 29, to: 56 }, { from: 15, to: 90, maintain: true }]
        : [{ by: 28 }, { by: 56 }, { by: 90 }, ...(metric.kind === 'rate' ? [{ from: 43, to: 70 }] : [])];
  return occasions.map((occasion, index) => {
    const [from, to] = 'by' in occasion ? [occasion.by, occasion.by] : [occasion.from, occasion.to];
    const during = valuesBetween(values, from, to);
    const isMaintained = 'maintain' in occasion;
    const isDown = metric.direction === 'down';
    const sum = during.reduce((total, value) => total + value, 0);
    const centre = isMaintained
      ? (isDown ? Math.max : Math.min)(...during)
      : metric.kind === 'flow'
        ? sum
        : sum / Math.max(1, during.length);
    const sofar = valuesBetween(values, -BEFORE + 1, to);
    const move = metric.kind === 'flow' ? centre : Math.max(...sofar) - Math.min(...sofar);
    const bound = centre + 0.4 * move * random.normal();
    const rounded = metric.unit === 'USD' ? Math.round(bound) / 100 : bound;
    const text = `${isDown ? '<=' : '>='} ${Math.max(0, rounded).toFixed(metric.unit === 'USD' ? 2 : 3)}`;
    return {
      id: `${metric.id.replaceAll('_', '-')}-${index}`,
      says: text,
      metric: metric.id,
      target: text,
      dri: 'ceo',
      ...('by' in occasion
        ? { by: `day ${to}` }
        : isMaintained
          ? { maintain: `day ${from}..day ${to}` }
          : { during: `day ${from}-${to}` }),
    };
  });
}

/** What is there of day `from` to day `to` of the plan; of a single day without a value the last one before. */
function valuesBetween(values: readonly (number | undefined)[], from: number, to: number): number[] {
  const known = values.slice(BEFORE + from - 1, BEFORE + to).filter((value) => value !== undefined);
  return known.length > 0 ? known : [values.slice(0, BEFORE + to).findLast((value) => value !== undefined) ?? 0];
}
