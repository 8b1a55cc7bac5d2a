import { describe, expect, test } from 'vitest';
import { stripe } from './index.ts';
import { puller } from './pull.ts';
import { ports, small } from './test-pull.ts';

describe('check', () => {
  test('says what the key sees, by one call', async () => {
    const { given, requests } = await ports(small);
    expect(await puller.check(given)).toEqual({
      sees: 'subscriptions in test mode',
      warnings: ['this is test data: its numbers are not money'],
    });
    expect(requests).toEqual(['/v1/subscriptions?status=all&limit=1']);
  });

  test('says when the key may do more than it needs', async () => {
    const { given } = await ports({ secret: 'sk_live_key' });
    expect(await puller.check({ ...given, secret: 'sk_live_key' })).toEqual({
      sees: 'subscriptions in live mode',
      warnings: [
        'a secret key may do anything; a restricted key that only reads is enough',
        'there is no subscription yet',
      ],
    });
  });

  test('a base address may have a path', async () => {
    const { given, requests } = await ports({
      ...small,
      fault: (_, response) => !!response.writeHead(200).end('{"data":[]}'),
    });
    await puller.check({ ...given, baseUrl: `${given.baseUrl}/recorder/` });
    expect(requests).toEqual(['/recorder/v1/subscriptions?status=all&limit=1']);
  });
});

describe('the definition', () => {
  const budget = (secret: string, requestsPerSecond?: number) =>
    stripe.budget(stripe.config.parse({}), { requestsPerSecond, secret });

  test('budgets 20 requests a second live, 10 in a sandbox, never more than Stripe allows', () => {
    expect([budget('rk_live_x'), budget('rk_test_x'), budget('rk_test_x', 5), budget('rk_live_x', 90)]).toEqual(
      [20, 10, 5, 25].map((requests) => ({ requests, perMs: 1000, concurrency: 16 })),
    );
  });

  test('takes any key without spaces that is not of another sort', () => {
    const keys = ['rk_live_x', 'sk_test_x', 'anything', '', 'two words', 'pk_live_x', 'whsec_x'];
    expect(keys.filter((key) => stripe.secret?.isValid(key))).toEqual(['rk_live_x', 'sk_test_x', 'anything']);
  });

  test('refuses a setting that it does not know', () => {
    expect(stripe.config.safeParse({ mrr: { cancelAtPeriodEnd: 'never' } }).success).toBe(false);
    expect(stripe.config.safeParse({ mmr: {} }).success).toBe(false);
  });
});
