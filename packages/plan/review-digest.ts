import type { Day } from '@plumbline/core/day';
import { addDays, compareDays, daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type {
  Acknowledgement,
  ErrorBudget,
  Forecast,
  HypothesisState,
  HypothesisStatus,
  IndicatorState,
  Overlay,
  Priority,
  Status,
  Transition,
  TransitionKind,
} from '@plumbline/core/status';
import { DECISIONS, PRIORITIES } from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import { answers } from './overlay.ts';
import type { PreparedHypothesis, Step } from './prepare.ts';
import { preparePlan } from './prepare.ts';
import type { Meeting } from './review-meetings.ts';
import type { Plan } from './schema.ts';
import { metricTitle, timeOf } from './words.ts';

export type Answer = Pick<Acknowledgement, 'kind' | 'reason' | 'until' | 'at'>;

/** One promise as it stood. Values are in the metric's inside form. */
export type DigestRow = {
  indicator: string;
  says: string;
  metric: string;
  when: string;
  deadline: Day;
  status: Status;
  overlays: Overlay[];
  missing: string | null;
  unit: Unit;
  value: number | null;
  /** The value's day. */
  day: Day | null;
  /** In the plan's own words. */
  target: string;
  gap: number | null;
  forecast: Forecast | null;
  requiredPace: number | null;
  /** Of an uptime that is to be maintained. */
  errorBudget: ErrorBudget | null;
  answer: Answer | null;
  dri: string;
  priority: Priority;
};

/** What happened to a promise since the last meeting: where several things did, the last. */
export type DigestChange = DigestRow & { kind: ChangeKind; from: Transition['from']; night: Day };

/** A hypothesis that was decided since the last meeting, or is to be decided before the next one. */
export type DigestDecision = {
  hypothesis: string;
  says: string;
  metric: string;
  status: HypothesisStatus;
  /** Its last day. */
  deadline: Day;
  unit: Unit;
  value: number | null;
  day: Day | null;
  go: string;
  pivot: string;
  dri: string;
};

/** What a meeting goes through. */
export type Digest = {
  meeting: Meeting;
  /** The night whose judgement it tells; null before the first, earlier than the meeting's own where that one is still to come. */
  night: Day | null;
  changes: DigestChange[];
  /** Missed earlier, and not overtaken by the next deadline on the same metric. */
  open: DigestRow[];
  /** Undecided, with its deadline before the next meeting. */
  due: DigestRow[];
  /** The plan's weeks that its days lie in, counted from 1, and every promise that is judged on a day of them. */
  weeks: { first: number; last: number };
  table: DigestRow[];
  decided: DigestDecision[];
  toDecide: DigestDecision[];
  /** Misses that nobody has acknowledged or snoozed. */
  unanswered: DigestRow[];
  counts: DigestCounts;
};

/** Missed, met, recovered and corrected since the last meeting (a correction to missed counts as both); at risk and open as things stand. */
export type DigestCounts = Record<
  'missed' | 'met' | 'recovered' | 'corrected' | 'atRisk' | 'open' | 'due' | 'toDecide',
  number
>;

export type DigestInput = {
  plan: Plan;
  metrics: ReadonlyMap<string, CatalogueMetric>;
  meeting: Meeting;
  /** The last judgement up to the meeting's night. */
  judgement: { night: Day; states: readonly IndicatorState[]; hypotheses?: readonly HypothesisState[] } | undefined;
  /** Of the nights from the meeting's first to its own. */
  transitions: readonly Pick<Transition, 'indicator' | 'kind' | 'from' | 'night' | 'at'>[];
  /** As far as they were given by then. */
  acknowledgements: readonly Acknowledgement[];
};

const CHANGES = ['missed', 'corrected', 'at_risk', 'recovered', 'met'] as const satisfies TransitionKind[];
export type ChangeKind = (typeof CHANGES)[number];

const STATUSES: readonly Status[] = ['missed', 'at_risk', 'on_track', 'recovered', 'met', 'not_due'];

const isChange = (kind: TransitionKind): kind is ChangeKind => CHANGES.some((one) => one === kind);

/** Works a meeting's digest out of what was known in its night: the same input, the same answer. Each list has the most important first. */
export function digestOf(input: DigestInput): Digest {
  const { plan, meeting, judgement } = input;
  const { steps, hypotheses } = preparePlan(plan, input.metrics);
  const rows = rowsOf(input, steps);
  const night = judgement?.night ?? addDays(meeting.from, -1);
  const changes = changesOf(input, rows);
  const changed = new Set(changes.map(({ indicator }) => indicator));
  const open = steps.flatMap((step) => {
    const row = rows.get(step.id);
    return row?.status === 'missed' && isNearest(step, night) ? [row] : [];
  });
  const until = meeting.next?.night;
  const due = steps.flatMap((step) => {
    const row = rows.get(step.id);
    const isOpen = row && ['not_due', 'on_track', 'at_risk'].includes(row.status);
    return isOpen && (until === undefined || step.to <= until) ? [row] : [];
  });
  // What should have been decided by now and lacks its value can only wait: it comes last.
  const isLate = ({ missing, deadline }: DigestRow): number => Number(missing !== null && deadline <= night);
  const weeks = { first: weekOf(plan, meeting.from), last: weekOf(plan, meeting.night) };
  const decisions = hypotheses.map((one) => decisionOf(input, one));
  const isOver = ({ status }: DigestDecision) => DECISIONS.some((one) => one === status);
  const toDecide = decisions
    .filter((one) => !isOver(one) && (until === undefined || one.deadline <= until))
    .toSorted(byDay);
  const of = (kind: ChangeKind) => changes.filter((one) => one.kind === kind).length;
  const told = new Set(input.transitions.map(({ indicator }) => indicator));
  return {
    meeting,
    night: judgement?.night ?? null,
    changes,
    open: open.filter(({ indicator }) => !changed.has(indicator)).toSorted(byWeight),
    due: due.toSorted((a, b) => isLate(a) - isLate(b) || byDay(a, b) || byWeight(a, b)),
    weeks,
    table: tableOf(plan, steps, weeks, rows),
    decided: decisions.filter((one) => isOver(one) && told.has(one.hypothesis)),
    toDecide,
    unanswered: open.filter(({ answer }) => answer === null).toSorted(byWeight),
    counts: {
      missed: of('missed') + changes.filter(({ kind, status }) => kind === 'corrected' && status === 'missed').length,
      met: of('met'),
      recovered: of('recovered'),
      corrected: of('corrected'),
      atRisk: [...rows.values()].filter(({ status }) => status === 'at_risk').length,
      open: open.length,
      due: due.length,
      toDecide: toDecide.length,
    },
  };
}

function rowsOf({ judgement, acknowledgements }: DigestInput, steps: readonly Step[]): Map<string, DigestRow> {
  const states = new Map(judgement?.states.map((state) => [state.indicator, state]));
  const given = new Map(acknowledgements.toSorted((a, b) => a.at - b.at).map((one) => [one.indicator, one]));
  return new Map(
    steps.map((step) => [step.id, rowOf(step, states.get(step.id), given.get(step.id), judgement?.night)]),
  );
}

function rowOf(
  step: Step,
  state: IndicatorState | undefined,
  given: Acknowledgement | undefined,
  night: Day | undefined,
): DigestRow {
  const { indicator, metric } = step;
  const answer = state && given && night !== undefined && stands(given, state, night) ? given : undefined;
  return {
    indicator: step.id,
    says: indicator.says,
    metric: metricTitle(step),
    when: timeOf(indicator, step.id),
    deadline: step.to,
    status: state?.status ?? 'not_due',
    overlays: [...(state?.stale ? (['stale'] as const) : []), ...(answer ? [answer.kind] : [])],
    missing: state?.stale?.missing ?? null,
    unit: metric.unit,
    value: state?.value ?? null,
    day: state?.day ?? null,
    target: indicator.target,
    gap: state?.gap ?? null,
    forecast: state?.forecast ?? null,
    requiredPace: state?.requiredPace ?? null,
    errorBudget: state?.errorBudget ?? null,
    answer: answer ? answerOf(answer) : null,
    dri: indicator.dri,
    priority: indicator.priority,
  };
}

const answerOf = ({ kind, reason, at, until }: Acknowledgement): Answer => ({
  kind,
  reason,
  at,
  ...(until === undefined ? {} : { until }),
});

const stands = (given: Acknowledgement, state: IndicatorState, night: Day): boolean =>
  (state.status === 'missed' || state.status === 'at_risk') &&
  answers(given, state) &&
  (given.until === undefined || given.until >= night);

/** What a promise went through counts by its end: a risk that has passed is no news. */
function changesOf({ transitions }: DigestInput, rows: ReadonlyMap<string, DigestRow>): DigestChange[] {
  const last = new Map<string, DigestChange>();
  for (const { indicator, kind, from, night } of transitions.toSorted((a, b) => a.at - b.at)) {
    const row = rows.get(indicator);
    if (row && isChange(kind)) last.set(indicator, { ...row, kind, from, night });
  }
  return [...last.values()]
    .filter(({ kind, status }) => kind !== 'at_risk' || status === 'at_risk')
    .toSorted((a, b) => CHANGES.indexOf(a.kind) - CHANGES.indexOf(b.kind) || byWeight(a, b));
}

/** As for reminders: until the next deadline on the same metric. */
const isNearest = ({ nextDeadline }: Step, night: Day): boolean => nextDeadline === undefined || night < nextDeadline;

const byDay = (a: { deadline: Day }, b: { deadline: Day }): number => compareDays(a.deadline, b.deadline);

const byWeight = (a: DigestRow, b: DigestRow): number =>
  PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || byDay(a, b);

/** Week k is the k-th seven days from the plan's start. */
const weekOf = ({ start }: Plan, day: Day): number => Math.floor(daysBetween(start, day) / 7) + 1;

/** What is decided in these weeks comes before what only runs through them. A `by` is judged on its last day. */
function tableOf(plan: Plan, steps: readonly Step[], weeks: Digest['weeks'], rows: ReadonlyMap<string, DigestRow>) {
  const from = addDays(plan.start, 7 * (weeks.first - 1));
  const to = addDays(plan.start, 7 * weeks.last - 1);
  const ends = ({ deadline }: DigestRow): number => (deadline <= to ? 0 : 1);
  return steps
    .filter((step) => step.to >= from && (step.kind === 'by' ? step.to : step.from) <= to)
    .flatMap((step) => rows.get(step.id) ?? [])
    .toSorted((a, b) => ends(a) - ends(b) || STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) || byWeight(a, b));
}

function decisionOf({ judgement }: DigestInput, { hypothesis, step }: PreparedHypothesis): DigestDecision {
  const state = judgement?.hypotheses?.find((one) => one.hypothesis === hypothesis.id);
  return {
    hypothesis: hypothesis.id,
    says: hypothesis.says,
    metric: metricTitle(step),
    status: state?.status ?? 'not_due',
    deadline: step.to,
    unit: step.metric.unit,
    value: state?.value ?? null,
    day: state?.day ?? null,
    go: hypothesis.go,
    pivot: hypothesis.pivot,
    dri: hypothesis.dri,
  };
}
