import type { Day } from '@plumbline/core/day';
import { addDays, compareDays, daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import { windowOf } from '../calendar.ts';
import { cited, grouped, pathsOf, seriesName, targetOf, timeText } from './demand.ts';
import type { Draft, Rule, Subject } from './finding.ts';
import { soundHypotheses } from './hypotheses.ts';

/** What is judged when: indicators by their last occasion, hypotheses by their last day. */
type Deadline = { text: string; to: Day; first: Day; metric: CatalogueMetric; of: Draft['of'] };

function deadlines(subject: Subject): Deadline[] {
  const ofIndicators = grouped(subject.demands, ({ index }) => `${index}`).flatMap((occasions) => {
    const inOrder = occasions.toSorted((a, b) => compareDays(a.step.to, b.step.to));
    const [first, last] = [inOrder[0], inOrder.at(-1)];
    if (!first || !last) return [];
    const text = `${seriesName(last)} ${targetOf(last)} ${timeText(last)} (${cited([last])})`;
    return [{ text, to: last.step.to, first: first.step.to, metric: last.step.metric, of: pathsOf([last]) }];
  });
  const ofHypotheses = soundHypotheses(subject).map(({ hypothesis, index, metric }): Deadline => {
    const { to } = windowOf(hypothesis, subject.plan);
    return { text: `The hypothesis ${hypothesis.id}`, to, first: to, metric, of: [['hypotheses', index]] };
  });
  return [...ofIndicators, ...ofHypotheses];
}

/** Deadlines that the plan's days can't hold. */
export const timeRules: Rule[] = [
  {
    rule: 'after-the-end',
    check: (subject) =>
      deadlines(subject).flatMap(({ text, to, of }) =>
        to <= subject.plan.end
          ? []
          : [
              {
                severity: 'warning',
                message: `${text} is judged on ${to}, ${daysBetween(subject.plan.end, to)} days after the plan's end on ${subject.plan.end}.`,
                why: 'Nobody looks at the plan any more by then, unless somebody keeps its nights running.',
                of,
              },
            ],
      ),
  },
  {
    rule: 'before-the-window',
    check: (subject) =>
      deadlines(subject).flatMap(({ text, first, metric, of }) => {
        const { window } = metric;
        const { start } = subject.plan;
        if (window === undefined || daysBetween(start, first) >= window) return [];
        return [
          {
            severity: 'warning',
            message: `${text} is judged on ${first}, day ${daysBetween(start, first) + 1} of the plan, but ${titleOf(metric.id)} looks back ${window} days: the first of the plan's own people are in it on ${addDays(start, window)}.`,
            why: 'It speaks of people who came before the plan began, so nothing that the plan does can change it.',
            of,
          },
        ];
      }),
  },
];
