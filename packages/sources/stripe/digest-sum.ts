import { hash } from 'node:crypto';

const MODULUS = 2n ** 256n;

/** The sum of the SHA-256 of rows, modulo 2^256: the same in whatever order they come, so rows need not be kept to be sorted. */
export function digestSum() {
  let sum = 0n;
  const plus = (hex: string): void => {
    sum = (sum + BigInt(`0x${hex}`)) % MODULUS;
  };
  return {
    add: (row: unknown): void => plus(hash('sha256', JSON.stringify(row), 'hex')),
    /** Adds the sum of other rows, such as an earlier run's. */
    from: plus,
    /** 64 digits. */
    hex: (): string => sum.toString(16).padStart(64, '0'),
  };
}
