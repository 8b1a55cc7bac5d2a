import { describe, expect, it } from 'vitest';
import { brief } from './example-plan.ts';

describe('two targets for one time', () => {
  it.each<[string, string[], string[]]>([
    [
      'are an error where no value keeps both',
      ['bugs, "== 0", by: week 1', 'bugs, ">= 5", by: day 7'],
      [
        "error two-targets-one-time 10+20: Bugs by Week 1: == 0 (line 10) and >= 5 (line 20) can't both be kept by any value.",
        'warning against-the-direction 20: >= 5 (line 20) asks for more, but of Bugs less is better.',
      ],
    ],
    [
      'are found for less is better',
      ['bugs, "== 0", by: week 1', 'bugs, "< 5", during: day 7, aggregate: last'],
      [
        'warning two-targets-one-time 10+20: Bugs by Week 1: == 0 (line 10) and < 5 (line 20) are two targets for one time; == 0 is the stricter.',
      ],
    ],
    [
      'are found in sums of the same days',
      ['interviews, ">= 5", during: week 2', 'interviews, ">= 10", during: day 8-14'],
      [
        'warning two-targets-one-time 10+20: Interviews in Week 2: >= 10 (line 20) and >= 5 (line 10) are two targets for one time; >= 10 is the stricter.',
      ],
    ],
    [
      'differ at equality',
      ['nps, "> 40", by: week 6', 'nps, ">= 40", by: week 6'],
      [
        'warning two-targets-one-time 10+20: NPS by Week 6: > 40 (line 10) and >= 40 (line 20) are two targets for one time; > 40 is the stricter.',
      ],
    ],
    [
      'are one finding for a recurring target',
      ['interviews, ">= 5", during: each week 1-3', 'interviews, ">= 6", during: each week 2-3'],
      [
        'warning two-targets-one-time 10+20: Interviews in Week 2: >= 6 (line 20) and >= 5 (line 10) are two targets for one time; >= 6 is the stricter.',
      ],
    ],
    [
      'are two things in different parts, ways of measuring or relative to a baseline',
      [
        'mrr, ">= $5", by: end, where: { product: Pro }',
        'mrr, ">= $6", by: end, where: { product: Basic }',
        'latency_p95, "< 50 ms", during: week 1, aggregate: max',
        'latency_p95, "< 20 ms", during: week 1, aggregate: mean',
      ],
      [],
    ],
    [
      'are held against the strictest of them, however many there are',
      ['members, ">= 100", by: day 7', 'members, ">= 300", by: day 7', 'members, ">= 200", by: day 7'],
      [
        'warning two-targets-one-time 10+20: Members by Day 7: >= 300 (line 20) and >= 100 (line 10) are two targets for one time; >= 300 is the stricter.',
        'warning two-targets-one-time 20+30: Members by Day 7: >= 300 (line 20) and >= 200 (line 30) are two targets for one time; >= 300 is the stricter.',
      ],
    ],
    [
      'that are equal are a note',
      ['members, ">= 100", by: day 7', 'members, ">= 100", by: week 1', 'members, "100..200", by: day 7'],
      [
        'note says-the-same 10+20+30: Members by Day 7: >= 100 and 100..200 have the same floor 3 times (lines 10, 20 and 30).',
      ],
    ],
  ])('%s', (_, indicators, expected) => expect(brief({ indicators })).toEqual(expected));
});

describe('a later target that asks less', () => {
  it.each<[string, string[], string[]]>([
    [
      'than the floor of an earlier one',
      ['mrr, ">= $15K", by: week 10', 'mrr, ">= $10K", by: week 12'],
      [
        'warning weaker-later 10+20: MRR by Week 12 asks for >= $10,000 (line 20), less than earlier: >= $15,000 by Week 10 (line 10).',
      ],
    ],
    [
      'than the stretch of an earlier one with the same floor',
      ['mrr, "$10K..15K", by: week 8', 'mrr, ">= $10K", by: week 12'],
      [
        'warning weaker-later 10+20: MRR by Week 12 asks for >= $10,000 (line 20), less than earlier: $10,000..$15,000 by Week 8 (line 10).',
      ],
    ],
    [
      'than several earlier ones names them all',
      ['bugs, "< 5", by: week 1', 'bugs, "< 3", by: week 2', 'bugs, "< 9", by: week 3'],
      [
        'warning weaker-later 10+20+30: Bugs by Week 3 asks for < 9 (line 30), less than earlier: < 5 by Week 1 (line 10) and < 3 by Week 2 (line 20).',
      ],
    ],
    [
      'in means of equal length',
      ['uptime, ">= 99.9%", during: week 3', 'uptime, ">= 99.5%", during: week 4'],
      [
        'warning weaker-later 10+20: Uptime in Week 4 asks for >= 99.5% (line 20), less than earlier: >= 99.9% in Week 3 (line 10).',
      ],
    ],
    [
      'in means of other lengths is another thing',
      ['uptime, ">= 99.9%", during: week 3', 'uptime, ">= 99.5%", during: week 4-6'],
      [],
    ],
    ['in sums is a quieter week', ['interviews, ">= 9", during: week 3', 'interviews, ">= 5", during: week 4'], []],
    ['does not, where it is equal', ['mrr, ">= $10K", by: week 8', 'mrr, ">= $10K", by: week 12'], []],
  ])('%s', (_, indicators, expected) => expect(brief({ indicators })).toEqual(expected));
});

describe('sums and parts', () => {
  it.each<[string, string[], string[]]>([
    [
      'a week that asks for as much as its month',
      ['interviews, ">= 30", during: week 1-4', 'interviews, ">= 30", during: week 2'],
      [
        'warning weaker-over-longer 10+20: Interviews in Weeks 1-4 asks for >= 30 (line 10), in Week 2 alone for >= 30 (line 20).',
      ],
    ],
    [
      'weeks that ask for more than their month',
      ['interviews, ">= 30", during: week 1-4', 'interviews, ">= 10", during: each week 1-4'],
      [
        'warning weaker-over-longer 10+20: Interviews in Weeks 1-4 asks for >= 30 (line 10), 4 shorter spans inside it for >= 10 each (line 20), 40 together.',
      ],
    ],
    [
      'a week that may spend more than its month',
      ['spend, "<= $40K", during: week 1-4', 'spend, "<= $50K", during: week 2'],
      [
        'warning weaker-over-longer 10+20: Spend in Weeks 1-4 asks for <= $40,000 (line 10), in Week 2 alone for <= $50,000 (line 20).',
      ],
    ],
    ['a week outside the month', ['interviews, ">= 30", during: week 1-4', 'interviews, ">= 30", during: week 5'], []],
    [
      'parts that ask for more than the whole',
      [
        'mrr, ">= $66.5K", by: day 90, where: { product: Starter }',
        'mrr, ">= $68.6K", by: day 90, where: { product: Pro }',
        'mrr, ">= $3.9K", by: day 90, where: { product: Teams }',
        'mrr, ">= $100K", by: end',
      ],
      [
        'warning parts-and-whole 10+20+30+40: MRR by the end: the parts ask for $66,500 + $68,600 + $3,900 = $139,000 (lines 10, 20 and 30), the whole for >= $100,000 (line 40).',
      ],
    ],
    [
      'parts that the whole has no room for',
      ['mrr, ">= $6", by: end, where: { product: Pro }', 'mrr, "== $5", by: end'],
      ['error parts-and-whole 10+20: MRR by the end: the parts ask for $6 (line 10), the whole for == $5 (line 20).'],
    ],
    [
      'parts that are the whole',
      [
        'mrr, ">= $66.5K", by: day 90, where: { product: Starter }',
        'mrr, ">= $3.5K", by: day 90, where: { product: Pro }',
        'mrr, ">= $70K", by: day 90',
      ],
      [],
    ],
  ])('%s', (_, indicators, expected) => expect(brief({ indicators })).toEqual(expected));
});

describe('bounds and times', () => {
  it.each<[string, string[], string[]]>([
    [
      'a share of more than all',
      ['uptime, "> 100%", during: week 1'],
      ["error unreachable-bound 10: Uptime > 100% (line 10) can't be reached: it is never below 0% or above 100%."],
    ],
    [
      'a share that people record',
      ['growth, ">= 150%", by: end'],
      ['warning unreachable-bound 10: Growth >= 150% (line 10) is more than all of it, if it is a share.'],
    ],
    [
      'more than was kept, and less than nothing that was lost',
      [
        'gross_revenue_retention_30d, ">= 101%", by: end',
        'mrr_churn, "> $0", during: week 1',
        'mrr_expansion, "< $0", during: week 1',
      ],
      [
        "error unreachable-bound 10: Gross revenue retention 30d >= 101% (line 10) can't be reached: it is never below 0% or above 100%.",
        "error unreachable-bound 20: MRR churn > $0 (line 20) can't be reached: it is never above $0.",
        "error unreachable-bound 30: MRR expansion < $0 (line 30) can't be reached: it is never below $0.",
        'warning against-the-direction 30: < $0 (line 30) asks for less, but of MRR expansion more is better.',
      ],
    ],
    [
      'nothing in what can be so: more from those who stay, a loss, no loss at all',
      [
        'net_revenue_retention_30d, ">= 110%", by: end',
        'mrr_churn, ">= -$500", during: week 1',
        'mrr_churn, ">= $0", during: week 2',
      ],
      [],
    ],
    [
      'an NPS beyond its scale',
      ['nps, ">= 101", by: end'],
      ["error unreachable-bound 10: NPS >= 101 (line 10) can't be reached: it is never below −100 or above 100."],
    ],
    [
      'less than nothing',
      ['bugs, "== -1", by: end'],
      ["error unreachable-bound 10: Bugs == −1 (line 10) can't be reached: it is never below 0."],
    ],
    [
      'what is worse',
      ['members, "<= 5", by: end', 'latency_p95, "> 50 ms", by: end'],
      [
        'warning against-the-direction 10: <= 5 (line 10) asks for less, but of Members more is better.',
        'warning against-the-direction 20: > 50 ms (line 20) asks for more, but of Latency P95 less is better.',
      ],
    ],
    [
      'a deadline after the end',
      ['members, ">= 5", by: 2026-04-11'],
      [
        "warning after-the-end 10: Members >= 5 by 2026-04-11 (line 10) is judged on 2026-04-11, 10 days after the plan's end on 2026-04-01.",
      ],
    ],
    [
      'a window that has not closed',
      ['retention_30d, "> 60%", by: day 30', 'retention_30d, "> 60%", by: day 31'],
      [
        "warning before-the-window 10: Retention 30d > 60% by Day 30 (line 10) is judged on 2026-01-31, day 30 of the plan, but Retention 30d looks back 30 days: the first of the plan's own people are in it on 2026-02-01.",
      ],
    ],
  ])('%s', (_, indicators, expected) => expect(brief({ indicators })).toEqual(expected));
});
