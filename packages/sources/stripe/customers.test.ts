import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Customers, Holding } from './customers.ts';
import { decodeCustomers, encodeCustomers, hold, pays, remembered } from './customers.ts';

const MOST = 2 ** 48 - 1;

const amount = fc.oneof(fc.nat(10_000), fc.constantFrom(127, 128, 2 ** 31, 2 ** 32, MOST), fc.nat(MOST));
const holding = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'JPY'), native: amount, amount });
const customer = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0'));
const customers: fc.Arbitrary<Customers> = fc
  .array(fc.tuple(customer, fc.array(holding, { maxLength: 3 })), { maxLength: 50 })
  .map((entries) => new Map(entries));

const usd = (amount: number): Holding => ({ currency: 'USD', native: amount, amount });
const eur = (native: number, amount: number): Holding => ({ currency: 'EUR', native, amount });

const ANNA = '00000000000000aa';
const BOB = '00000000000000bb';
const CARL = '00000000000000cc';

describe('what a customer holds', () => {
  test('is the sum of its items in each currency, in whatever order they come', () => {
    const items = [usd(1000), eur(500, 550), usd(2450), eur(100, 110)];
    const expected = new Map([[ANNA, [eur(600, 660), usd(3450)]]]);
    for (const order of [items, items.toReversed()]) {
      const held: Customers = new Map();
      for (const item of order) hold(held, ANNA, item);
      expect(held).toEqual(expected);
    }
  });

  test('never changes what it was made of', () => {
    const item = usd(1000);
    const held: Customers = new Map();
    hold(held, ANNA, item);
    hold(held, ANNA, item);
    expect([item, held.get(ANNA)]).toEqual([usd(1000), [usd(2000)]]);
  });

  test('is paid for from one cent on', () => {
    expect([undefined, [], [usd(0)], [eur(40, 0)], [usd(0), usd(1)]].map(pays)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('remembered is', () => {
  test('who pays, and who once paid with nothing; nobody who never did', () => {
    const before: Customers = new Map([
      [ANNA, [usd(1000)]],
      [BOB, []],
    ]);
    const now: Customers = new Map([
      [BOB, [usd(0)]],
      [CARL, [usd(0)]],
    ]);
    expect(remembered(before, now)).toEqual(
      new Map([
        [ANNA, []],
        [BOB, []],
      ]),
    );
    expect(remembered(now, new Map([[CARL, [usd(5)]]]))).toEqual(
      new Map([
        [BOB, []],
        [CARL, [usd(5)]],
      ]),
    );
  });
});

describe('the encoded state', () => {
  test('is read back as it was', () => {
    fc.assert(
      fc.property(customers, (state) => {
        expect(decodeCustomers(encodeCustomers(state))).toEqual(state);
      }),
    );
  });

  test('is the same for whatever order customers are in', () => {
    fc.assert(
      fc.property(customers, (state) => {
        expect(encodeCustomers(new Map([...state].toReversed()))).toEqual(encodeCustomers(state));
      }),
    );
  });

  test('has this layout; another one needs another first byte', () => {
    const state: Customers = new Map([
      [BOB, []],
      [ANNA, [usd(2450), eur(300, 325)]],
    ]);
    const bytes = Buffer.from(encodeCustomers(state));
    const usdAndAmount = '009213';
    const eurAmountAndNative = '03c502ac02';
    expect({
      layout: bytes[0],
      header: bytes.toString('utf8', 9, 9 + bytes.readUInt32BE(5)),
      rows: bytes.toString('hex', 9 + bytes.readUInt32BE(5)),
    }).toEqual({
      layout: 0x11,
      header: '{"currencies":["USD","EUR"]}',
      rows: `${ANNA}02${usdAndAmount}${eurAmountAndNative}${BOB}00`,
    });
  });

  test('is not taken where any byte of it is another or missing', () => {
    fc.assert(
      fc.property(customers, fc.nat(), fc.integer({ min: 1, max: 255 }), (state, where, flip) => {
        const bytes = encodeCustomers(state);
        const at = where % bytes.length;
        const changed = bytes.map((byte, index) => (index === at ? byte ^ flip : byte));
        expect([decodeCustomers(changed), decodeCustomers(bytes.subarray(0, at))]).toEqual([undefined, undefined]);
      }),
    );
  });

  test('is read from the middle of other bytes too', () => {
    const bytes = encodeCustomers(new Map([[ANNA, [usd(1000)]]]));
    const around = new Uint8Array([1, 2, 3, ...bytes, 4, 5]);
    expect(decodeCustomers(around.subarray(3, 3 + bytes.length))).toEqual(new Map([[ANNA, [usd(1000)]]]));
  });

  test.each([MOST + 1, -1, 0.5, Number.NaN])('does not hold %d', (amount) => {
    const message = `[stripe] customer 00000000… comes to ${amount} minor units a month; only 0 to ${MOST} can be counted exactly`;
    expect(() => encodeCustomers(new Map([[ANNA, [eur(1, amount)]]]))).toThrow(message);
    expect(() => encodeCustomers(new Map([[ANNA, [eur(amount, 1)]]]))).toThrow(message);
  });
});
