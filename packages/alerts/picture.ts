import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { Unit } from '@plumbline/core/unit';
import { format, fromMajor, toMajor } from '@plumbline/core/unit';
import { shortDay } from '@plumbline/core/words';
import type { Resvg as ResvgClass } from '@resvg/resvg-wasm';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { Html, markup } from './text.ts';

export type SeriesPoint = { day: Day; value: number };

/** Where the plan wants the number: a bound that stands all the time, or a way to a value on a day (from nowhere in particular: null). */
export type PlanLine = number | { from: SeriesPoint | null; to: SeriesPoint };

/** Values are in the unit's inside form. `decisive` is the point that the verdict is about. */
export type Drawing = {
  series: readonly SeriesPoint[];
  planLine: PlanLine;
  /** A hypothesis's pivot, dotted, beside its go. */
  pivotLine?: readonly SeriesPoint[] | undefined;
  unit: Unit;
  title: string;
  decisive?: SeriesPoint | undefined;
  width?: number;
  height?: number;
};

// Middle tones on a clear ground, so that one picture is readable in light and in dark mail.
const INK = '#787f8a';
const SERIES = '#3b82f6';
const PLAN = '#e08a1e';
const PIVOT = '#c2410c';
const MAX_DOTS = 31;
const FONT = 'DejaVu Sans';
/** A phone shows a picture at half its size: smaller letters could not be read there. */
const LETTERS = 16;

const round = (value: number): number => Math.round(value * 10) / 10;

/** The series with its plan line as SVG; a title and no axis where there is no point yet. */
export function drawSeries(drawing: Drawing): string {
  const { series, planLine, pivotLine = [], unit, title, decisive, width = 600, height = 200 } = drawing;
  const plan: SeriesPoint[] =
    typeof planLine === 'number'
      ? []
      : [planLine.from ?? { ...planLine.to, day: firstOf(series, planLine.to.day) }, planLine.to];
  const known = [...series, ...plan, ...pivotLine, ...(decisive ? [decisive] : [])];
  const days = known.map(({ day }) => day).toSorted();
  const first = days[0];
  const last = days.at(-1);
  const head = markup`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    font-family="${FONT}"
    font-size="${LETTERS}"
    fill="${INK}"
  >
    <title>${title}</title>
   `;
  if (first === undefined || last === undefined) {
    return markup`${head}<text x="${width / 2}" y="${height / 2}" text-anchor="middle">No values yet</text></svg>`.text;
  }

  const bound = typeof planLine === 'number' ? [planLine] : [];
  const values = [...known.map(({ value }) => value), ...bound].map((value) => toMajor(value, unit));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high === low ? Math.abs(high) || 1 : 0;
  const y = scaleLinear([low, high + room], [height - 32, 12]).nice(3);
  const ticks = y.ticks(3);
  const label = (tick: number) => format(fromMajor(tick, unit), unit);
  const left = 14 + Math.max(...ticks.map((tick) => label(tick).length)) * 9.5;
  const x = scaleLinear([0, Math.max(1, daysBetween(first, last))], [left, width - 16]);
  const xOf = ({ day }: { day: Day }) => round(x(daysBetween(first, day)));
  const yOf = ({ value }: { value: number }) => round(y(toMajor(value, unit)));
  const path = line<SeriesPoint>().x(xOf).y(yOf);

  const grid = ticks.map(
    (tick) =>
      markup`<line
          x1="${left}"
          x2="${width - 16}"
          y1="${round(y(tick))}"
          y2="${round(y(tick))}"
          stroke="${INK}"
          stroke-opacity="0.22"
        /><text x="${left - 8}" y="${round(y(tick) + 5)}" text-anchor="end">${label(tick)}</text>`,
  );
  const target =
    typeof planLine === 'number'
      ? [
          { day: first, value: planLine },
          { day: first === last ? addDays(first, 1) : last, value: planLine },
        ]
      : plan;
  const dots = series.length > MAX_DOTS ? [] : series;
  const mark = decisive
    ? markup`<circle cx="${xOf(decisive)}" cy="${yOf(decisive)}" r="9" fill="${SERIES}" fill-opacity="0.25" /><circle
          cx="${xOf(decisive)}"
          cy="${yOf(decisive)}"
          r="4.5"
          fill="${SERIES}"
        />`
    : null;
  const goal =
    typeof planLine === 'number'
      ? null
      : markup`<circle
          cx="${xOf(planLine.to)}"
          cy="${yOf(planLine.to)}"
          r="4.5"
          fill="none"
          stroke="${PLAN}"
          stroke-width="2"
        />`;

  return markup`${head}${grid}
<path d="${path(target)}" fill="none" stroke="${PLAN}" stroke-width="2" stroke-dasharray="6 4"/>${goal}
${pivotLine.length > 0 && markup`<path d="${path([...pivotLine])}" fill="none" stroke="${PIVOT}" stroke-width="2" stroke-dasharray="2 4"/>`}
<path d="${path([...series])}" fill="none" stroke="${SERIES}" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"/>
${dots.map((point) => markup`<circle cx="${xOf(point)}" cy="${yOf(point)}" r="2.5" fill="${SERIES}" />`)}${mark}
${dayLabels([first, ...(decisive ? [decisive.day] : []), last], (day) => xOf({ day }), height)}</svg>`.text;
}

const firstOf = (series: readonly SeriesPoint[], otherwise: Day): Day =>
  series.reduce((earliest, { day }) => (day < earliest ? day : earliest), otherwise);

/** The first and the last day, and between them the one in question where its words have room. */
function dayLabels(days: readonly Day[], xOf: (day: Day) => number, height: number): Html[] {
  const first = days[0];
  const last = days.at(-1);
  return [...new Set(days)].flatMap((day) => {
    const isEdge = day === first || day === last;
    const crowded = days.some((other) => other !== day && Math.abs(xOf(other) - xOf(day)) < 85);
    if (!isEdge && crowded) return [];
    const anchor = day === first ? 'start' : day === last ? 'end' : 'middle';
    return [markup`<text x="${xOf(day)}" y="${height - 6}" text-anchor="${anchor}">${shortDay(day)}</text>`];
  });
}

type Assets = { wasm: string; font: string };

const require = createRequire(import.meta.url);
let assets = (): Assets => ({
  wasm: require.resolve('@resvg/resvg-wasm/index_bg.wasm'),
  font: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
});
let painter: Promise<{ Resvg: typeof ResvgClass; font: Uint8Array }> | undefined;

/** Says where the renderer and its font lie, before the first picture, where they travel beside a bundle instead of in node_modules. */
export function pictureAssets(paths: Assets): void {
  assets = () => paths;
}

async function loadPainter() {
  const { wasm, font } = assets();
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const [program, letters] = await Promise.all([readFile(wasm), readFile(font)]);
  await initWasm(program);
  return { Resvg, font: letters };
}

/** An SVG as PNG at twice its size, its text in DejaVu Sans. */
export async function toPng(svg: string): Promise<Uint8Array> {
  painter ??= loadPainter();
  const { Resvg, font } = await painter;
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers: [font], defaultFontFamily: FONT, sansSerifFamily: FONT },
  });
  const rendered = image.render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
    image.free();
  }
}
