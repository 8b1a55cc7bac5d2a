import { describe, expect, it } from 'vitest';
import { hypothesisProblems } from './hypothesis-check.ts';
import { metric, planOf, supposing } from './rehearsal.ts';
import type { Hypothesis } from './schema.ts';

const bare = planOf({ id: 'early', target: '>= 1', by: 'day 9' });

const problems = (rest: Partial<Hypothesis>, own = metric({ unit: '%', kind: 'rate' }), plan = bare): string[] => {
  const whole = supposing(plan, { to: '50%', go: '> 45%', pivot: '< 42%', ...rest });
  return whole.hypotheses.flatMap((one) =>
    hypothesisProblems(one, whole, own).map(({ path, message }) => `${path}: ${message}`),
  );
};

describe('a hypothesis is refused', () => {
  const overlap = (go: string, pivot: string) => problems({ go, pivot });

  it.each([
    ['> 45%', '<= 45%'],
    ['>= 45%', '< 45%'],
    ['< 42%', '> 45%'],
    ['== 45%', '> 45%'],
    ['> 45%', '== 45%'],
  ])('not where no value is both: go %s, pivot %s', (go, pivot) => {
    expect(overlap(go, pivot)).toEqual([]);
  });

  it.each([
    ['>= 45%', '<= 45%', '45%'],
    ['> 40%', '< 42%', '41%'],
    ['> 45%', '> 50%', '51%'],
    ['< 45%', '<= 45%', '44%'],
    ['>= 45%', '== 45%', '45%'],
  ])('where a value could be both: go %s, pivot %s', (go, pivot, example) => {
    expect(overlap(go, pivot)).toEqual([
      `pivot: "${pivot}" and go "${go}" overlap: a value could be both, such as ${example}; allowed: bounds that no value meets both of`,
    ]);
  });

  it('where an amount or a bound is not of its metric', () => {
    expect(problems({ from: '40 ms', to: 'half', go: '> $45', pivot: '42%' })).toEqual([
      'from: "40 ms" is in "ms", but the metric is in %; allowed: a plain number, "%"',
      'to: "half" is not an amount; allowed: a number with its unit, such as "40%" or "$8K"',
      'go: "$45" is in "$", but the metric is in %; allowed: a plain number, "%"',
      expect.stringMatching(/^pivot: "42%" has no comparison; allowed: /),
    ]);
  });

  it('where a bound is a range', () => {
    expect(problems({ go: '45%..50%' })).toEqual([
      'go: "45%..50%" is a range; allowed: one comparison, such as "> 45%"',
    ]);
  });

  it('where it starts nowhere, or too early', () => {
    expect(problems({ start: 'end' })).toEqual([
      'start: "end" is not a day to start on; allowed: "week 6", "day 30", "2026-02-12"',
    ]);
    expect(problems({ start: '2026-01-01' })).toEqual([
      'start: "2026-01-01" is 2026-01-01, before the plan\'s start 2026-01-02',
    ]);
  });

  it('where it leans on a baseline that the plan has not, or with one bound only', () => {
    const relative = { go: '> baseline + 5%', pivot: '< baseline + 2%' };
    expect(problems(relative)).toEqual([
      'go: speaks of the baseline, but the plan has none; add "baseline: day 7" to the plan',
      'pivot: speaks of the baseline, but the plan has none; add "baseline: day 7" to the plan',
    ]);
    const based = { ...bare, baseline: 'day 7' };
    expect(problems(relative, undefined, based)).toEqual([]);
    expect(problems({ go: '> baseline + 5%' }, undefined, based)).toEqual([
      'pivot: "< 42%" and go "> baseline + 5%" must both speak of the baseline, or neither',
    ]);
    expect(problems({ ...relative, pivot: '< baseline + 6%' }, undefined, based)).toEqual([
      'pivot: "< baseline + 6%" and go "> baseline + 5%" overlap: a value could be both; allowed: bounds that no value meets both of',
    ]);
  });

  it('where an indicator has its id', () => {
    expect(problems({ id: 'early' })).toEqual(['id: "early" is already the id of indicators[0]; give each its own']);
  });
});
