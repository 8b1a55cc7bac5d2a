import type { PlanChange } from '@plumbline/plan/diff';
import { describe, expect, it } from 'vitest';
import { diffText } from './diff-text.ts';

const change = (rest: Partial<PlanChange>): PlanChange => ({
  about: 'indicator',
  id: 'nps',
  change: 'changed',
  words: 'target > 40 becomes > 45',
  anew: [],
  ...rest,
});

describe('what changed in a plan, in words', () => {
  it('is nothing where nothing changed', () => {
    expect(diffText([])).toBe("Nothing changed; comments, spacing and order don't count.");
  });

  it('comes by heading, with what is judged anew and what that means', () => {
    const posts = ['posts#week-5', 'posts#week-6', 'posts#week-7', 'posts#week-8', 'posts#week-9'];
    expect(
      diffText([
        change({ about: 'plan', id: null, words: 'the plan ends on 2026-04-05 instead of 2026-04-02' }),
        change({ anew: ['nps'] }),
        change({ id: 'mrr', words: 'DRI cfo becomes ceo' }),
        change({ id: 'posts', change: 'moved', words: 'its days move from a to b', anew: posts }),
        change({ id: 'new', change: 'added', words: '"New"' }),
        change({ id: 'old', change: 'removed', words: '"Old"' }),
        change({ about: 'hypothesis', id: 'h', change: 'added', words: '"H"' }),
        change({ about: 'untracked', id: null, change: 'removed', words: '"PR"' }),
      ]),
    ).toBe(`THE PLAN
  the plan ends on 2026-04-05 instead of 2026-04-02

CHANGED
  nps: target > 40 becomes > 45 (judged anew)
  mrr: DRI cfo becomes ceo

MOVED
  posts: its days move from a to b (judged anew: posts#week-5, posts#week-6, posts#week-7 and 2
    more)

ADDED
  new: "New"

REMOVED
  old: "Old"

HYPOTHESES
  added h: "H"

UNTRACKED LINES
  removed: "PR"

2 promises are judged anew, as if never judged before. 1 promise keeps its status. 2 promises are
judged for the first time. 1 promise is judged no more. What is past by then is noted without a
mail; what is ahead is told as ever.`);
  });

  it('stays readable where everything changed, and says where nothing is judged otherwise', () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      change({ id: `i${index}`, change: 'moved', words: 'its days move from a to b', anew: [`i${index}`] }),
    );
    const lines = diffText(many).split('\n');
    expect([lines.length, lines[21]]).toEqual([25, '  and 40 more, which --json lists']);
    expect(diffText([change({ about: 'review', id: 'weekly' })])).toMatch(/\n\nNothing is judged otherwise\.$/);
  });
});
