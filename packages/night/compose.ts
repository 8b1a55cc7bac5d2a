import type { Message } from '@plumbline/alerts/channel';
import { signLink } from '@plumbline/alerts/links';
import type { MailItem } from '@plumbline/alerts/mail';
import { renderMail } from '@plumbline/alerts/mail';
import type { PlanLine } from '@plumbline/alerts/picture';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { titleOf } from '@plumbline/core/metric';
import type { MailRecord } from '@plumbline/core/night';
import type { Point } from '@plumbline/core/snapshot';
import type { Transition } from '@plumbline/core/status';
import { toIso } from '@plumbline/core/zone';
import { drawnSeries, isSum } from '@plumbline/plan/drawn';
import type { Step } from '@plumbline/plan/prepare';
import { preparePlan } from '@plumbline/plan/prepare';
import { timeOf } from '@plumbline/plan/words';
import type { Postbox } from './notify.ts';
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

/** One night's mail to one DRI, with a picture, the plan's own words and links for each transition. */
export async function composeMail(
  site: Site,
  mail: MailRecord,
  transitions: readonly Transition[],
  points: readonly Point[],
  postbox: Postbox,
): Promise<Message> {
  const { workspace, clock, demo } = site;
  const dri = { id: mail.dri, title: workspace.dris[mail.dri]?.title ?? mail.dri, email: mail.to };
  const steps = new Map(
    workspace.plan ? preparePlan(workspace.plan, workspace.metrics).steps.map((step) => [step.id, step]) : [],
  );
  const items = await Promise.all(
    transitions.map((transition) => itemOf(site, transition, steps.get(transition.indicator), points, postbox)),
  );
  const rendered = await renderMail({
    workspace: { id: workspace.id, name: workspace.name, demo },
    night: mail.night,
    dri,
    insteadOf: mail.insteadOf === undefined ? undefined : workspace.dris[mail.insteadOf],
    items,
    dashboardUrl: `${postbox.publicUrl}/#${workspace.id}`,
  });
  return { id: mail.id, to: { name: dri.title, email: dri.email }, at: clock.now(), ...rendered };
}

async function itemOf(
  site: Site,
  transition: Transition,
  step: Step | undefined,
  points: readonly Point[],
  postbox: Postbox,
): Promise<MailItem> {
  const { workspace, store, clock } = site;
  const { publicUrl, linkKey } = postbox;
  const snapshot =
    transition.metric === '' || transition.value === null
      ? undefined
      : await store.snapshots.one(workspace.id, transition.day, transition.metric);
  const link = (action: 'acknowledge' | 'snooze') =>
    `${publicUrl}/act?token=${signLink({ action, workspace: workspace.id, transition: transition.id, expiresAt: clock.now() + LINK_DAYS * DAY_MS }, linkKey)}`;
  const planLine = planLineOf(transition, step);
  const where = Object.values(step?.where ?? {}).join(', ');
  return {
    transition,
    metricTitle: where === '' ? titleOf(transition.metric) : `${titleOf(transition.metric)} of ${where}`,
    when: step ? timeOf(step.indicator, step.id) : '',
    series: step && planLine !== undefined ? drawnSeries(step, points) : [],
    planLine: planLine ?? 0,
    numberCameFrom: snapshot
      ? `${snapshot.source}, pulled ${toIso(snapshot.pulledAt)}, revision ${snapshot.revision}`
      : null,
    links: {
      acknowledge: link('acknowledge'),
      snooze: link('snooze'),
      indicator: `${publicUrl}/#${workspace.id}/${transition.indicator}`,
      ...(snapshot
        ? { evidence: `${publicUrl}/v1/workspaces/${workspace.id}/snapshots/${transition.day}/${transition.metric}` }
        : {}),
    },
  };
}

/** Where the plan wants it. The bound is what the verdict was held against, which for a target relative to a baseline only the gap tells. */
function planLineOf({ value, gap }: Transition, step: Step | undefined): PlanLine | undefined {
  if (!step) return undefined;
  const bound = value !== null && gap !== null ? value - gap : step.target.relative ? undefined : step.target.bound;
  if (bound === undefined) return undefined;
  if (isSum(step)) return { from: { day: step.from, value: 0 }, to: { day: step.to, value: bound } };
  return step.kind === 'by' ? { from: null, to: { day: step.to, value: bound } } : bound;
}
