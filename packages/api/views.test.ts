import { toDay } from '@plumbline/core/day';
import type { Acknowledgement, IndicatorState } from '@plumbline/core/status';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fixture } from './testing.ts';
import { NOW, startFixture } from './testing.ts';
import { MRR } from './testing-mrr.ts';
import { explainedView, statusView } from './views.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const NIGHT = toDay('2026-01-14');
const since = toDay('2026-01-12');

const acknowledged: Acknowledgement = {
  workspace: 'acme',
  indicator: 'nps-week-2',
  transition: 'trn_20260112_1',
  kind: 'acknowledged',
  reason: 'known',
  at: NOW + 1,
};
const snoozed = (until: string, transition = acknowledged.transition): Acknowledgement => ({
  ...acknowledged,
  kind: 'snoozed',
  transition,
  until: toDay(until),
});

function overlays(answer: Acknowledgement, state: Partial<IndicatorState> = {}, asOf?: typeof NIGHT) {
  const [workspace] = fixture.ports.workspaces;
  if (!workspace) throw new Error('the fixture has no workspace');
  const states = [{ indicator: 'nps-week-2', status: 'missed' as const, since, contrary: [], ...state }];
  const judgement = { workspace: 'acme', night: NIGHT, planVersion: 'sha256:1', judgedAt: NOW, version: 1, states };
  return statusView(workspace, judgement, [answer], asOf).indicators[0]?.overlays;
}

describe('an acknowledgement', () => {
  it('stands on the miss or risk that it was given to, beside what is stale', () => {
    expect(overlays(acknowledged)).toEqual(['acknowledged']);
    expect(overlays(acknowledged, { status: 'at_risk' })).toEqual(['acknowledged']);
    expect(overlays(acknowledged, { stale: { since, missing: 'nps' } })).toEqual(['stale', 'acknowledged']);
    expect(overlays(acknowledged, { status: 'met' })).toEqual([]);
  });

  it('of an earlier miss says nothing about this one', () => {
    expect(overlays({ ...acknowledged, transition: 'trn_20260111_f' })).toEqual([]);
  });

  it('that came after a night is not part of how that night stood', () => {
    expect(overlays(acknowledged, {}, NIGHT)).toEqual([]);
    expect(overlays({ ...acknowledged, at: NOW }, {}, NIGHT)).toEqual(['acknowledged']);
  });
});

describe('a snooze', () => {
  it('stands through its last night', () => {
    expect(overlays(snoozed('2026-01-14'))).toEqual(['snoozed']);
    expect(overlays(snoozed('2026-01-13'))).toEqual([]);
  });

  it('given to an earlier status stands where it reaches into this one', () => {
    const earlier = 'trn_20260101_1';
    expect(overlays(snoozed('2026-01-14', earlier))).toEqual(['snoozed']);
    expect(overlays(snoozed('2026-01-14', earlier), { since: toDay('2026-01-15') })).toEqual([]);
  });
});

it('an error budget is shown as it was judged, and is null where there is none', () => {
  const [workspace] = fixture.ports.workspaces;
  if (!workspace) throw new Error('the fixture has no workspace');
  const errorBudget = { allowedMinutes: 216, usedMinutes: 54 };
  const states = [{ indicator: 'nps-week-2', status: 'on_track' as const, since, contrary: [], errorBudget }];
  const judgement = { workspace: 'acme', night: NIGHT, planVersion: 'sha256:1', judgedAt: NOW, version: 1, states };
  const { indicators } = statusView(workspace, judgement, [], undefined);
  expect(indicators.slice(0, 2).map((one) => one.errorBudget)).toEqual([errorBudget, null]);
});

it('of money, the numerator is in the major part too', () => {
  const arpu = { ...MRR, metric: 'arpu', value: 7611, numerator: 312_050, denominator: 41 };
  expect(explainedView(arpu)).toMatchObject({ value: 76.11, numerator: 3120.5, denominator: 41 });
});
