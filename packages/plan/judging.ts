import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type {
  Forecast,
  HypothesisStatus,
  IndicatorState,
  Outcome,
  Status,
  TransitionKind,
} from '@plumbline/core/status';
import type { Reading } from './measure.ts';
import type { Step } from './prepare.ts';
import type { Series } from './series.ts';
import type { Target } from './target.ts';
import { gapOf } from './target.ts';
import type { TrendOf } from './trend.ts';

/** One thing that happened to an indicator or a hypothesis. Values are in the metric's inside form. */
export type Change = {
  kind: Exclude<TransitionKind, 'source_failed' | 'source_recovered'>;
  indicator: string;
  metric: string;
  says: string;
  from: Status | HypothesisStatus | 'stale';
  to: Status | HypothesisStatus | 'stale';
  /** The deadline, the failing or recovering day; else the night's day. */
  day: Day;
  value: number | null;
  gap: number | null;
  n: number | null;
  detail: string | null;
  forecast: Forecast | null;
  requiredPace: number | null;
  /** How many corrections of it there were up to this one. */
  corrections: number;
  /** An earlier night than the first one judged would have found it. */
  past: boolean;
};

/** The numbers that a state shows. */
export type Shown = Pick<
  IndicatorState,
  'value' | 'day' | 'n' | 'interval' | 'gap' | 'forecast' | 'requiredPace' | 'actualPace'
>;

/** One step on its way through one night; `state`, `shown` and `changes` grow as it goes. */
export type Judging = {
  readonly step: Step;
  readonly series: Series;
  /** Undefined while the baseline that it leans on has no settled value. */
  readonly target: Target | undefined;
  readonly night: Day;
  readonly closing: boolean;
  /** Nobody hears of what this judging finds. */
  readonly silent: boolean;
  readonly trendOf: TrendOf;
  readonly prior: IndicatorState | undefined;
  /** The plan's last day. */
  readonly end: Day;
  /** Every day from the plan's start to the night. */
  readonly calendar: readonly Day[];
  /** How it stands, without its numbers. */
  readonly state: IndicatorState;
  shown: Shown;
  readonly changes: Change[];
};

type Told = {
  kind: Change['kind'];
  from?: Status;
  to: Status | 'stale';
  day: Day;
  reading?: Reading;
  detail?: string;
  past?: boolean;
};

/** Writes a change down, and with it the new status (`stale` is none). */
export function tell(judging: Judging, { kind, from, to, day, reading, detail, past = false }: Told): void {
  const { state, step, night, changes } = judging;
  const before = from ?? state.status;
  if (reading) show(judging, reading);
  if (kind === 'corrected') state.corrections = (state.corrections ?? 0) + 1;
  changes.push({
    kind,
    indicator: step.id,
    metric: step.metric.id,
    says: step.indicator.says,
    from: before,
    to,
    day,
    value: judging.shown.value ?? null,
    gap: judging.shown.gap ?? null,
    n: judging.shown.n ?? null,
    detail: detail ?? null,
    forecast: judging.shown.forecast ?? null,
    requiredPace: judging.shown.requiredPace ?? null,
    corrections: state.corrections ?? 0,
    past,
  });
  if (to === 'stale' || to === state.status) return;
  state.status = to;
  state.since = night;
  state.contrary = [];
  delete state.remindedOn;
  if (to === 'missed' && (past || judging.silent)) state.pastMiss = true;
  else delete state.pastMiss;
}

/** A settled verdict, or the correction of one. */
export function decide(judging: Judging, outcome: Outcome, day: Day, reading: Reading, detail?: string): void {
  const { state } = judging;
  const earlier = state.verdict?.outcome;
  const corrected = earlier !== undefined && earlier !== outcome;
  state.verdict = { outcome, day, value: reading.value };
  tell(judging, {
    kind: corrected ? 'corrected' : outcome,
    ...(corrected ? { from: earlier } : {}),
    to: outcome,
    day,
    reading,
    ...(detail === undefined ? {} : { detail }),
    past: isPast(judging, day),
  });
}

/** True when nobody has judged this promise before and a night earlier than this one would have found what is about `day`. */
export const isPast = ({ prior, step, night }: Judging, day: Day): boolean =>
  prior === undefined && addDays(day, step.metric.settleNights) < night;

/** Makes a reading the one that the state shows. */
export function show(judging: Judging, reading: Reading | undefined): void {
  const shown: Shown = { ...reading };
  if (reading && judging.target) shown.gap = gapOf(judging.target, reading.value);
  judging.shown = shown;
}
