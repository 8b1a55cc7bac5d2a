import { pack, unpack } from './bodies.ts';
import { AGAIN, type Condition, type Item, type Table, isNew, untilItHolds } from './dynamo.ts';
import { keys } from './keys.ts';
import type { PostRecord, Store } from './types.ts';

const place = ({ workspace, night, channel }: PostRecord) => keys.post(workspace, night, channel);

const toPost = (item: Item): PostRecord => unpack(item) as PostRecord;

/** The channel's posts are as many as when they were counted. */
const countIs = (item: Item | undefined): Condition =>
  item === undefined
    ? isNew
    : { if: '#count = :count', names: { '#count': 'count' }, values: { ':count': item['count'] } };

/** Posts lie by night in a partition of their workspace, behind them how many each channel has had. */
export function posts(table: Table): Store['posts'] {
  const put = async (post: PostRecord, condition?: Condition): Promise<boolean> =>
    untilItHolds(post.id, async () => {
      const refused = await table.transact([
        { put: { ...place(post), ...pack(post) }, ...(condition && { condition }) },
      ]);
      return refused === undefined ? true : refused.failed.length === 0 ? AGAIN : false;
    });

  return {
    async claim(post, since) {
      return untilItHolds(post.id, async () => {
        const counted = await table.get(keys.postCount(post.workspace, post.channel));
        const stored = await table.get(place(post));
        if (stored !== undefined) return { post: toPost(stored), fresh: false };
        const others = await table.query(keys.posts(post.workspace, since, undefined));
        const told = new Set(
          others.flatMap((item) => {
            const other = 'body' in item ? toPost(item) : undefined;
            return other?.channel === post.channel ? other.transitions : [];
          }),
        );
        const claimed = { ...post, transitions: post.transitions.filter((id) => !told.has(id)) };
        if (claimed.transitions.length === 0 && post.reviews.length === 0) return { post: claimed, fresh: false };
        const refused = await table.transact([
          { put: { ...place(claimed), ...pack(claimed) }, condition: isNew },
          {
            put: { ...keys.postCount(post.workspace, post.channel), count: Number(counted?.['count'] ?? 0) + 1 },
            condition: countIs(counted),
          },
        ]);
        return refused === undefined ? { post: claimed, fresh: true } : AGAIN;
      });
    },
    async reclaim(post, at) {
      const taken = { ...post, at };
      delete taken.error;
      const isUnchanged: Condition = { if: 'body = :body', values: { ':body': pack(post).body } };
      return (await put(taken, isUnchanged)) ? taken : undefined;
    },
    async postpone(post, error) {
      await put({ ...post, error });
    },
    async finish(post, messageId) {
      await put({ ...post, state: 'sent', messageId });
    },
    async list(workspace, from, to) {
      return (await table.query(keys.posts(workspace, from, to))).map(toPost);
    },
  };
}
