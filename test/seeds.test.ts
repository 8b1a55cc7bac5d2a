import path from 'node:path';
import { accountFor } from '@plumbline/plan/account';
import type { Finding } from '@plumbline/plan/lint/finding';
import { linesOf } from '@plumbline/plan/lint/finding';
import { lintPlan } from '@plumbline/plan/lint/lint';
import { limitsOf } from '@plumbline/plan/lint/range';
import type { Plan } from '@plumbline/plan/schema';
import { readDocumentLines } from '@plumbline/workspace/document';
import { readWorkspaces } from '@plumbline/workspace/load';
import { describe, expect, it } from 'vitest';

const MOST_UNTRACKED = 8;

const seeds = path.join(path.dirname(import.meta.dirname), 'seeds');
const plans = await Promise.all(
  (await readWorkspaces(seeds)).map(async ({ folder, workspace, planFile }) => {
    if (!planFile) throw new Error(`${folder} has no plan`);
    const lines = await readDocumentLines(folder, planFile.plan);
    if (!lines) throw new Error(`${folder} has no list of its document's lines`);
    return { id: workspace.id, workspace, planFile, lines };
  }),
);
const planOf = (id: string) => plans.find((one) => one.id === id) ?? expect.fail(`there is no seed ${id}`);

/** What is found in a seed, or in a copy of it that was altered. */
function found(id: string, alter: (plan: Plan) => Plan = (plan) => plan): Finding[] {
  const { workspace, planFile, lines } = planOf(id);
  const { metrics, dris } = workspace;
  return lintPlan({ ...planFile, plan: alter(planFile.plan), metrics, dris, lines });
}

/** Messages of a rule's findings that name all these lines. */
const messages = (findings: readonly Finding[], rule: string, lines: readonly number[]): string[] =>
  findings
    .filter((one) => one.rule === rule && lines.every((line) => one.lines.includes(line)))
    .map(({ message }) => message);

/** The plan with another target for the indicators of a metric that cite a line. */
const withTarget =
  (metric: string, line: number, target: string) =>
  (plan: Plan): Plan => ({
    ...plan,
    indicators: plan.indicators.map((one) =>
      one.metric === metric && linesOf(one).includes(line) ? { ...one, target } : one,
    ),
  });

describe.each(plans)('the plan of $id', ({ id, planFile: { plan }, lines }) => {
  it('cites or explains every line of its document that has a figure', () => {
    const account = accountFor(plan, lines);
    expect(account.filter(({ state }) => state === 'uncited')).toEqual([]);
    expect(account.filter(({ state }) => state === 'cited').length).toBeGreaterThan(100);
  });

  it('leaves few lines untracked, each for a reason', () => {
    expect(plan.untracked.length).toBeLessThanOrEqual(MOST_UNTRACKED);
    expect(plan.untracked.filter(({ why }) => why.length < 20)).toEqual([]);
  });

  it('says the numbers of the lines that it cites', () => {
    const mistyped = found(id).filter(({ rule }) => rule === 'figure-not-in-line' || rule === 'no-such-line');
    expect(mistyped).toEqual([]);
  });

  it('would be found out if it left a promise away', () => {
    const [first] = plan.indicators.filter((one) => linesOf(one).length === 1);
    const [line = 0] = linesOf(first ?? {});
    const rest = (all: Plan): Plan => ({
      ...all,
      indicators: all.indicators.filter((one) => !linesOf(one).includes(line)),
      hypotheses: all.hypotheses.filter((one) => !linesOf(one).includes(line)),
      identities: all.identities.filter((one) => !linesOf(one).includes(line)),
    });
    expect(messages(found(id, rest), 'uncited-line', [line])).toHaveLength(1);
  });
});

describe("what is wrong in Bakhmach's plan", () => {
  it.each([
    ['100+ against 300+ members on one day', 'two-targets-one-time', [8, 411], ['>= 100', '>= 300']],
    ['5 against 10 interviews', 'two-targets-one-time', [69, 73], ['>= 5', '>= 10']],
    ['no critical bug against fewer than five', 'two-targets-one-time', [27, 58], ['== 0', '< 5']],
    ['$10K after $10–15K and $15–20K', 'weaker-later', [369, 217, 237], ['>= $10,000', '$10,000..$15,000']],
  ])('%s', (_, rule, lines, numbers) => {
    const [message, ...more] = messages(found('bakhmach'), rule, lines);
    expect(more).toEqual([]);
    for (const number of numbers) expect(message).toContain(number);
  });

  it('is nothing that could not be kept: no error', () => {
    expect(found('bakhmach').filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('changes with its numbers', () => {
    const equal = found('bakhmach', withTarget('members', 8, '>= 300'));
    expect(messages(equal, 'two-targets-one-time', [8, 411])).toEqual([]);
    expect(messages(equal, 'says-the-same', [8, 411])).toHaveLength(1);
    const more = found('bakhmach', withTarget('user_interviews', 69, '>= 12'));
    expect(messages(more, 'two-targets-one-time', [69, 73])[0]).toContain('>= 12 is the stricter');
    const apart = found('bakhmach', withTarget('critical_issues', 58, '>= 5'));
    expect(apart).toContainEqual(expect.objectContaining({ severity: 'error', rule: 'two-targets-one-time' }));
    const magnitude = found('bakhmach', withTarget('mrr', 369, '>= $10M'));
    expect(messages(magnitude, 'figure-not-in-line', [369])).toEqual([
      '">= $10M" is not among the figures of the cited line 369: $10K.',
    ]);
    const raised = found('bakhmach', withTarget('mrr', 369, '$15K..20K'));
    expect(messages(raised, 'weaker-later', [369]).filter((text) => text.startsWith('MRR by Week 12'))).toEqual([]);
  });
});

describe("what is wrong in CodeMentor's plan", () => {
  it.each([
    ['10,000 × 5% × $20', 'identity-false', [24], ['$10,000', '$100,000']],
    ['$139K in parts against $100K', 'parts-and-whole', [303, 304, 305, 17], ['$139,000', '>= $100,000']],
    ['$139K against $100K', 'two-targets-one-time', [306, 17], ['>= $139,000', '>= $100,000']],
    ['500 against 5,000 who pay', 'two-targets-one-time', [20, 425], ['>= 500', '>= 5,000']],
  ])('%s', (_, rule, lines, numbers) => {
    const [message, ...more] = messages(found('codementor'), rule, lines).filter((text) =>
      numbers.every((number) => text.includes(number)),
    );
    expect(message).toBeDefined();
    expect(more).toEqual([]);
  });

  it('is its leading sum, as the one error', () => {
    const errors = found('codementor').filter(({ severity }) => severity === 'error');
    expect(errors.map(({ rule, message }) => [rule, message])).toEqual([
      ['identity-false', '10000 * 5% * $20 is $10,000, not $100,000.'],
    ]);
  });

  it('is looked for in hypotheses, whose lines also hold weeks', () => {
    const altered = found('codementor', (plan) => ({
      ...plan,
      hypotheses: plan.hypotheses.map((one) => (one.id === 'personalisation' ? { ...one, from: '60%' } : one)),
    }));
    expect(messages(altered, 'figure-not-in-line', [549, 550, 551])).toEqual([
      '"60%" is not among the figures of the cited lines 549, 550 and 551: 40%, 50%, >45% and <42%.',
    ]);
  });

  it('changes with its numbers', () => {
    const mended = found('codementor', (plan) => ({
      ...plan,
      identities: plan.identities.map((one) => ({ ...one, check: one.check.replace('* $20', '* $200') })),
    }));
    expect(mended.filter(({ rule }) => rule === 'identity-false')).toEqual([]);
    const enough = found('codementor', withTarget('mrr', 17, '>= $139K'));
    expect(messages(enough, 'parts-and-whole', [303, 304, 305, 17])).toEqual([]);
    expect(messages(enough, 'says-the-same', [306, 17])).toHaveLength(1);
  });
});

it('knows which of the numbers that Stripe tells of revenue may be negative, and which more than 100 %', () => {
  const revenue = [...planOf('bakhmach').workspace.metrics.values()].filter(({ id, source }) => {
    return source === 'stripe' && /^mrr_|_30d$/.test(id);
  });
  const anything = { low: -Infinity, high: Infinity };
  const share = { low: 0, high: 100 };
  expect(Object.fromEntries(revenue.map((metric) => [metric.id, limitsOf(metric)]))).toEqual({
    mrr_new: { low: 0, high: Infinity },
    mrr_reactivation: { low: 0, high: Infinity },
    mrr_expansion: { low: 0, high: Infinity },
    mrr_contraction: { low: -Infinity, high: 0 },
    mrr_churn: { low: -Infinity, high: 0 },
    mrr_fx: anything,
    customer_churn_rate_30d: share,
    customer_retention_rate_30d: share,
    net_revenue_retention_30d: { low: 0, high: Infinity },
    gross_revenue_retention_30d: share,
    trial_conversion_rate_30d: share,
  });
});
