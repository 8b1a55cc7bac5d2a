import { Series } from '@plumbline/plan/series';
import { parseArgs } from 'node:util';
import type { Past, Trial } from '@plumbline/plan/backtest';
import { backtest } from '@plumbline/plan/backtest';
import type { Bands, Report } from '@plumbline/plan/backtest-report';
import { HORIZONS, reportOn } from '@plumbline/plan/backtest-report';
import type { TrendOf } from '@plumbline/plan/trend';
import { columns } from 'plumbline/table';
import { companyOf } from './companies.ts';
import { CHOSEN, designs, NAIVE } from './designs.ts';
import { publicPasts } from './public-series.ts';

// How honest forecasts are: every design over the same plans, judged night by night. Run by `npm run bench:forecast`.
// Constants were tuned on companies of even seeds; what is printed is of odd ones.

const KINDS = ['stock', 'flow', 'unique', 'rate', 'score'] as const;
const NOTE_EVERY_MS = 5_000;

const { values: options } = parseArgs({ options: { companies: { type: 'string', default: '200' } } });
const count = Number(options.companies);
if (!Number.isInteger(count) || count < 1) throw new Error('--companies takes a whole number from 1 on');

const companies = Array.from({ length: count }, (_, index) => companyOf(2 * index + 1));
const stretches = await publicPasts();

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(100 * share)}`);
const held = ({ held: share }: Bands): string => percent(share);

function rowOf(name: string, report: Report, cost: string): string[] {
  const { all, byHorizon, byKind, misses, met } = report;
  const hasBand = NAIVE.every((one) => one !== name);
  const bands = [
    held(all),
    ...byHorizon.map((one) => held(one.bands)),
    ...KINDS.map((kind) => percent(byKind.find((one) => one.kind === kind)?.bands.held ?? null)),
    percent(all.width),
  ];
  return [
    name,
    ...(hasBand ? bands : bands.map(() => '–')),
    all.error === null ? '–' : (100 * all.error).toFixed(1),
    percent(all.score),
    `${misses.warned}/${misses.steps}`,
    `${misses.lead ?? '–'}`,
    `${met.alarmed}/${met.steps}`,
    `${met.nights}`,
    cost,
  ];
}

let noted = performance.now();
function trialsOf(pasts: readonly Past[], rule: TrendOf, about: string): Trial[] {
  return pasts.flatMap((past, index) => {
    if (performance.now() - noted > NOTE_EVERY_MS) {
      noted = performance.now();
      process.stderr.write(`  ${about}: ${index} of ${pasts.length}\n`);
    }
    return backtest(past, rule);
  });
}

/** Microseconds for one series that is new to the design, with one look at a day and one at a sum. */
function costOf(rule: TrendOf): string {
  const series = companies.slice(0, 20).flatMap((past) =>
    [...past.metrics.values()].map((metric) => ({
      metric,
      points: past.points.filter((one) => one.metric === metric.id),
    })),
  );
  const once = (): number => {
    const fresh = series.map(({ metric, points }) => new Series(metric, points));
    const begun = performance.now();
    for (const one of fresh) {
      const trend = rule(one);
      trend?.after(10);
      trend?.sum(10);
    }
    return ((performance.now() - begun) * 1000) / fresh.length;
  };
  return Math.min(...Array.from({ length: 20 }, once)).toFixed(0);
}

function measure(pasts: readonly Past[], about: string): Map<string, Report> {
  return new Map([...designs].map(([name, rule]) => [name, reportOn(trialsOf(pasts, rule, `${about}, ${name}`))]));
}

const onCompanies = measure(companies, 'companies');
const onPublic = measure(stretches, 'public series');
const costs = new Map([...designs].map(([name, rule]) => [name, costOf(rule)]));
const rows = (reports: ReadonlyMap<string, Report>): string[][] =>
  [...reports].map(([name, report]) => rowOf(name, report, costs.get(name) ?? ''));

const HEAD = [
  'held of 100',
  'all',
  ...HORIZONS.map(({ name }) => name),
  ...KINDS,
  'width',
  'error',
  'interval',
  'warned',
  'lead',
  'false',
  'nights',
  'µs',
];
process.stdout.write(
  `${columns([
    HEAD,
    [`${count} simulated companies`],
    ...rows(onCompanies),
    [`${stretches.length} stretches of public series`],
    ...rows(onPublic),
  ])}\n\n`,
);

type Limit = { says: string; found: string; holds: boolean };

function limits(reports: ReadonlyMap<string, Report>, name: string): Limit[] {
  const report = reports.get(name);
  const naive = NAIVE.flatMap((one) => reports.get(one) ?? []);
  if (!report) return [];
  const share = report.all.held ?? 0;
  const horizons = report.byHorizon.map(({ bands }) => bands.held ?? 0);
  const falseAlarms = naive.map(({ met }) => met.alarmed);
  const lead = Math.max(...naive.map(({ misses }) => misses.lead ?? 0));
  return [
    { says: '75 to 88 of 100 bands hold', found: percent(share), holds: share >= 0.75 && share <= 0.88 },
    {
      says: 'at least 70 at every distance',
      found: horizons.map(percent).join(', '),
      holds: horizons.every((one) => one >= 0.7),
    },
    {
      says: `at most half as many false alarms as either naive rule (${falseAlarms.join(', ')})`,
      found: `${report.met.alarmed}`,
      holds: falseAlarms.every((one) => report.met.alarmed * 2 <= one),
    },
    {
      says: `median lead at most 2 days under the longer one of the naive rules (${lead})`,
      found: `${report.misses.lead ?? '–'}`,
      holds: (report.misses.lead ?? 0) >= lead - 2,
    },
  ];
}

const found = limits(onCompanies, CHOSEN);
process.stdout.write(
  `${CHOSEN}, on the companies, beside the limits set for it:\n${columns(
    found.map(({ says, found: value, holds }) => [holds ? 'holds' : 'MISSED', says, value]),
  )}\n`,
);
process.exitCode = found.every(({ holds }) => holds) ? 0 : 1;
