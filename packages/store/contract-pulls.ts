import { addDays } from '@plumbline/core/day';
import { beforeEach, describe, expect, it } from 'vitest';
import { D12, NOW, day, event, night, observation, pull } from './contract-fixtures.ts';
import type { Store } from './types.ts';

/** What a store has to do with numbers. */
export function pullsContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`the snapshots of a store on ${name}`, () => {
    let store: Store;
    let count = 0;
    let w = '';
    beforeEach(async () => {
      store ??= await makeStore();
      count += 1;
      w = `pulls-${count}`;
    });

    it('gives back what was recorded, by day, then metric, whole and as points', async () => {
      await store.nights.open(night(w));
      const rate = { n: 41, numerator: 30, denominator: 41, interval: { low: 0.1, high: 0.30000000000000004 } };
      const recorded = await store.pulls.record(
        pull(w, [
          observation('nps', D12, 36.6, { ...rate, breakdown: { product: { Pro: 5 } }, quality: ['sampled'] }),
          observation('mrr', D12, 312050),
          observation('nps', addDays(D12, -1), 30),
          observation('nps', addDays(D12, -2), 1e-300),
        ]),
      );
      expect(recorded).toEqual({
        source: 'stripe',
        state: 'ok',
        written: 4,
        unchanged: 0,
        changedFrom: '2026-02-10',
        at: NOW,
      });
      const span = await store.snapshots.span(w, addDays(D12, -1), D12);
      expect(span.map((s) => [s.day, s.metric, s.value])).toEqual([
        ['2026-02-11', 'nps', 30],
        ['2026-02-12', 'mrr', 312050],
        ['2026-02-12', 'nps', 36.6],
      ]);
      const whole = {
        workspace: w,
        metric: 'nps',
        day: D12,
        unit: 'count',
        source: 'stripe',
        demo: false,
        value: 36.6,
        ...rate,
        breakdown: { product: { Pro: 5 } },
        quality: ['sampled'],
        evidence: { requests: 3, rows: 212, sha256: 'ab', policy: 'stripe-default' },
        revision: 1,
        state: 'settled',
        pulledAt: NOW,
        earlier: [],
      };
      expect(await store.snapshots.one(w, D12, 'nps')).toEqual(whole);
      expect(await store.snapshots.points(w, D12, D12)).toEqual([
        { metric: 'mrr', day: D12, value: 312050, revision: 1, state: 'settled' },
        {
          metric: 'nps',
          day: D12,
          value: 36.6,
          ...rate,
          breakdown: { product: { Pro: 5 } },
          revision: 1,
          state: 'settled',
        },
      ]);
      const series = await store.snapshots.series(w, 'nps', day('2026-01-01'), D12);
      expect(series.map((s) => s.value)).toEqual([1e-300, 30, 36.6]);
      expect(series.at(-1)).toEqual(whole);
      expect(await store.snapshots.one(w, D12, 'absent')).toBeUndefined();
      expect(await store.snapshots.span(w, D12, addDays(D12, -1))).toEqual([]);
    });

    it('writes nothing at all when the same is recorded twice', async () => {
      await store.nights.open(night(w));
      const input = pull(w, [observation('mrr', D12, 1), observation('arr', D12, 12)]);
      await store.pulls.record(input);
      const [stored, before] = [await store.nights.get(w, D12), await store.snapshots.span(w, D12, D12)];
      const again = await store.pulls.record({
        ...input,
        now: NOW + 5000,
        makeEvent: () => expect.unreachable('no event is to be made'),
      });
      expect(again).toEqual({ source: 'stripe', state: 'ok', written: 0, unchanged: 2, at: NOW + 5000 });
      expect(await store.nights.get(w, D12)).toEqual(stored);
      expect(await store.snapshots.span(w, D12, D12)).toEqual(before);
      expect(await store.outbox.pending(w)).toEqual([event(w, 'recorded_stripe_2')]);
    });

    it('keeps the earlier revision when a value changes, and tells the earliest day that did', async () => {
      await store.nights.open(night(w));
      const early = addDays(D12, -3);
      await store.pulls.record(pull(w, [observation('mrr', early, 1), observation('mrr', D12, 2)]));
      const result = await store.pulls.record(
        pull(w, [observation('mrr', early, 5), observation('mrr', D12, 2)], { now: NOW + 1 }),
      );
      expect(result).toEqual({
        source: 'stripe',
        state: 'ok',
        written: 1,
        unchanged: 1,
        changedFrom: early,
        at: NOW + 1,
      });
      expect(await store.snapshots.one(w, early, 'mrr')).toMatchObject({
        value: 5,
        revision: 2,
        earlier: [{ value: 1, revision: 1, state: 'settled', pulledAt: NOW }],
      });
    });

    it('notes a good result and an event for a source that found nothing', async () => {
      await store.nights.open(night(w));
      const result = await store.pulls.record(pull(w, []));
      expect(result).toEqual({ source: 'stripe', state: 'ok', written: 0, unchanged: 0, at: NOW });
      expect((await store.nights.get(w, D12))?.sources).toEqual([result]);
      expect(await store.outbox.pending(w)).toHaveLength(1);
    });

    it('refuses a night that is not open, a value found twice and a metric without a unit', async () => {
      const one = observation('mrr', D12, 1);
      await expect(store.pulls.record(pull(w, [one]))).rejects.toMatchObject({ code: 'not-found' });
      await store.nights.open(night(w));
      await expect(store.pulls.record(pull(w, [one, one]))).rejects.toThrow('mrr of 2026-02-12 was found twice');
      await expect(store.pulls.record(pull(w, [one], { units: new Map() }))).rejects.toThrow('yields mrr');
      expect(await store.snapshots.span(w, D12, D12)).toEqual([]);
    });

    it('takes several sources at once, and one source twice at once, as if they had come one by one', async () => {
      await store.nights.open(night(w));
      const sources = ['ga4', 'mixpanel', 'stripe', 'uptime'];
      const inputs = [...sources, 'stripe'].map((source) =>
        pull(
          w,
          Array.from({ length: 120 }, (_, index) => observation(`${source}_${index}`, D12, index)),
          { source, makeEvent: () => event(w, `recorded_${source}`) },
        ),
      );
      await Promise.all(inputs.map((input) => store.pulls.record(input)));
      expect((await store.nights.get(w, D12))?.sources).toEqual(
        sources.map((source) => ({ source, state: 'ok', written: 120, unchanged: 0, changedFrom: D12, at: NOW })),
      );
      const stored = await store.snapshots.span(w, D12, D12);
      expect(stored).toHaveLength(480);
      expect(stored.every(({ revision }) => revision === 1)).toBe(true);
      expect((await store.outbox.pending(w)).map(({ id }) => id)).toEqual(sources.map((s) => `recorded_${s}`));
    });

    it('notes a failure with one event, and leaves what had come in well', async () => {
      await store.nights.open(night(w));
      const failure = {
        workspace: w,
        source: 'stripe',
        night: D12,
        now: NOW,
        error: '[stripe] no answer',
        event: event(w, 'failed'),
      };
      const result = {
        source: 'stripe',
        state: 'failed',
        written: 0,
        unchanged: 0,
        error: '[stripe] no answer',
        at: NOW,
      };
      expect(await store.pulls.fail(failure)).toEqual(result);
      expect((await store.nights.get(w, D12))?.sources).toEqual([result]);
      const pending = await store.outbox.pending(w);
      expect(pending).toEqual([event(w, 'failed')]);

      await store.outbox.remove(pending);
      expect(await store.pulls.fail({ ...failure, now: NOW + 1 })).toEqual({ ...result, at: NOW + 1 });
      expect(await store.outbox.pending(w)).toEqual([]);

      const good = await store.pulls.record(pull(w, [observation('mrr', D12, 1)]));
      await store.outbox.remove(await store.outbox.pending(w));
      expect(await store.pulls.fail({ ...failure, now: NOW + 2 })).toEqual({ ...result, at: NOW + 2 });
      const lastError = { error: '[stripe] no answer', at: NOW + 2 };
      expect((await store.nights.get(w, D12))?.sources).toEqual([{ ...good, lastError }]);
      expect(await store.outbox.pending(w)).toEqual([]);

      await store.pulls.record(pull(w, [observation('mrr', D12, 1)]));
      expect((await store.nights.get(w, D12))?.sources[0]).not.toHaveProperty('lastError');
    });

    it('remembers for which days a source has come in without a hole', async () => {
      expect(await store.pulls.pulled(w, 'stripe')).toBeUndefined();
      await store.nights.open(night(w));
      const days = (from: number, through: number) => ({ from: addDays(D12, from), through: addDays(D12, through) });
      for (const [pulled, expected] of [
        [days(0, 0), days(0, 0)],
        [days(-30, -10), days(0, 0)],
        [days(-9, -1), days(-9, 0)],
        [days(1, 1), days(-9, 1)],
        [days(-3, 0), days(-9, 1)],
        [days(-40, -10), days(-40, 1)],
        [days(5, 6), days(5, 6)],
      ] as const) {
        await store.pulls.record(pull(w, [], { pulled }));
        expect(await store.pulls.pulled(w, 'stripe')).toEqual(expected);
      }
    });
  });
}
