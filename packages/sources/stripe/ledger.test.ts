import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from './ledger.ts';
import { Ledger, SHARDS } from './ledger.ts';

const id = fc.stringMatching(/^[0-9a-f]{16}$/);
const entry = fc.record({
  label: fc.constantFrom('{"status":"active","product":"prod_1"}', 'trialing', 'é „label“'),
  native: fc.nat(2 ** 31 - 1),
  amount: fc.nat(2 ** 47),
});
const subscription = fc.record({
  subscription: id,
  customer: id,
  days: fc.array(fc.array(entry, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
});
type Told = { subscription: string; customer: string; days: Entry[][] };

const rowsOf = (ledger: Ledger) => Array.from({ length: SHARDS }, (_, shard) => [...ledger.shard(shard)]).flat();

/** What each subscription was on each day, as the rows tell it. */
function told(ledger: Ledger): Map<string, Entry[][]> {
  const days = new Map<string, Entry[][]>();
  for (const { subscription, customer, from, to, place, label, native, amount } of rowsOf(ledger)) {
    const key = `${subscription} of ${customer}`;
    const own = days.get(key) ?? [];
    days.set(key, own);
    for (let day = from; day <= to; day++) (own[day] ??= [])[place] = { label, native, amount };
  }
  return days;
}

const ledgerOf = (subscriptions: readonly Told[], saved?: ReturnType<Ledger['save']>): Ledger => {
  const ledger = new Ledger(saved);
  for (const one of subscriptions) ledger.add(one.subscription, one.customer, one.days);
  return ledger;
};

const distinct = fc.uniqueArray(subscription, { maxLength: 30, selector: (one) => one.subscription });

describe('a ledger', () => {
  it('tells each day of each subscription as it was added', () => {
    fc.assert(
      fc.property(distinct, (subscriptions) => {
        const days = told(ledgerOf(subscriptions));
        for (const one of subscriptions) {
          const own = days.get(`${one.subscription} of ${one.customer}`) ?? [];
          expect(one.days.map((_, day) => own[day] ?? [])).toEqual(one.days);
        }
      }),
    );
  });

  it('says the same when objects come twice and in any order, and after it was saved in between', () => {
    fc.assert(
      fc.property(
        distinct.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
            fc.nat(2 * all.length),
          ),
        ),
        ([once, twice, cut]) => {
          const saved = ledgerOf(twice.slice(0, cut)).save();
          const inTwoRuns = ledgerOf(twice.slice(cut), JSON.parse(JSON.stringify(saved), revived) as typeof saved);
          const sorted = (ledger: Ledger) =>
            rowsOf(ledger)
              .map((row) => JSON.stringify(row))
              .toSorted();
          expect(sorted(inTwoRuns)).toEqual(sorted(ledgerOf(once)));
        },
      ),
    );
  });

  it('needs one row for a subscription that does not change, whatever the number of days', () => {
    const same = [{ label: 'active', native: 4900, amount: 4900 }];
    const ledger = ledgerOf([
      { subscription: 'a'.repeat(16), customer: 'b'.repeat(16), days: Array.from({ length: 90 }, () => same) },
    ]);
    expect([ledger.rows, rowsOf(ledger)]).toMatchObject([1, [{ from: 0, to: 89, place: 0, amount: 4900 }]]);
  });

  it('takes a subscription that comes again otherwise as it came first, never half of each', () => {
    const [ids, at] = [['a', 'b'], (amount: number) => [{ label: 'active', native: amount, amount }]];
    const [one, other] = ids.map((letter) => ({ subscription: letter.repeat(16), customer: 'c'.repeat(16) }));
    if (!one || !other) throw new Error('there are two');
    const ledger = ledgerOf([
      { ...one, days: [at(1), at(1), at(1), at(4)] },
      { ...other, days: [at(7), at(7), at(7), at(7)] },
      { ...one, days: [at(1), at(2), at(2), at(2)] },
    ]);
    expect(rowsOf(ledger).map(({ subscription, from, to, amount }) => [subscription[0], from, to, amount])).toEqual([
      ['a', 0, 2, 1],
      ['a', 3, 3, 4],
      ['b', 0, 3, 7],
    ]);
  });

  it('holds more than 65,536 labels, as of an account that makes a product for each customer', () => {
    const labels = Array.from({ length: 70_000 }, (_, index) => `product ${index}`);
    const days = [labels.slice(0, 60_000), labels.slice(60_000)].map((some) =>
      some.map((label) => ({ label, native: 1, amount: 1 })),
    );
    const ledger = ledgerOf([{ subscription: 'a'.repeat(16), customer: 'b'.repeat(16), days }]);
    expect(rowsOf(ledger).map(({ label }) => label)).toEqual(labels);
  });

  it('refuses a saved one that is cut off', () => {
    const bytes = new Uint8Array(35);
    expect(() => new Ledger({ labels: [], shards: [{ shard: 1, bytes }] })).toThrow('a saved ledger is cut off');
  });
});

const revived = (key: string, value: unknown): unknown =>
  key === 'bytes' ? Uint8Array.from(Object.values(value as object) as number[]) : value;
