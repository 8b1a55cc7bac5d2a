import { type Day, earliest } from '@plumbline/core/day';
import { DataError, PlumblineError } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import type { Observation, Snapshot } from '@plumbline/core/snapshot';
import { announcements, pack, putEvent, unpack } from './bodies.ts';
import { AGAIN, TRANSACTION_ITEMS, type Table, type Write, isNew, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import { remember, sourceMemory } from './memory.ts';
import { type SourceProgress, notOpen } from './nights.ts';
import { revise } from './revise.ts';
import { putSnapshot, snapshots } from './snapshots.ts';
import type { Store } from './types.ts';

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
    const through = at(checkpointKey)?.['through'] as Day | undefined;
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
      checkpoint: (): Write[] =>
        through !== undefined && through >= night
          ? []
          : [
              {
                put: { ...checkpointKey, through: night },
                condition:
                  through === undefined ? isNew : { if: 'through = :through', values: { ':through': through } },
              },
            ],
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
    if (written.length === 0 && earlier?.state === 'ok' && progress === undefined) {
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
        ...(last ? [...standingNow.checkpoint(), ...eventOf(input, result)] : []),
      ]);
      if (refused !== undefined) return AGAIN;
      if (last) return result;
    }
    throw new PlumblineError('conflict', `[${source}] nothing was left to write for the night of ${night}`);
  }

  return {
    async record(input) {
      const { workspace, source, night, memory, observations } = input;
      assertDistinct(source, observations);
      await remember(table, workspace, source, memory);
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

    async fail({ workspace, source, night, now, error, transition, events }) {
      return untilItHolds(`[${source}] the night of ${night} of ${workspace}`, async () => {
        const { now: known, next } = await standing(workspace, source, night);
        if (known?.result?.state === 'ok') return known.result;
        const progress = known?.progress;
        const part = progress ?? { written: 0 };
        const result: SourceResult = { source, state: 'failed', ...part, unchanged: 0, error, at: now };
        const news = await announcements(table, workspace, transition ? [transition] : [], events);
        const refused = await table.transact([next({ result, ...(progress && { progress }) }), ...news.flat()]);
        return refused === undefined ? result : AGAIN;
      });
    },

    async pulledThrough(workspace, source) {
      return (await table.get(keys.checkpoint(workspace, source)))?.['through'] as Day | undefined;
    },

    memory: (workspace, source) => sourceMemory(table, workspace, source),
  };
}
