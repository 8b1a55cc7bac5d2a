import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';

/** At most `requests` in any span of `perMs`, at most `concurrency` at once. */
export type Budget = { requests: number; perMs: number; concurrency: number };

/** The budget of a rate that may be below one a second: 0.5/s is one request in 2,000 ms. */
export function perSecond(rate: number, concurrency: number): Budget {
  const requests = Math.max(1, Math.floor(rate));
  return { requests, perMs: (1000 * requests) / rate, concurrency };
}

/** Lets work begin in order, as the budget allows by the clock. Work that still waits is rejected with the signal's reason when aborted. */
export function createBudget({ requests, perMs, concurrency }: Budget, clock: Clock, signal: AbortSignal) {
  // The last `requests` starts, oldest first. A window that slides, since a bucket that refills allows twice the limit in its first span.
  const starts: Instant[] = [];
  const waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  let running = 0;
  signal.addEventListener('abort', () => waiting.splice(0).forEach(({ reject }) => reject(signal.reason)), {
    once: true,
  });

  async function place(): Promise<void> {
    if (running < concurrency) running++;
    else await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next) next.resolve();
    else running--;
  }

  async function start(): Promise<void> {
    const now = clock.now();
    const oldest = starts.length < requests ? undefined : starts.shift();
    const at = oldest === undefined ? now : Math.max(now, oldest + perMs);
    starts.push(at);
    if (at > now) await clock.sleep(at - now, signal);
  }

  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      signal.throwIfAborted();
      await place();
      try {
        await start();
        return await work();
      } finally {
        leave();
      }
    },
  };
}
