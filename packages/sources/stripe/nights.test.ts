import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { Observation } from '@plumbline/core/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountAt, centsAt, DAYS, FIRST, lives } from './test-lives.ts';
import type { Life } from './test-lives.ts';
import { pull } from './test-pull.ts';

const start = toDay('2026-01-05');
const days = daysFrom(start, addDays(start, DAYS - 1));
const endOf = (index: number) => FIRST + (index + 1) * 86_400;
/** Rates that move from day to day. */
const rateOn = (currency: string, day: string) => {
  const step = Number(day.slice(8)) % 3;
  return ({ EUR: ['1.08', '1.0834', '1.1'], JPY: ['0.0065', '0.0065', '0.0067'] } as Record<string, string[]>)[
    currency
  ]?.[step];
};

const nightOf = (index: number, memory: Map<string, Uint8Array>) => ({
  from: days[index] ?? '',
  now: new Date((endOf(index) + 3 * 3600) * 1000).toISOString(),
  fx: rateOn,
  memory,
});

/** All nights one after the other: what each says of its day. */
async function nightsOf(all: readonly Life[]) {
  const memory = new Map<string, Uint8Array>();
  const nights: Record<string, Observation>[] = [];
  for (const index of days.keys()) {
    const { observations } = await pull(accountAt(all, endOf(index) + 3 * 3600), nightOf(index, memory));
    nights.push(Object.fromEntries(observations.map((each) => [each.metric, each])));
  }
  return nights;
}

const MOVEMENTS = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'];

describe('nights of a random company', () => {
  it('begin where the one before ended, add up to the cent, and come to what the lives come to', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (all) => {
        let last: number | undefined;
        for (const [index, night] of (await nightsOf(all)).entries()) {
          const value = (metric: string) => night[metric]?.value ?? NaN;
          const begin = value('mrr') - MOVEMENTS.reduce((sum, kind) => sum + value(`mrr_${kind}`), 0);
          const told = (night['mrr']?.evidence['start'] as { value: number } | undefined)?.value ?? NaN;
          expect([Math.round(told * 100), last ?? begin]).toEqual([begin, begin]);
          last = value('mrr');

          const day = days[index] ?? '';
          const rates = Object.fromEntries(['EUR', 'JPY'].map((currency) => [currency, Number(rateOn(currency, day))]));
          const cents = all.map((life) => centsAt(life, endOf(index), rates));
          const sum = cents.reduce((total, each) => total + each, 0);
          // Each item is rounded once.
          expect(Math.abs(value('mrr') - sum)).toBeLessThanOrEqual(0.5 * all.length + 0.001);
          const payers = new Set(all.filter((_, life) => (cents[life] ?? 0) >= 0.5).map(({ customer }) => customer));
          expect(value('paying_customers')).toBe(payers.size);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('say the same when pulled days late, shuffled, in small pages and with a repeated object', async () => {
    const numbers = (observations: readonly Observation[]) =>
      observations.map(({ evidence, ...rest }) => ({ ...rest, top: evidence['top'], sha256: evidence['sha256'] }));
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 30 }),
        fc.infiniteStream(fc.nat()),
        async (all, pageSize, repeated, order) => {
          const index = DAYS - 2;
          const plain = await pull(accountAt(all, endOf(index) + 3 * 3600), nightOf(index, new Map()));
          const nineDaysOn = endOf(index) + 9 * 86_400;
          const { subscriptions = [], ...late } = accountAt(all, nineDaysOn);
          const rank = new Map(subscriptions.map(({ id }) => [id, order.next().value]));
          const shuffled = subscriptions.toSorted((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
          const twice = shuffled.flatMap((row, place) => (place === repeated ? [row, row] : [row]));
          const again = await pull(
            { ...late, subscriptions: twice, pageSize },
            { ...nightOf(index, new Map()), now: new Date(nineDaysOn * 1000).toISOString() },
          );
          expect(numbers(again.observations)).toEqual(numbers(plain.observations));
        },
      ),
      { numRuns: 25 },
    );
  });
});
