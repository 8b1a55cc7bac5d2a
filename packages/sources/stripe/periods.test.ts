import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { invoiceLineSchema, invoiceSchema } from './invoice-schema.ts';
import type { Period, Run } from './periods.ts';
import { insert, periodsOf, runAt } from './periods.ts';
import { extraLine, invoice, line } from './test-invoices.ts';
import { at } from './test-objects.ts';

const [JAN, FEB, MAR, APR] = [1, 2, 3, 4].map((month) => at(`2026-0${month}-01T00:00:00Z`)) as [
  number,
  number,
  number,
  number,
];

describe('an invoice tells', () => {
  const told = (lines: ReturnType<typeof line | typeof extraLine>[], fields = {}) => {
    const read = invoiceSchema.parse(invoice(lines, fields));
    return periodsOf(read, read.lines.data);
  };
  const period = { start: JAN, end: FEB, price: 'price_pro', quantity: 1, isPaid: true };

  test('the price and quantity of each item, neither of prorations nor of lines without an item', () => {
    const lines = [
      line({ quantity: 3 }),
      line({ item: 'si_2', price: 'price_seats' }),
      line({ quantity: 9, proration: true }),
      extraLine(),
    ];
    expect(told(lines, { status: 'open' })).toEqual([
      { subscription: 'sub_1', item: 'si_1', period: { ...period, quantity: 3, isPaid: false } },
      { subscription: 'sub_1', item: 'si_2', period: { ...period, price: 'price_seats', isPaid: false } },
    ]);
  });

  test('one quantity of a price in tiers, though each tier and each flat amount is a line', () => {
    const [first, second, flat] = [line({ quantity: 1000 }), line({ quantity: 31 }), line({ quantity: 0 })];
    const whole = [{ subscription: 'sub_1', item: 'si_1', period: { ...period, quantity: 1031 } }];
    expect(told([first, flat, second])).toEqual(whole);
    expect(told([first, flat, second, first])).toEqual(whole);
  });

  test('nothing where a line names no price, nor in a period without length', () => {
    expect(told([line({ price: null }), line({ to: '2026-01-01' })])).toEqual([]);
  });

  test('a missing quantity as missing', () => {
    expect(told([line({ quantity: null })])).toEqual([
      { subscription: 'sub_1', item: 'si_1', period: { ...period, quantity: undefined } },
    ]);
  });

  test('the subscription that only the invoice names; without any it tells nothing', () => {
    const { parent, ...rest } = line();
    const details = { ...parent.subscription_item_details, subscription: null };
    const nameless = { ...rest, parent: { ...parent, subscription_item_details: details } };
    const told = (fields: object) => {
      const read = invoiceSchema.parse({ ...invoice([]), ...fields });
      return periodsOf(read, [invoiceLineSchema.parse(nameless)]).map(({ subscription }) => subscription);
    };
    expect(told({})).toEqual(['sub_1']);
    expect(told({ parent: null })).toEqual([]);
  });
});

describe('an item keeps', () => {
  const base: Period = { start: JAN, end: FEB, price: 'pro', quantity: 1, isPaid: true };
  const runsOf = (periods: readonly Period[]): Run[] => {
    const runs: Run[] = [];
    for (const period of periods) insert(runs, period);
    return runs;
  };

  test('years of equal months as one run', () => {
    const months = Array.from({ length: 36 }, (_, month) => ({ ...base, start: month * 30, end: (month + 1) * 30 }));
    expect(runsOf(months)).toEqual([{ ...base, start: 0, last: 35 * 30, end: 36 * 30 }]);
  });

  test('a run for each price, quantity and payment', () => {
    const periods = [
      base,
      { ...base, start: FEB, end: MAR, quantity: 2 },
      { ...base, start: MAR, end: APR, quantity: 2, isPaid: false },
    ];
    expect(runsOf(periods)).toEqual(periods.map((period) => ({ ...period, last: period.start })));
  });

  test('of two that start together the paid one', () => {
    const unpaid = { ...base, quantity: 5, isPaid: false };
    for (const periods of [
      [base, unpaid],
      [unpaid, base],
    ])
      expect(runsOf(periods)).toEqual([{ ...base, last: JAN }]);
  });

  test('a month that was paid in the midst of unpaid ones', () => {
    const unpaid = [JAN, FEB, MAR].map((start, index) => ({
      ...base,
      isPaid: false,
      start,
      end: [FEB, MAR, APR][index] ?? 0,
    }));
    const paid = { ...base, start: FEB, end: MAR };
    const expected = [
      { ...base, isPaid: false, last: JAN },
      { ...paid, last: FEB },
      { ...base, isPaid: false, start: MAR, last: MAR, end: APR },
    ];
    expect(runsOf([...unpaid, paid])).toEqual(expected);
    expect(runsOf([paid, ...unpaid])).toEqual(expected);
  });

  test('the newer where a year began before the month was over, and no older one once that is over', () => {
    const yearly = { ...base, price: 'yearly', start: JAN, end: JAN + 365 * 86_400 };
    const monthly = { ...base, start: FEB, end: MAR };
    const runs = runsOf([monthly, yearly]);
    expect([JAN, JAN + 1, FEB, FEB + 1, MAR, MAR + 1].map((time) => runAt(runs, time)?.price)).toEqual([
      undefined,
      'yearly',
      'yearly',
      'pro',
      'pro',
      undefined,
    ]);
  });

  test('the same in whatever order, and however often, invoices come', () => {
    const spans = fc.array(
      fc.record({ months: fc.constantFrom(1, 3, 12), gap: fc.nat(1), quantity: fc.integer({ min: 1, max: 3 }) }),
      { minLength: 1, maxLength: 12 },
    );
    const life = spans.map((parts) => {
      let time = 0;
      return parts.map(({ months, gap, quantity }): Period => {
        const start = time + gap * 7;
        time = start + months * 30;
        return { start, end: time, price: `every ${months}`, quantity, isPaid: true };
      });
    });
    const shuffled = life.chain((periods) =>
      fc.tuple(fc.constant(periods), fc.shuffledSubarray([...periods, ...periods], { minLength: 2 * periods.length })),
    );
    fc.assert(
      fc.property(shuffled, ([periods, anyOrder]) => {
        const runs = runsOf(anyOrder);
        expect(runs).toEqual(runsOf(periods));
        for (const period of periods) {
          for (const time of [period.start + 1, period.end])
            expect(runAt(runs, time)).toMatchObject({ price: period.price, quantity: period.quantity });
        }
      }),
    );
  });
});
