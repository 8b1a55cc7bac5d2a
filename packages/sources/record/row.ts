import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import { excerpt } from '@plumbline/core/errors';
import type { Metric } from '@plumbline/core/metric';
import type { Observation } from '@plumbline/core/snapshot';
import { fromMajor } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';

const LONGEST_NOTE = 500;
/** Nobody's 90 days; what is older is a year that was mistyped. */
const FIRST_DAY = toDay('2000-01-01');

/** One pushed number; `value` in the metric's major unit, as people write it. */
export type RecordRow = { metric: string; day: Day; value: number; n?: number; note?: string };

export const FIELDS = ['metric', 'day', 'value', 'n', 'note'] as const;
export type Field = (typeof FIELDS)[number];

/** What is wrong with a row, and what is allowed. */
export type Fault = { field: Field; message: string };

/** What a record may be about: the declared metrics, and days up to today in the workspace's zone. */
export type RecordRules = { metrics: readonly Metric[]; today: Day };

export const isFault = (read: object): read is Fault => 'message' in read;

export function declaredMetric(id: string, { metrics }: RecordRules): Metric | Fault {
  const allowed = excerpt(metrics.map((metric) => metric.id).join(', '));
  const message = `metric "${excerpt(id)}" is not declared; allowed: ${allowed}`;
  return metrics.find((metric) => metric.id === id) ?? { field: 'metric', message };
}

/** What of a well-formed row is not allowed here. */
export function faultIn({ metric, day, value, n, note }: RecordRow, rules: RecordRules): Fault | undefined {
  const declared = declaredMetric(metric, rules);
  if (isFault(declared)) return declared;
  if (day > rules.today) return { field: 'day', message: `day ${day} is in the future; today is ${rules.today}` };
  if (day < FIRST_DAY) return { field: 'day', message: `day ${day} is before ${FIRST_DAY}; is its year right?` };
  if (!(Math.abs(fromMajor(value, declared.unit)) <= Number.MAX_SAFE_INTEGER)) {
    return { field: 'value', message: `value ${value} is too large to be kept exactly` };
  }
  if (n !== undefined && !(Number.isSafeInteger(n) && n >= 0)) {
    return { field: 'n', message: `n ${n} is not a whole number from 0 on` };
  }
  if (note !== undefined && note.length > LONGEST_NOTE) {
    return { field: 'note', message: `note has ${note.length} characters; at most ${LONGEST_NOTE} are allowed` };
  }
  return undefined;
}

/** A row and where it came from: a line, an index. */
export type Placed<Place> = { row: RecordRow; place: Place };

/**
 * Rows that say the same of the same day count once; of those that say different things of it none is kept, since nobody can tell which is
 * meant.
 */
export function withoutContradictions<Place>(rows: readonly Placed<Place>[]): {
  kept: Placed<Place>[];
  contradictions: Placed<Place>[][];
} {
  const groups = Map.groupBy(rows, ({ row }) => `${row.metric} ${row.day}`);
  const kept: Placed<Place>[] = [];
  const contradictions: Placed<Place>[][] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first && group.every(({ row }) => isDeepStrictEqual(row, first.row))) kept.push(first);
    else contradictions.push(group);
  }
  return { kept, contradictions };
}

/** Who states a record; `idempotencyKey` is the request's that brought it. */
export type Said = { by: string; idempotencyKey?: string };

/** A record as a snapshot's observation, in the unit's inside form. It is final at once, since no later pull would settle it. */
export function toObservation(row: RecordRow, metric: Metric, now: Instant, said: Said): Observation {
  const value = fromMajor(row.value, metric.unit);
  const digest = JSON.stringify([row.metric, row.day, value, row.n ?? null, row.note ?? null]);
  return {
    metric: row.metric,
    day: row.day,
    value,
    ...(row.n === undefined ? {} : { n: row.n }),
    quality: [],
    evidence: {
      requests: 0,
      rows: 1,
      sha256: createHash('sha256').update(digest).digest('hex'),
      policy: 'record',
      ...said,
      ...(row.note === undefined ? {} : { note: row.note }),
    },
    settlesAt: now,
  };
}
