import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';

/** At most `requests` in any span of `perMs`, at most `concurrency` at once. */
export type Budget = { requests: number; perMs: number; concurrency: number };

/** The budget of a rate that may be below one a second: 0.5/s is one request in 2,000 ms. */
export function perSecond(rate: number, concurrency: number): Budget {
  const requests = Math.max(1, Math.floor(rate));
  return { requests, perMs: (1000 * requests) / rate, concurrency };
}

/** A call's place in line. A call that is tried again keeps it: it goes before all that came later. */
export type Place = { readonly number: number; startedAt: Instant };

type Waiting = { place: Place; resolve: () => void; reject: (reason: unknown) => void };

/** What a refusal for too many calls takes off the rate: little, as it may be a chance, but much where the last one is not yet made up for. */
const CHANCE = 0.03;
const AGAIN = 0.2;
/** What is come back to, as a part of the rate that was refused: a little below it. */
const NEARLY = 0.99;
/** After so long the rate is back there, having come slower and slower; then it goes beyond, faster and faster. */
const BACK_AFTER_MS = 4000;
/** How far beyond in as long again, as a part of that rate. */
const BEYOND = 0.1;
/** The least part of the configured rate that is left. */
const SLOWEST = 0.04;
/** A rate is kept evenly, as bursts are met by a vendor's limit; to so many milliseconds, as timers are hardly finer. */
const EVEN_TO_MS = 10;
/** Few requests for a long span are no rate but a stock, to be used when they are needed. */
const LONGEST_GAP_MS = 1000;

/**
 * Lets work begin in order, as the budget allows by the clock. When the vendor finds it too much, all its calls slow down and come back
 * to the configured rate within seconds of good answers, by the curve of TCP CUBIC (RFC 9438): it stays longest near the rate that was
 * refused, so that a limit below ours is seldom met. Work that still waits is rejected with the signal's reason when aborted.
 */
export function createBudget({ requests, perMs, concurrency }: Budget, clock: Clock, signal: AbortSignal) {
  // The last `requests` starts, oldest first. A window that slides, since a bucket that refills allows twice the limit in its first span.
  const starts: Instant[] = [];
  const waiting: Waiting[] = [];
  let places = 0;
  let running = 0;
  let isPumping = false;
  let pausedUntil = -Infinity;
  /** The last refusal that counted: when it was, or the pause ends that it asked for; the part of our rate to come back to, and from where. */
  let refused = { at: -Infinity, part: 1, depth: 0 };
  let nextEven = -Infinity;

  /** The part of the configured rate that is allowed now. */
  function partNow(now: Instant): number {
    const sinceBack = Math.max(0, now - refused.at) / BACK_AFTER_MS - 1;
    return Math.min(
      1,
      Math.max(SLOWEST, refused.part * (1 + (sinceBack < 0 ? refused.depth : BEYOND) * sinceBack ** 3)),
    );
  }

  const gap = perMs / requests;
  const isRate = gap <= LONGEST_GAP_MS;
  const gapNow = (now: Instant): number => gap / partNow(now);

  function mayStartAt(): Instant {
    const oldest = starts.length < requests ? undefined : starts[0];
    const even = isRate ? nextEven - EVEN_TO_MS : -Infinity;
    return Math.max(pausedUntil, even, oldest === undefined ? -Infinity : oldest + perMs);
  }

  function start({ place, resolve }: Waiting, now: Instant): void {
    waiting.shift();
    if (starts.length === requests) starts.shift();
    starts.push(now);
    // What a stall of this process has cost is not made up for: starts that are late and those after them would meet at the vendor.
    nextEven = Math.max(nextEven, now - EVEN_TO_MS) + gapNow(now);
    place.startedAt = now;
    running++;
    resolve();
  }

  /** Starts whom it may, one at a time. What was allowed may be so no more after a sleep. */
  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    try {
      for (let next = waiting[0]; next && running < concurrency; next = waiting[0]) {
        const now = clock.now();
        const at = mayStartAt();
        // oxlint-disable-next-line no-await-in-loop -- one start after the other
        if (at > now) await clock.sleep(at - now, signal);
        else start(next, now);
      }
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
    } finally {
      isPumping = false;
    }
  }

  signal.addEventListener('abort', () => waiting.splice(0).forEach(({ reject }) => reject(signal.reason)), {
    once: true,
  });

  const newPlace = (): Place => ({ number: places++, startedAt: -Infinity });

  return {
    newPlace,

    async run<T>(work: () => Promise<T>, place = newPlace()): Promise<T> {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const later = waiting.findIndex((other) => other.place.number > place.number);
        waiting.splice(later < 0 ? waiting.length : later, 0, { place, resolve, reject });
        void pump();
      });
      try {
        return await work();
      } finally {
        running--;
        void pump();
      }
    },

    /** The vendor found that call one too many and asks that none follows for `pauseMs`. */
    slowDown(place: Place, pauseMs: number): void {
      const now = clock.now();
      pausedUntil = Math.max(pausedUntil, now + pauseMs);
      // Calls that were under way together are refused together, for one reason.
      if (place.startedAt < refused.at) return;
      const depth = now < refused.at + BACK_AFTER_MS ? AGAIN : CHANCE;
      refused = { at: Math.max(now, pausedUntil), part: NEARLY * partNow(now), depth };
      nextEven = pauseMs > 0 ? pausedUntil : now + gapNow(now);
    },
  };
}
