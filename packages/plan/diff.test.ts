import { describe, expect, it } from 'vitest';
import { diffPlans } from './diff.ts';
import { day, metric, planOf } from './rehearsal.ts';
import type { Plan } from './schema.ts';
import { planSchema } from './schema.ts';

const metrics = new Map([
  ['m', metric({ dimensions: ['product'] })],
  ['posts', metric({ id: 'posts', kind: 'flow' })],
]);

const nps = { id: 'nps', says: 'NPS >40', target: '> 40', by: 'week 6', dri: 'vp-product' };
const weekly = { id: 'posts', metric: 'posts', target: '>= 2', during: 'each week 5-7' };
const latency = { id: 'latency', target: '< 50', maintain: 'week 3..end' };
const plan = planOf(nps, weekly, latency);

const said = (after: Plan, before: Plan = plan) =>
  diffPlans(before, after, metrics).map(({ about, id, change, words, anew }) => [about, id, change, words, anew]);

describe('what changed between two plans', () => {
  it('is nothing where only the order differs', () => {
    expect(said({ ...plan, indicators: plan.indicators.toReversed() })).toEqual([]);
  });

  it('is what is promised, which is judged anew, and what is said of it, which is not', () => {
    expect(said(planOf({ ...nps, target: '> 45', dri: 'ceo', line: [3, 4] }, weekly, latency))).toEqual([
      [
        'indicator',
        'nps',
        'changed',
        'target > 40 becomes > 45; DRI vp-product becomes ceo; line none becomes 3, 4',
        ['nps'],
      ],
    ]);
    expect(said(planOf({ ...nps, says: 'NPS over 40', priority: 'must', risk: 'R' }, weekly, latency))).toEqual([
      [
        'indicator',
        'nps',
        'changed',
        'priority should becomes must; says "NPS >40" becomes "NPS over 40"; risk none becomes "R"',
        [],
      ],
    ]);
  });

  it('is not judged anew where the same is only written otherwise', () => {
    expect(said(planOf({ ...nps, target: '> 40.0', by: 'day 42' }, weekly, latency))).toEqual([
      ['indicator', 'nps', 'changed', 'target > 40 becomes > 40.0; by week 6 becomes by day 42', []],
    ]);
  });

  it('of a rhythm is judged anew for the weeks that are promised otherwise', () => {
    const longer = planOf(nps, { ...weekly, during: 'each week 6-9' }, latency);
    expect(said(longer)).toEqual([
      ['indicator', 'posts', 'changed', 'during each week 5-7 becomes during each week 6-9', []],
    ]);
    const more = planOf(nps, { ...weekly, target: '>= 3', during: 'each week 6-9' }, latency);
    expect(said(more)[0]?.[4]).toEqual(['posts#week-6', 'posts#week-7']);
  });

  it('is what came, went and was renamed', () => {
    const after = planOf({ ...nps, id: 'nps-week-6', where: { product: 'Pro' } }, weekly);
    expect(said(after)).toEqual([
      ['indicator', 'nps', 'removed', '"NPS >40" (m > 40 by week 6), should, DRI vp-product', []],
      ['indicator', 'latency', 'removed', '"S" (m < 50 maintain week 3..end), should, DRI ceo', []],
      ['indicator', 'nps-week-6', 'added', '"NPS >40" (m of product Pro > 40 by week 6), should, DRI vp-product', []],
    ]);
  });

  it('follows the plan’s own dates into whatever they move', () => {
    expect(said({ ...plan, end: day(84), title: 'Q' })).toEqual([
      ['plan', null, 'changed', 'its title is "Q" instead of "P"', []],
      ['plan', null, 'changed', `the plan ends on ${day(84)} instead of ${day(91)}`, []],
      [
        'indicator',
        'latency',
        'moved',
        `its days move from ${day(15)}..${day(91)} to ${day(15)}..${day(84)}`,
        ['latency'],
      ],
    ]);
    const moved = said({ ...plan, start: day(2) });
    expect(moved.map(([, id, change, , anew]) => [id, change, anew])).toEqual([
      [null, 'changed', []],
      ['nps', 'moved', ['nps']],
      ['posts', 'moved', ['posts#week-5', 'posts#week-6', 'posts#week-7']],
      ['latency', 'moved', ['latency']],
    ]);
  });

  it('judges anew what leans on a baseline of another day', () => {
    const leaning = { ...planOf({ ...nps, target: '> baseline + 5' }), baseline: 'day 7' };
    expect(said({ ...leaning, baseline: 'day 8' }, leaning)).toEqual([
      ['plan', null, 'changed', 'its baseline is day 8 instead of day 7', []],
      ['indicator', 'nps', 'moved', 'the day of its baseline is another one', ['nps']],
    ]);
  });

  it('names hypotheses, identities, reviews and untracked lines', () => {
    const hypothesis = {
      id: 'h',
      says: 'H',
      metric: 'm',
      to: '50',
      start: 'day 31',
      within: '14d',
      go: '> 45',
      pivot: '< 42',
      dri: 'ceo',
    };
    const read = (rest: object): Plan => planSchema.parse({ ...plan, ...rest });
    const before = read({
      hypotheses: [hypothesis],
      identities: [{ says: '5 x $20 = $100', check: '5 * $20 == $100' }],
      reviews: [{ id: 'weekly', every: 'friday', at: '16:00', to: ['ceo'] }],
      untracked: [{ line: 85, says: 'PR outreach', why: 'a one-off task' }],
    });
    const after = read({
      hypotheses: [{ ...hypothesis, go: '> 46' }],
      identities: [{ check: '6 * $20 == $120', says: '6 x $20 = $120' }],
      reviews: [{ id: 'weekly', every: 'friday', at: '17:00', to: ['ceo', 'cto'] }],
      untracked: [],
    });
    expect(said(after, before)).toEqual([
      ['hypothesis', 'h', 'changed', 'go > 45 becomes > 46', ['h']],
      ['identity', null, 'removed', '"5 x $20 = $100" (5 * $20 == $100)', []],
      ['identity', null, 'added', '"6 x $20 = $120" (6 * $20 == $120)', []],
      [
        'review',
        'weekly',
        'changed',
        'every friday at 16:00 becomes every friday at 17:00; goes to ceo becomes ceo, cto',
        [],
      ],
      ['untracked', null, 'removed', '"PR outreach" in line 85, because: a one-off task', []],
    ]);
  });

  it('takes a promise on a metric that the workspace has no more for another one', () => {
    const before = planOf({ ...nps, metric: 'gone' });
    expect(said(planOf(nps), before)).toEqual([['indicator', 'nps', 'changed', 'metric gone becomes m', ['nps']]]);
  });
});
