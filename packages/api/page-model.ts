import type {
  HypothesisCard,
  IndicatorCard,
  LastNight,
  MailRow,
  Picture,
  WorkspaceSection,
} from '@plumbline/dashboard/model';
import { metricHref } from '@plumbline/dashboard/metric-page';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { Completeness } from '@plumbline/core/late';
import { lateInWords } from '@plumbline/core/late';
import type { MailRecord, Night } from '@plumbline/core/night';
import type { Acknowledgement, HypothesisState, HypothesisStatus, IndicatorState } from '@plumbline/core/status';
import { capital, writtenTime } from '@plumbline/core/words';
import type { Zone } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import { budgetLeft } from '@plumbline/plan/error-budget';
import { forecastDay } from '@plumbline/plan/forecast';
import type { PreparedHypothesis, Step } from '@plumbline/plan/prepare';
import { preparePlan } from '@plumbline/plan/prepare';
import { metricTitle, titleOfDri } from '@plumbline/plan/words';
import { changesIn } from './changes.ts';
import { pictureOf, pictureOfHypothesis } from './picture.ts';
import type { Room } from './reads.ts';
import { lastNightOf } from './reads.ts';
import { reviewLinks } from './review.ts';
import { unreachableRows } from './unreachable.ts';
import { indicatorView } from './views.ts';

/** One workspace for the page: seven reads, whatever its size. */
export async function workspaceSection(room: Room, nights: Completeness): Promise<WorkspaceSection> {
  const { workspace, store, demo } = room;
  const { id, name, plan, timezone } = workspace;
  const lastNight = await lastNightOf(room);
  const from = plan?.start ?? addDays(lastNight, -90);
  const [night, judgement, acknowledgements, transitions, mails, unreachable, points] = await Promise.all([
    store.nights.last(id),
    store.judgements.latest(id),
    store.acknowledgements.list(id),
    store.transitions.list(id, lastNight, lastNight),
    store.mails.list(id, from, lastNight),
    unreachableRows(room),
    plan ? store.snapshots.points(id, plan.start, lastNight) : [],
  ]);
  const { steps, hypotheses } = plan ? preparePlan(plan, workspace.metrics) : { steps: [], hypotheses: [] };
  const supposed = new Map(judgement?.hypotheses?.map((state) => [state.hypothesis, state]));
  const states = new Map(judgement?.states.map((state) => [state.indicator, state]));
  const answers = new Map(acknowledgements.map((one) => [one.indicator, one]));
  const byMetric = Map.groupBy(points, ({ metric }) => metric);
  const titled = (dri: string) => titleOfDri(workspace.dris, dri);
  const span = { from, to: plan?.end ?? lastNight };
  return {
    id,
    name,
    demo,
    plan: plan ? { title: plan.title, from: plan.start, to: plan.end } : null,
    night: night ? nightOf(night, timezone, room) : null,
    late: latenessOf(nights, timezone),
    indicators: judgement
      ? steps.map((step) =>
          cardOf(step, {
            workspace: id,
            state: states.get(step.id),
            answer: answers.get(step.id),
            night: judgement.night,
            dri: titled(step.indicator.dri),
            picture: pictureOf(step, steps, states.get(step.id), byMetric.get(step.metric.id) ?? [], span),
          }),
        )
      : [],
    hypotheses: judgement
      ? hypotheses.map((one) =>
          hypothesisCardOf(one, {
            workspace: id,
            state: supposed.get(one.step.id),
            night: judgement.night,
            dri: titled(one.hypothesis.dri),
            picture: pictureOfHypothesis(one, byMetric.get(one.step.metric.id) ?? [], span),
          }),
        )
      : [],
    changes: transitions.map(changesIn(workspace)),
    unreachable,
    mails: mails.toSorted((a, b) => b.at - a.at).map((mail) => mailOf(mail, timezone)),
    reviews: reviewLinks(workspace, lastNight),
  };
}

const latenessOf = ({ complete, late }: Completeness, zone: Zone): string[] =>
  late.length === 0
    ? []
    : [
        ...late.map((one) => capital(lateInWords(one, zone))),
        complete === null ? 'No night is complete yet' : `The last complete night is that of ${complete}`,
      ];

type Judged = {
  workspace: string;
  state: IndicatorState | undefined;
  answer: Acknowledgement | undefined;
  night: Day;
  dri: string;
  picture: Picture;
};

function cardOf(step: Step, { workspace, state, answer, night, dri, picture }: Judged): IndicatorCard {
  const { status, overlays, when, missing, failingDays, errorBudget } = indicatorView(step, state, answer, night);
  const { indicator } = step;
  const stands = answer && overlays.includes(answer.kind);
  return {
    id: step.id,
    says: indicator.says,
    metric: metricTitle(step),
    explained: metricHref(workspace, step.metric.id, state?.day),
    when,
    deadline: step.to,
    status,
    overlays,
    unit: step.metric.unit,
    value: state?.value ?? null,
    day: state?.day ?? null,
    target: indicator.target,
    gap: state?.gap ?? null,
    n: state?.n ?? null,
    interval: state?.interval ?? null,
    requiredPace: state?.requiredPace ?? null,
    actualPace: state?.actualPace ?? null,
    forecast: state?.forecast ?? null,
    forecastDay: forecastDay(step, state?.day ?? night),
    missing,
    failingDays,
    errorBudget: errorBudget && budgetLeft(errorBudget),
    answer: stands ? { kind: answer.kind, reason: answer.reason, until: answer.until ?? null } : null,
    dri,
    priority: indicator.priority,
    risk: indicator.risk ?? null,
    mitigation: indicator.mitigation ?? null,
    picture,
  };
}

function daysLeftOf(status: HypothesisStatus, night: Day, { from, to }: Step): number | null {
  if (status === 'not_due') return Math.max(0, daysBetween(night, from));
  return status === 'running' ? Math.max(0, daysBetween(night, to)) : null;
}

function hypothesisCardOf(
  { hypothesis, step }: PreparedHypothesis,
  { workspace, state, night, dri, picture }: Omit<Judged, 'state' | 'answer'> & { state: HypothesisState | undefined },
): HypothesisCard {
  const { id, says, from, to, go, pivot } = hypothesis;
  const status = state?.status ?? 'not_due';
  return {
    id,
    says,
    metric: metricTitle(step),
    explained: metricHref(workspace, step.metric.id, state?.day),
    status,
    unit: step.metric.unit,
    value: state?.value ?? null,
    day: state?.day ?? null,
    go,
    pivot,
    expected: from === undefined ? to : `from ${from} to ${to}`,
    start: step.from,
    end: step.to,
    daysLeft: daysLeftOf(status, night, step),
    n: state?.n ?? null,
    interval: state?.interval ?? null,
    forecast: state?.forecast ?? null,
    missing: state?.stale?.missing ?? null,
    dri,
    picture,
  };
}

function nightOf(night: Night, zone: Zone, { workspace }: Room): LastNight {
  const results = new Map(night.sources.map((result) => [result.source, result]));
  const names = new Set([...night.expects, ...results.keys()]);
  const titles = new Map(workspace.sources.map(({ definition }) => [definition.name, definition.title]));
  return {
    day: night.day,
    closed: night.closedAt === undefined ? null : writtenTime(night.closedAt, zone),
    sources: [...names].map((source) => {
      const result = results.get(source);
      return {
        name: titles.get(source) ?? source,
        state: result?.state ?? (night.closedAt === undefined ? 'awaited' : 'failed'),
        detail: result ? (result.error ?? null) : night.closedAt === undefined ? null : 'It did not come in in time.',
      };
    }),
  };
}

const mailOf = ({ at, to, subject, state }: MailRecord, zone: Zone): MailRow => ({
  at: toIso(at),
  time: writtenTime(at, zone),
  to,
  subject,
  state,
});
