import { toDay } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import type { Picture } from './model.ts';
import { sparkline } from './sparkline.ts';

const [from, to] = [toDay('2026-01-01'), toDay('2026-01-31')];
const judged = { from: to, to };
const drawn = async (picture: Partial<Picture>): Promise<string> =>
  (await sparkline({ from, to, judged, series: [], plan: [], ...picture }, 'MRR', 'USD')).toString();

test('a picture says in words what it shows, money in dollars', async () => {
  const series = [
    { day: from, value: 100_000 },
    { day: toDay('2026-01-20'), value: 250_050 },
  ];
  expect(await drawn({ series, plan: [{ day: to, value: 300_000 }] })).toContain(
    'aria-label="MRR, 1 Jan to 31 Jan: 2 values, from $1,000 on 1 Jan to $2,500.50 on 20 Jan; the plan wants $3,000"',
  );
});

test('without any value there is an empty picture, not a broken one', async () => {
  const empty = await drawn({});
  expect(empty).toContain('aria-label="MRR, 1 Jan to 31 Jan: no values yet"');
  expect(empty).not.toMatch(/NaN|Infinity|class="(series|plan|last)"/);
});

test('a single value, a level line and a deadline beyond the span stay inside the frame', async () => {
  const level = { day: toDay('2026-01-10'), value: 0 };
  const picture = await drawn({ series: [level], plan: [level, { day: toDay('2027-01-04'), value: 0 }] });
  expect(picture).not.toMatch(/NaN|Infinity/);
  const places = [...picture.matchAll(/c[xy]="([^"]+)"/g)].map(([, at]) => Number(at));
  expect(places).toHaveLength(4);
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...places)).toBeLessThanOrEqual(320);
});
