import { toDay } from '@plumbline/core/day';
import { expect, it } from 'vitest';
import { indicatorCard } from './card.ts';
import type { IndicatorCard } from './model.ts';

const [from, to] = [toDay('2026-01-02'), toDay('2026-04-02')];

const card: IndicatorCard = {
  id: 'uptime-maintained',
  says: '99.5% uptime',
  metric: 'Uptime',
  explained: '/metrics/uptime',
  when: 'kept from Day 1 to end',
  deadline: to,
  status: 'on_track',
  overlays: [],
  unit: '%',
  value: 99.9,
  day: from,
  target: '>= 99.5%',
  gap: 0.4,
  n: null,
  interval: null,
  requiredPace: null,
  actualPace: null,
  forecast: null,
  forecastDay: to,
  missing: null,
  failingDays: null,
  errorBudget: '54 of 216 min left',
  answer: null,
  dri: 'DevOps lead',
  priority: 'must',
  risk: null,
  mitigation: null,
  picture: { from, to, series: [], plan: [], judged: { from, to } },
};

it('shows how much of an error budget is left, and nothing where there is none', async () => {
  const shown = async (one: IndicatorCard): Promise<string | undefined> =>
    /<dt>Error budget<\/dt>\s*<dd>([^<]*)<\/dd>/.exec(String(await indicatorCard('acme', one)))?.[1];
  expect(await shown(card)).toBe('54 of 216 min left');
  expect(await shown({ ...card, errorBudget: null })).toBeUndefined();
});
