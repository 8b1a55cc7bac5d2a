import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Customers, Holding } from './customers.ts';
import { pays, remembered, totalOf } from './customers.ts';
import type { Change, DayLog } from './day-log.ts';
import { decodeLog, encodeLog } from './day-log.ts';
import { Movements } from './movements.ts';
import type { Retention } from './retention.ts';
import { retentionOf } from './retention.ts';
import type { HistoryDay } from './test-customers.ts';
import { customerOf, customersRoundedOnce, histories } from './test-customers.ts';
import { revalued, worthAt } from './worth.ts';

const FIRST = toDay('2026-01-01');
const LAST = addDays(FIRST, 30);

const usd = (amount: number): Holding => ({ currency: 'USD', native: amount, amount });
const eur = (native: number, amount: number): Holding => ({ currency: 'EUR', native, amount });

const change = (number: number, before: Holding[], now: Holding[]): Change => ({
  customer: customerOf(number),
  before,
  now,
});

/** 31 days of an account that begins with ten customers who pay $10 each; `changes` by day of the window. */
const logs = (changes: Record<number, Change[]>, opening: Partial<DayLog> = {}): DayLog[] =>
  Array.from({ length: 31 }, (_, index) => ({
    day: addDays(FIRST, index),
    mrr: 10_000,
    customers: 10,
    rates: { EUR: '1.00' },
    changes: changes[index] ?? [],
    ...(index === 0 && opening),
  }));

const share = (numerator: number, denominator = 10_000) => ({ numerator, denominator });

describe('of a window', () => {
  test.each<[string, Record<number, Change[]>, Retention]>([
    ['nobody left', {}, { churn: { left: 0, of: 10 }, net: share(10_000), gross: share(10_000) }],
    [
      'one left',
      { 30: [change(1, [usd(1000)], [])] },
      { churn: { left: 1, of: 10 }, net: share(9000), gross: share(9000) },
    ],
    [
      'what happened on the first day is before it',
      { 0: [change(1, [usd(1000)], [])] },
      { churn: { left: 0, of: 10 }, net: share(10_000), gross: share(10_000) },
    ],
    [
      'one left and came back for more',
      { 3: [change(1, [usd(1000)], [])], 9: [change(1, [], [usd(1500)])] },
      { churn: { left: 0, of: 10 }, net: share(10_500), gross: share(10_000) },
    ],
    [
      'one expanded, one contracted: gross has only what was lost',
      { 5: [change(1, [usd(1000)], [usd(1700)]), change(2, [usd(1000)], [usd(600)])] },
      { churn: { left: 0, of: 10 }, net: share(10_300), gross: share(9600) },
    ],
    [
      'a new one is in the churn, not in the revenue of those who were there',
      { 5: [change(11, [], [usd(1000)])] },
      { churn: { left: 0, of: 11 }, net: share(10_000), gross: share(10_000) },
    ],
    [
      'one came, left, came and left: it counts once',
      {
        2: [change(11, [], [usd(1000)])],
        4: [change(11, [usd(1000)], [])],
        6: [change(11, [], [usd(1000)])],
        8: [change(11, [usd(1000)], [])],
      },
      { churn: { left: 1, of: 11 }, net: share(10_000), gross: share(10_000) },
    ],
  ])('%s', async (_, changes, expected) => {
    expect(await retentionOf(LAST, logs(changes), 'USD')).toEqual(expected);
  });

  test('a change of rates is not retention: all is told at the rates of the first day', async () => {
    const days = logs({ 20: [change(1, [eur(1000, 1200)], [eur(1500, 1800)])] });
    expect(await retentionOf(LAST, days, 'USD')).toMatchObject({ net: share(10_500), gross: share(10_000) });
  });

  test('a currency that nobody paid in on the first day comes to what it came to on its own', async () => {
    const days = logs({ 20: [change(1, [usd(1000)], [{ currency: 'GBP', native: 700, amount: 900 }])] });
    expect(await retentionOf(LAST, days, 'USD')).toMatchObject({ net: share(9900), gross: share(9900) });
  });

  test('revenue is never below nothing, though converted anew a customer comes to a cent more', async () => {
    const opening = { mrr: 1000, customers: 1, rates: { EUR: '1.001' } };
    const days = logs({ 20: [change(1, [eur(1000, 1000)], [])] }, opening);
    expect(await retentionOf(LAST, days, 'USD')).toEqual({
      churn: { left: 1, of: 1 },
      net: share(0, 1000),
      gross: share(0, 1000),
    });
  });

  test('without customers there is nothing to tell', async () => {
    expect(await retentionOf(LAST, logs({}, { mrr: 0, customers: 0 }), 'USD')).toEqual({});
  });

  test('whose customers have all begun in it there is churn and no retention', async () => {
    const days = logs({ 20: [change(1, [], [usd(1000)])] }, { mrr: 0, customers: 0 });
    expect(await retentionOf(LAST, days, 'USD')).toEqual({ churn: { left: 0, of: 1 } });
  });

  test.each([0, 1, 15, 30])('nothing is told where day %d is missing', async (missing) => {
    expect(await retentionOf(LAST, logs({}).toSpliced(missing, 1), 'USD')).toBeUndefined();
  });

  test('nothing is told without any day', async () => {
    expect(await retentionOf(LAST, [], 'USD')).toBeUndefined();
  });

  test('nothing is told where the days are others', async () => {
    expect(await retentionOf(addDays(LAST, 1), logs({}), 'USD')).toBeUndefined();
    expect(await retentionOf(addDays(LAST, -1), logs({}), 'USD')).toBeUndefined();
  });
});

/** Logs as they are kept and given back, one at a time. */
async function* kept(list: readonly DayLog[]): AsyncIterable<DayLog> {
  for (const log of list) {
    const read = decodeLog(encodeLog(log));
    if (read) yield read;
  }
}

type State = { day: Day; customers: Customers; rates: Record<string, string>; log: DayLog };

function statesOf(history: readonly HistoryDay[]): State[] {
  let before: Customers = new Map();
  let rates: Record<string, string> = {};
  return history.map((today, index) => {
    const from = rates;
    const customers = customersRoundedOnce(today);
    const movements = new Movements(
      revalued(
        'USD',
        (paidIn) => from[paidIn],
        (paidIn) => today.rates[paidIn],
      ),
    );
    movements.add(before, customers);
    before = remembered(before, customers);
    rates = today.rates;
    const { end, payers, changes } = movements.tally();
    const day = addDays(FIRST, index);
    return { day, customers, rates, log: { day, mrr: end, customers: payers, rates, changes } };
  });
}

/** From every day's whole state, as one would by hand. */
function byHand(window: readonly State[]): Retention {
  const [first] = window;
  const last = window.at(-1);
  if (!first || !last) throw new Error('a window has days');
  const worth = worthAt('USD', (paidIn) => first.rates[paidIn]);
  const paidOn = (state: State, customer: string) => {
    const holdings = state.customers.get(customer);
    return pays(holdings) ? totalOf(holdings, worth) : 0;
  };
  const payers = (state: State) =>
    [...state.customers.keys()].filter((customer) => pays(state.customers.get(customer)));
  const ever = new Set(window.flatMap(payers));
  const left = [...ever].filter((customer) => !pays(last.customers.get(customer))).length;
  let [net, gross, denominator] = [0, 0, 0];
  for (const customer of payers(first)) {
    const was = paidOn(first, customer);
    const is = paidOn(last, customer);
    net += is;
    gross += Math.min(was, is);
    denominator += was;
  }
  return {
    ...(ever.size > 0 && { churn: { left, of: ever.size } }),
    ...(denominator > 0 && { net: { numerator: net, denominator }, gross: { numerator: gross, denominator } }),
  };
}

test('over random histories it is what comes out by hand from every day’s customers', async () => {
  await fc.assert(
    fc.asyncProperty(histories({ minLength: 31, maxLength: 45 }), async (history) => {
      const states = statesOf(history);
      for (let end = 31; end <= states.length; end++) {
        const window = states.slice(end - 31, end);
        const day = window.at(-1)?.day ?? FIRST;
        const told = await retentionOf(day, kept(window.map(({ log }) => log)), 'USD');
        expect(told).toEqual(byHand(window));
      }
    }),
    { numRuns: 60 },
  );
});
