import { isDeepStrictEqual } from 'node:util';
import { DataError, PlumblineError } from '@plumbline/core/errors';
import type { Observation, Revision, Snapshot, SnapshotState } from '@plumbline/core/snapshot';
import { type Unit, isMoney } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';

/** How many earlier revisions a snapshot keeps. */
export const KEPT_REVISIONS = 50;

export type RevisionContext = { workspace: string; unit: Unit; source: string; demo: boolean; now: Instant };

/**
 * What makes an observation another one. How it was found and when may differ from pull to pull; a person's note is part of what they say,
 * and so is what a number began with and what moved it from there.
 */
const saidBy = (value: Observation | Revision) => ({
  value: value.value,
  n: value.n,
  numerator: value.numerator,
  denominator: value.denominator,
  interval: value.interval,
  breakdown: value.breakdown,
  quality: value.quality,
  note: value.evidence['note'],
  start: value.evidence['start'],
  movements: value.evidence['movements'],
});

/** As it reads once it was stored: absent where undefined, 0 where -0. */
const asStored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function assertUsable(observation: Observation, { source, unit }: RevisionContext): void {
  const { metric, day, value } = observation;
  if (!Number.isFinite(value)) throw new DataError(source, `${metric} of ${day} is ${value}, which is no number`);
  if (isMoney(unit) && !Number.isInteger(value)) {
    throw new DataError(source, `${metric} of ${day} is ${value}: money must be whole minor units of ${unit}`);
  }
}

/**
 * The snapshot to write for an observation, or `unchanged` where nothing is to be written: an equal value (which at most settles a
 * provisional one in place), or one worked out afterwards where one was taken in time. Throws PlumblineError `conflict` where demo and
 * real numbers would mix, DataError for a value that is no number, or money with fractions of a minor unit.
 */
export function revise(
  stored: Snapshot | undefined,
  observation: Observation,
  context: RevisionContext,
): Snapshot | 'unchanged' {
  assertUsable(observation, context);
  const { metric, day, settlesAt, reconstructed = false, ...seen } = observation;
  const { workspace, unit, source, demo, now } = context;
  const due: SnapshotState = now >= settlesAt ? 'settled' : 'provisional';
  const state = reconstructed ? 'reconstructed' : due;
  const head = { workspace, metric, day, unit, source, demo };
  if (stored === undefined) return { ...head, ...seen, revision: 1, state, pulledAt: now, earlier: [] };

  if (stored.demo !== demo) {
    const [there, here] = stored.demo ? ['a demo', 'a real'] : ['a real', 'a demo'];
    throw new PlumblineError(
      'conflict',
      `${workspace} holds ${there} number for ${metric} of ${day}, so ${here} one is refused; use another --data folder or table`,
    );
  }
  if (reconstructed && stored.state !== 'reconstructed') return 'unchanged';
  if (stored.unit === unit && isDeepStrictEqual(asStored(saidBy(stored)), asStored(saidBy(observation)))) {
    return stored.state === 'provisional' && due === 'settled'
      ? { ...stored, state: 'settled', settledAt: now }
      : 'unchanged';
  }
  const { workspace: _w, metric: _m, day: _d, unit: _u, source: _s, demo: _o, earlier, ...last } = stored;
  return {
    ...head,
    ...seen,
    revision: stored.revision + 1,
    state,
    pulledAt: now,
    earlier: [...earlier, last].slice(-KEPT_REVISIONS),
  };
}
