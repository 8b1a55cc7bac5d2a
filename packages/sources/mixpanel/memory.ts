import { hash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { SourceMemory } from '@plumbline/core/source';
import type { MixpanelConfig } from './language.ts';
import { nameOf } from './readings.ts';
import type { Lines, Reading } from './readings.ts';

/** Which byte layout follows: another one means that the day is read from Mixpanel again. */
const LAYOUT = 1;

/** Bytes of a line: a person's 64-bit pseudonym, and an answer's score or a time of 32 bits. */
const WIDTHS = { people: 8, scores: 9, times: 12 } as const;

export type Remembered = Extract<Reading, { kind: keyof typeof WIDTHS }>;

/** Whether later days' windows need it. */
export const isRemembered = (reading: Reading): reading is Remembered => reading.kind in WIDTHS;

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

export const encode = (lines: Lines): Uint8Array => Buffer.from(`0${LAYOUT}${lines.join('')}`, 'hex');

/** The lines of a remembered day; undefined where the bytes are of another layout. */
export function decode(bytes: Uint8Array, kind: Remembered['kind']): Lines | undefined {
  const width = WIDTHS[kind];
  if (bytes[0] !== LAYOUT || (bytes.length - 1) % width !== 0) return undefined;
  const hex = Buffer.from(bytes).toString('hex', 1);
  return Array.from({ length: (bytes.length - 1) / width }, (_, index) =>
    hex.slice(index * width * 2, (index + 1) * width * 2),
  );
}

/** What is remembered of the days `from`..`to`. */
export async function recall(
  memory: SourceMemory,
  prefix: string,
  kind: Remembered['kind'],
  from: Day,
  to: Day,
): Promise<Map<Day, Lines>> {
  const days = new Map<Day, Lines>();
  for await (const { key, bytes } of memory.range(`${prefix}${from}`, `${prefix}${to}`)) {
    const lines = decode(bytes, kind);
    if (lines) days.set(key.slice(prefix.length) as Day, lines);
  }
  return days;
}
