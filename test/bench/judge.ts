import { parseArgs } from 'node:util';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { CatalogueMetric, MetricKind } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import { judge } from '@plumbline/plan/judge';
import type { Plan } from '@plumbline/plan/schema';
import { planSchema } from '@plumbline/plan/schema';
import { seeded } from '@plumbline/local/stories/build';

// How fast plans are judged on one core: every night of every workspace, each with the states that the night before left.
// A verdict is one indicator judged in one night. Run by `npm run bench:judge`; `-- --workspaces 200` is a quick look.

const LIMIT = 200_000;
const DAYS = 90;
const INDICATORS = 60;
const START = toDay('2026-01-05');
const NIGHTS = daysFrom(START, addDays(START, DAYS - 1));
const REPORT_EVERY_MS = 5_000;

const { values: options } = parseArgs({ options: { workspaces: { type: 'string', default: '10000' } } });
const workspaces = Number(options.workspaces);
if (!Number.isInteger(workspaces) || workspaces < 1) throw new Error('--workspaces takes a whole number from 1 on');

type Shape = { kind: MetricKind; unit: string; settleNights: number; source: string; first: number; last: number };
const SHAPES: Shape[] = [
  { kind: 'stock', unit: 'USD', settleNights: 0, source: 'stripe', first: 10_000, last: 1_000_000 },
  { kind: 'stock', unit: 'count', settleNights: 0, source: 'stripe', first: 5, last: 400 },
  { kind: 'flow', unit: 'count', settleNights: 1, source: 'mixpanel', first: 4, last: 40 },
  { kind: 'unique', unit: 'count', settleNights: 3, source: 'ga4', first: 50, last: 500 },
  { kind: 'rate', unit: '%', settleNights: 0, source: 'uptime', first: 99, last: 99.9 },
  { kind: 'score', unit: 'score', settleNights: 1, source: 'mixpanel', first: 20, last: 50 },
];
const METRICS: { metric: CatalogueMetric; shape: Shape }[] = Array.from({ length: 24 }, (_, index) => {
  const shape = SHAPES[index % SHAPES.length] as Shape;
  const { kind, unit, settleNights, source } = shape;
  return { shape, metric: { id: `m${index}`, unit, kind, settleNights, source, direction: 'up', about: 'A metric' } };
});
const metrics = new Map(METRICS.map(({ metric }) => [metric.id, metric]));

/** Steps on the way, spans and promises to be kept day by day, as real plans mix them. */
function planOf(): Plan {
  const indicators = Array.from({ length: INDICATORS }, (_, index) => {
    const { metric, shape } = METRICS[index % METRICS.length] as (typeof METRICS)[number];
    const week = 2 + Math.floor((index / INDICATORS) * 11);
    const bound = shape.first + ((shape.last - shape.first) * week * 7) / DAYS;
    const target = `>= ${metric.unit === 'USD' ? Math.round(bound / 100) : bound.toFixed(1)}`;
    const time =
      metric.kind === 'flow' || index % 5 === 3
        ? { during: `week ${week - 1}-${week}` }
        : index % 7 === 4
          ? { maintain: `week ${week - 1}..end`, ...(metric.kind === 'rate' ? {} : { over: '7d' }) }
          : { by: `week ${week}` };
    return { id: `i${index}`, says: 'A promise', metric: metric.id, target, dri: 'ceo', ...time };
  });
  return planSchema.parse({ plan: 'p', title: 'P', start: START, end: NIGHTS.at(-1), indicators });
}

/** A company's numbers: on their way from the first to the last with ups and downs, each company's its own. */
function pointsOf(seed: number): Point[] {
  const random = seeded(seed);
  return METRICS.flatMap(({ metric, shape: { first, last, kind } }) => {
    const speed = 0.6 + 0.8 * random.next();
    return NIGHTS.map((day, index): Point => {
      const level = first + (last - first) * speed * (index / DAYS);
      const value = level * (0.95 + 0.1 * random.next());
      return {
        metric: metric.id,
        day,
        value: kind === 'rate' || kind === 'score' ? Math.min(100, value) : Math.round(value),
        state: 'settled',
        revision: 1,
        ...(kind === 'rate' ? { numerator: value * 864, denominator: 86_400 } : {}),
      };
    });
  });
}

/** What a night's query would answer: everything up to its day, the newest still open. `all` is by metric, then by day. */
function knownIn(all: readonly Point[], night: number): Point[] {
  const known: Point[] = [];
  for (const [index, { metric }] of METRICS.entries()) {
    for (let day = 0; day <= night; day += 1) {
      const point = all[index * DAYS + day];
      if (point) known.push(day + metric.settleNights > night ? { ...point, state: 'provisional' } : point);
    }
  }
  return known;
}

type Tally = { verdicts: number; changes: number; ms: number };

/** Judges all nights of one company; only the judging is on the clock. */
function judgeAll(plan: Plan, all: readonly Point[], tally: Tally): void {
  let prior: ReturnType<typeof judge>['states'] = [];
  for (const [index, night] of NIGHTS.entries()) {
    const points = knownIn(all, index);
    const before = performance.now();
    const judged = judge({ plan, metrics, points, prior, acknowledgements: [], night, closing: true });
    tally.ms += performance.now() - before;
    tally.verdicts += judged.states.length;
    tally.changes += judged.changes.length;
    prior = judged.states;
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const megabytes = (): number => process.memoryUsage().rss / 1e6;
const rate = ({ verdicts, ms }: Tally): number => (1000 * verdicts) / ms;

const plan = planOf();
const tally: Tally = { verdicts: 0, changes: 0, ms: 0 };
judgeAll(plan, pointsOf(0), { verdicts: 0, changes: 0, ms: 0 });
const atFirst = megabytes();
let peak = atFirst;
let reported = performance.now();
console.log(
  `${whole(workspaces)} workspaces x ${INDICATORS} indicators x ${DAYS} days, one core, Node ${process.version}`,
);
for (let seed = 1; seed <= workspaces; seed += 1) {
  judgeAll(plan, pointsOf(seed), tally);
  peak = Math.max(peak, megabytes());
  if (performance.now() - reported > REPORT_EVERY_MS) {
    reported = performance.now();
    console.log(`  ${whole(seed)} workspaces, ${whole(rate(tally))} verdicts/s, ${whole(megabytes())} MB`);
  }
}
console.log(
  `verdicts    ${whole(tally.verdicts)} in ${(tally.ms / 1000).toFixed(1)} s of judging, ${whole(tally.changes)} changes`,
);
console.log(`verdicts/s  ${whole(rate(tally))} (aim: at least ${whole(LIMIT)})`);
console.log(`memory      ${whole(atFirst)} MB after the first workspace, ${whole(peak)} MB at most`);
