import { type Day, addDays, earliest, latest } from '@plumbline/core/day';
import { DataError, PlumblineError } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import type { Observation, Snapshot } from '@plumbline/core/snapshot';
import { pack, putEvent, unpack } from './bodies.ts';
import { AGAIN, TRANSACTION_ITEMS, type Table, type Write, isNew, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import { claims } from './claims.ts';
import { remember, sourceMemory } from './memory.ts';
import { type SourceProgress, notOpen } from './nights.ts';
import { revise } from './revise.ts';
import { putSnapshot, snapshots } from './snapshots.ts';
import type { PulledSpan, Store } from './types.ts';

/** Room in a transaction for the result, the checkpoint and the event. */
const SNAPSHOTS_PER_TRANSACTION = TRANSACTION_ITEMS - 3;
/** DynamoDB takes 4 MB; what is counted here are characters, of up to 3 bytes each. */
const CHARACTERS_PER_TRANSACTION = 1_200_000;

type RecordInput = Parameters<Store['pulls']['record']>[0];
type KeepInput = Parameters<Store['pulls']['keep']>[0];
type Part = { writes: Write[]; days: Day[] };

const firstOf = (days: readonly (Day | undefined)[]): { changedFrom?: Day } => {
  const [head, ...tail] = days.filter((day) => day !== undefined);
  return head === undefined ? {} : { changedFrom: earliest(head, ...tail) };
};

/** Parts of one transaction each; the last may be empty, since the source's result has to travel with something. */
function inParts(written: readonly { snapshot: Snapshot; read: Snapshot | undefined }[]): Part[] {
  let part: Part = { writes: [], days: [] };
  let size = 0;
  const parts = [part];
  for (const { snapshot, read } of written) {
    const length = JSON.stringify(snapshot).length;
    if (part.writes.length === SNAPSHOTS_PER_TRANSACTION || size + length > CHARACTERS_PER_TRANSACTION) {
      part = { writes: [], days: [] };
      parts.push(part);
      size = 0;
    }
    part.writes.push(putSnapshot(snapshot, read));
    part.days.push(snapshot.day);
    size += length;
  }
  return parts;
}

function assertDistinct(source: string, observations: readonly Observation[]): void {
  const seen = new Set<string>();
  for (const { metric, day } of observations) {
    const name = `${metric} of ${day}`;
    if (seen.has(name)) throw new DataError(source, `${name} was found twice in one pull; nothing of it was written`);
    seen.add(name);
  }
}

const eventOf = (input: RecordInput, result: SourceResult): Write[] => {
  const event = input.makeEvent(result);
  return event === undefined ? [] : [putEvent(event)];
};

const unitOf = ({ units, source }: KeepInput, metric: string): string => {
  const unit = units.get(metric);
  if (unit === undefined) throw new DataError(source, `yields ${metric}, which is not among its metrics`);
  return unit;
};

const spanIn = (item: Record<string, unknown> | undefined): PulledSpan | undefined =>
  item && { from: item['first'] as Day, through: item['through'] as Day };

/** Days without a hole between them. Of two stretches that don't touch, the newer one is what nights go on from. */
function join(span: PulledSpan | undefined, pulled: PulledSpan): PulledSpan {
  if (!span) return pulled;
  const touches = pulled.from <= addDays(span.through, 1) && pulled.through >= addDays(span.from, -1);
  if (!touches) return pulled.through > span.through ? pulled : span;
  return { from: earliest(span.from, pulled.from), through: latest(span.through, pulled.through) };
}

export function pulls(table: Table): Store['pulls'] {
  /** How the source stands in an open night, with how to write it next: only over what was read here. */
  async function standing(workspace: string, source: string, night: Day) {
    const checkpointKey = keys.checkpoint(workspace, source);
    const key = keys.result(workspace, night, source);
    const nightKey = keys.night(workspace, night);
    const items = await table.getAll([nightKey, key, checkpointKey]);
    const at = (wanted: { pk: string; sk: string }) =>
      items.find((item) => item['pk'] === wanted.pk && item['sk'] === wanted.sk);
    if (at(nightKey) === undefined) throw notOpen(workspace, night);
    const item = at(key);
    const span = spanIn(at(checkpointKey));
    let version = item === undefined ? 0 : Number(item['version']);
    return {
      now: item === undefined ? undefined : (unpack(item) as SourceProgress),
      next: (progress: Omit<SourceProgress, 'version'>): Write => {
        const read = version;
        version += 1;
        return {
          put: { ...key, version, ...pack(progress) },
          condition: read === 0 ? isNew : { if: 'version = :version', values: { ':version': read } },
        };
      },
      /** Nothing where the source had those days already. */
      checkpoint: (pulled: PulledSpan): Write[] => {
        const joined = join(span, pulled);
        if (span && joined.from === span.from && joined.through === span.through) return [];
        const values = span && { ':first': span.from, ':through': span.through };
        return [
          {
            put: { ...checkpointKey, first: joined.from, through: joined.through },
            condition: values
              ? { if: '#first = :first AND through = :through', names: { '#first': 'first' }, values }
              : isNew,
          },
        ];
      },
    };
  }

  /** What differs from what is stored, with what was read of it. */
  async function differing(input: KeepInput): Promise<{ snapshot: Snapshot; read: Snapshot | undefined }[]> {
    const { workspace, source, demo, now, observations } = input;
    const days = observations.map(({ day }) => day).sort();
    const [from, to] = [days.at(0), days.at(-1)];
    const span = from && to ? await snapshots(table).span(workspace, from, to) : [];
    const stored = new Map(span.map((snapshot) => [`${snapshot.day} ${snapshot.metric}`, snapshot]));
    return observations.flatMap((observation) => {
      const read = stored.get(`${observation.day} ${observation.metric}`);
      const unit = unitOf(input, observation.metric);
      const snapshot = revise(read, observation, { workspace, unit, source, demo, now });
      return snapshot === 'unchanged' ? [] : [{ snapshot, read }];
    });
  }

  async function attempt(input: RecordInput): Promise<SourceResult | typeof AGAIN> {
    const { workspace, source, night, now, observations } = input;
    const [written, standingNow] = await Promise.all([differing(input), standing(workspace, source, night)]);
    const { result: earlier, progress } = standingNow.now ?? {};
    const checkpoint = standingNow.checkpoint(input.pulled);
    const isSettledAlready = earlier?.state === 'ok' && earlier.lastError === undefined && progress === undefined;
    if (written.length === 0 && checkpoint.length === 0 && isSettledAlready) {
      return { source, state: 'ok', written: 0, unchanged: observations.length, at: now };
    }

    const parts = inParts(written);
    let done = progress ?? { written: 0 };
    for (const [index, { writes, days }] of parts.entries()) {
      done = { written: done.written + writes.length, ...firstOf([done.changedFrom, ...days]) };
      const last = index === parts.length - 1;
      const unchanged = Math.max(0, observations.length - done.written);
      const result: SourceResult = { source, state: 'ok', ...done, unchanged, at: now };
      const refused = await table.transact([
        ...writes,
        standingNow.next(last ? { result } : { ...(earlier && { result: earlier }), progress: done }),
        ...(last ? [...checkpoint, ...eventOf(input, result)] : []),
      ]);
      if (refused !== undefined) return AGAIN;
      if (last) return result;
    }
    throw new PlumblineError('conflict', `[${source}] nothing was left to write for the night of ${night}`);
  }

  return {
    async record(input) {
      const { workspace, source, night, observations } = input;
      assertDistinct(source, observations);
      return untilItHolds(`[${source}] the night of ${night} of ${workspace}`, () => attempt(input));
    },

    async keep(input) {
      const { workspace, source, observations } = input;
      assertDistinct(source, observations);
      return untilItHolds(`[${source}] ${observations.length} values of ${workspace}`, async () => {
        const written = await differing(input);
        for (const { writes } of inParts(written)) {
          if (writes.length > 0 && (await table.transact(writes)) !== undefined) return AGAIN;
        }
        return { written: written.length, unchanged: observations.length - written.length };
      });
    },

    async fail({ workspace, source, night, now, error, event }) {
      return untilItHolds(`[${source}] the night of ${night} of ${workspace}`, async () => {
        const { now: known, next } = await standing(workspace, source, night);
        const { result: earlier, progress } = known ?? {};
        const failed: SourceResult = { source, state: 'failed', written: 0, unchanged: 0, error, at: now };
        const isIn = earlier?.state === 'ok';
        const result: SourceResult = isIn ? { ...earlier, lastError: { error, at: now } } : { ...failed, ...progress };
        const isNews = earlier === undefined;
        const refused = await table.transact([
          next({ result, ...(progress && { progress }) }),
          ...(isNews && event ? [putEvent(event)] : []),
        ]);
        return refused === undefined ? failed : AGAIN;
      });
    },

    async pulled(workspace, source) {
      return spanIn(await table.get(keys.checkpoint(workspace, source)));
    },

    ...claims(table),
    remember: (workspace, source, entries) => remember(table, workspace, source, entries),
    memory: (workspace, source) => sourceMemory(table, workspace, source),
  };
}
