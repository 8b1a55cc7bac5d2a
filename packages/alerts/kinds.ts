import type { Transition, TransitionKind } from '@plumbline/core/status';

export type Tone = 'bad' | 'warn' | 'good' | 'quiet';

/** What a DRI hears of, worst first, in the words of subjects and badges. */
export const HEARD_KINDS = [
  { kind: 'missed', label: 'Missed', tone: 'bad' },
  { kind: 'corrected', label: 'Corrected', tone: 'bad' },
  { kind: 'reminder', label: 'Still missed', tone: 'bad' },
  { kind: 'at_risk', label: 'At risk', tone: 'warn' },
  { kind: 'source_failed', label: 'Source failed', tone: 'warn' },
  { kind: 'stale', label: 'Stale', tone: 'quiet' },
  { kind: 'recovered', label: 'Recovered', tone: 'good' },
  { kind: 'met', label: 'Met', tone: 'good' },
] as const satisfies readonly { kind: TransitionKind; label: string; tone: Tone }[];

const rank = new Map<TransitionKind, number>(HEARD_KINDS.map(({ kind }, index) => [kind, index]));

/** Place in the order worst first; undefined for what nobody needs to hear. */
export const rankOf = (kind: TransitionKind): number | undefined => rank.get(kind);

export const labelOf = (kind: TransitionKind): string => HEARD_KINDS[rank.get(kind) ?? -1]?.label ?? kind;

export function toneOf(transition: Pick<Transition, 'kind' | 'to'>): Tone {
  if (transition.kind === 'corrected' && transition.to === 'met') return 'good';
  return HEARD_KINDS[rank.get(transition.kind) ?? -1]?.tone ?? 'quiet';
}

const SOURCE = 'source:';

/** `stripe` of a transition about the source's own health (`source:stripe`), else undefined. */
export const sourceIn = (indicator: string): string | undefined =>
  indicator.startsWith(SOURCE) ? indicator.slice(SOURCE.length) : undefined;
