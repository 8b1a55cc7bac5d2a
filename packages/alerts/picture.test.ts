import { toDay } from '@plumbline/core/day';
import { describe, expect, test } from 'vitest';
import { drawSeries, toPng } from './picture.ts';

const point = (day: string, value: number) => ({ day: toDay(day), value });

const drawing = {
  series: [point('2026-02-10', 34), point('2026-02-11', 35), point('2026-02-12', 36)],
  planLine: { from: null, to: point('2026-02-12', 40) },
  unit: 'score',
  title: 'NPS by Week 6',
};

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);

describe('the picture of a series', () => {
  test('has a title, a few labels on each axis, and the point in question marked', () => {
    const svg = drawSeries({ ...drawing, decisive: point('2026-02-12', 36) });
    expect(svg).toContain('<title>NPS by Week 6</title>');
    expect(texts(svg)).toEqual(['34', '36', '38', '40', '10 Feb', '12 Feb']);
    expect(svg.match(/r="9"/g)).toHaveLength(1);
  });

  test('shows money in its major unit', () => {
    const svg = drawSeries({
      series: [point('2026-02-10', 0), point('2026-02-12', 1_000_000)],
      planLine: 1_200_000,
      unit: 'USD',
      title: 'MRR',
    });
    expect(texts(svg)).toEqual(['$0', '$5,000', '$10,000', '$15,000', '10 Feb', '12 Feb']);
  });

  test('stands on one point, on equal values and on none', () => {
    const flat = drawSeries({ ...drawing, series: [point('2026-02-12', 0)], planLine: 0 });
    expect(flat).not.toContain('NaN');
    expect(texts(drawSeries({ ...drawing, series: [], planLine: 40 }))).toEqual(['No values yet']);
  });

  test('escapes its title', () => {
    expect(drawSeries({ ...drawing, title: '</title><script>' })).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;</title>',
    );
  });

  test('becomes a PNG at twice its size, in which the letters are drawn', async () => {
    const png = Buffer.from(await toPng(drawSeries(drawing)));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 400]);
    const wordless = await toPng(drawSeries(drawing).replaceAll(/<text.*?<\/text>/g, ''));
    expect(png.length - wordless.length).toBeGreaterThan(1000);
  });
});
