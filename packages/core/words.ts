import type { Day } from './day.ts';
import type { Decision, Status } from './status.ts';
import type { Instant, Zone } from './zone.ts';

/** How good or bad something is, for the eye. */
export type Tone = 'bad' | 'warn' | 'good' | 'calm' | 'quiet';
export type Badge = { word: string; tone: Tone };

export const STATUS_BADGES: Readonly<Record<Status, Badge>> = {
  missed: { word: 'Missed', tone: 'bad' },
  at_risk: { word: 'At risk', tone: 'warn' },
  on_track: { word: 'On track', tone: 'calm' },
  recovered: { word: 'Recovered', tone: 'good' },
  met: { word: 'Met', tone: 'good' },
  not_due: { word: 'Not due yet', tone: 'quiet' },
};

export const DECISION_BADGES: Readonly<Record<Decision, Badge>> = {
  go: { word: 'Go', tone: 'good' },
  pivot: { word: 'Pivot', tone: 'bad' },
  inconclusive: { word: 'Inconclusive', tone: 'warn' },
};

const written = (day: Day, options: Intl.DateTimeFormatOptions): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });

/** `12 Feb`. */
export const shortDay = (day: Day): string => written(day, { day: 'numeric', month: 'short' });
/** `12 Feb 2026`. */
export const longDay = (day: Day): string => written(day, { day: 'numeric', month: 'short', year: 'numeric' });

/** `1 mail`, `2 mails`. */
export const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** With a capital letter in front. */
export const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** A plan's comparisons in the signs of print: `≥ 1,250`, `$8K–10K`. */
export const printed = (target: string): string =>
  target
    .replaceAll('>=', '≥')
    .replaceAll('<=', '≤')
    .replaceAll('==', '=')
    .replaceAll('..', '–')
    .replaceAll(/(?<![\d.,])\d{4,}/g, (digits) => Number(digits).toLocaleString('en-US'));

/** A line may break behind a minus; then `−` and `$1,986` would stand apart, and read as a gain. */
export const unbroken = (text: string): string => text.replaceAll('−', '−\u2060');

/** `13 Feb 2026, 03:00` there. */
export function writtenTime(instant: Instant, zone: Zone): string {
  const parts = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: zone }).format(instant);
}
