/**
 * The sum of all values, exact and then rounded once, in whatever order they come: the parts of the sum that one double can't hold are
 * kept beside it (Shewchuk 1997, as Python's fsum).
 */
export function exactSum(values: Float64Array): number {
  let parts: number[] = [];
  for (const value of values) {
    const kept: number[] = [];
    let sum = value;
    for (const part of parts) {
      const [large, small] = Math.abs(sum) < Math.abs(part) ? [part, sum] : [sum, part];
      sum = large + small;
      const rest = small - (sum - large);
      if (rest !== 0) kept.push(rest);
    }
    kept.push(sum);
    parts = kept;
  }
  return rounded(parts);
}

/** Adds parts that don't overlap, the smallest first; where two halves would round to even, the parts below them decide. */
function rounded(parts: readonly number[]): number {
  let at = parts.length - 1;
  let sum = parts[at] ?? 0;
  let rest = 0;
  while (at > 0 && rest === 0) {
    at -= 1;
    const part = parts[at] ?? 0;
    const before = sum;
    sum = before + part;
    rest = part - (sum - before);
  }
  const below = parts[at - 1] ?? 0;
  if ((rest < 0 && below < 0) || (rest > 0 && below > 0)) {
    const doubled = rest * 2;
    if (sum + doubled - sum === doubled) return sum + doubled;
  }
  return sum;
}
