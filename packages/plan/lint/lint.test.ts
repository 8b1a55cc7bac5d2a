import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DocumentLines } from '../document-lines.ts';
import { numberedLines } from '../figures.ts';
import { readPlan } from '../parse.ts';
import type { Parts } from './example-plan.ts';
import { brief, dris, lint, metrics } from './example-plan.ts';
import { countsOf, lintPlan } from './lint.ts';
import { RULES } from './rules.ts';

describe('a finding', () => {
  it('has its sentence, why it matters, and every place', () => {
    expect(lint({ indicators: ['members, ">= 100", by: day 90', 'members, ">= 300", by: day 90'] })).toEqual([
      {
        rule: 'two-targets-one-time',
        severity: 'warning',
        message:
          'Members by Day 90: >= 300 (line 20) and >= 100 (line 10) are two targets for one time; >= 300 is the stricter.',
        why: 'A value between them is told as met and as missed at once, and wherever >= 300 is kept, >= 100 says nothing.',
        lines: [10, 20],
        indicators: ['i1', 'i2'],
        places: [
          { file: 'plan.yaml', line: 6, column: 5 },
          { file: 'plan.yaml', line: 7, column: 5 },
        ],
      },
    ]);
  });

  it('comes after those that are worse, then by line of the document', () => {
    const findings = lint({
      indicators: ['members, ">= 1", by: 2026-05-01', 'members, "< 0", by: day 9', 'nps, "< 9", by: day 9'],
    });
    expect(findings.map(({ severity, lines }) => [severity, lines])).toEqual([
      ['error', [20]],
      ['warning', [10]],
      ['warning', [20]],
      ['warning', [30]],
    ]);
    expect(countsOf(findings)).toEqual({ error: 1, warning: 3, note: 0 });
  });

  it('is not made of a plan that is in order', () => {
    expect(
      lint({
        indicators: [
          'members, ">= 100", by: week 4',
          'members, "200..300", by: week 8',
          'members, ">= 250", by: day 90',
          'interviews, ">= 5", during: each week 1-4',
          'interviews, ">= 20", during: week 1-4',
          'interviews, ">= 3", during: week 5',
          'mrr, ">= $50K", by: end',
          'mrr, ">= $30K", by: end, where: { product: Pro }',
          'mrr, ">= $20K", by: end, where: { product: Basic }',
          'latency_p95, "< 200 ms", by: week 1',
          'latency_p95, "< 50 ms", "maintain: week 3..end"',
          'uptime, ">= 100%", during: week 1',
          'retention_30d, ">= 60%", by: day 31',
          'nps, ">= 40", by: week 6',
        ],
      }),
    ).toEqual([]);
  });
});

const hypothesis = (keys: string) =>
  `hypotheses:\n  - { id: h, says: "H", line: 50, metric: growth, to: "50%", start: day 31, within: 14d, dri: ceo, ${keys} }\n`;

describe('hypotheses and arithmetic', () => {
  it.each<[string, string, string[]]>([
    ['a hypothesis in order', hypothesis('go: "> 45%", pivot: "< 42%"'), []],
    [
      'no room between go and pivot',
      hypothesis('go: "> 45%", pivot: "<= 45%"'),
      [
        'warning no-room-between 50: Go "> 45%" and pivot "<= 45%" leave nothing between them, so Growth is never inconclusive.',
      ],
    ],
    [
      'an expectation that is no go',
      hypothesis('go: "> 50%", pivot: "< 42%"'),
      ['warning expected-is-no-go 50: The 50% that are expected of Growth are no go by "> 50%".'],
    ],
    [
      'go and pivot the wrong way round',
      hypothesis('go: "< 55%", pivot: "> 60%"'),
      ['warning against-the-direction 50: go "< 55%" asks for less, but of Growth more is better.'],
    ],
    [
      'days after the end',
      hypothesis('go: "> 45%", pivot: "< 42%"').replace('day 31', 'day 85'),
      [
        "warning after-the-end 50: The hypothesis h is judged on 2026-04-09, 8 days after the plan's end on 2026-04-01.",
      ],
    ],
    [
      'wrong arithmetic',
      'identities:\n  - { says: "S", line: 24, check: "10000 * 5% * $20 == $100K" }\n  - { says: "S", check: "2 * 3 >= 7" }\n  - { says: "S", check: "2 * 3 <= 5" }\n  - { says: "S", check: "2 * 3 == 6" }\n',
      [
        'error identity-false 24: 10000 * 5% * $20 is $10,000, not $100,000.',
        'error identity-false : 2 * 3 is 6, less than 7.',
        'error identity-false : 2 * 3 is 6, more than 5.',
      ],
    ],
  ])('%s', (_, more, expected) => expect(brief({ more })).toEqual(expected));
});

describe('references', () => {
  it('that keep a plan from being judged are errors, and the rest is checked all the same', () => {
    const indicators = [
      'member, ">= 1", by: end',
      'members, ">= 1", by: end, dri: cto',
      'interviews, ">= 1", by: end',
      'members, ">= 1", during: week 1, aggregate: sum',
      'members, "> 1%", by: end',
      'nps, "< 4", by: end',
    ];
    const more = 'identities:\n  - { says: "S", check: "1 +" }\n';
    expect(lint({ indicators, more }).map(({ severity, rule, indicators: ids }) => [severity, rule, ...ids])).toEqual([
      ['error', 'unknown-metric', 'i1'],
      ['error', 'unknown-dri', 'i2'],
      ['error', 'by-on-a-flow', 'i3'],
      ['error', 'sum-of-no-flow', 'i4'],
      ['error', 'bad-reference', 'i5'],
      ['error', 'bad-identity'],
      ['warning', 'against-the-direction', 'i6'],
    ]);
  });

  it('to a baseline that is no day are told of once', () => {
    const indicators = ['latency_p95, "<= baseline", by: week 3', 'latency_p95, "<= baseline - 5 ms", by: week 3'];
    expect(lint({ indicators, more: 'baseline: someday\n' }).map(({ severity, rule }) => [severity, rule])).toEqual([
      ['error', 'bad-reference'],
      ['warning', 'two-targets-one-time'],
    ]);
  });

  it('to somebody without an address are a warning each', () => {
    const more = 'reviews:\n  - { id: weekly, every: friday, at: "16:00", to: [ceo, sales] }\n';
    const found = lint({
      indicators: ['members, ">= 1", by: end, dri: sales', 'nps, ">= 1", by: end, dri: sales'],
      more,
    });
    expect(found).toEqual([
      {
        rule: 'dri-without-address',
        severity: 'warning',
        message: 'Sales Lead (sales) has no email, and is named by 3 entries of the plan.',
        why: 'The mails about what is theirs go to the fallback DRI; give them an email in workspace.yaml.',
        lines: [10, 20],
        indicators: ['i1', 'i2'],
        places: [
          expect.objectContaining({ line: 6 }),
          expect.objectContaining({ line: 7 }),
          expect.objectContaining({ line: 9 }),
        ],
      },
    ]);
  });
});

describe('the document', () => {
  const text = Array.from(
    { length: 30 },
    (_, index) => ({ 9: '- $8-10K by Week 6', 19: '- 300+ members', 24: '- five webinars, 20% more' })[index] ?? '',
  ).join('\n');
  const lines: DocumentLines = { numbered: numberedLines(text), last: 30 };
  const good = ['mrr, "$8K..10K", by: week 6', 'members, ">= 300", by: day 90'];
  const untracked = 'untracked:\n  - { line: 25, says: "S", why: "W" }\n';

  it('has nothing that is not accounted for', () => {
    expect(brief({ indicators: good, more: untracked, lines })).toEqual([]);
  });

  it.each<[string, Parts, string[]]>([
    [
      'has lines that nothing cites',
      { indicators: good, lines },
      ['warning uncited-line 25: A line of the document with figures is neither cited nor untracked: 25 (five, 20%).'],
    ],
    [
      'has other figures',
      { indicators: ['mrr, "$8K..12K", by: week 6', 'members, ">= 3000", by: day 90'], more: untracked, lines },
      [
        'warning figure-not-in-line 10: "12K" is not among the figures of the cited line 10: $8-10K.',
        'warning figure-not-in-line 20: ">= 3000" is not among the figures of the cited line 20: 300+.',
      ],
    ],
    [
      'has other figures than an identity',
      {
        indicators: good,
        more: 'identities:\n  - { says: "S", line: [20, 25], check: "300 * 20% <= 5 * 13" }\n',
        lines,
      },
      [
        'warning figure-not-in-line 20+25: "13" is not among the figures of the cited lines 20 and 25: 300+, five and 20%.',
      ],
    ],
    [
      'ends before a cited line, or has no number there',
      {
        indicators: [...good, 'nps, "> 1", by: end', 'nps, "> 1", by: day 3'],
        more: untracked,
        lines: { ...lines, last: 39 },
      },
      [
        'error no-such-line 40: The document ends with line 39, before the cited line 40.',
        'note no-such-line 30: The cited line 30 of the document has no number.',
      ],
    ],
    [
      'has changed since its list was written',
      { indicators: good, more: untracked, lines: { ...lines, isListOld: true } },
      ['warning old-list-of-lines : document-lines.tsv is not what the document says any more.'],
    ],
  ])('%s', (_, parts, expected) => expect(brief(parts)).toEqual(expected));

  it('asks for no number in the line of a meeting, and none for the whole of 100%', () => {
    const more = `${untracked}reviews:
  - { id: weekly, line: 3, every: friday, at: "16:00", to: [ceo] }
identities:
  - { says: "S", line: 25, check: "20% + 5 * 16% == 100%" }
`;
    expect(brief({ indicators: good, more, lines })).toEqual([
      'warning figure-not-in-line 25: "16" is not among the figures of the cited line 25: five and 20%.',
    ]);
  });

  it('names at most twenty lines that nothing cites, and counts the others', () => {
    const many = {
      numbered: Array.from({ length: 23 }, (_, index) => ({ line: index + 100, figures: ['5'], labels: [] })),
      last: 500,
    };
    const [finding] = lint({ indicators: good, lines: many }).filter(({ rule }) => rule === 'uncited-line');
    expect(finding?.message).toMatch(/^23 lines of the document .*: 100 \(5\), .*, 119 \(5\) and 3 more\.$/);
    expect(finding?.lines).toHaveLength(23);
  });

  it('is not checked without it, which a note says', () => {
    const read = readPlan(
      'plan: acme\ntitle: Acme\ndocument: plan.txt\nstart: 2026-01-02\nend: 2026-04-01\nindicators:\n  - { id: a, says: A, line: 3, metric: members, target: ">= 1", by: end, dri: ceo }\n',
      'plan.yaml',
    );
    expect(
      lintPlan({ ...read, metrics, dris }).map(({ rule, message, places }) => ({ rule, message, places })),
    ).toEqual([
      {
        rule: 'lines-unchecked',
        message:
          'The document plan.txt does not lie beside the plan, and there is no document-lines.tsv either, so the cited lines were not checked.',
        places: [{ file: 'plan.yaml', line: 3, column: 11 }],
      },
    ]);
  });
});

describe('altered numbers alter what is found', () => {
  const amount = fc.integer({ min: 0, max: 9 });

  it('between two targets for one time', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [finding, ...more] = lint({ indicators: [`members, ">= ${a}", by: end`, `members, ">= ${b}", by: end`] });
        expect(more).toEqual([]);
        expect(finding?.rule).toBe(a === b ? 'says-the-same' : 'two-targets-one-time');
        if (a !== b) expect(finding?.message).toContain(`>= ${Math.max(a, b)} is the stricter`);
      }),
    );
  });

  it('between an earlier and a later target', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const indicators = [`members, ">= ${a}", by: week 3`, `members, ">= ${b}", by: week 4`];
        expect(lint({ indicators }).map(({ rule }) => rule)).toEqual(b < a ? ['weaker-later'] : []);
      }),
    );
  });

  it('between parts and their whole', () => {
    fc.assert(
      fc.property(amount, amount, amount, (a, b, whole) => {
        const indicators = [
          `mrr, ">= $${a}", by: end, where: { product: Pro }`,
          `mrr, ">= $${b}", by: end, where: { product: Basic }`,
          `mrr, ">= $${whole}", by: end`,
        ];
        const isMore = whole > 0 && a + b > whole;
        expect(lint({ indicators }).map(({ rule }) => rule)).toEqual(isMore ? ['parts-and-whole'] : []);
      }),
    );
  });
});

it('each rule has its own name', () => {
  expect(new Set(RULES.map(({ rule }) => rule)).size).toBe(RULES.length);
});
