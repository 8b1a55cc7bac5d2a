import { expect, test } from 'vitest';
import { shiftedClock, simulatedClock, systemClock } from './clock.ts';

test('a simulated clock stands still until somebody sleeps, and never goes back', async () => {
  const clock = simulatedClock(1000);
  expect(clock.now()).toBe(1000);
  await clock.sleep(86_400_000);
  expect(clock.now()).toBe(86_401_000);
  clock.advanceTo(5000);
  expect(clock.now()).toBe(86_401_000);
  clock.advanceTo(90_000_000);
  expect(clock.now()).toBe(90_000_000);
});

test('sleeps side by side overlap and wake in the order of their times', async () => {
  const clock = simulatedClock(0);
  const woken: [string, number][] = [];
  const nap = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push([name, clock.now()]);
  };
  await Promise.all([nap('long', 300), nap('short', 100), nap('middle', 200), nap('short too', 100)]);
  expect(woken).toEqual([
    ['short', 100],
    ['short too', 100],
    ['middle', 200],
    ['long', 300],
  ]);
});

test('a sleep of a part of a millisecond ends with the whole one', async () => {
  const clock = simulatedClock(1000);
  await clock.sleep(0.2);
  expect(clock.now()).toBe(1001);
});

test('an aborted sleep rejects with the reason and moves no time', async () => {
  const clock = simulatedClock(0);
  const abort = new AbortController();
  const aborted = clock.sleep(1000, abort.signal);
  const other = clock.sleep(10);
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await other;
  expect(clock.now()).toBe(10);
  await expect(clock.sleep(5, abort.signal)).rejects.toThrow('enough');
  expect(clock.now()).toBe(10);
});

test('a shifted clock starts at the asked instant and ticks on', async () => {
  const clock = shiftedClock(1_000_000_000_000);
  expect(clock.now() - 1_000_000_000_000).toBeLessThan(5000);
  const before = clock.now();
  await clock.sleep(2);
  expect(clock.now()).toBeGreaterThan(before);
});

test('a real sleep ends with the reason of its abort', async () => {
  const clock = systemClock();
  const abort = new AbortController();
  const sleep = clock.sleep(2 ** 40, abort.signal);
  abort.abort(new Error('Ctrl-C'));
  await expect(sleep).rejects.toThrow('Ctrl-C');
});
