import { addDays } from '@plumbline/core/day';
import { beforeEach, describe, expect, it } from 'vitest';
import { D12, NOW, inOrder } from './contract-fixtures.ts';
import type { Store } from './types.ts';

/** What a store has to do with what sources remember, and with whose turn it is to pull one. */
export function memoryContract(name: string, makeStore: () => Promise<Store>): void {
  let store: Store;
  let count = 0;
  let w = '';
  beforeEach(async () => {
    store ??= await makeStore();
    count += 1;
    w = `memory-${count}`;
  });

  describe(`the memory of a store on ${name}`, () => {
    const small = Uint8Array.of(1, 2, 3);
    const large = Uint8Array.from({ length: 700_001 }, (_, index) => index % 251);
    const entries = [
      { key: 'seen', bytes: Uint8Array.of(9) },
      { key: 'seen/2026-02-11', bytes: small },
      { key: 'seen/2026-02-12', bytes: large },
    ];

    it('keeps entries whole, large and small, in order of their keys', async () => {
      await store.pulls.remember(w, 'stripe', entries.toReversed());
      const read = store.pulls.memory(w, 'stripe');
      expect(await read.get('seen/2026-02-12')).toEqual(large);
      expect(await read.get('seen')).toEqual(Uint8Array.of(9));
      expect(await read.get('unseen')).toBeUndefined();
      expect(await store.pulls.memory(w, 'ga4').get('seen')).toBeUndefined();
      expect(await inOrder(read.range('seen', 'seen/2026-02-12'))).toEqual(entries);
      expect((await inOrder(read.range('seen/', 'seen/2026-02-11'))).map(({ key }) => key)).toEqual([
        'seen/2026-02-11',
      ]);

      await store.pulls.remember(w, 'stripe', [{ key: 'seen/2026-02-12', bytes: small }]);
      expect(await read.get('seen/2026-02-12')).toEqual(small);
      expect((await inOrder(read.range('seen/2026-02-12', 'z'))).map(({ bytes }) => bytes)).toEqual([small]);
      await expect(store.pulls.remember(w, 'stripe', [{ key: 'A#b', bytes: small }])).rejects.toThrow(
        `"A#b" can't be a memory key`,
      );
    });

    it('forgets an entry that has no bytes any more, and knows it again when it has', async () => {
      await store.pulls.remember(w, 'stripe', entries);
      await store.pulls.remember(w, 'stripe', [
        { key: 'seen', bytes: new Uint8Array() },
        { key: 'seen/2026-02-12', bytes: new Uint8Array() },
        { key: 'never', bytes: new Uint8Array() },
      ]);
      const read = store.pulls.memory(w, 'stripe');
      expect([await read.get('seen'), await read.get('seen/2026-02-12'), await read.get('never')]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(await inOrder(read.range('a', 'z'))).toEqual([{ key: 'seen/2026-02-11', bytes: small }]);
      await store.pulls.remember(w, 'stripe', entries);
      expect(await inOrder(read.range('a', 'z'))).toEqual(entries);
    });
  });

  describe(`a claim to a pull in a store on ${name}`, () => {
    const claim = (until = NOW + 900_000, night = D12) => ({ workspace: w, source: 'stripe', night, until });
    const next = addDays(D12, 1);

    it('is given to one run at a time, for each source, until it is given back or its time is over', async () => {
      const at = (now: number, until: number) => store.pulls.claim(claim(until), now);
      const both = await Promise.all([at(NOW, NOW + 10), at(NOW, NOW + 11)]);
      expect(both.filter(Boolean)).toEqual([true]);
      expect(await store.pulls.claim({ ...claim(), source: 'ga4' }, NOW)).toBe(true);
      const until = both[0] ? NOW + 10 : NOW + 11;
      expect(await store.pulls.underWay(w, 'stripe', NOW)).toEqual({ night: D12 });
      expect([await at(until - 1, NOW + 20), await at(until, NOW + 20)]).toEqual([false, true]);
      await store.pulls.release(claim(NOW + 20));
      expect(await store.pulls.underWay(w, 'stripe', NOW)).toBeUndefined();
      expect(await at(NOW, NOW + 30)).toBe(true);
    });

    it('that waits to go on is given to a run of the same night only, until it has waited long enough', async () => {
      const over = NOW + 60_000;
      await store.pulls.claim(claim(), NOW);
      await store.pulls.release(claim(), { note: '3 of 9 slices', until: over });
      expect(await store.pulls.underWay(w, 'stripe', over - 1)).toEqual({ night: D12, note: '3 of 9 slices' });
      expect(await store.pulls.underWay(w, 'stripe', over)).toBeUndefined();
      expect(await store.pulls.claim(claim(over + 900_000, next), over - 1)).toBe(false);
      expect(await store.pulls.claim(claim(over + 900_000), over - 1)).toBe(true);
      expect(await store.pulls.underWay(w, 'stripe', over)).toEqual({ night: D12 });
      expect(await store.pulls.claim(claim(over + 900_001), over)).toBe(false);
      await store.pulls.release(claim(over + 900_000), { note: '6 of 9 slices', until: over + 1 });
      expect(await store.pulls.claim(claim(over + 900_000, next), over + 1)).toBe(true);
    });

    it('that others have taken over meanwhile is not given back for them', async () => {
      await store.pulls.claim(claim(NOW + 10), NOW);
      await store.pulls.claim(claim(NOW + 30, next), NOW + 10);
      await store.pulls.release(claim(NOW + 10), { note: 'late', until: NOW + 99 });
      expect(await store.pulls.underWay(w, 'stripe', NOW + 10)).toEqual({ night: next });
      expect(await store.pulls.claim(claim(NOW + 50), NOW + 29)).toBe(false);
    });
  });
}
