import { expect, test } from 'vitest';
import type { Holding } from './customers.ts';
import { revalued, worthAt } from './worth.ts';

const rates = (known: Record<string, string>) => (paidIn: string) => known[paidIn];

test.each<[string, string, string, Holding, number]>([
  ['euros in cents', 'USD', '1.0834', { currency: 'EUR', native: 1000, amount: 1 }, 1083],
  ['a half away from zero', 'USD', '1.5', { currency: 'EUR', native: 1, amount: 1 }, 2],
  ['less than a half to nothing', 'USD', '0.4999', { currency: 'EUR', native: 1, amount: 1 }, 0],
  ['yen, which have no digits', 'USD', '0.0065', { currency: 'JPY', native: 1000, amount: 1 }, 650],
  ['dinars, which have three', 'USD', '3.25', { currency: 'KWD', native: 10_000, amount: 1 }, 3250],
  ['krónur, which Stripe counts with two', 'USD', '0.0072', { currency: 'ISK', native: 100_000, amount: 1 }, 720],
  ['dollars in yen', 'JPY', '155.5', { currency: 'USD', native: 1000, amount: 1 }, 1555],
])('%s', (_, currency, rate, holding, expected) => {
  expect(worthAt(currency, rates({ [holding.currency]: rate }))(holding)).toBe(expected);
});

test("the workspace's own currency and one without a rate come to what they came to on their day", () => {
  const worth = worthAt('USD', rates({ USD: '2' }));
  expect([worth({ currency: 'USD', native: 1, amount: 7 }), worth({ currency: 'EUR', native: 1, amount: 8 })]).toEqual([
    7, 8,
  ]);
});

test('only a rate that moved changes what yesterday held', () => {
  const worth = revalued('USD', rates({ EUR: '1.1', GBP: '1.3', SEK: '0.1' }), rates({ EUR: '1.1', GBP: '1.4' }));
  const held = ['EUR', 'GBP', 'SEK', 'USD'].map((currency) => worth({ currency, native: 100, amount: 99 }));
  expect(held).toEqual([99, 140, 99, 99]);
});
