import { expect, it } from 'vitest';
import { accountCounts, accountFor } from './account.ts';
import { numberedLines } from './figures.ts';
import { readPlan } from './parse.ts';

const { plan } = readPlan(
  `plan: acme
title: Acme
start: 2026-01-02
end: 2026-04-01
indicators:
  - { id: members, says: A, line: [2, 3], metric: members, target: ">= 300", by: end, dri: ceo }
hypotheses:
  - { id: h, says: H, line: 3, metric: dau, to: "50", start: day 1, within: 7d, go: "> 5", pivot: "< 4", dri: ceo }
identities:
  - { says: I, line: 4, check: "2 * 3 == 6" }
reviews:
  - { id: weekly, line: 5, every: friday, at: "16:00", to: [ceo] }
untracked:
  - { line: 6, says: U, why: W }
  - { line: 4, says: U, why: W }
`,
  'plan.yaml',
);
const document = `A plan for 90 days
300 members
of whom 50 daily
2 × 3 = 6
Fridays, 4pm
ten calls
five more
no number`;

it('every numbered line is accounted for, by all that cite it', () => {
  const lines = accountFor(plan, { numbered: numberedLines(document) });
  const weekly = { kind: 'review', id: 'weekly' };
  const members = { kind: 'indicator', id: 'members' };
  expect(lines).toEqual([
    { line: 1, figures: [], labels: ['90 days'], as: [], state: 'label' },
    { line: 2, figures: ['300'], labels: [], as: [members], state: 'cited' },
    { line: 3, figures: ['50'], labels: [], as: [members, { kind: 'hypothesis', id: 'h' }], state: 'cited' },
    {
      line: 4,
      figures: ['2', '3', '6'],
      labels: [],
      as: [
        { kind: 'identity', index: 0 },
        { kind: 'untracked', index: 1 },
      ],
      state: 'cited',
    },
    { line: 5, figures: [], labels: ['4pm'], as: [weekly], state: 'cited' },
    { line: 6, figures: ['ten'], labels: [], as: [{ kind: 'untracked', index: 0 }], state: 'untracked' },
    { line: 7, figures: ['five'], labels: [], as: [], state: 'uncited' },
  ]);
  expect(accountCounts(lines)).toEqual({ numbered: 7, cited: 4, untracked: 1, label: 1, uncited: 1 });
});
