import { beforeEach, describe, expect, it } from 'vitest';
import { NOW } from './contract-fixtures.ts';
import type { KeyedRequest, Store } from './types.ts';

const LATER = NOW + 60_000;

/** What a store has to do so that a request that comes again is done once. */
export function requestsContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`requests remembered by a store on ${name}`, () => {
    let store: Store;
    let count = 0;
    let request: KeyedRequest;
    beforeEach(async () => {
      store ??= await makeStore();
      count += 1;
      request = { workspace: `requests-${count}`, key: 'k', sha256: 'ab', until: LATER };
    });

    it('are known with their answer until they expire, and are new again from then on', async () => {
      expect(await store.requests.take(request, NOW)).toBeUndefined();
      expect(await store.requests.take({ ...request, sha256: 'cd' }, NOW)).toEqual({ sha256: 'ab' });
      expect(await store.requests.answer(request, { written: 1 })).toEqual({ written: 1 });
      const known = { sha256: 'ab', answer: { written: 1 } };
      const end = Math.ceil(LATER / 1000) * 1000;
      expect(await store.requests.take(request, end - 1)).toEqual(known);
      expect(await store.requests.take({ ...request, key: 'other' }, NOW)).toBeUndefined();
      expect(await store.requests.take({ ...request, workspace: `${request.workspace}-b` }, NOW)).toBeUndefined();
      const anew = { ...request, sha256: 'cd', until: end + 60_000 };
      expect(await store.requests.take(anew, end)).toBeUndefined();
      expect(await store.requests.take(request, end)).toEqual({ sha256: 'cd' });
    });

    it('are taken by one of many that come together, and answered once', async () => {
      const taken = await Promise.all([1, 2, 3, 4].map(() => store.requests.take(request, NOW)));
      expect(taken.filter((one) => one === undefined)).toHaveLength(1);
      const answers = await Promise.all([1, 2, 3].map((written) => store.requests.answer(request, { written })));
      expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(await store.requests.take(request, NOW)).toEqual({ sha256: 'ab', answer: answers[0] });
    });

    it('may have a long answer', async () => {
      const answer = {
        errors: Array.from({ length: 5000 }, (_, index) => `record ${index} is wrong ${'x'.repeat(200)}`),
      };
      await store.requests.take(request, NOW);
      await store.requests.answer(request, answer);
      expect(await store.requests.take(request, NOW)).toEqual({ sha256: 'ab', answer });
    });
  });
}
