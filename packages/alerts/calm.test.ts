import { toDay } from '@plumbline/core/day';
import type { Acknowledgement, Transition } from '@plumbline/core/status';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CalmContext } from './calm.ts';
import { group } from './calm.ts';
import { exampleTransition } from './example-items.ts';
import { rankOf } from './kinds.ts';

const context = (changes: Partial<CalmContext> = {}): CalmContext => ({
  dris: {
    'vp-product': { email: 'vp@bakhmach.example' },
    ceo: { email: 'ceo@bakhmach.example' },
    'sales-lead': {},
  },
  fallbackDri: 'ceo',
  acknowledgements: [],
  sourceOf: (metric) => ({ nps: 'mixpanel', dau: 'mixpanel', mrr: 'stripe' })[metric],
  failedSources: new Map(),
  ...changes,
});

const of = (id: string, kind: Transition['kind'], changes: Partial<Transition> = {}): Transition =>
  exampleTransition({ id, kind, indicator: id, ...changes });

const snooze = (indicator: string, until: string): Acknowledgement => ({
  workspace: 'bakhmach',
  indicator,
  transition: 'trn_snoozed',
  kind: 'snoozed',
  reason: 'known',
  at: 0,
  until: toDay(until),
});

/** `{ suppressed: { hidden: by }, mails: { dri: [ids] } }`. */
function brief(transitions: Transition[], changes: Partial<CalmContext> = {}) {
  const { suppressed, mails } = group(transitions, context(changes));
  return {
    suppressed: Object.fromEntries(suppressed.map(({ id, by }) => [id, by])),
    mails: Object.fromEntries(mails.map(({ dri, transitions }) => [dri, transitions.map(({ id }) => id)])),
  };
}

describe('who hears what', () => {
  test('a decided hypothesis is never hidden, whatever else there is to say of its metric', () => {
    const night = [
      of('h', 'decided', { to: 'pivot' }),
      of('h', 'corrected', { id: 'again', from: 'pivot', to: 'go', corrections: 1 }),
      of('miss', 'missed'),
      of('risk', 'at_risk'),
      of('lacking', 'stale', { indicator: 'h' }),
    ];
    expect(brief(night, { acknowledgements: [snooze('h', '2026-03-01')] })).toEqual({
      suppressed: { risk: 'miss', lacking: 'miss' },
      mails: { 'vp-product': ['miss', 'again', 'h'] },
    });
  });

  test('one mail per DRI, worst first, then by priority', () => {
    const night = [
      of('met', 'met', { metric: 'a' }),
      of('risk', 'at_risk', { metric: 'b' }),
      of('nice-miss', 'missed', { metric: 'c', priority: 'nice' }),
      of('must-miss', 'missed', { metric: 'd', priority: 'must' }),
      of('ceo-miss', 'missed', { metric: 'e', dri: 'ceo' }),
    ];
    const expected = {
      suppressed: {},
      mails: { ceo: ['ceo-miss'], 'vp-product': ['must-miss', 'nice-miss', 'risk', 'met'] },
    };
    expect(brief(night)).toEqual(expected);
    expect(brief(night.toReversed())).toEqual(expected);
  });

  test('what belongs to nobody known, or to somebody without an address, goes to the fallback DRI', () => {
    const night = ['gone', 'toString', 'sales-lead'].map((dri) => of(dri, 'missed', { dri }));
    expect(brief(night).mails).toEqual({ ceo: ['gone', 'sales-lead', 'toString'] });
  });

  test('improvements and silent ones are not heard', () => {
    const quiet = [of('a', 'on_track'), of('b', 'source_recovered'), of('c', 'missed', { silent: true })];
    expect(brief(quiet)).toEqual({ suppressed: {}, mails: {} });
  });
});

describe('what hides what', () => {
  test('a miss hides risk, reminder and staleness on its metric, not on others', () => {
    const night = [
      of('miss', 'missed'),
      of('risk', 'at_risk'),
      of('again', 'reminder'),
      of('stale', 'stale'),
      of('other', 'at_risk', { metric: 'dau' }),
    ];
    expect(brief(night)).toEqual({
      suppressed: { risk: 'miss', again: 'miss', stale: 'miss' },
      mails: { 'vp-product': ['miss', 'other'] },
    });
  });

  test('what only somebody else is told of hides nothing', () => {
    const night = [
      of('miss', 'missed', { dri: 'ceo' }),
      of('risk', 'at_risk'),
      of('stale', 'stale', { dri: 'ceo' }),
      of('gone', 'reminder', { dri: 'nobody known' }),
    ];
    expect(brief(night)).toEqual({
      suppressed: { gone: 'miss', stale: 'miss' },
      mails: { ceo: ['miss'], 'vp-product': ['risk'] },
    });
  });

  test('verdicts are never hidden: another miss, a correction, a recovery, a target met', () => {
    const night = [of('1', 'missed'), of('2', 'missed'), of('3', 'corrected'), of('4', 'recovered'), of('5', 'met')];
    expect(brief(night)).toEqual({ suppressed: {}, mails: { 'vp-product': ['1', '2', '3', '4', '5'] } });
  });

  test('a correction to missed hides as a miss does, one to met hides nothing', () => {
    expect(brief([of('fix', 'corrected', { to: 'missed' }), of('risk', 'at_risk')]).suppressed).toEqual({
      risk: 'fix',
    });
    expect(brief([of('fix', 'corrected', { to: 'met' }), of('risk', 'at_risk')]).suppressed).toEqual({});
  });

  test('of several stale indicators on one metric only the first is heard', () => {
    expect(brief([of('near', 'stale'), of('far', 'stale')])).toEqual({
      suppressed: { far: 'near' },
      mails: { 'vp-product': ['near'] },
    });
  });

  test('a failed source hides the staleness of its own metrics and is told to the fallback DRI', () => {
    const night = [
      of('down', 'source_failed', { indicator: 'source:mixpanel', metric: '', dri: 'ceo' }),
      of('nps', 'stale', { metric: 'nps' }),
      of('dau', 'stale', { metric: 'dau' }),
      of('mrr', 'stale', { metric: 'mrr' }),
      of('risk', 'at_risk', { metric: 'dau' }),
    ];
    expect(brief(night)).toEqual({
      suppressed: { nps: 'down', dau: 'down' },
      mails: { ceo: ['down'], 'vp-product': ['risk', 'mrr'] },
    });
  });

  test('a source that has been failing for nights hides the staleness of its own metrics, though its failure is no news', () => {
    const night = [of('nps', 'stale'), of('mrr', 'stale', { metric: 'mrr' }), of('miss', 'missed', { metric: 'dau' })];
    expect(brief(night, { failedSources: new Map([['mixpanel', 'trn_20260210_down']]) })).toEqual({
      suppressed: { nps: 'trn_20260210_down' },
      mails: { 'vp-product': ['miss', 'mrr'] },
    });
  });

  test('of several corrections of one indicator the last one hides the others', () => {
    const flips = [
      of('second', 'corrected', { indicator: 'i', to: 'met', corrections: 2 }),
      of('third', 'corrected', { indicator: 'i', to: 'missed', corrections: 3 }),
      of('first', 'corrected', { indicator: 'i', to: 'missed', corrections: 1 }),
      of('other', 'corrected', { corrections: 1 }),
    ];
    expect(brief(flips)).toEqual({
      suppressed: { first: 'third', second: 'third' },
      mails: { 'vp-product': ['other', 'third'] },
    });
    const mended = [
      of('miss', 'corrected', { indicator: 'i', corrections: 1 }),
      ...flips.slice(0, 1),
      of('risk', 'at_risk'),
    ];
    expect(brief(mended)).toEqual({ suppressed: { miss: 'second' }, mails: { 'vp-product': ['second', 'risk'] } });
  });
});

describe('a snooze', () => {
  const night = [
    of('risk', 'at_risk'),
    of('again', 'reminder', { metric: 'dau' }),
    of('miss', 'missed', { metric: 'mrr' }),
  ];

  test('keeps risk and reminder quiet up to the night it ends with, but no verdict', () => {
    const acknowledgements = ['risk', 'again', 'miss'].map((indicator) => snooze(indicator, '2026-02-13'));
    expect(brief(night, { acknowledgements })).toEqual({
      suppressed: { risk: 'trn_snoozed', again: 'trn_snoozed' },
      mails: { 'vp-product': ['miss'] },
    });
  });

  test('is over the night after', () => {
    expect(brief(night, { acknowledgements: [snooze('risk', '2026-02-12')] }).suppressed).toEqual({});
  });

  test('lets a miss, a recovery and a correction of what was at risk through, and an acknowledged risk that is missed too', () => {
    const verdicts = [
      of('1', 'missed'),
      of('2', 'recovered'),
      of('3', 'corrected'),
      of('4', 'stale', { metric: 'dau' }),
    ];
    const acknowledgements = ['1', '2', '3', '4'].map((indicator) => snooze(indicator, '2026-03-01'));
    const heard = { suppressed: {}, mails: { 'vp-product': ['1', '3', '4', '2'] } };
    expect(brief(verdicts, { acknowledgements })).toEqual(heard);
    const acknowledged = acknowledgements.map(({ until: _until, ...rest }) => ({
      ...rest,
      kind: 'acknowledged' as const,
    }));
    expect(brief(verdicts, { acknowledgements: acknowledged })).toEqual(heard);
  });

  test('does not let the quiet one hide what is heard', () => {
    const stale = of('stale', 'stale');
    expect(brief([of('risk', 'at_risk'), stale], { acknowledgements: [snooze('risk', '2026-02-13')] })).toEqual({
      suppressed: { risk: 'trn_snoozed' },
      mails: { 'vp-product': ['stale'] },
    });
  });
});

const anyTransition = fc.record({
  kind: fc.constantFrom<Transition['kind'][]>(
    'missed',
    'met',
    'at_risk',
    'stale',
    'reminder',
    'corrected',
    'recovered',
    'on_track',
    'source_failed',
    'source_recovered',
  ),
  metric: fc.constantFrom('nps', 'dau', 'mrr'),
  source: fc.constantFrom('mixpanel', 'stripe'),
  dri: fc.constantFrom('vp-product', 'ceo', 'gone'),
  priority: fc.constantFrom<Transition['priority'][]>('must', 'should', 'nice'),
  silent: fc.boolean(),
  snoozed: fc.boolean(),
});

test('each heard transition is in exactly one mail or hidden by one that is heard and no milder, with one mail per DRI', () => {
  fc.assert(
    fc.property(fc.array(anyTransition, { maxLength: 15 }), (drawn) => {
      const transitions = drawn.map(({ source, kind, metric, dri, priority, silent }, index) =>
        of(`t${index}`, kind, {
          metric,
          dri,
          priority,
          silent,
          ...(kind.startsWith('source_') && { indicator: `source:${source}`, metric: '' }),
        }),
      );
      const acknowledgements = drawn.flatMap(({ snoozed }, index) =>
        snoozed ? [snooze(`t${index}`, '2026-02-13')] : [],
      );
      const { suppressed, mails } = group(transitions, context({ acknowledgements }));
      const mailed = mails.flatMap((mail) => mail.transitions);
      const ids = [...mailed.map(({ id }) => id), ...suppressed.map(({ id }) => id)].toSorted();
      const heard = transitions.filter(({ kind, silent }) => !silent && rankOf(kind) !== undefined);
      expect(ids).toEqual(heard.map(({ id }) => id).toSorted());
      expect(new Set(mails.map(({ dri }) => dri)).size).toBe(mails.length);
      for (const { id, by } of suppressed) {
        if (by === 'trn_snoozed') continue;
        const hidden = transitions.find((one) => one.id === id);
        const hider = mailed.find((one) => one.id === by);
        expect(rankOf(hider?.kind ?? 'on_track')).toBeLessThanOrEqual(rankOf(hidden?.kind ?? 'on_track') ?? -1);
      }
    }),
  );
});
