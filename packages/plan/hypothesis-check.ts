import { InputError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { format } from '@plumbline/core/unit';
import { windowOf } from './calendar.ts';
import type { Hypothesis, Plan } from './schema.ts';
import type { Target } from './target.ts';
import { holds, parseAmount, parseTarget } from './target.ts';

type Found = { path: 'from' | 'to' | 'start' | 'go' | 'pivot' | 'id'; message: string };

/** What is wrong with a hypothesis's id, days, amounts and bounds; `metric` is undefined where the plan names one that nobody brings. */
export function hypothesisProblems(hypothesis: Hypothesis, plan: Plan, metric: CatalogueMetric | undefined): Found[] {
  const found: Found[] = [];
  const attempt = <T>(path: Found['path'], read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.push({ path, message: error.message });
      return undefined;
    }
  };
  const namesake = plan.indicators.findIndex(({ id }) => id === hypothesis.id);
  if (namesake >= 0) {
    found.push({
      path: 'id',
      message: `"${hypothesis.id}" is already the id of indicators[${namesake}]; give each its own`,
    });
  }
  attempt('start', () => windowOf(hypothesis, plan));
  if (!metric) return found;
  for (const path of ['from', 'to'] as const) {
    const amount = hypothesis[path];
    if (amount !== undefined) attempt(path, () => parseAmount(amount, metric.unit));
  }
  const [go, pivot] = (['go', 'pivot'] as const).map((path) =>
    attempt(path, () => boundOf(hypothesis[path], plan, metric)),
  );
  if (go && pivot) {
    const message = conflict(go, pivot, hypothesis);
    if (message !== undefined) found.push({ path: 'pivot', message });
  }
  return found;
}

function boundOf(text: string, plan: Plan, { unit, direction }: CatalogueMetric): Target {
  const target = parseTarget(text, unit, direction);
  if (target.range) throw new InputError(`"${text}" is a range; allowed: one comparison, such as "> 45%"`);
  if (target.relative && plan.baseline === undefined) {
    throw new InputError('speaks of the baseline, but the plan has none; add "baseline: day 7" to the plan');
  }
  return target;
}

/** Why go and pivot can't stand beside each other, if they can't. */
function conflict(go: Target, pivot: Target, texts: Pick<Hypothesis, 'go' | 'pivot'>): string | undefined {
  const words = `"${texts.pivot}" and go "${texts.go}"`;
  if (go.relative !== pivot.relative) return `${words} must both speak of the baseline, or neither`;
  const [low, high] = [Math.min(go.bound, pivot.bound), Math.max(go.bound, pivot.bound)];
  // If any value is both, one of these is: the bounds, and a value between, below and above them.
  const both = [low, high, (low + high) / 2, low - 1, high + 1].find(
    (value) => holds(go, value) && holds(pivot, value),
  );
  if (both === undefined) return undefined;
  const example = go.relative ? '' : `, such as ${format(both, go.unit)}`;
  return `${words} overlap: a value could be both${example}; allowed: bounds that no value meets both of`;
}
