import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Customers, Holding } from './customers.ts';
import { pays, remembered, totalOf } from './customers.ts';
import type { MovementKind, Tally } from './movements.ts';
import { MOVEMENTS, Movements, movementOf } from './movements.ts';
import type { HistoryDay } from './test-customers.ts';
import { customerOf, customersOn, histories } from './test-customers.ts';
import { revalued } from './worth.ts';

const usd = (amount: number): Holding => ({ currency: 'USD', native: amount, amount });
const eur = (native: number, amount: number): Holding => ({ currency: 'EUR', native, amount });

/** Yesterday a euro was a dollar, today it is 1.10. */
const dearer = revalued(
  'USD',
  () => '1.00',
  () => '1.10',
);

describe('a customer', () => {
  test.each<[string, Holding[] | undefined, Holding[] | undefined, [MovementKind, number] | undefined, number]>([
    ['who never paid and pays is new', undefined, [usd(1000)], ['new', 1000], 0],
    ['who never paid and pays nothing has not moved', undefined, [usd(0)], undefined, 0],
    ['who paid once and pays again is reactivated', [], [usd(1000)], ['reactivation', 1000], 0],
    ['who paid once and pays nothing has not moved', [], [usd(0)], undefined, 0],
    ['who is gone has churned', [usd(1000)], undefined, ['churn', -1000], 0],
    ['who has come to pay nothing has churned', [usd(1000)], [usd(0)], ['churn', -1000], 0],
    [
      "who churns takes what it was worth the day before: nothing of it is the rate's",
      [eur(1000, 1000)],
      [],
      ['churn', -1000],
      0,
    ],
    [
      "who is new brings what it is worth today: nothing of it is the rate's",
      undefined,
      [eur(1000, 1100)],
      ['new', 1100],
      0,
    ],
    ['with a second subscription has expanded', [usd(1000)], [usd(3450)], ['expansion', 2450], 0],
    ['who pays less has contracted', [usd(1000)], [usd(999)], ['contraction', -1], 0],
    ['who pays the same has not moved', [usd(1000)], [usd(1000)], undefined, 0],
    ['whose rate moved has not', [eur(1000, 1000)], [eur(1000, 1100)], undefined, 100],
    ['who pays more at a new rate has both', [eur(1000, 1000)], [eur(2000, 2200)], ['expansion', 1100], 100],
    ['who pays less at a better rate has contracted', [eur(1000, 1000)], [eur(950, 1045)], ['contraction', -55], 100],
    [
      'who pays in another currency as much as before has only its rate',
      [eur(1000, 1000)],
      [usd(1100)],
      undefined,
      100,
    ],
    [
      'whose items are only grouped anew has not moved, whatever the rounding',
      [eur(1000, 1000)],
      [eur(1000, 1101)],
      undefined,
      101,
    ],
    [
      'with several currencies has the rates of all',
      [eur(1000, 1000), usd(500)],
      [eur(1000, 1100), usd(700)],
      ['expansion', 200],
      100,
    ],
  ])('%s', (_, before, now, expected, fx) => {
    const movement = expected && { kind: expected[0], amount: expected[1] };
    expect(movementOf(before, now, dearer)).toEqual({ movement, fx });
  });

  test('whose rate stayed has no fx, though converting anew would round otherwise', () => {
    const stayed = revalued(
      'USD',
      () => '1.05',
      () => '1.05',
    );
    // Two items of 0.50 € are 53 cents each.
    expect(movementOf([eur(100, 106)], [eur(150, 159)], stayed)).toEqual({
      movement: { kind: 'expansion', amount: 53 },
      fx: 0,
    });
  });
});

describe('the tally of a day', () => {
  const before: Customers = new Map([
    [customerOf(1), [usd(1000)]],
    [customerOf(2), [eur(1000, 1000)]],
    [customerOf(3), []],
    [customerOf(4), [usd(500)]],
    [customerOf(5), [eur(1000, 1000)]],
  ]);
  const now: Customers = new Map([
    [customerOf(6), [usd(700)]],
    [customerOf(5), [eur(1000, 1100)]],
    [customerOf(4), [usd(500)]],
    [customerOf(3), [usd(500)]],
    [customerOf(2), [eur(500, 550)]],
  ]);
  const expected: Omit<Tally, 'changes'> = {
    start: 3500,
    end: 3350,
    payers: 5,
    movements: {
      new: { amount: 700, customers: 1 },
      reactivation: { amount: 500, customers: 1 },
      expansion: { amount: 0, customers: 0 },
      contraction: { amount: -550, customers: 1 },
      churn: { amount: -1000, customers: 1 },
      fx: { amount: 200, customers: 2 },
    },
    top: [
      { kind: 'churn', amount: -1000, from: 1000, to: 0, customer: '25000000' },
      { kind: 'new', amount: 700, from: 0, to: 700, customer: 'de000000' },
      { kind: 'contraction', amount: -550, from: 1000, to: 550, customer: '4a000000' },
      { kind: 'reactivation', amount: 500, from: 0, to: 500, customer: '6f000000' },
    ],
  };

  test('holds every step with its customers, the largest movements, and who changed without those that only a rate moved', () => {
    const movements = new Movements(dearer);
    movements.add(before, now);
    const { changes, ...tally } = movements.tally();
    expect(tally).toEqual(expected);
    expect([...changes]).toEqual([
      { customer: customerOf(1), before: [usd(1000)], now: [] },
      { customer: customerOf(2), before: [eur(1000, 1000)], now: [eur(500, 550)] },
      { customer: customerOf(3), before: [], now: [usd(500)] },
      { customer: customerOf(6), before: [], now: [usd(700)] },
    ]);
  });

  test('is all zeros for an account without customers', () => {
    const { changes, movements, ...rest } = new Movements(dearer).tally();
    expect({ ...rest, changes: [...changes] }).toEqual({ start: 0, end: 0, payers: 0, top: [], changes: [] });
    expect(Object.values(movements)).toEqual(Array.from({ length: 6 }, () => ({ amount: 0, customers: 0 })));
  });

  test('keeps the ten largest movements, those of one size by pseudonym, in whatever order they come', () => {
    const sizes = [5, 9, 9, 1, 7, 3, 9, 2, 8, 9, 4, 9, 6];
    const movers = sizes.map((size, number) => new Map([[customerOf(number), [usd(size)]]]));
    for (const order of [movers, movers.toReversed()]) {
      const movements = new Movements(dearer);
      for (const mover of order) movements.add(new Map(), mover);
      expect(movements.tally().top.map(({ amount, customer }) => `${amount} ${customer}`)).toEqual([
        '9 25000000',
        '9 4a000000',
        '9 4d000000',
        '9 97000000',
        '9 de000000',
        '8 28000000',
        '7 94000000',
        '6 bc000000',
        '5 00000000',
        '4 72000000',
      ]);
    }
  });

  test('names the customer who began or stopped to pay by a rate alone', () => {
    const movements = new Movements(dearer);
    movements.add(new Map([[customerOf(1), [eur(1, 0)]]]), new Map([[customerOf(1), [eur(1, 1)]]]));
    expect([...movements.tally().changes]).toEqual([{ customer: customerOf(1), before: [], now: [eur(1, 1)] }]);
  });
});

const sumOf = (customers: Customers): number => [...customers.values()].reduce((sum, held) => sum + totalOf(held), 0);
const payersOf = (customers: Customers): number => [...customers.values()].filter(pays).length;

/** Each day of a history after its first, against the day before. */
function* days(history: readonly HistoryDay[]) {
  let [yesterday, ...rest] = history;
  let before = yesterday ? remembered(new Map(), customersOn(yesterday)) : new Map();
  for (const today of rest) {
    const from = yesterday?.rates ?? {};
    const revalue = revalued(
      'USD',
      (paidIn) => from[paidIn],
      (paidIn) => today.rates[paidIn],
    );
    const now = customersOn(today);
    yield { before, now, revalue, today, yesterday };
    before = remembered(before, now);
    yesterday = today;
  }
}

describe('over random histories', () => {
  const history = histories({ minLength: 2, maxLength: 40 });

  test('start and all movements come to the end, and so do the customers', () => {
    fc.assert(
      fc.property(history, (random) => {
        for (const { before, now, revalue } of days(random)) {
          const movements = new Movements(revalue);
          movements.add(before, now);
          const { start, end, payers, movements: steps } = movements.tally();
          const moved = [...MOVEMENTS, 'fx' as const].reduce((sum, kind) => sum + steps[kind].amount, 0);
          expect({ start, end, payers, byMovements: start + moved }).toEqual({
            start: sumOf(before),
            end: sumOf(now),
            payers: payersOf(now),
            byMovements: end,
          });
          const came = steps.new.customers + steps.reactivation.customers - steps.churn.customers;
          expect(payersOf(before) + came).toBe(payers);
        }
      }),
    );
  });

  test('contraction and churn are never above nothing, the others never below', () => {
    fc.assert(
      fc.property(history, (random) => {
        for (const { before, now, revalue } of days(random)) {
          const movements = new Movements(revalue);
          movements.add(before, now);
          const { new: fresh, reactivation, expansion, contraction, churn } = movements.tally().movements;
          expect(Math.min(fresh.amount, reactivation.amount, expansion.amount)).toBeGreaterThanOrEqual(0);
          expect(Math.max(contraction.amount, churn.amount)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('a day on which only rates moved has only fx, and nobody new is told twice', () => {
    fc.assert(
      fc.property(history, (random) => {
        const fresh = new Set<string>();
        for (const { before, now, revalue, today, yesterday } of days(random)) {
          for (const [customer, holdings] of now) {
            const { movement } = movementOf(before.get(customer), holdings, revalue);
            const stayed = today.items.get(customer) === yesterday?.items.get(customer);
            const crossed = pays(before.get(customer)) !== pays(holdings);
            if (stayed && !crossed) expect(movement).toBeUndefined();
            if (movement?.kind === 'new') {
              expect(fresh.has(customer)).toBe(false);
              fresh.add(customer);
            }
          }
        }
      }),
    );
  });

  test('parts of the customers in any order come to the same as all at once', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 4 }), (random, parts) => {
        for (const { before, now, revalue } of days(random)) {
          const whole = new Movements(revalue);
          whole.add(before, now);
          const inParts = new Movements(revalue);
          const part = (customers: Customers, index: number): Customers =>
            new Map([...customers].filter(([customer]) => Number.parseInt(customer.slice(0, 2), 16) % parts === index));
          for (let index = parts - 1; index >= 0; index--) inParts.add(part(before, index), part(now, index));
          const { changes, ...tally } = whole.tally();
          const { changes: changesInParts, ...tallyInParts } = inParts.tally();
          expect(tallyInParts).toEqual(tally);
          const byCustomer = (a: { customer: string }, b: { customer: string }) => (a.customer < b.customer ? -1 : 1);
          expect([...changesInParts].sort(byCustomer)).toEqual([...changes]);
        }
      }),
    );
  });
});
