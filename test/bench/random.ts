import { seeded } from '@plumbline/local/stories/build';

/** Draws of the usual sorts that can be repeated: the same seed, the same numbers. */
export function randomOf(seed: number) {
  const drawn = seeded(seed);
  const next = (): number => drawn.next();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const nearNormal = (mean: number, variance: number): number =>
    Math.max(0, Math.round(mean + Math.sqrt(variance) * normal()));
  const hits = (count: number, share: number): number =>
    Array.from({ length: count }, next).filter((one) => one < share).length;
  return {
    chance: (share: number): boolean => next() < share,
    pick: <T>(of: readonly [T, ...T[]]): T => drawn.pick(of),
    normal,
    between: (low: number, high: number): number => low + (high - low) * next(),
    poisson: (mean: number): number => {
      if (mean > 50) return nearNormal(mean, mean);
      let count = 0;
      for (let left = next(); left > Math.exp(-mean); left *= next()) count += 1;
      return count;
    },
    binomial: (count: number, share: number): number =>
      count > 200 ? Math.min(count, nearNormal(count * share, count * share * (1 - share))) : hits(count, share),
  };
}

export type Random = ReturnType<typeof randomOf>;
