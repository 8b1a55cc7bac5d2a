import type { Day } from '@plumbline/core/day';
import type { Completeness } from '@plumbline/core/late';
import type { Night } from '@plumbline/core/night';
import type { Revision, Snapshot } from '@plumbline/core/snapshot';
import type {
  Acknowledgement,
  Forecast,
  HypothesisState,
  IndicatorState,
  Overlay,
  Transition,
} from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import { bandToMajor, toMajor } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import type { Judgement } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import { answers } from '@plumbline/plan/overlay';
import type { PreparedHypothesis, Step } from '@plumbline/plan/prepare';
import { preparePlan } from '@plumbline/plan/prepare';
import { timeOf } from '@plumbline/plan/words';

/** What leaves the house: every value in its unit's major part, every time in ISO 8601. The CLI, the API and the page show these. */

export const majorOrNull = (value: number | null | undefined, unit: Unit): number | null =>
  value === null || value === undefined ? null : toMajor(value, unit);

export const majorForecast = (forecast: Forecast | null | undefined, unit: Unit) =>
  forecast ? bandToMajor(forecast, unit) : null;

const majorBreakdown = (breakdown: NonNullable<Revision['breakdown']>, unit: Unit) =>
  Object.fromEntries(
    Object.entries(breakdown).map(([dimension, parts]) => [
      dimension,
      Object.fromEntries(Object.entries(parts).map(([key, value]) => [key, toMajor(value, unit)])),
    ]),
  );

function revisionView(revision: Revision, unit: Unit) {
  return {
    value: toMajor(revision.value, unit),
    state: revision.state,
    pulledAt: toIso(revision.pulledAt),
    ...(revision.settledAt === undefined ? {} : { settledAt: toIso(revision.settledAt) }),
    revision: revision.revision,
    ...(revision.n === undefined ? {} : { n: revision.n }),
    // Of money the numerator is money too; the denominator counts.
    ...(revision.numerator === undefined ? {} : { numerator: toMajor(revision.numerator, unit) }),
    ...(revision.denominator === undefined ? {} : { denominator: revision.denominator }),
    ...(revision.interval === undefined ? {} : { interval: revision.interval }),
    ...(revision.breakdown === undefined ? {} : { breakdown: majorBreakdown(revision.breakdown, unit) }),
    ...statementIn(revision),
    quality: revision.quality,
    evidence: revision.evidence,
  };
}

/** Who stated a recorded value, with what words, and by which request; nothing of a number that was pulled. */
export function statementIn({ evidence: { policy, by, note, idempotencyKey } }: Pick<Revision, 'evidence'>) {
  if (policy !== 'record') return {};
  return {
    ...(typeof by === 'string' ? { who: by } : {}),
    ...(typeof note === 'string' ? { note } : {}),
    ...(typeof idempotencyKey === 'string' ? { idempotencyKey } : {}),
  };
}

/** One row of `/snapshots`. */
export function snapshotView(snapshot: Snapshot) {
  return {
    metric: snapshot.metric,
    day: snapshot.day,
    unit: snapshot.unit,
    source: snapshot.source,
    demo: snapshot.demo,
    ...revisionView(snapshot, snapshot.unit),
  };
}

/** One number explained: the row and every revision, oldest first. */
export const explainedView = (snapshot: Snapshot) => ({
  ...snapshotView(snapshot),
  revisions: [...snapshot.earlier, snapshot].map((revision) => revisionView(revision, snapshot.unit)),
});

/** The snapshot as it was known at that instant; undefined where it was not there yet. */
export function knownAt(snapshot: Snapshot, instant: Instant): Snapshot | undefined {
  const known = [...snapshot.earlier, snapshot].findLast((revision) => revision.pulledAt <= instant);
  if (!known) return undefined;
  const settledLater = known.settledAt !== undefined && known.settledAt > instant;
  const { settledAt, ...rest } = known;
  return {
    ...snapshot,
    ...rest,
    ...(settledLater || settledAt === undefined ? {} : { settledAt }),
    state: settledLater ? 'provisional' : known.state,
    earlier: snapshot.earlier.filter((revision) => revision.revision < known.revision),
  };
}

function overlaysOf(state: IndicatorState, answer: Acknowledgement | undefined, night: Day): Overlay[] {
  const isBad = state.status === 'missed' || state.status === 'at_risk';
  const stands = answer && isBad && answers(answer, state) && (answer.until === undefined || answer.until >= night);
  return [...(state.stale ? (['stale'] as const) : []), ...(stands ? [answer.kind] : [])];
}

/** The number that a state shows, and since when it stands so. */
const shownView = (state: IndicatorState | HypothesisState | undefined, unit: Unit) => ({
  since: state?.since ?? null,
  value: majorOrNull(state?.value, unit),
  day: state?.day ?? null,
  unit,
  n: state?.n ?? null,
  interval: state?.interval ?? null,
});

export function indicatorView(
  step: Step,
  state: IndicatorState | undefined,
  acknowledgement: Acknowledgement | undefined,
  night: Day,
) {
  const { indicator } = step;
  const { unit } = step.metric;
  return {
    id: step.id,
    says: indicator.says,
    when: timeOf(indicator, step.id),
    deadline: step.to,
    line: indicator.line ?? null,
    metric: indicator.metric,
    where: indicator.where ?? null,
    status: state?.status ?? 'not_due',
    overlays: state ? overlaysOf(state, acknowledgement, night) : [],
    ...shownView(state, unit),
    target: indicator.target,
    gap: majorOrNull(state?.gap, unit),
    requiredPace: majorOrNull(state?.requiredPace, unit),
    actualPace: majorOrNull(state?.actualPace, unit),
    forecast: majorForecast(state?.forecast, unit),
    missing: state?.stale?.missing ?? null,
    failingDays: state?.failing?.days ?? null,
    errorBudget: state?.errorBudget ?? null,
    dri: indicator.dri,
    priority: indicator.priority,
    risk: indicator.risk ?? null,
    mitigation: indicator.mitigation ?? null,
  };
}

function hypothesisView({ hypothesis, step }: PreparedHypothesis, state: HypothesisState | undefined) {
  const { unit } = step.metric;
  return {
    id: hypothesis.id,
    says: hypothesis.says,
    line: hypothesis.line ?? null,
    metric: hypothesis.metric,
    where: hypothesis.where ?? null,
    status: state?.status ?? 'not_due',
    overlays: state?.stale ? (['stale'] as const) : [],
    ...shownView(state, unit),
    from: hypothesis.from ?? null,
    to: hypothesis.to,
    go: hypothesis.go,
    pivot: hypothesis.pivot,
    start: step.from,
    end: step.to,
    forecast: majorForecast(state?.forecast, unit),
    missing: state?.stale?.missing ?? null,
    dri: hypothesis.dri,
  };
}

/** `status` and `/indicators`: the plan as known when that judgement's night closed; what was done about it since counts unless `asOf` asks for that night. */
export function statusView(
  workspace: Workspace,
  judgement: Judgement | undefined,
  acknowledgements: readonly Acknowledgement[],
  asOf: Day | undefined,
) {
  const states = new Map(judgement?.states.map((state) => [state.indicator, state]));
  const known = acknowledgements.filter(({ at }) => asOf === undefined || (judgement && at <= judgement.judgedAt));
  const acks = new Map(known.map((one) => [one.indicator, one]));
  const supposed = new Map(judgement?.hypotheses?.map((state) => [state.hypothesis, state]));
  const prepared = workspace.plan && judgement ? preparePlan(workspace.plan, workspace.metrics) : undefined;
  const indicators =
    prepared && judgement
      ? prepared.steps.map((step) => indicatorView(step, states.get(step.id), acks.get(step.id), judgement.night))
      : [];
  return {
    workspace: workspace.id,
    asOf: judgement?.night ?? null,
    planVersion: judgement?.planVersion ?? workspace.planVersion,
    indicators,
    hypotheses: prepared?.hypotheses.map((one) => hypothesisView(one, supposed.get(one.step.id))) ?? [],
  };
}

export function transitionView(transition: Transition) {
  const { unit } = transition;
  return {
    id: transition.id,
    kind: transition.kind,
    indicator: transition.indicator,
    metric: transition.metric,
    says: transition.says,
    from: transition.from,
    to: transition.to,
    day: transition.day,
    night: transition.night,
    at: toIso(transition.at),
    value: majorOrNull(transition.value, unit),
    unit,
    target: transition.target,
    gap: majorOrNull(transition.gap, unit),
    n: transition.n,
    detail: transition.detail,
    forecast: majorForecast(transition.forecast, unit),
    dri: transition.dri,
    priority: transition.priority,
    planVersion: transition.planVersion,
    silent: transition.silent,
    suppressedBy: transition.suppressedBy,
    mail: {
      state: transition.mail.state,
      messageId: transition.mail.messageId ?? null,
      to: transition.mail.to ?? null,
    },
  };
}

export const nightView = (night: Night) => ({
  night: night.id,
  day: night.day,
  demo: night.demo,
  silent: night.silent,
  openedAt: toIso(night.openedAt),
  closedAt: night.closedAt === undefined ? null : toIso(night.closedAt),
  sources: night.sources.map((result) => ({
    source: result.source,
    state: result.state,
    written: result.written,
    unchanged: result.unchanged,
    changedFrom: result.changedFrom ?? null,
    error: result.error ?? null,
    at: toIso(result.at),
  })),
});

/** How complete a workspace's nights are, as `/v1/workspaces` and `plumbline watch` tell it. */
export const completenessView = ({ complete, late }: Completeness) => ({
  lastComplete: complete,
  late: late.map(({ day, since, openedAt, awaits }) => ({
    day,
    since: toIso(since),
    openedAt: openedAt === undefined ? null : toIso(openedAt),
    awaits: [...awaits],
  })),
});
