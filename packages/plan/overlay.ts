import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { Acknowledgement, IndicatorState } from '@plumbline/core/status';
import type { Judging } from './judging.ts';
import { tell } from './judging.ts';

const NIGHTS_TO_REMIND = 7;
/** Nobody is told twice within these that a number which comes and goes has gone, but of a verdict that is due. */
const NIGHTS_TO_TELL_STALE = 7;

type Watched = Pick<Judging, 'step' | 'series' | 'night' | 'closing'>;

/**
 * What should have been there when that night closed and is not: the day that is final by then, what the verdict lacks, or a record
 * young enough to stand. `lacks` is what a due verdict lacks.
 */
function missingAt({ step, series }: Watched, night: Day, lacks: string | undefined): string | undefined {
  const { metric } = step;
  if (night >= step.due) return lacks;
  if (metric.source === 'record') {
    if (metric.carryDays === undefined || night < step.begins) return undefined;
    const last = series.upTo(night)?.day ?? addDays(step.begins, -1);
    return daysBetween(last, night) > metric.carryDays
      ? `${metric.id} since ${last}, more than ${metric.carryDays} days`
      : undefined;
  }
  const day = addDays(night, -metric.settleNights);
  if (day < step.begins) return undefined;
  const point = series.at(day);
  return point ? series.smallSample(point) : `${metric.id} of ${day}`;
}

type Stale = NonNullable<IndicatorState['stale']>;

/**
 * The `stale` overlay as this night leaves it, from what the last one left, and whether somebody should hear of it. Only a closing night
 * finds that something is missing. `lacks` is what a due verdict that is not there yet lacks. Where it `isQuiet`, the next night that is
 * not tells of what is missing still.
 */
export function staleness(
  watched: Watched,
  { stale, staleTold }: Pick<IndicatorState, 'stale' | 'staleTold'>,
  lacks: string | undefined,
  isQuiet: boolean,
): { stale: Stale | undefined; isNews: boolean } {
  const { night, closing, step } = watched;
  if (!closing && !stale) return { stale: undefined, isNews: false };
  const missing = missingAt(watched, night, lacks);
  // Before a night closes its own value may still come, so what the night before lacked decides.
  const lifted =
    !closing && stale && stale.since < night ? missingAt(watched, addDays(night, -1), lacks) === undefined : false;
  if (missing === undefined || lifted) return { stale: undefined, isNews: false };
  if (!closing) return { stale, isNews: false };
  const isTold = stale !== undefined && stale.untold === undefined;
  // What has never had a value is not news before its verdict is due: the first answers to come, the first record to be made.
  const isKnown = staleTold !== undefined && daysBetween(staleTold, night) < NIGHTS_TO_TELL_STALE;
  const untold = !isTold && (isQuiet || (night < step.due && (isKnown || !hasBegun(watched))));
  return {
    stale: { since: stale?.since ?? night, missing, ...(untold ? { untold } : {}) },
    isNews: !untold && !isTold,
  };
}

/** Sets or lifts the `stale` overlay, which never touches the status. */
export function judgeStale(judging: Judging, lacks: string | undefined): void {
  const { state, night, step } = judging;
  const past = judging.prior === undefined && step.due < night;
  const { stale, isNews } = staleness(judging, state, state.verdict ? undefined : lacks, judging.silent && !past);
  if (stale) state.stale = stale;
  else delete state.stale;
  if (!stale || !isNews) return;
  tell(judging, { kind: 'stale', to: 'stale', day: night, detail: stale.missing, past });
  if (!past) state.staleTold = night;
}

/** Whether there was a usable value before the day that is final by now. */
const hasBegun = ({ series, step, night }: Watched): boolean => {
  const final = addDays(night, -step.metric.settleNights);
  return series.points.some((point) => point.day < final && series.smallSample(point) === undefined);
};

/** Whether somebody's answer speaks of an indicator's present status: given to it (ids of transitions sort by night), or a snooze into its time. */
export const answers = ({ transition, until }: Acknowledgement, { since }: IndicatorState): boolean =>
  transition >= `trn_${since.replaceAll('-', '')}` || (until !== undefined && until >= since);

/** Tells of a miss again that nobody has answered, and of whatever is still bad when a snooze ends. */
export function remind(judging: Judging, answer: Acknowledgement | undefined): void {
  const { state, night } = judging;
  if (state.status !== 'missed' && state.status !== 'at_risk') return;
  const current = answer && answers(answer, state) ? answer : undefined;
  if (current?.kind === 'acknowledged') return;
  if (current?.until !== undefined) {
    if (night <= current.until) return;
    if (state.remindedOn === undefined || state.remindedOn <= current.until) {
      again(judging, 'the snooze has ended');
      return;
    }
  }
  if (state.status !== 'missed' || state.pastMiss || !isNearest(judging)) return;
  if (daysBetween(state.remindedOn ?? state.since, night) >= NIGHTS_TO_REMIND) again(judging);
}

/** Until the next step's deadline, or the plan's end. */
const isNearest = ({ step, night, end }: Judging): boolean =>
  night <= end && (step.nextDeadline === undefined || night < step.nextDeadline);

function again(judging: Judging, detail?: string): void {
  const { state, night } = judging;
  const kind = state.status === 'missed' ? 'reminder' : 'at_risk';
  tell(judging, { kind, to: state.status, day: night, ...(detail === undefined ? {} : { detail }) });
  state.remindedOn = night;
}
