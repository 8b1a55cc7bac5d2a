import { addDays } from '@plumbline/core/day';
import { beforeEach, describe, expect, it } from 'vitest';
import { D12, NOW } from './contract-fixtures.ts';
import type { PostRecord, Store } from './types.ts';

/** What a store has to do so that each channel is told of a transition in one post. */
export function postsContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`the posts of a store on ${name}`, () => {
    let store: Store;
    let count = 0;
    let w = '';
    beforeEach(async () => {
      store ??= await makeStore();
      count += 1;
      w = `posts-${count}`;
    });
    const post = (transitions: string[], more: Partial<PostRecord> = {}): PostRecord => {
      const { night = D12, channel = 'slack' } = more;
      const id = `${channel}_${w}_${night}`;
      return { id, workspace: w, channel, night, transitions, reviews: [], state: 'claimed', at: NOW, ...more };
    };
    const [day13, day14] = [addDays(D12, 1), addDays(D12, 2)];

    it('are claimed once per channel and night, and listed by night', async () => {
      const first = post(['a', 'b'], { reviews: ['weekly'] });
      expect(await store.posts.claim(first, D12)).toEqual({ post: first, fresh: true });
      expect(await store.posts.claim(post(['c']), D12)).toEqual({ post: first, fresh: false });
      const elsewhere = post(['a'], { channel: 'other' });
      expect(await store.posts.claim(elsewhere, D12)).toEqual({ post: elsewhere, fresh: true });
      const next = post(['d'], { night: day13 });
      await store.posts.claim(next, D12);
      expect(await store.posts.list(w, D12, D12)).toEqual([elsewhere, first]);
      expect(await store.posts.list(w, day13, day14)).toEqual([next]);
    });

    it('tell only of what no other post to the channel tells of, and are not made for nothing', async () => {
      await store.posts.claim(post(['a'], { night: day14 }), D12);
      const late = post(['a', 'b'], { night: day13 });
      expect(await store.posts.claim(late, D12)).toEqual({ post: { ...late, transitions: ['b'] }, fresh: true });
      const nothing = post(['a', 'b']);
      expect(await store.posts.claim(nothing, D12)).toEqual({ post: { ...nothing, transitions: [] }, fresh: false });
      expect(await store.posts.list(w, D12, D12)).toEqual([]);
      const digest = post(['a'], { reviews: ['weekly'] });
      expect(await store.posts.claim(digest, D12)).toEqual({ post: { ...digest, transitions: [] }, fresh: true });
    });

    it('tell of a transition once, also where several nights are claimed at the same time', async () => {
      const claims = await Promise.all(
        [D12, day13, day14].map((night) => store.posts.claim(post(['a'], { night }), D12)),
      );
      expect(claims.filter(({ fresh }) => fresh)).toHaveLength(1);
      expect((await store.posts.list(w, D12, day14)).map(({ transitions }) => transitions)).toEqual([['a']]);
    });

    it('wait with a reason, are are taken over by one, and are sent', async () => {
      const first = post(['a']);
      await store.posts.claim(first, D12);
      await store.posts.postpone(first, 'try later');
      const waiting = { ...first, error: 'try later' };
      expect(await store.posts.list(w, D12, D12)).toEqual([waiting]);
      const taken = await Promise.all([1, 2].map((n) => store.posts.reclaim(waiting, NOW + n)));
      const winner = taken.find((one) => one !== undefined);
      expect([taken.filter(Boolean).length, winner]).toEqual([1, { ...first, at: winner?.at }]);
      await store.posts.finish(first, 'm1');
      expect(await store.posts.list(w, D12, D12)).toEqual([{ ...first, state: 'sent', messageId: 'm1' }]);
      expect(await store.posts.reclaim(waiting, NOW + 3)).toBeUndefined();
    });
  });
}
