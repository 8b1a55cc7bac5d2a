import type { Unit } from './unit.ts';
import { capital } from './words.ts';

/** stock: a level at the day's end; flow: what happened during it; unique: distinct people; rate: a ratio; score: a point on a scale. */
export const METRIC_KINDS = ['stock', 'flow', 'unique', 'rate', 'score'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

/** Which way is better. */
export type Direction = 'up' | 'down';

/** A named daily number. Ids are `[a-z0-9_]+`. */
export type Metric = {
  id: string;
  unit: Unit;
  kind: MetricKind;
  direction: Direction;
  /** One sentence: what the number means, for the catalogue. */
  about: string;
  /** A rate or score from fewer than this many is a `small sample`, which no verdict is built on. */
  minimumSample?: number;
  /** Dimensions that its snapshots may be broken down by, for a plan's `where`. */
  dimensions?: readonly string[];
  /** Nights after the day's own until its value is final: 0 for Stripe, 1 for Mixpanel, 3 for GA4. */
  settleNights: number;
  /** A recorded stock's last value stands for later days up to this age. */
  carryDays?: number;
  /** Days that must pass after somebody's first event before the value can speak of them: 30 for a 30-day retention. */
  window?: number;
  /** Values, as stored, that it can't lie beyond, where they don't follow from unit and kind: what churns is 0 or below. */
  limits?: { low?: number; high?: number };
};

/** A metric with the source that provides it. */
export type CatalogueMetric = Metric & { source: string };

const ACRONYMS = new Set([
  'mrr',
  'arr',
  'arpu',
  'nps',
  'dau',
  'wau',
  'mau',
  'ltv',
  'p95',
  'soc2',
  'cac',
  'p50',
  'p99',
  'ai',
]);

const NAMES: Readonly<Record<string, string>> = { github: 'GitHub' };

/** An id as people read it: `nps` is `NPS`, `website_visitors_7d` is `Website visitors 7d`, `dau_mau` is `DAU/MAU`. */
export function titleOf(id: string): string {
  if (id === 'dau_mau') return 'DAU/MAU';
  const words = id.split('_').map((word) => NAMES[word] ?? (ACRONYMS.has(word) ? word.toUpperCase() : word));
  return words.map((word, index) => (index === 0 ? capital(word) : word)).join(' ');
}
