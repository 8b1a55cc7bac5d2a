import type { Day } from '@plumbline/core/day';
import { compareDays } from '@plumbline/core/day';
import type { Acknowledgement, Transition } from '@plumbline/core/status';
import { PRIORITIES } from '@plumbline/core/status';
import { rankOf, sourceIn } from './kinds.ts';

export type CalmContext = {
  dris: Readonly<Record<string, { email?: string | undefined }>>;
  /** Hears what belongs to nobody whose address is known. */
  fallbackDri: string;
  /** The last one per indicator. */
  acknowledgements: readonly Acknowledgement[];
  sourceOf(metric: string): string | undefined;
  /** Sources that are failing, whoever was told of that when: each with what stands for it. */
  failedSources: ReadonlyMap<string, string>;
};

export type Grouped = {
  /** Heard-of kinds that are in no mail, each with the transition that stands for it. */
  suppressed: { id: string; by: string }[];
  /** At most one per DRI, by DRI; transitions worst first. */
  mails: { dri: string; transitions: Transition[] }[];
};

/**
 * How loud a transition is against others on its metric that the same person hears of: the louder hides the lower ones that are hidable.
 * Verdicts are never hidden: their DRI would go on believing the earlier one. Good news and sources neither hide nor are hidden here.
 */
function loudness({ kind, to }: Transition): { level: number; hidable: boolean } {
  if (kind === 'missed' || (kind === 'corrected' && to === 'missed')) return { level: 3, hidable: false };
  if (kind === 'at_risk' || kind === 'reminder') return { level: 2, hidable: true };
  if (kind === 'stale') return { level: 1, hidable: true };
  return { level: 0, hidable: false };
}

const worstFirst = (a: Transition, b: Transition): number =>
  (rankOf(a.kind) ?? 0) - (rankOf(b.kind) ?? 0) ||
  PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
  compareDays(a.day, b.day) ||
  (a.id < b.id ? -1 : 1);

/** Of several corrections of an indicator the last one says how it stands. */
function lastCorrections(transitions: readonly Transition[]): Map<string, Transition> {
  const corrected = transitions.filter(({ kind }) => kind === 'corrected');
  return new Map(corrected.toSorted((a, b) => a.corrections - b.corrections).map((one) => [one.indicator, one]));
}

/**
 * Which of one night's transitions go into whose mail, and which a worse or a later one hides. Pure; the order of `transitions` only
 * matters between several `stale` ones on one metric, of which a reader hears the first (the nearest deadline).
 */
export function group(transitions: readonly Transition[], context: CalmContext): Grouped {
  const suppressed: Grouped['suppressed'] = [];
  const snoozes = new Map(
    context.acknowledgements.flatMap((one) => (one.kind === 'snoozed' && one.until ? [[one.indicator, one]] : [])),
  );
  const snoozedBy = ({ kind, indicator, night }: Transition): string | undefined => {
    if (kind !== 'at_risk' && kind !== 'reminder') return undefined;
    const snooze = snoozes.get(indicator);
    return snooze && isBefore(night, snooze.until) ? snooze.transition : undefined;
  };

  const heard = transitions.filter(({ silent, kind }) => !silent && rankOf(kind) !== undefined);
  const corrections = lastCorrections(heard);
  const overtakenBy = ({ kind, indicator, id }: Transition): string | undefined => {
    const last = kind === 'corrected' ? corrections.get(indicator)?.id : undefined;
    return last === id ? undefined : last;
  };
  const awake = heard.filter((transition) => {
    const by = snoozedBy(transition) ?? overtakenBy(transition);
    if (by !== undefined) suppressed.push({ id: transition.id, by });
    return by === undefined;
  });

  const failedSources = new Map(context.failedSources);
  for (const { kind, indicator, id } of awake) {
    const source = kind === 'source_failed' ? sourceIn(indicator) : undefined;
    if (source !== undefined) failedSources.set(source, id);
  }
  const { dris, fallbackDri } = context;
  const readerOf = ({ dri }: Transition): string =>
    Object.hasOwn(dris, dri) && dris[dri]?.email !== undefined ? dri : fallbackDri;
  // Each reader hears the worst of a metric by themselves: what only somebody else is told of hides nothing from them.
  const placeOf = (transition: Transition): string => `${readerOf(transition)} ${transition.metric}`;
  const loudest = new Map<string, Transition>();
  for (const transition of awake) {
    const { level } = loudness(transition);
    const rival = loudest.get(placeOf(transition));
    if (level > 0 && (rival === undefined || level > loudness(rival).level))
      loudest.set(placeOf(transition), transition);
  }

  const hiddenBy = (transition: Transition): string | undefined => {
    const { level, hidable } = loudness(transition);
    if (!hidable) return undefined;
    const source = context.sourceOf(transition.metric);
    const failed = transition.kind === 'stale' && source !== undefined ? failedSources.get(source) : undefined;
    if (failed !== undefined) return failed;
    const rival = loudest.get(placeOf(transition));
    if (rival === undefined || rival.id === transition.id) return undefined;
    return loudness(rival).level > level || transition.kind === 'stale' ? rival.id : undefined;
  };

  const mails = new Map<string, Transition[]>();
  for (const transition of awake.toSorted(worstFirst)) {
    const by = hiddenBy(transition);
    if (by !== undefined) {
      suppressed.push({ id: transition.id, by });
      continue;
    }
    const dri = readerOf(transition);
    mails.set(dri, [...(mails.get(dri) ?? []), transition]);
  }
  return {
    suppressed: suppressed.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    mails: [...mails].map(([dri, own]) => ({ dri, transitions: own })).toSorted((a, b) => (a.dri < b.dri ? -1 : 1)),
  };
}

/** Snoozed until the end of `until`: that night is still quiet. */
const isBefore = (night: Day, until: Day | undefined): boolean => until !== undefined && night <= until;
