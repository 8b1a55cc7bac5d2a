/** An exact fraction; `d` is positive. */
export type Rational = { n: bigint; d: bigint };

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** `n / d` in lowest terms; `d` must not be 0. */
export function ratio(n: bigint | number, d: bigint | number = 1): Rational {
  const [top, bottom] = [BigInt(n), BigInt(d)];
  const sign = bottom < 0n ? -1n : 1n;
  const common = gcd(top < 0n ? -top : top, bottom * sign);
  return { n: (top / common) * sign, d: (bottom / common) * sign };
}

/** Reads `19.99` or `1e-7` exactly. Throws RangeError for anything else. */
export function fromDecimal(text: string): Rational {
  const [, whole, fraction = '', exponent = '0'] = /^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === undefined) throw new RangeError('not a decimal number');
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return power < 0 ? ratio(digits, 10n ** BigInt(-power)) : ratio(digits * 10n ** BigInt(power));
}

export const add = (a: Rational, b: Rational): Rational => ratio(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Rational, b: Rational): Rational => ratio(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Rational, b: Rational): Rational => ratio(a.n * b.n, a.d * b.d);
export const divide = (a: Rational, b: Rational): Rational => ratio(a.n * b.d, a.d * b.n);
export const isLess = (a: Rational, b: Rational): boolean => a.n * b.d < b.n * a.d;
export const larger = (a: Rational, b: Rational): Rational => (isLess(a, b) ? b : a);
export const smaller = (a: Rational, b: Rational): Rational => (isLess(b, a) ? b : a);

/** To a whole number, halves away from zero: 2.5 → 3, −2.5 → −3. */
export function round({ n, d }: Rational): bigint {
  const size = n < 0n ? -n : n;
  const whole = (2n * size + d) / (2n * d);
  return n < 0n ? -whole : whole;
}
