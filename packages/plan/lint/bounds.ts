import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import { format } from '@plumbline/core/unit';
import type { Target } from '../target.ts';
import { cited, pathsOf, targetOf } from './demand.ts';
import type { Draft, Path, Rule, Subject } from './finding.ts';
import { soundHypotheses } from './hypotheses.ts';
import { isEmpty, limitsOf } from './range.ts';

function against(target: Target, { id, direction }: CatalogueMetric, text: string, of: Path): Draft[] {
  const asksForLess = target.op === '<' || target.op === '<=';
  if (target.op === '==' || asksForLess === (direction === 'down')) return [];
  return [
    {
      severity: 'warning',
      message: `${text} asks for ${asksForLess ? 'less' : 'more'}, but of ${titleOf(id)} ${direction === 'up' ? 'more' : 'less'} is better.`,
      why: 'Getting better is told as a miss, and the forecast warns of progress; turn the comparison round, or the direction of the metric.',
      of: [of],
    },
  ];
}

function beyond({ demands }: Subject): Draft[] {
  return demands.flatMap((demand): Draft[] => {
    const { target, metric } = demand.step;
    const [path] = pathsOf([demand]);
    if (target.relative || !path) return [];
    const text = `${titleOf(metric.id)} ${targetOf(demand)} (${cited([demand])})`;
    const of = [[...path, 'target']];
    if (isEmpty(demand.range)) {
      const { low, high } = limitsOf(metric);
      const limits = [
        ...(Number.isFinite(low) ? [`below ${format(low, metric.unit)}`] : []),
        ...(Number.isFinite(high) ? [`above ${format(high, metric.unit)}`] : []),
      ];
      const message = `${text} can't be reached: it is never ${limits.join(' or ')}.`;
      return [{ severity: 'error', message, why: 'It is missed whatever anybody does.', of }];
    }
    if (metric.source === 'record' && metric.unit === '%' && Math.max(demand.range.low, target.stretch ?? 0) > 100) {
      const message = `${text} is more than all of it, if it is a share.`;
      return [
        { severity: 'warning', message, why: 'A share of a whole is at most 100%; only a growth can be more.', of },
      ];
    }
    return [];
  });
}

/** Targets that no value can keep, or that ask for the worse. */
export const boundRules: Rule[] = [
  {
    rule: 'against-the-direction',
    check: (subject) => [
      ...subject.demands.flatMap((demand) => {
        const [path] = pathsOf([demand]);
        const text = `${targetOf(demand)} (${cited([demand])})`;
        return path ? against(demand.step.target, demand.step.metric, text, [...path, 'target']) : [];
      }),
      ...soundHypotheses(subject).flatMap(({ go, metric, index, hypothesis }) =>
        against(go, metric, `go "${hypothesis.go}"`, ['hypotheses', index, 'go']),
      ),
    ],
  },
  { rule: 'unreachable-bound', check: beyond },
];
