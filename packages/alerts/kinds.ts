import type { Transition, TransitionKind } from '@plumbline/core/status';
import { DECISIONS } from '@plumbline/core/status';
import type { Badge, Tone } from '@plumbline/core/words';
import { DECISION_BADGES } from '@plumbline/core/words';

/** What a DRI hears of, worst first, in the words of subjects and badges. */
export const HEARD_KINDS = [
  { kind: 'missed', label: 'Missed', tone: 'bad' },
  { kind: 'corrected', label: 'Corrected', tone: 'bad' },
  { kind: 'decided', label: 'Decided', tone: 'warn' },
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

/** The order worst first; what nobody needs to hear comes last. */
export const worstFirst = (a: Pick<Transition, 'kind'>, b: Pick<Transition, 'kind'>): number =>
  (rankOf(a.kind) ?? HEARD_KINDS.length) - (rankOf(b.kind) ?? HEARD_KINDS.length);

/** How a hypothesis was decided, where that is what the transition is about. */
function decisionIn({ to }: Pick<Transition, 'to'>): Badge | undefined {
  const decision = DECISIONS.find((one) => one === to);
  return decision && DECISION_BADGES[decision];
}

/** What happened, in a badge's words: a hypothesis is called by what it turned out to be. */
export function labelOf(transition: Pick<Transition, 'kind' | 'to'>): string {
  const { kind } = transition;
  const label = HEARD_KINDS[rank.get(kind) ?? -1]?.label ?? kind;
  const decision = decisionIn(transition)?.word;
  if (decision === undefined) return label;
  return kind === 'corrected' ? `Corrected to ${decision.toLowerCase()}` : decision;
}

export function toneOf(transition: Pick<Transition, 'kind' | 'to'>): Tone {
  if (transition.kind === 'corrected' && (transition.to === 'met' || transition.to === 'on_track')) return 'good';
  return decisionIn(transition)?.tone ?? HEARD_KINDS[rank.get(transition.kind) ?? -1]?.tone ?? 'quiet';
}

const SOURCE = 'source:';

/** `stripe` of a transition about the source's own health (`source:stripe`), else undefined. */
export const sourceIn = (indicator: string): string | undefined =>
  indicator.startsWith(SOURCE) ? indicator.slice(SOURCE.length) : undefined;
