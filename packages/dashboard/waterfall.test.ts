import type { WaterfallStep } from '@plumbline/core/explanation';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barsOf, reachOf, waterfallTable } from './waterfall.ts';

const level = (amount: number): WaterfallStep => ({ kind: 'level', name: 'End', amount, shown: '' });
const moved = (amount: number): WaterfallStep => ({ kind: 'movement', name: 'New', amount, shown: '', customers: 1 });
const drawn = async (steps: WaterfallStep[]): Promise<string> =>
  (await waterfallTable({ steps, sum: 'It adds up.', addsUp: true, note: '' })).toString();

test('each movement begins where the one before it ended', () => {
  expect(barsOf([level(100), moved(30), moved(-50), level(80)])).toEqual([
    { from: 0, to: 100, look: 'level' },
    { from: 100, to: 130, look: 'up' },
    { from: 80, to: 130, look: 'down' },
    { from: 0, to: 80, look: 'level' },
  ]);
});

test('totals that dwarf their movements are cut, and the page says so', async () => {
  const steps = [level(1000), moved(100), moved(-50), level(1050)];
  expect(reachOf(barsOf(steps))).toEqual({ low: 965, high: 1100, isCut: true });
  expect(await drawn(steps)).toContain('The bars of both totals are cut on the left.');
});

test('totals are whole from their first customer on, after their last one, and on a day without movements', async () => {
  for (const steps of [
    [level(0), moved(49), level(49)],
    [level(49), moved(-49), level(0)],
    [level(49), moved(0), level(49)],
  ]) {
    expect(reachOf(barsOf(steps))).toEqual({ low: 0, high: 49, isCut: false });
    expect(await drawn(steps)).not.toContain('are cut');
  }
});

test('nothing at all is drawn as nothing', async () => {
  const picture = await drawn([level(0), moved(0), level(0)]);
  expect(picture).not.toMatch(/NaN|Infinity|<rect/);
});

test('property: every bar stays in the frame and is wide enough to be seen', async () => {
  const amounts = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.nat(10_000_000), amounts, async (start, moves) => {
      const end = moves.reduce((sum, amount) => sum + amount, start);
      const picture = await drawn([level(start), ...moves.map(moved), level(end)]);
      for (const [, x, width] of picture.matchAll(/<rect[^>]* x="([^"]+)"[^>]* width="([^"]+)"/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(width)).toBeGreaterThanOrEqual(1.5);
        expect(Number(x) + Number(width)).toBeLessThanOrEqual(240.11);
      }
    }),
    { numRuns: 50 },
  );
});
