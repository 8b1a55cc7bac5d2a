import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';

/** Longer timers fire at once (Node's limit), so longer sleeps are cut into naps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function realSleep(ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
    try {
      await setTimeout(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
  signal?.throwIfAborted();
}

/** This machine's own clock. */
export const systemClock = (): Clock => ({ now: () => Date.now(), sleep: realSleep });

/** A clock that shows `now` when it is made and ticks really from there: a run rehearsed at another time. */
export function shiftedClock(now: Instant): Clock {
  const shift = now - Date.now();
  return { now: () => Date.now() + shift, sleep: realSleep };
}

export type SimulatedClock = Clock & {
  /** Moves time forward to the instant; does nothing where it has passed already. */
  advanceTo(instant: Instant): void;
};

/**
 * A clock that stands still until somebody sleeps. A sleeper wakes within the same real moment, its time having come; sleepers
 * at the same time wake in the order of their times, so waits side by side overlap as they do on a real clock.
 */
export function simulatedClock(start: Instant): SimulatedClock {
  let now = start;
  const sleepers: { at: Instant; wake(): void }[] = [];
  const wakeNext = () => {
    const next = sleepers.shift();
    if (next === undefined) return; // its sleeper was aborted
    now = Math.max(now, next.at);
    next.wake();
  };
  return {
    now: () => now,
    advanceTo: (instant) => {
      now = Math.max(now, instant);
    },
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => {
        sleepers.splice(sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      const sleeper = {
        // In whole milliseconds, as the instants of all clocks are.
        at: now + Math.ceil(ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const later = sleepers.findIndex((other) => other.at > sleeper.at);
      sleepers.splice(later === -1 ? sleepers.length : later, 0, sleeper);
      setImmediate(wakeNext);
      return promise;
    },
  };
}
