import type { Message } from '@plumbline/alerts/channel';
import { signLink } from '@plumbline/alerts/links';
import { sourceIn } from '@plumbline/alerts/kinds';
import type { MailItem } from '@plumbline/alerts/mail';
import { renderMail } from '@plumbline/alerts/mail';
import type { PlanLine } from '@plumbline/alerts/picture';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { MailRecord } from '@plumbline/core/night';
import type { Point, Snapshot } from '@plumbline/core/snapshot';
import type { IndicatorState, Transition } from '@plumbline/core/status';
import { toIso } from '@plumbline/core/zone';
import { boundLines, drawnSeries, isSum } from '@plumbline/plan/drawn';
import { budgetLeft } from '@plumbline/plan/error-budget';
import type { PreparedHypothesis, Step } from '@plumbline/plan/prepare';
import type { Promised } from '@plumbline/plan/promises';
import { promisesOf } from '@plumbline/plan/promises';
import { metricTitle, titleOfDri } from '@plumbline/plan/words';
import type { Postbox } from './notify.ts';
import { standInsOf } from './reach.ts';
import { digestIn } from './review.ts';
import type { Site } from './site.ts';

const LINK_DAYS = 30;
const DAY_MS = 86_400_000;
/** Days before the plan's start that a picture may show. */
const DAYS_BEFORE = 7;

/** What pictures are drawn from: every metric up to that night. */
export async function drawnPoints({ workspace, store }: Site, night: Day): Promise<Point[]> {
  if (!workspace.plan) return [];
  return store.snapshots.points(workspace.id, addDays(workspace.plan.start, -DAYS_BEFORE), night);
}

/**
 * One night's mail to one DRI, with a picture, the plan's own words and links for each transition, then the digest of a review. Undefined
 * where there is nothing of both: a review that has gone from the plan, or that its reader does not want.
 */
export async function composeMail(
  site: Site,
  mail: MailRecord,
  transitions: readonly Transition[],
  points: readonly Point[],
  postbox: Postbox,
): Promise<Message | undefined> {
  const { workspace, clock, demo } = site;
  const digest = mail.reviews && (await digestIn(site, mail, postbox));
  if (!digest && transitions.length === 0) return undefined;
  const dri = { id: mail.dri, title: titleOfDri(workspace.dris, mail.dri), email: mail.to };
  const promises = promisesOf(workspace);
  const standings = await standingsOf(site, mail.night);
  const items = await Promise.all(
    transitions.map(async (transition) => ({
      ...(await itemOf(
        site,
        transition,
        { promised: promises.get(transition.indicator), reader: mail.dri },
        points,
        postbox,
      )),
      ...precisionOf(transition, standings.get(transition.indicator)),
    })),
  );
  const rendered = await renderMail({
    workspace: { id: workspace.id, name: workspace.name, demo },
    night: mail.night,
    dri,
    standsInFor: await standInsOf(site, mail, transitions),
    items,
    digest,
    dashboardUrl: `${postbox.publicUrl}/#${workspace.id}`,
  });
  return { id: mail.id, to: { name: dri.title, email: dri.email }, at: clock.now(), ...rendered };
}

type Standing = Pick<IndicatorState, 'value' | 'interval' | 'errorBudget'>;

/** How everything stood when the night was judged, by id. */
async function standingsOf({ workspace, store }: Site, night: Day): Promise<Map<string, Standing>> {
  const judgement = await store.judgements.latest(workspace.id, night);
  return new Map<string, Standing>([
    ...(judgement?.states ?? []).map((state) => [state.indicator, state] as const),
    ...(judgement?.hypotheses ?? []).map((state) => [state.hypothesis, state] as const),
  ]);
}

/** What a transition itself does not hold: how sure its value is, and how much of an error budget is left. */
const precisionOf = ({ value }: Transition, standing: Standing | undefined): Partial<MailItem> => ({
  ...(standing?.interval && standing.value === value ? { interval: standing.interval } : {}),
  ...(standing?.errorBudget ? { errorBudget: budgetLeft(standing.errorBudget) } : {}),
});

async function itemOf(
  site: Site,
  transition: Transition,
  { promised, reader }: { promised: Promised | undefined; reader: string },
  points: readonly Point[],
  postbox: Postbox,
): Promise<MailItem> {
  const { workspace, clock } = site;
  const { publicUrl, linkKey } = postbox;
  const snapshot = await snapshotOf(site, transition, points);
  const link = (action: 'acknowledge' | 'snooze') =>
    `${publicUrl}/act?token=${signLink({ action, workspace: workspace.id, transition: transition.id, dri: reader, expiresAt: clock.now() + LINK_DAYS * DAY_MS }, linkKey)}`;
  const step = promised?.step;
  const supposed = promised?.hypothesis && linesOf(promised.hypothesis);
  const planLine = promised?.hypothesis ? supposed?.planLine : planLineOf(transition, step);
  return {
    transition,
    metricTitle: metricTitle({ metric: { id: transition.metric }, where: step?.where }),
    when: promised?.when ?? '',
    series: step && planLine !== undefined ? drawnSeries(step, points) : [],
    planLine: planLine ?? 0,
    ...(supposed ? { pivotLine: supposed.pivotLine } : {}),
    forecastFor: step?.kind === 'maintain' ? 'within a week' : 'at the deadline',
    responsible: titleOfDri(workspace.dris, transition.dri),
    numberCameFrom: snapshot
      ? `${snapshot.source}, ${snapshot.day === transition.day ? '' : `of ${snapshot.day}, `}pulled ${toIso(snapshot.pulledAt)}, revision ${snapshot.revision}`
      : null,
    links: {
      acknowledge: link('acknowledge'),
      snooze: link('snooze'),
      ...(sourceIn(transition.indicator) === undefined
        ? { indicator: `${publicUrl}/#${workspace.id}/${transition.indicator}` }
        : {}),
      ...(snapshot
        ? { evidence: `${publicUrl}/workspaces/${workspace.id}/metrics/${transition.metric}?day=${snapshot.day}` }
        : {}),
    },
  };
}

/** The number that a transition is about: of its day, or of the last one before it where that one stands for later days. */
async function snapshotOf(
  { workspace, store }: Site,
  { metric, day, value }: Transition,
  points: readonly Point[],
): Promise<Snapshot | undefined> {
  if (value === null) return undefined;
  const carryDays = workspace.metrics.get(metric)?.carryDays ?? 0;
  const last = points.findLast((point) => point.metric === metric && point.day <= day);
  return last && daysBetween(last.day, day) <= carryDays
    ? store.snapshots.one(workspace.id, last.day, metric)
    : undefined;
}

/** A hypothesis's go as the line to reach, and its pivot beside it. */
function linesOf(hypothesis: PreparedHypothesis): Pick<MailItem, 'planLine' | 'pivotLine'> | undefined {
  const { go, pivot } = boundLines(hypothesis);
  const [from, to] = go;
  return from && to && { planLine: { from, to }, pivotLine: pivot };
}

/** Where the plan wants it. The bound is what the verdict was held against, which for a target relative to a baseline only the gap tells. */
function planLineOf({ value, gap }: Transition, step: Step | undefined): PlanLine | undefined {
  if (!step) return undefined;
  const bound = value !== null && gap !== null ? value - gap : step.target.relative ? undefined : step.target.bound;
  if (bound === undefined) return undefined;
  if (isSum(step)) return { from: { day: step.from, value: 0 }, to: { day: step.to, value: bound } };
  return step.kind === 'by' ? { from: null, to: { day: step.to, value: bound } } : bound;
}
