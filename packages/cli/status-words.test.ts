import { toDay } from '@plumbline/core/day';
import type { IndicatorState } from '@plumbline/core/status';
import { preparePlan } from '@plumbline/plan/prepare';
import { planSchema } from '@plumbline/plan/schema';
import { expect, it } from 'vitest';
import { budget, heading, missed } from './status-words.ts';

const start = toDay('2026-01-02');
const plan = planSchema.parse({
  plan: 'acme',
  title: 'Acme',
  start,
  end: '2026-01-31',
  indicators: [{ id: 'up', says: 'up', metric: 'uptime', target: '>= 99.5%', maintain: 'day 1..end', dri: 'cto' }],
});
const uptime = {
  id: 'uptime',
  unit: '%',
  kind: 'rate',
  direction: 'up',
  about: '',
  settleNights: 0,
  source: 'uptime',
} as const;
const [step] = preparePlan(plan, new Map([['uptime', uptime]])).steps;

it('says beside an uptime how much of its error budget is left', () => {
  if (!step) throw new Error('the plan has no step');
  const state: IndicatorState = {
    indicator: 'up',
    status: 'on_track',
    since: start,
    contrary: [],
    value: 96.25,
    day: start,
  };
  const row = { step, answer: undefined, dri: 'CTO', state };
  const spent = { ...row, state: { ...state, errorBudget: { allowedMinutes: 216, usedMinutes: 162 } } };
  expect([budget(row), budget(spent)]).toEqual(['', 'error budget: 54 of 216 min left']);
  expect(heading(spent)).toBe('Uptime: 96.3% now, against ≥ 99.5%. Error budget: 54 of 216 min left.');
  expect(missed(spent)).toBe('Uptime 96.25% on 2 Jan against ≥ 99.5%. Error budget: 54 of 216 min left.');
  expect(missed(row)).toBe('Uptime 96.25% on 2 Jan against ≥ 99.5%.');
});
