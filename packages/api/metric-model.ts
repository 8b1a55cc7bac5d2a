import type { Day } from '@plumbline/core/day';
import { compareDays, latest } from '@plumbline/core/day';
import type { Explanation } from '@plumbline/core/explanation';
import { titleOf } from '@plumbline/core/metric';
import type { MetricPage } from '@plumbline/dashboard/metric-page';
import { metricHref } from '@plumbline/dashboard/metric-page';
import type { Picture } from '@plumbline/dashboard/model';
import { preparePlan } from '@plumbline/plan/prepare';
import type { Workspace } from '@plumbline/workspace/workspace';
import { explanationOf } from './explanation.ts';
import type { Reading, Room } from './reads.ts';
import { absence, readNumber } from './reads.ts';

/** A read number in words; null where there is none. */
export function explained({ workspace }: Room, { metric, snapshot, around }: Reading): Explanation | null {
  if (!snapshot) return null;
  return explanationOf(snapshot, {
    metric,
    zone: workspace.timezone,
    currency: workspace.currency,
    sources: new Map(workspace.sources.map(({ definition: { name, title } }) => [name, title])),
    stored: (day) => around.find((one) => one.day === day),
  });
}

/** The number's way over the days that were read, with the levels that the plan wants on days among them. */
function pictureOf({ plan, metrics }: Workspace, { metric, day, around, from, to }: Reading): Picture {
  const steps = plan ? preparePlan(plan, metrics).steps : [];
  const wanted = steps
    .filter((step) => step.kind === 'by' && step.metric.id === metric.id && !step.where && !step.target.relative)
    .filter((step) => step.to >= from && step.to <= to)
    .map((step) => ({ day: step.to, value: step.target.bound }))
    .toSorted((a, b) => compareDays(a.day, b.day));
  const ends: readonly Day[] = [...wanted, ...around].map((one) => one.day);
  return {
    from,
    to: ends.reduce((end, one) => latest(end, one), day),
    series: around.map(({ day, value }) => ({ day, value })),
    plan: wanted,
    judged: { from: day, to: day },
  };
}

/** A metric's page for a day, else for its newest. Throws PlumblineError `not-found` for an unknown metric. */
export async function metricModel(room: Room, id: string, day?: Day): Promise<MetricPage> {
  const { workspace } = room;
  const reading = await readNumber(room, id, day);
  const explanation = explained(room, reading);
  const before = reading.around.findLast((one) => one.day < reading.day);
  const after = reading.around.find((one) => one.day > reading.day);
  const wayTo = (other: Day) => metricHref(workspace.id, id, other);
  return {
    workspace: { id: workspace.id, name: workspace.name },
    title: titleOf(id),
    unit: reading.metric.unit,
    day: reading.day,
    explanation,
    absence: explanation ? '' : absence(room, reading),
    picture: reading.around.length > 0 ? pictureOf(workspace, reading) : null,
    ways: [
      ...(explanation ? [] : [{ href: metricHref(workspace.id, id), name: 'Newest' }]),
      ...(before ? [{ href: wayTo(before.day), name: `← ${before.day}` }] : []),
      ...(after ? [{ href: wayTo(after.day), name: `${after.day} →` }] : []),
    ],
    metrics: [...workspace.metrics.keys()].map((other) => ({
      href: metricHref(workspace.id, other, day),
      name: titleOf(other),
    })),
  };
}
