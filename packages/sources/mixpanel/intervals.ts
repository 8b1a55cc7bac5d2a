/** The normal quantile that leaves 2.5 % on either side. */
const Z = 1.959964;

/** An NPS with its 95 % interval, in points (−100..100). */
export type Nps = { value: number; interval: { low: number; high: number } };

/**
 * Net promoter score of `promoters` and `detractors` among `n` answers (n > 0), literally; its interval is the adjusted Wald one,
 * which adds three answers: three quarters of a promoter, three quarters of a detractor, the rest passive.
 */
export function netPromoterScore(promoters: number, detractors: number, n: number): Nps {
  const size = n + 3;
  const p = (promoters + 0.75) / size;
  const d = (detractors + 0.75) / size;
  const margin = Z * Math.sqrt((p + d - (p - d) ** 2) / size);
  return {
    value: (100 * (promoters - detractors)) / n,
    interval: { low: 100 * Math.max(-1, p - d - margin), high: 100 * Math.min(1, p - d + margin) },
  };
}

/** A share of people in percent points, with its parts and Wilson's interval. */
export type Rate = {
  value: number;
  n: number;
  numerator: number;
  denominator: number;
  interval: { low: number; high: number };
};

/** The share `part` of `whole`; undefined where `whole` is nobody. */
export function rate(part: number, whole: number): Rate | undefined {
  if (whole === 0) return undefined;
  return {
    value: (100 * part) / whole,
    n: whole,
    numerator: part,
    denominator: whole,
    interval: shareInterval(part, whole),
  };
}

/** Wilson's 95 % interval of the share `part` of `whole` (whole > 0), in percent points. */
export function shareInterval(part: number, whole: number): { low: number; high: number } {
  const share = part / whole;
  const spread = 1 + Z ** 2 / whole;
  const centre = (share + Z ** 2 / (2 * whole)) / spread;
  const margin = (Z * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2))) / spread;
  return { low: 100 * Math.max(0, centre - margin), high: 100 * Math.min(1, centre + margin) };
}
