import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import type { Hypothesis } from '../schema.ts';
import type { Target } from '../target.ts';
import { holds, parseAmount, parseTarget } from '../target.ts';
import type { Draft, Rule, Subject } from './finding.ts';

type Bounds = { hypothesis: Hypothesis; index: number; metric: CatalogueMetric; go: Target; pivot: Target };

/** What the sound hypotheses are decided by. */
export function soundHypotheses({ plan, metrics, problems }: Subject): Bounds[] {
  const broken = new Set(problems.flatMap(({ path: [list, index] }) => (list === 'hypotheses' ? [index] : [])));
  return plan.hypotheses.flatMap((hypothesis, index) => {
    const metric = metrics.get(hypothesis.metric);
    if (!metric || broken.has(index)) return [];
    const [go, pivot] = [hypothesis.go, hypothesis.pivot].map((text) =>
      parseTarget(text, metric.unit, metric.direction),
    );
    return go && pivot ? [{ hypothesis, index, metric, go, pivot }] : [];
  });
}

/** No room between go and pivot: the bounds are one value, or so near that it belongs to either. */
function withoutGap({ go, pivot, hypothesis, index, metric }: Bounds): Draft[] {
  const isOneBorder = go.bound === pivot.bound && go.op.slice(0, 1) !== pivot.op.slice(0, 1);
  if (!isOneBorder || go.op === '==' || pivot.op === '==') return [];
  return [
    {
      severity: 'warning',
      message: `Go "${hypothesis.go}" and pivot "${hypothesis.pivot}" leave nothing between them, so ${titleOf(metric.id)} is never inconclusive.`,
      why: 'The smallest wobble of the number turns go into pivot; a gap says how sure one wants to be.',
      of: [['hypotheses', index, 'pivot']],
    },
  ];
}

function expectsNoGo({ go, hypothesis, index, metric }: Bounds): Draft[] {
  if (go.relative || holds(go, parseAmount(hypothesis.to, metric.unit))) return [];
  return [
    {
      severity: 'warning',
      message: `The ${hypothesis.to} that are expected of ${titleOf(metric.id)} are no go by "${hypothesis.go}".`,
      why: 'Even if everything comes as it is expected, the hypothesis is not confirmed.',
      of: [['hypotheses', index, 'to']],
    },
  ];
}

/** Hypotheses that can't be decided as they are meant. */
export const hypothesisRules: Rule[] = [
  { rule: 'no-room-between', check: (subject) => soundHypotheses(subject).flatMap(withoutGap) },
  { rule: 'expected-is-no-go', check: (subject) => soundHypotheses(subject).flatMap(expectsNoGo) },
];
