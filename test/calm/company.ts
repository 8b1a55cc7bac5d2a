import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import type { Observation } from '@plumbline/core/snapshot';
import { endOfDay, toZone } from '@plumbline/core/zone';
import type { Chance } from './chance.ts';

const ZONE = toZone('+02:00');
const HOUR = 3_600_000;
export const START = toDay('2026-01-02');
export const DAYS = 90;
export const END = addDays(START, DAYS - 1);

/** `delay`: nights until a day's value is final; `again`: earlier days that each night pulls once more. */
const SOURCES = {
  stripe: { delay: 0, again: 0, metrics: ['mrr'] },
  uptime: { delay: 0, again: 0, metrics: ['uptime'] },
  mixpanel: { delay: 1, again: 4, metrics: ['signups', 'nps'] },
  ga4: { delay: 3, again: 4, metrics: ['website_visitors'] },
} as const;
export type Pulled = keyof typeof SOURCES;
export const PULLED = Object.keys(SOURCES) as Pulled[];
export const againOf = (source: Pulled): number => SOURCES[source].again;

type MetricId = (typeof SOURCES)[Pulled]['metrics'][number] | 'members' | 'latency_p95';

/** What is true of one day, and from which night on which number of it can be seen; empty for never. */
type Truth = { value: number; n: number; seen: { from: Day; value: number }[] };
export type Story = ReadonlyMap<MetricId, readonly Truth[]>;

/** How a number wanders: from where, how far a day at most, and between which ends. */
const WANDERS: Record<MetricId, { from: number; step: number; low: number; high: number; whole: boolean }> = {
  mrr: { from: 200_000, step: 12_000, low: 0, high: 900_000, whole: true },
  uptime: { from: 99.8, step: 0.3, low: 97, high: 100, whole: false },
  signups: { from: 12, step: 4, low: 0, high: 60, whole: true },
  nps: { from: 35, step: 5, low: -20, high: 80, whole: true },
  website_visitors: { from: 300, step: 45, low: 0, high: 2_000, whole: true },
  members: { from: 100, step: 6, low: 0, high: 400, whole: true },
  latency_p95: { from: 190, step: 18, low: 60, high: 400, whole: true },
};

/** Numbers that wander with a drift that turns now and then, come late, are corrected, or never come. */
export function storyBy(chance: Chance): Story {
  return new Map(
    (Object.keys(WANDERS) as MetricId[]).map((id) => {
      const { from, step, low, high, whole } = WANDERS[id];
      let at = from;
      let drift = 0;
      const truths = Array.from({ length: DAYS + 20 }, (_, index): Truth => {
        if (chance.is(0.06) || index === 0) drift = (chance.next() - 0.4) * step;
        at = Math.min(high, Math.max(low, at + drift + (chance.next() - 0.5) * 2 * step));
        const day = addDays(START, index);
        const value = whole ? Math.round(at) : Math.round(at * 1000) / 1000;
        return { value, n: chance.whole(7, 40), seen: seenBy(chance, day, value, { step, low, high, whole }) };
      });
      return [id, truths];
    }),
  );
}

function seenBy(
  chance: Chance,
  day: Day,
  value: number,
  { step, low, high, whole }: { step: number; low: number; high: number; whole: boolean },
): Truth['seen'] {
  if (chance.is(0.03)) return [];
  const first = chance.is(0.04) ? chance.whole(1, 4) : 0;
  const seen = [{ from: addDays(day, first), value }];
  if (chance.is(0.08)) {
    const other = Math.min(high, Math.max(low, value + (chance.next() - 0.5) * 6 * step));
    seen.push({ from: addDays(day, first + chance.whole(1, 6)), value: whole ? Math.round(other) : other });
  }
  return seen;
}

/** What a pull or a person can see in a night of the days from one to another. */
export function seenOf(
  story: Story,
  metrics: readonly MetricId[],
  delay: number,
  { from, to, night }: { from: Day; to: Day; night: Day },
): Observation[] {
  const found: Observation[] = [];
  for (const metric of metrics) {
    for (const [index, truth] of (story.get(metric) ?? []).entries()) {
      const day = addDays(START, index);
      if (day < from || day > to) continue;
      const seen = truth.seen.findLast((one) => one.from <= night);
      if (!seen) continue;
      found.push({
        metric,
        day,
        value: seen.value,
        ...(metric === 'nps' ? { n: truth.n } : {}),
        ...(metric === 'uptime' ? { numerator: seen.value * 864, denominator: 86_400 } : {}),
        quality: [],
        evidence: { requests: 1, rows: 1, sha256: '00', policy: 'simulated' },
        settlesAt: endOfDay(day, ZONE) + delay * 24 * HOUR,
      });
    }
  }
  return found;
}

export const pulledBy = (story: Story, source: Pulled, span: { from: Day; to: Day; night: Day }): Observation[] =>
  seenOf(story, SOURCES[source].metrics, SOURCES[source].delay, span);

/** People write their two numbers down every few days, and now and then forget to for weeks. */
export const recordedBy = (story: Story, day: Day): Observation[] =>
  seenOf(story, ['members', 'latency_p95'], 0, { from: day, to: day, night: addDays(day, 6) });

/** What one history's company promises itself: a target near what will come to be, of every kind there is. */
export function planBy(chance: Chance, id: string, story: Story): string {
  const near = (metric: MetricId, day: number): number => {
    const { low, high, step } = WANDERS[metric];
    const value = story.get(metric)?.[day - 1]?.value ?? 0;
    return Math.min(high, Math.max(low, value + (chance.next() - 0.5) * 6 * step));
  };
  const dri = (): string => chance.one(['ceo', 'sales', 'product', 'ops', 'quiet', 'refused', 'bounces']);
  const indicators: string[] = [];
  const promise = (name: string, metric: MetricId, rest: string): void => {
    indicators.push(
      `  - { id: ${name}, says: "${name}", metric: ${metric}, ${rest}, priority: ${chance.one(['must', 'should', 'nice'])}, dri: ${dri()} }`,
    );
  };
  for (const week of [3, 6, 9, 12])
    promise(`mrr-${week}`, 'mrr', `target: ">= $${Math.round(near('mrr', week * 7) / 100)}", by: week ${week}`);
  promise('mrr-kept', 'mrr', `target: "> $${Math.round(near('mrr', 30) / 200)}", maintain: week 2..end`);
  for (const week of [4, 8])
    promise(`nps-${week}`, 'nps', `target: "> ${Math.round(near('nps', week * 7))}", by: week ${week}`);
  promise('uptime-kept', 'uptime', `target: ">= ${near('uptime', 40).toFixed(1)}%", maintain: week 2..end`);
  promise('uptime-mean', 'uptime', `target: ">= ${near('uptime', 50).toFixed(2)}%", during: week 5-8`);
  promise('signups-2', 'signups', `target: ">= ${Math.round(near('signups', 10) * 7)}", during: week 2`);
  promise('signups-each', 'signups', `target: ">= ${Math.round(near('signups', 40) * 7)}", during: each week 4-10`);
  promise('visitors-30', 'website_visitors', `target: ">= ${Math.round(near('website_visitors', 30))}", by: day 30`);
  promise(
    'visitors-range',
    'website_visitors',
    `target: "${Math.round(near('website_visitors', 70))}..3000", by: day 70`,
  );
  promise('members-5', 'members', `target: ">= ${Math.round(near('members', 35))}", by: week 5`);
  promise('members-end', 'members', `target: ">= baseline + ${chance.whole(0, 60)}", by: end`);
  promise(
    'latency',
    'latency_p95',
    `target: "< ${Math.round(near('latency_p95', 30))} ms", maintain: week 3..week 11, over: 7d`,
  );
  const at = Math.round(near('nps', 44));
  return `plan: ${id}-plan
title: Ninety days
start: ${START}
end: ${END}
baseline: day 7
indicators:
${indicators.join('\n')}
hypotheses:
  - { id: loved, says: "People come to love it", metric: nps, to: "50", start: day 31, within: 14d, go: "> ${at + 3}", pivot: "< ${at - 3}", dri: product }
reviews:
  - { id: weekly, every: friday, at: "16:00", to: [ceo, product] }
`;
}

export const workspaceFile = (id: string): string => `workspace: ${id}
name: ${id.toUpperCase()}
timezone: "+02:00"
currency: USD
dris:
  ceo: { title: CEO, email: ceo@${id}.example }
  sales: { title: Sales, email: sales@${id}.example }
  product: { title: Product, email: product@${id}.example }
  ops: { title: Operations, email: ops@${id}.example }
  quiet: { title: Has no address }
  refused: { title: Has a wrong address, email: refused@${id}.example }
  bounces: { title: Has left, email: bounces@${id}.example }
fallbackDri: ceo
sources:
  stripe: {}
  ga4: { propertyId: "1" }
  mixpanel:
    projectId: 1
    region: eu
    metrics:
      signups: { count: "Sign Up" }
      nps: { nps: "NPS Response", property: score, days: 30 }
  uptime: { provider: betterstack, monitors: ["1"] }
  record:
    metrics:
      - { id: members, unit: count, kind: stock, direction: up }
      - { id: latency_p95, unit: ms, kind: score, direction: down }
`;
