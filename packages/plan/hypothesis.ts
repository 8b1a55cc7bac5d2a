import type { Day } from '@plumbline/core/day';
import type { Decision, HypothesisState } from '@plumbline/core/status';
import { outlook } from './forecast.ts';
import type { Change } from './judging.ts';
import type { Reading } from './measure.ts';
import { isMissing, settledValue, valueSoFar } from './measure.ts';
import { staleness } from './overlay.ts';
import type { PreparedHypothesis } from './prepare.ts';
import type { Series } from './series.ts';
import type { Target } from './target.ts';
import { holds } from './target.ts';

type Bounds = { go: Target; pivot: Target };

/** One hypothesis in one night. */
export type HypothesisInNight = Pick<PreparedHypothesis, 'hypothesis' | 'definition' | 'step'> & {
  series: Series;
  /** Undefined while the baseline that they lean on has no settled value. */
  bounds: Bounds | undefined;
  night: Day;
  closing: boolean;
  silent: boolean;
  /** What the last judging left; it counts as long as it is about the same bounds and days. */
  prior: HypothesisState | undefined;
};

/** Between the two bounds neither holds; that both hold is refused when the plan is read. */
const outcomeOf = ({ go, pivot }: Bounds, value: number): Decision =>
  holds(go, value) ? 'go' : holds(pivot, value) ? 'pivot' : 'inconclusive';

/**
 * Judges a hypothesis as things stand in a night. It is decided once its last day's value is settled; a later revision that changes the
 * outcome corrects it. What is missing decides nothing, and takes nothing back.
 */
export function judgeHypothesis(input: HypothesisInNight): { state: HypothesisState; changes: Change[] } {
  const { hypothesis, definition, step, series, bounds, night } = input;
  const prior = input.prior?.definition === definition ? input.prior : undefined;
  const { settled, lacks } = settledBy(input);
  const decision =
    settled && bounds
      ? { outcome: outcomeOf(bounds, settled.value), day: step.to, value: settled.value }
      : prior?.decision;
  const earlier = prior?.decision?.outcome;
  const isNew = decision !== undefined && decision.outcome !== earlier;
  const isCorrected = isNew && earlier !== undefined;
  const corrections = (prior?.corrections ?? 0) + (isCorrected ? 1 : 0);
  const status = decision?.outcome ?? (night < step.begins ? 'not_due' : 'running');
  const reading = settled ?? (decision ? shownBy(prior) : valueSoFar(step, series, night));
  const isRunning = status === 'running' && night < step.to;
  const forecast = isRunning && reading && bounds ? outlook(step, series, bounds.go, reading).forecast : undefined;
  // Nobody has judged it before, and an earlier night than this one would have found it.
  const past = prior === undefined && step.due < night;
  const { stale, isNews } = staleness(input, prior ?? {}, decision ? undefined : lacks, input.silent && !past);
  const staleTold = isNews && !past ? night : prior?.staleTold;
  const state: HypothesisState = {
    hypothesis: hypothesis.id,
    definition,
    status,
    since: prior?.status === status ? prior.since : night,
    ...reading,
    ...(forecast ? { forecast } : {}),
    ...(decision ? { decision } : {}),
    ...(corrections > 0 ? { corrections } : {}),
    ...(stale ? { stale } : {}),
    ...(staleTold ? { staleTold } : {}),
  };
  const change = {
    indicator: hypothesis.id,
    metric: step.metric.id,
    says: hypothesis.says,
    from: earlier ?? 'running',
    value: reading?.value ?? null,
    gap: null,
    n: reading?.n ?? null,
    forecast: forecast ?? null,
    requiredPace: null,
    corrections,
    past,
  } as const;
  const changes: Change[] = [];
  if (isNew) {
    const kind = isCorrected ? 'corrected' : 'decided';
    changes.push({ ...change, kind, to: decision.outcome, day: step.to, detail: null });
  }
  if (stale && isNews) changes.push({ ...change, kind: 'stale', to: 'stale', day: night, detail: stale.missing });
  return { state, changes };
}

/** The value that decides, or once it is due, what it lacks. */
function settledBy({ step, series, bounds, night }: HypothesisInNight): { settled?: Reading; lacks?: string } {
  if (night < step.to) return {};
  if (!bounds) return { lacks: `the baseline of ${step.metric.id}` };
  const measured = settledValue(step, series);
  return isMissing(measured) ? { lacks: measured.missing } : { settled: measured };
}

/** The reading that a state shows. */
function shownBy(state: HypothesisState | undefined): Reading | undefined {
  if (state?.value === undefined || state.day === undefined) return undefined;
  const { value, day, n, interval } = state;
  return { value, day, ...(n === undefined ? {} : { n }), ...(interval === undefined ? {} : { interval }) };
}
