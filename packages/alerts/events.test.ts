import { toDay } from '@plumbline/core/day';
import type { SourceResult } from '@plumbline/core/night';
import { toInstant } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import { detailSchemas, nightCompleted, snapshotsRecorded, sourceFailed, transitionEvent } from './events.ts';
import { exampleDecision, exampleTransition } from './example-items.ts';

const night = { id: 'night_bakhmach_2026-02-13', workspace: 'bakhmach', day: toDay('2026-02-13'), demo: false };
const now = toInstant('2026-02-14T01:00:07Z');
const recorded: SourceResult = {
  source: 'stripe',
  state: 'ok',
  written: 12,
  unchanged: 3,
  changedFrom: toDay('2026-02-11'),
  at: now,
};

describe('the event of a transition', () => {
  test('carries what the contract names, under the id of the transition', () => {
    const event = transitionEvent(exampleTransition(), { nightId: night.id });
    expect(event).toEqual({
      id: 'trn_20260213_a1b2c3d4e5f6',
      workspace: 'bakhmach',
      detailType: 'Indicator Missed',
      time: now,
      detail: {
        metadata: {
          id: 'trn_20260213_a1b2c3d4e5f6',
          version: '1',
          workspace: 'bakhmach',
          time: '2026-02-14T01:00:07Z',
          correlationId: 'night_bakhmach_2026-02-13',
          planVersion: 'sha256:0f1e2d3c',
        },
        data: {
          indicator: 'nps-by-week-6',
          metric: 'nps',
          says: 'NPS >40 by Week 6',
          from: 'at_risk',
          to: 'missed',
          day: '2026-02-12',
          value: 36,
          unit: 'score',
          target: '> 40',
          gap: -4,
          n: 128,
          dri: 'vp-product',
          priority: 'must',
          risk: 'Product-market fit unclear',
          mitigation: 'Weekly customer interviews',
          forecast: null,
          detail: null,
          evidence: '/v1/workspaces/bakhmach/snapshots/2026-02-12/nps',
          demo: false,
        },
      },
    });
    expect(detailSchemas['Indicator Missed'].parse(event?.detail)).toEqual(event?.detail);
  });

  test('gives money in its major unit, forecast and gap too', () => {
    const event = transitionEvent(
      exampleTransition({
        kind: 'at_risk',
        unit: 'USD',
        value: 742_050,
        gap: -257_950,
        forecast: { value: 881_200, low: 832_001, high: 930_400 },
      }),
      { nightId: night.id },
    );
    expect(event?.detailType).toBe('Indicator At Risk');
    expect(event?.detail.data).toMatchObject({
      value: 7420.5,
      gap: -2579.5,
      forecast: { value: 8812, low: 8320.01, high: 9304 },
    });
  });

  test('has neither value nor evidence where there is none, never 0', () => {
    const stale = exampleTransition({
      kind: 'stale',
      to: 'stale',
      value: null,
      gap: null,
      n: null,
      detail: 'nps of 2026-02-12',
    });
    expect(transitionEvent(stale, { nightId: night.id })?.detail.data).toMatchObject({
      value: null,
      gap: null,
      n: null,
      evidence: null,
      detail: 'nps of 2026-02-12',
    });
  });

  test.each([
    ['missed', 'Indicator Missed'],
    ['met', 'Indicator Met'],
    ['recovered', 'Indicator Recovered'],
    ['corrected', 'Indicator Corrected'],
    ['at_risk', 'Indicator At Risk'],
    ['stale', 'Metric Stale'],
    ['source_failed', undefined],
    ['on_track', undefined],
    ['reminder', undefined],
    ['source_recovered', undefined],
  ] as const)('of kind %s is %s', (kind, detailType) => {
    expect(transitionEvent(exampleTransition({ kind }), { nightId: night.id })?.detailType).toBe(detailType);
    expect(transitionEvent(exampleTransition({ kind, silent: true }), { nightId: night.id })).toBeNull();
  });

  test('of a hypothesis says how it was decided, with its bounds and days', () => {
    const event = transitionEvent(exampleDecision(), { nightId: night.id });
    expect(event).toMatchObject({ id: 'trn_20260213_f6', detailType: 'Hypothesis Decided' });
    expect(event?.detail.data).toEqual({
      hypothesis: 'personalisation',
      metric: 'dau_mau',
      says: 'DAU/MAU ratio increases from 40% to 50%',
      from: 'running',
      to: 'inconclusive',
      day: '2026-02-12',
      value: 43.2,
      unit: '%',
      go: '> 45%',
      pivot: '< 42%',
      expected: { from: '40%', to: '50%' },
      start: '2026-01-30',
      end: '2026-02-12',
      n: 812,
      dri: 'product-lead',
      forecast: null,
      detail: null,
      evidence: '/v1/workspaces/codementor/snapshots/2026-02-12/dau_mau',
      demo: false,
    });
    expect(detailSchemas['Hypothesis Decided'].parse(event?.detail)).toEqual(event?.detail);
  });

  test('of a hypothesis that is corrected is the same event again, from the earlier outcome', () => {
    const corrected = exampleDecision({ kind: 'corrected', from: 'go', to: 'pivot', corrections: 1 });
    expect(transitionEvent(corrected, { nightId: night.id })).toMatchObject({
      detailType: 'Hypothesis Decided',
      detail: { data: { from: 'go', to: 'pivot' } },
    });
    expect(transitionEvent({ ...corrected, silent: true }, { nightId: night.id })).toBeNull();
  });

  test('of a hypothesis that is stale is that of its metric, with both bounds as the target', () => {
    const stale = exampleDecision({ kind: 'stale', to: 'stale', detail: 'dau_mau of 2026-02-12' });
    const event = transitionEvent(stale, { nightId: night.id });
    expect(event).toMatchObject({
      detailType: 'Metric Stale',
      detail: { data: { indicator: 'personalisation', target: 'go > 45%, pivot < 42%', gap: null } },
    });
    expect(detailSchemas['Metric Stale'].parse(event?.detail)).toEqual(event?.detail);
  });

  test('stays far under 256 KB whatever a plan says', () => {
    const endless = '👩‍🚀\n'.repeat(200_000);
    const event = transitionEvent(
      exampleTransition({ says: endless, target: endless, risk: endless, mitigation: endless, detail: endless }),
      { nightId: night.id },
    );
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(64 * 1024);
  });
});

describe('the events of a night', () => {
  test('say what a source wrote', () => {
    const event = snapshotsRecorded(night, recorded, now);
    expect(event.detail).toEqual({
      metadata: {
        id: event.id,
        version: '1',
        workspace: 'bakhmach',
        time: '2026-02-14T01:00:07Z',
        correlationId: 'night_bakhmach_2026-02-13',
        planVersion: null,
      },
      data: { source: 'stripe', day: '2026-02-13', written: 12, unchanged: 3, changedFrom: '2026-02-11' },
    });
    expect(event.id).toMatch(/^evt_20260213_[0-9a-f]{20}$/);
    expect(detailSchemas['Snapshots Recorded'].parse(event.detail)).toEqual(event.detail);
  });

  test('have the same id for the same thing, and another for another', () => {
    expect(snapshotsRecorded(night, recorded, now).id).toBe(snapshotsRecorded(night, recorded, now).id);
    const other = { ...night, id: 'night_codementor_2026-02-13', workspace: 'codementor' };
    const ids = [
      snapshotsRecorded(night, recorded, now).id,
      snapshotsRecorded(night, recorded, now + 1).id,
      snapshotsRecorded(night, { ...recorded, source: 'ga4' }, now).id,
      snapshotsRecorded(other, recorded, now).id,
      snapshotsRecorded({ ...night, demo: true }, recorded, now).id,
      sourceFailed(night, 'stripe', 'down', now).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(sourceFailed(night, 'stripe', 'still down', now + 60_000).id).toBe(
      sourceFailed(night, 'stripe', 'down', now).id,
    );
  });

  test('say why a source failed', () => {
    const data = { source: 'stripe', day: '2026-02-13', error: '[stripe] GET /v1/prices answered 500' };
    const failed = sourceFailed(night, 'stripe', `${data.error}\n`, now);
    expect(failed).toMatchObject({ detailType: 'Source Failed', detail: { data } });
  });

  test('tell once that it is completed, with what came in', () => {
    const sources: SourceResult[] = [
      recorded,
      { source: 'ga4', state: 'failed', written: 0, unchanged: 0, error: 'down', at: now },
    ];
    const event = nightCompleted({ ...night, demo: true, sources }, { met: 3, missed: 1 }, now);
    expect(event.detail.data).toEqual({
      day: '2026-02-13',
      demo: true,
      sources: [
        { source: 'stripe', state: 'ok', written: 12, unchanged: 3, error: null },
        { source: 'ga4', state: 'failed', written: 0, unchanged: 0, error: 'down' },
      ],
      counts: { met: 3, missed: 1 },
    });
    expect(detailSchemas['Night Completed'].parse(event.detail)).toEqual(event.detail);
    expect(nightCompleted({ ...night, demo: true, sources: [] }, {}, now + 5).id).toBe(event.id);
  });
});
