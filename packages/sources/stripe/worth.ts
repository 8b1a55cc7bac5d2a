import type { Rational } from '@plumbline/core/rational';
import { fromDecimal, multiply, ratio, round } from '@plumbline/core/rational';
import { minorDigits } from '@plumbline/core/unit';
import type { Holding } from './customers.ts';
import { stripeDigits } from './mrr.ts';

/** What a holding comes to in the workspace's currency, in minor units. */
export type Worth = (holding: Holding) => number;

/** The workspace's currency per unit of another as a decimal text; undefined where none is known. */
export type RateOf = (paidIn: string) => string | undefined;

/**
 * By other rates than those of its own day: the native amount is converted as one, halves away from zero. Where no rate is known, and in
 * the workspace's own currency, a holding comes to what it came to on its day.
 */
export function worthAt(currency: string, rateOf: RateOf): Worth {
  const factors = new Map<string, Rational | undefined>();
  const factorOf = (paidIn: string): Rational | undefined => {
    const rate = rateOf(paidIn);
    if (rate === undefined || paidIn === currency) return undefined;
    const shift = minorDigits(currency) - stripeDigits(paidIn);
    const scale = shift < 0 ? ratio(1n, 10n ** BigInt(-shift)) : ratio(10n ** BigInt(shift));
    return multiply(scale, fromDecimal(rate));
  };
  return ({ currency: paidIn, native, amount }) => {
    if (!factors.has(paidIn)) factors.set(paidIn, factorOf(paidIn));
    const factor = factors.get(paidIn);
    return factor ? Number(round(multiply(ratio(native), factor))) : amount;
  };
}

/** What yesterday's holdings come to at today's rates. A rate that stayed changes nothing, not even by a rounding. */
export const revalued = (currency: string, yesterday: RateOf, today: RateOf): Worth =>
  worthAt(currency, (paidIn) => {
    const rate = today(paidIn);
    return rate === yesterday(paidIn) ? undefined : rate;
  });
