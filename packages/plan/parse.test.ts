import { ConfigError } from '@plumbline/core/errors';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { describe, expect, it } from 'vitest';
import { indicatorNamed, parsePlan, planVersion } from './parse.ts';
import { planJsonSchema } from './schema.ts';

const metric = (id: string, rest: Partial<CatalogueMetric>): [string, CatalogueMetric] => [
  id,
  { id, unit: 'count', kind: 'stock', direction: 'up', about: id, settleNights: 0, source: 'record', ...rest },
];
const context = {
  metrics: new Map([
    metric('nps', { unit: 'score', kind: 'score', source: 'mixpanel' }),
    metric('mrr', { unit: 'USD', source: 'stripe', dimensions: ['product'] }),
    metric('signups', { kind: 'flow', source: 'mixpanel' }),
    metric('latency_p95', { unit: 'ms', kind: 'score', direction: 'down' }),
  ]),
  dris: new Set(['ceo', 'vp-product']),
};

const head = `plan: bakhmach-q1-2026
title: Bakhmach Business Hub, 90 Day Execution Plan
start: 2026-01-02
end: 2026-04-02
`;
const parse = (text: string) => parsePlan(text, 'plan.yaml', context);
const complaints = (text: string): string[] => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};
const withIndicator = (lines: string) => `${head}indicators:\n  - { id: a, says: A, dri: ceo, ${lines} }\n`;

const whole = `${head}document: plan.txt
baseline: day 7
indicators:
  - id: nps-by-week-6
    says: "NPS >40 by Week 6"
    line: 365
    metric: nps
    target: "> 40"
    by: week 6
    priority: must
    dri: vp-product
    risk: Product-market fit unclear
    mitigation: Weekly customer interviews
  - { id: pro-mrr, says: "Pro: 1,400 ($68.6K MRR)", line: [304], metric: mrr, where: { product: Pro }, target: ">= $68.6K", by: week 14, dri: ceo }
  - { id: latency, says: "50ms latency reduction", metric: latency_p95, target: "<= baseline - 50 ms", maintain: week 3..end, over: 7d, dri: ceo }
hypotheses:
  - { id: h, says: H, line: [549, 551], metric: nps, from: "40", to: "50", start: day 31, within: 14d, go: "> 45", pivot: "< 42", dri: ceo }
identities:
  - { says: "10,000 x 5% x $20", line: 24, check: "10000 * 5% * $20 == $100K" }
reviews:
  - { id: weekly, every: last friday, at: "16:00", to: [ceo, vp-product] }
untracked:
  - { line: 85, says: PR outreach, why: a one-off task }
`;

describe('a plan', () => {
  it('is read whole, in its own words', () => {
    const plan = parse(whole);
    expect(plan.indicators[0]).toEqual({
      id: 'nps-by-week-6',
      says: 'NPS >40 by Week 6',
      line: 365,
      metric: 'nps',
      target: '> 40',
      by: 'week 6',
      priority: 'must',
      dri: 'vp-product',
      risk: 'Product-market fit unclear',
      mitigation: 'Weekly customer interviews',
    });
    expect(plan.indicators[1]?.priority).toBe('should');
    expect([plan.hypotheses, plan.identities, plan.reviews, plan.untracked].map((list) => list.length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('names indicators, and those of single weeks by their own', () => {
    const plan = parse(whole);
    expect(indicatorNamed(plan, 'pro-mrr#week-5').id).toBe('pro-mrr');
    expect(() => indicatorNamed(plan, 'nobody')).toThrow('has no indicator "nobody"');
  });

  it('has a version that follows the content, not the form', () => {
    const plain = parse(withIndicator('metric: nps, target: "> 40", by: week 6'));
    const other = parse(withIndicator("by: week 6, # a comment\n    target: '> 40', metric: nps"));
    const changed = parse(withIndicator('metric: nps, target: ">= 40", by: week 6'));
    expect(planVersion(plain)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(planVersion(other)).toBe(planVersion(plain));
    expect(planVersion(changed)).not.toBe(planVersion(plain));
  });

  it('has a JSON Schema for editors', () => {
    const schema = planJsonSchema();
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema['required']).toEqual(['plan', 'title', 'start', 'end', 'indicators']);
  });
});

describe('a wrong plan is refused with the place of', () => {
  it.each([
    [
      'an unknown key',
      'metric: nps, taget: "> 40", by: week 6',
      [
        'plan.yaml:6:5: indicators[0].target: is missing; it must be a quoted comparison, such as "> 40", or a range, such as "$8K..10K"',
        'plan.yaml:6:46: indicators[0].taget: is not a known key, did you mean "target"?; allowed: id, says, line, metric, where, target, by, during, maintain, aggregate, over, priority, dri, risk, mitigation',
      ],
    ],
    [
      'an unknown metric',
      'metric: npss, target: "> 40", by: week 6',
      [
        'plan.yaml:6:41: indicators[0].metric: "npss" comes from no source of this workspace, did you mean "nps"?; allowed: latency_p95, mrr, nps, signups',
      ],
    ],
    [
      'a value out of a list',
      'metric: nps, target: "> 40", by: week 6, priority: high',
      ['plan.yaml:6:84: indicators[0].priority: found "high"; it must be one of: must, should, nice'],
    ],
    [
      'a number in place of a text',
      'metric: nps, target: 40, by: week 6',
      [
        'plan.yaml:6:54: indicators[0].target: found 40; it must be a quoted comparison, such as "> 40", or a range, such as "$8K..10K"',
      ],
    ],
    [
      'a target in a wrong unit',
      'metric: nps, target: "> 40%", by: week 6',
      ['plan.yaml:6:54: indicators[0].target: "40%" is in "%", but the metric is in score; allowed: a plain number'],
    ],
    [
      'two times',
      'metric: nps, target: "> 40", by: week 6, during: week 5',
      ['plan.yaml:6:5: indicators[0]: has by and during; allowed: exactly one of by, during, maintain'],
    ],
    [
      'no time',
      'metric: nps, target: "> 40"',
      ['plan.yaml:6:5: indicators[0]: has no time; allowed: exactly one of by, during, maintain'],
    ],
    [
      'a sum of what does not add up',
      'metric: mrr, target: "> 40", during: week 6, aggregate: sum',
      ['plan.yaml:6:89: indicators[0].aggregate: only flows add up, and mrr is a stock; allowed: mean, min, max, last'],
    ],
    [
      'a flow on one day',
      'metric: signups, target: "> 40", by: week 6',
      [
        'plan.yaml:6:70: indicators[0].by: signups is a flow, which one day says little about; use "during" with "aggregate: sum"',
      ],
    ],
    [
      'a breakdown that is not there',
      'metric: nps, where: { product: Pro }, target: "> 40", by: week 6',
      ['plan.yaml:6:64: indicators[0].where.product: nps has no such breakdown; allowed: none, so leave "where" out'],
    ],
    [
      'a window longer than its span',
      'metric: nps, target: "> 40", maintain: day 1-6, over: 7d',
      ['plan.yaml:6:87: indicators[0].over: is longer than the span from 2026-01-02 to 2026-01-07'],
    ],
    [
      'a baseline that is not named',
      'metric: latency_p95, target: "< baseline", by: week 6',
      [
        'plan.yaml:6:62: indicators[0].target: speaks of the baseline, but the plan has none; add "baseline: day 7" to the plan',
      ],
    ],
  ])('%s', (_, lines, expected) => {
    expect(complaints(withIndicator(lines))).toEqual(expected);
  });

  it('an identity that is no arithmetic', () => {
    const text = `${withIndicator('metric: nps, target: "> 40", by: week 6')}identities:
  - { says: A, check: "1 / 0 == 1" }
  - { says: B, check: "1 + 2" }
`;
    expect(complaints(text)).toEqual([
      'plan.yaml:8:23: identities[0].check: divides by zero, which has no result; take that division out',
      expect.stringMatching(
        /^plan\.yaml:9:23: identities\[1\]\.check: "1 \+ 2": it ends where ==, >= or <= must be; allowed: /,
      ),
    ]);
  });

  it('every problem at once: a twin, a stranger, an end before the start', () => {
    const text = `plan: a
title: A
start: 2026-04-02
end: 2026-01-02
indicators:
  - { id: a, says: A, dri: ceo, metric: nps, target: "> 40", by: week 6 }
  - { id: a, says: A, dri: cto, metric: nps, target: "> 40", by: week 6 }
`;
    expect(complaints(text)).toEqual([
      'plan.yaml:4:6: end: 2026-01-02 is before the start 2026-04-02',
      'plan.yaml:7:11: indicators[1].id: "a" is already the id of indicators[0]; give each its own',
      'plan.yaml:7:28: indicators[1].dri: "cto" is not one of the workspace\'s dris, did you mean "ceo"?; allowed: ceo, vp-product',
    ]);
  });

  it('a key that stands twice, and of broken YAML', () => {
    expect(complaints(`${head}plan: again\n`)[0]).toMatch(/^plan\.yaml:5:1: is not YAML: Map keys must be unique/);
    expect(complaints('plan: [')[0]).toMatch(/^plan\.yaml:1:8: is not YAML/);
  });

  it.each([
    ['nothing', '', 'is missing or empty'],
    ['a comment alone', '# later', 'found nothing; it must be a mapping'],
    ['too much', `a: ${'x'.repeat(1_000_001)}`, 'is larger than 1 MB'],
    ['nesting without an end', '['.repeat(200_000), 'is not YAML: Maximum call stack'],
    ['an alias without its anchor', 'a: *b', "can't be read as YAML: Unresolved alias"],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: &d [${'*c,'.repeat(9)}]\n`,
      "can't be read as YAML: Excessive alias count",
    ],
  ])('%s', (_, text, complaint) => {
    expect(complaints(text).join('\n')).toContain(complaint);
  });

  it('more than 500 indicators', () => {
    const one = (index: number) =>
      `  - { id: i${index}, says: A, dri: ceo, metric: nps, target: "> 40", by: week 6 }\n`;
    const list = (count: number) =>
      `${head}indicators:\n${Array.from({ length: count }, (_, index) => one(index)).join('')}`;
    expect(complaints(list(500))).toEqual([]);
    expect(complaints(list(501))).toEqual([
      'plan.yaml:6:3: indicators: found a list; it must hold at most 500 indicators',
    ]);
  });
});
