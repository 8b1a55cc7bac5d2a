import type { Day } from '@plumbline/core/day';
import type { HypothesisStatus, Status, TransitionKind } from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import { estimate, format } from '@plumbline/core/unit';

export type Tone = 'bad' | 'warn' | 'good' | 'calm' | 'quiet';

/** Statuses as people read them, in the order in which they want to know. The mark repeats the word for the eye; colour only helps. */
export const STATUSES = [
  { status: 'missed', word: 'Missed', tone: 'bad', mark: '✕', open: true },
  { status: 'at_risk', word: 'At risk', tone: 'warn', mark: '!', open: true },
  { status: 'on_track', word: 'On track', tone: 'calm', mark: '→', open: true },
  { status: 'recovered', word: 'Recovered', tone: 'good', mark: '↺', open: false },
  { status: 'met', word: 'Met', tone: 'good', mark: '✓', open: false },
  { status: 'not_due', word: 'Not due yet', tone: 'quiet', mark: '·', open: false },
] as const satisfies readonly { status: Status; word: string; tone: Tone; mark: string; open: boolean }[];

export const CHANGES: Record<TransitionKind, { word: string; tone: Tone; mark: string }> = {
  missed: { word: 'Missed', tone: 'bad', mark: '✕' },
  at_risk: { word: 'At risk', tone: 'warn', mark: '!' },
  on_track: { word: 'On track', tone: 'calm', mark: '→' },
  met: { word: 'Met', tone: 'good', mark: '✓' },
  recovered: { word: 'Recovered', tone: 'good', mark: '↺' },
  corrected: { word: 'Corrected', tone: 'warn', mark: '✎' },
  decided: { word: 'Decided', tone: 'calm', mark: '◆' },
  stale: { word: 'Stale', tone: 'quiet', mark: '?' },
  reminder: { word: 'Still missed', tone: 'bad', mark: '✕' },
  source_failed: { word: 'Source failed', tone: 'bad', mark: '✕' },
  source_recovered: { word: 'Source is back', tone: 'good', mark: '↺' },
};

export const HYPOTHESES: Record<HypothesisStatus, { word: string; tone: Tone; mark: string }> = {
  not_due: { word: 'Not begun yet', tone: 'quiet', mark: '·' },
  running: { word: 'Running', tone: 'calm', mark: '→' },
  go: { word: 'Go', tone: 'good', mark: '✓' },
  pivot: { word: 'Pivot', tone: 'bad', mark: '↩' },
  inconclusive: { word: 'Inconclusive', tone: 'warn', mark: '~' },
};

const written = (day: Day, options: Intl.DateTimeFormatOptions): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });

/** `12 Feb`. */
export const shortDay = (day: Day): string => written(day, { day: 'numeric', month: 'short' });
/** `12 Feb 2026`. */
export const longDay = (day: Day): string => written(day, { day: 'numeric', month: 'short', year: 'numeric' });

/** `+4`, `−4`, `0`. */
export const signed = (value: number, unit: Unit): string => `${value > 0 ? '+' : ''}${format(value, unit)}`;

export const signedEstimate = (value: number, unit: Unit): string => `${value > 0 ? '+' : ''}${estimate(value, unit)}`;

/** A target in the signs of print: `≥ 250`, `$8K–10K`. */
export const printed = (target: string): string =>
  target.replace('>=', '≥').replace('<=', '≤').replace('==', '=').replace('..', '–');

export const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
