import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { netPromoterScore, shareInterval } from './intervals.ts';

describe('netPromoterScore', () => {
  test('has the adjusted Wald interval, as worked out by hand for 50 promoters and 20 detractors of 100', () => {
    // p = 50.75/103, d = 20.75/103, p − d = 0.291262, se = √((0.694175 − 0.084834)/103) = 0.0769152, ± 1.959964 se
    const { value, interval } = netPromoterScore(50, 20, 100);
    expect(value).toBe(30);
    expect(interval.low).toBeCloseTo(14.0511, 3);
    expect(interval.high).toBeCloseTo(44.2013, 3);
  });

  test.each([
    [1, 0, 1, 100],
    [0, 1, 1, -100],
    [0, 0, 4, 0],
    [2, 1, 3, 100 / 3],
  ])('%i promoters and %i detractors of %i are %f', (promoters, detractors, n, value) => {
    expect(netPromoterScore(promoters, detractors, n).value).toBe(value);
  });

  test('stays within −100..100, and turns round when promoters and detractors change places', () => {
    const counts = fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500)).filter(([p, d, s]) => p + d + s > 0);
    fc.assert(
      fc.property(counts, ([p, d, s]) => {
        const { value, interval } = netPromoterScore(p, d, p + d + s);
        const mirrored = netPromoterScore(d, p, p + d + s);
        expect(interval.low).toBeGreaterThanOrEqual(-100);
        expect(interval.high).toBeLessThanOrEqual(100);
        expect(interval.low).toBeLessThan(interval.high);
        expect(mirrored.value).toBeCloseTo(-value, 10);
        expect(mirrored.interval.low).toBeCloseTo(-interval.high, 10);
      }),
    );
  });
});

describe('shareInterval', () => {
  test("is Wilson's: 10 of 20 lie between 29.93 and 70.07 %", () => {
    const { low, high } = shareInterval(10, 20);
    expect([low, high].map((bound) => bound.toFixed(2))).toEqual(['29.93', '70.07']);
  });

  test('holds its share, within 0..100', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 1000 }), (part, rest) => {
        const whole = part + rest;
        const { low, high } = shareInterval(part, whole);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(100);
        expect(low).toBeLessThanOrEqual((100 * part) / whole + 1e-9);
        expect(high).toBeGreaterThanOrEqual((100 * part) / whole - 1e-9);
      }),
    );
  });
});
