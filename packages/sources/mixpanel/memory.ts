import { hash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { SourceMemory } from '@plumbline/core/source';
import type { MixpanelConfig } from './language.ts';
import { nameOf } from './readings.ts';
import type { Reading } from './readings.ts';
import { isLaidOut } from './rows.ts';
import type { Packed, RememberedKind } from './rows.ts';

/**
 * The prefix of a reading's keys, `people/3f2a…/`. It holds a digest of all that decides what a day's reading is, so that a changed
 * definition or zone is read anew, not mixed with the old.
 */
export function prefixOf(reading: Reading, config: MixpanelConfig, workspaceZone: string): string {
  const { projectId, region, timeBasis, projectTimezone } = config;
  const basis = timeBasis === 'project' ? (projectTimezone ?? null) : null;
  const definition = JSON.stringify([nameOf(reading), projectId, region, basis, workspaceZone]);
  return `${reading.kind}/${hash('sha256', definition, 'hex').slice(0, 16)}/`;
}

/** What is remembered of the days `from`..`to`, one day after another. Bytes of another layout are as good as none. */
export async function* recall(
  memory: SourceMemory,
  prefix: string,
  kind: RememberedKind,
  from: Day,
  to: Day,
): AsyncIterable<{ day: Day; packed: Packed }> {
  for await (const { key, bytes } of memory.range(`${prefix}${from}`, `${prefix}${to}`)) {
    if (isLaidOut(kind, bytes)) yield { day: key.slice(prefix.length) as Day, packed: bytes };
  }
}
