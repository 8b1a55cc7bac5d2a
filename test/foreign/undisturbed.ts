import { addDays, toDay } from '@plumbline/core/day';
import { beforeAll, expect } from 'vitest';
import { ACCOUNT_KEY } from './stripe-account.ts';
import type { Contents, StripeNights } from './stripe-nights.ts';
import { differing, remembered, stripeNights } from './stripe-nights.ts';
import { ASKED_AT, DAY, company } from './stripe-objects.ts';

/** For a test file: the company of `stripe-objects.ts`, what a night brings that nothing disturbs, and how others are held against it. */
export function undisturbed() {
  const { opened } = stripeNights();
  let eve: Contents;
  let right: { numbers: Awaited<ReturnType<StripeNights['numbers']>>; contents: Contents };

  beforeAll(async () => {
    const first = await opened(company(), { now: '2026-01-21T01:00:00Z' });
    await first.night(addDays(toDay(DAY), -1));
    eve = await first.contents();
    await first.night(DAY);
    right = { numbers: await first.numbers(DAY), contents: await first.contents() };
    await first.account.close();
  });

  return {
    opened,
    right: () => right,
    /** The company, its night before having come in. */
    begun: (settings = '{}') => opened(company(), { now: ASKED_AT, from: eve, settings }),

    /** The night is as if nothing had been, and running it once more writes nothing. */
    expectRight: async (one: StripeNights): Promise<void> => {
      expect(await one.numbers(DAY)).toEqual(right.numbers);
      const contents = await one.contents();
      expect(differing(remembered(right.contents), remembered(contents))).toEqual([]);
      expect([...contents.keys()].filter((key) => key.endsWith(' reading#'))).toEqual([]);
      expect(await one.night(DAY)).toMatchObject({ state: 'ok', written: 0 });
      expect(differing(contents, await one.contents())).toEqual([]);
    },

    /** Nothing but the night's own result, one event and how far the reading got. */
    expectNothingWritten: async (one: StripeNights, says: RegExp): Promise<void> => {
      const before = await one.contents();
      const result = await one.night(DAY);
      expect(result).toMatchObject({
        source: 'stripe',
        state: 'failed',
        written: 0,
        error: expect.stringMatching(says),
      });
      expect(JSON.stringify(result)).not.toContain(ACCOUNT_KEY);
      const written = differing(before, await one.contents()).filter((key) => !/#memory#stripe reading[/#]/.test(key));
      expect(written).toEqual([
        `studio#nights ${DAY}`,
        `studio#nights ${DAY}#stripe`,
        expect.stringContaining('studio#outbox '),
      ]);
      expect(await one.events()).toEqual(['Snapshots Recorded', 'Source Failed']);
    },
  };
}
