import type { Day } from './day.ts';
import type { Unit } from './unit.ts';
import type { Instant } from './zone.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How a number came to be: counts of requests and rows, a digest of what was read, the rules applied. Never personal data. */
export type Evidence = { requests: number; rows: number; sha256: string; policy: string; [key: string]: Json };

/** provisional: the source may still change it; settled: pulled after its delay; reconstructed: worked out afterwards (counts as settled). */
export type SnapshotState = 'provisional' | 'settled' | 'reconstructed';

/** What a source found for one metric and day. `value` is in the unit's inside form (money in minor units). */
export type Observation = {
  metric: string;
  day: Day;
  value: number;
  /** Sample size: responses, subscribers, sessions… */
  n?: number;
  numerator?: number;
  denominator?: number;
  /** 95 % interval of a score or rate. */
  interval?: { low: number; high: number };
  /** By dimension, then by key: `{ product: { Pro: 6860000 } }`, in the same form as `value`. */
  breakdown?: Record<string, Record<string, number>>;
  /** What a reader should know: `sampled`, `thresholded`, `zone:Europe/Kyiv`, `carried:12d`. */
  quality: string[];
  evidence: Evidence;
  /** From when on a pull of this day is final. */
  settlesAt: Instant;
  /** Worked out from what is known now, not taken in time. */
  reconstructed?: boolean;
};

/** One state that a snapshot has been in. */
export type Revision = Omit<Observation, 'metric' | 'day' | 'settlesAt' | 'reconstructed'> & {
  revision: number;
  state: SnapshotState;
  /** When it was pulled. */
  pulledAt: Instant;
  /** When a later pull of the same value settled it, where the first one was provisional. */
  settledAt?: Instant;
};

/** One metric's value for one day, as stored, with all earlier revisions (oldest first). */
export type Snapshot = Revision & {
  workspace: string;
  metric: string;
  day: Day;
  unit: Unit;
  source: string;
  demo: boolean;
  earlier: Revision[];
};

/** What the judge needs of a snapshot. */
export type Point = Pick<Snapshot, 'metric' | 'day' | 'value' | 'state'> &
  Partial<Pick<Snapshot, 'n' | 'numerator' | 'denominator' | 'interval' | 'breakdown'>> & { revision: number };
