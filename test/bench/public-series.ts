import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Past } from '@plumbline/plan/backtest';
import type { SimulatedSeries } from './companies.ts';
import { pastOf, SPAN } from './companies.ts';
import { randomOf } from './random.ts';

const STRIDE = 150;
const folder = path.join(path.dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '../data');

type Row = Readonly<Record<string, string | number>>;

async function rowsOf(file: string): Promise<Row[]> {
  const text = await readFile(path.join(folder, file), 'utf8');
  if (file.endsWith('.json')) return JSON.parse(text) as Row[];
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

type Public = {
  file: string;
  /** Column that tells series of one file apart. */
  by?: string;
  column: string;
  metric: Pick<CatalogueMetric, 'id' | 'kind' | 'unit'>;
};

/** Each observation (of a day or a month) is taken as a day of a plan. */
const PUBLIC: readonly Public[] = [
  { file: 'sp500-2000.csv', column: 'close', metric: { id: 'sp500', kind: 'stock', unit: 'count' } },
  { file: 'stocks.csv', by: 'symbol', column: 'price', metric: { id: 'share_price', kind: 'stock', unit: 'count' } },
  { file: 'co2-concentration.csv', column: 'CO2', metric: { id: 'co2', kind: 'stock', unit: 'count' } },
  {
    file: 'unemployment-across-industries.json',
    by: 'series',
    column: 'rate',
    metric: { id: 'unemployment_rate', kind: 'rate', unit: '%' },
  },
  {
    file: 'weather.csv',
    by: 'location',
    column: 'temp_max',
    metric: { id: 'temperature', kind: 'score', unit: 'days' },
  },
  { file: 'weather.csv', by: 'location', column: 'wind', metric: { id: 'wind', kind: 'flow', unit: 'count' } },
  {
    file: 'weather.csv',
    by: 'location',
    column: 'precipitation',
    metric: { id: 'rain', kind: 'flow', unit: 'count' },
  },
];

/** Stretches of public series, each as a plan of its own. */
export async function publicPasts(): Promise<Past[]> {
  const all = await Promise.all(PUBLIC.map(pastsOf));
  return all.flat();
}

async function pastsOf({ file, by, column, metric }: Public): Promise<Past[]> {
  const rows = await rowsOf(file);
  const groups = Map.groupBy(rows, (row) => (by === undefined ? '' : String(row[by])));
  return [...groups.values()].flatMap((found) => {
    const values = found.map((row) => Number(row[column]));
    const starts = Array.from(
      { length: Math.max(0, Math.floor((values.length - SPAN) / STRIDE) + 1) },
      (_, k) => k * STRIDE,
    );
    return starts.map((start, index) => {
      const series: SimulatedSeries = {
        metric: { ...metric, direction: 'up', about: metric.id, settleNights: 0, source: 'public' },
        values: values.slice(start, start + SPAN),
      };
      return pastOf([series], randomOf(start + column.length), `${metric.id}-${index}`.replaceAll('_', '-'));
    });
  });
}
