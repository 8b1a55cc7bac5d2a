import type { Clock } from '@plumbline/core/ports';

/** Counts requests by the clock: answers false for the one that would be more than `count` within any `perMs`. */
export function limiter(clock: Clock, count: number, perMs: number): (key?: string) => boolean {
  const windows = new Map<string, number[]>();
  return (key = '') => {
    const now = clock.now();
    const recent = (windows.get(key) ?? []).filter((at) => at > now - perMs);
    windows.set(key, recent);
    return recent.length < count && recent.push(now) > 0;
  };
}
