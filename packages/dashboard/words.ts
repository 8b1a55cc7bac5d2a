import type { Decision, HypothesisStatus, Status, TransitionKind } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import type { Badge } from '@plumbline/core/words';
import { DECISION_BADGES, printed, STATUS_BADGES } from '@plumbline/core/words';
import type { Change } from './model.ts';

/** The mark repeats the word for the eye; colour only helps. */
export type MarkedBadge = Badge & { mark: string };

/** Statuses as people read them, in the order in which they want to know. */
export const STATUSES = [
  { status: 'missed', ...STATUS_BADGES.missed, mark: '✕', open: true },
  { status: 'at_risk', ...STATUS_BADGES.at_risk, mark: '!', open: true },
  { status: 'on_track', ...STATUS_BADGES.on_track, mark: '→', open: true },
  { status: 'recovered', ...STATUS_BADGES.recovered, mark: '↺', open: false },
  { status: 'met', ...STATUS_BADGES.met, mark: '✓', open: false },
  { status: 'not_due', ...STATUS_BADGES.not_due, mark: '·', open: false },
] as const satisfies readonly (MarkedBadge & { status: Status; open: boolean })[];

export const CHANGES: Record<TransitionKind, MarkedBadge> = {
  missed: { ...STATUS_BADGES.missed, mark: '✕' },
  at_risk: { ...STATUS_BADGES.at_risk, mark: '!' },
  on_track: { ...STATUS_BADGES.on_track, mark: '→' },
  met: { ...STATUS_BADGES.met, mark: '✓' },
  recovered: { ...STATUS_BADGES.recovered, mark: '↺' },
  corrected: { word: 'Corrected', tone: 'warn', mark: '✎' },
  decided: { word: 'Decided', tone: 'calm', mark: '◆' },
  stale: { word: 'Stale', tone: 'quiet', mark: '?' },
  reminder: { word: 'Still missed', tone: 'bad', mark: '✕' },
  source_failed: { word: 'Source failed', tone: 'bad', mark: '✕' },
  source_recovered: { word: 'Source is back', tone: 'good', mark: '↺' },
};

export const HYPOTHESES: Record<HypothesisStatus, MarkedBadge> = {
  not_due: { word: 'Not begun yet', tone: 'quiet', mark: '·' },
  running: { word: 'Running', tone: 'calm', mark: '→' },
  go: { ...DECISION_BADGES.go, mark: '✓' },
  pivot: { ...DECISION_BADGES.pivot, mark: '↩' },
  inconclusive: { ...DECISION_BADGES.inconclusive, mark: '~' },
};

/** A change's badge, as in mails: a hypothesis is called by what it turned out to be. */
export function badgeOf({ kind, decision }: { kind: TransitionKind; decision: Decision | null }): MarkedBadge {
  if (!decision) return CHANGES[kind];
  const badge = HYPOTHESES[decision];
  return kind === 'corrected' ? { ...badge, word: `Corrected to ${badge.word.toLowerCase()}` } : badge;
}

/** What a change is about, in parts: metric and time, numbers, what else is known, who is responsible. */
export function aboutChange({ metric, when, unit, value, target, detail, dri }: Change): string[] {
  const numbers = value === null ? '' : `${format(value, unit)}${target === '' ? '' : ` against ${printed(target)}`}`;
  return [[metric, when].filter(Boolean).join(' '), numbers, detail ?? '', dri].filter(Boolean);
}
