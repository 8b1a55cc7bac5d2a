import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Observation } from '@plumbline/core/snapshot';
import type { Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay } from '@plumbline/core/zone';
import type { Report } from './schema.ts';

/** A number is final when it was pulled this long after the end of its date in the property's zone. */
const SETTLES_AFTER_MS = 72 * 3_600_000;

/** What stands in place of a dimension's value in the row of all that GA4 lumped together. */
const OTHER = '(other)';

/** What a report is read against. */
export type Reading = { property: Zone; workspace: Zone };

/** One row's values as they were written, by the vendor's name. */
export type Values = ReadonlyMap<string, string>;

export type Found = Pick<Observation, 'value'> &
  Partial<Pick<Observation, 'n' | 'numerator' | 'denominator' | 'breakdown'>>;

/** What a reader should know of a report's numbers; nothing of a report that is whole and exact. */
export function qualityOf({ metadata, rows }: Report): string[] {
  const hasOther =
    metadata?.dataLossFromOtherRow || rows.some(({ dimensionValues }) => dimensionValues.includes(OTHER));
  const truncated = metadata?.dataTruncationReasons?.map(({ dataTruncationType: type }) =>
    (type ?? 'unspecified').replace('DATA_TRUNCATION_TYPE_', '').toLowerCase(),
  );
  return [
    ...(metadata?.subjectToThresholding ? ['thresholded'] : []),
    ...(metadata?.samplingMetadatas?.length ? ['sampled'] : []),
    ...(hasOther ? ['other-row'] : []),
    ...(truncated?.length ? [`truncated:${truncated.join(', ')}`] : []),
    ...(metadata?.emptyReason ? [`empty:${metadata.emptyReason}`] : []),
  ];
}

/** `zone:<property's>` where the day begins or ends at another time than the workspace's. */
export function zoneQuality(day: Day, { property, workspace }: Reading): string[] {
  const same =
    startOfDay(day, property) === startOfDay(day, workspace) && endOfDay(day, property) === endOfDay(day, workspace);
  return same ? [] : [`zone:${property}`];
}

/** A report's rows by day and, where it has a second dimension, by that one's value; '' where it has none. */
export function rowsByDay(report: Report, dimension?: string): Map<Day, Map<string, Values>> {
  const days = new Map<Day, Map<string, Values>>();
  for (const { dimensionValues, metricValues } of report.rows) {
    const cell = (name: string) => dimensionValues[report.dimensionHeaders.indexOf(name)] ?? '';
    const date = cell('date');
    const key = dimension === undefined ? '' : cell(dimension);
    if (date === OTHER || key === OTHER) continue;
    const day = date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
    if (!isDay(day)) throw new DataError('ga4', `a report's date is "${date}" where YYYYMMDD is expected`);
    if (dimension !== undefined && key === '') throw new DataError('ga4', `a report's row lacks its ${dimension}`);
    const rows = days.get(day) ?? new Map<string, Values>();
    if (rows.has(key)) throw new DataError('ga4', `a report has two rows for ${[day, key].join(' ').trim()}`);
    days.set(day, rows.set(key, valuesOf(report, metricValues)));
  }
  return days;
}

export const valuesOf = ({ metricHeaders }: Report, metricValues: readonly string[]): Values =>
  new Map(
    metricHeaders.flatMap((name, index) => {
      const value = metricValues[index];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

/** What GA4 leaves out of a report that is whole: nothing but zeros. */
export const zeros = ({ metricHeaders }: Report): Values => new Map(metricHeaders.map((name) => [name, '0']));

/** One value as it was written. Throws DataError where the report lacks it. */
export function textOf(values: Values, name: string): string {
  const value = values.get(name);
  if (value === undefined) throw new DataError('ga4', `a report lacks the metric ${name}, which was asked for`);
  return value;
}

export const take = (values: Values, name: string): number => Number(textOf(values, name));

/** A metric of a day as it was found in reports, the first one being the one that gave its value. */
export function observation(
  metric: string,
  day: Day,
  found: Found,
  {
    reports,
    rows,
    quality,
    reading,
  }: { reports: [Report, ...Report[]]; rows: number; quality: string[]; reading: Reading },
): Observation {
  const [{ metadata }] = reports;
  const [sampling] = metadata?.samplingMetadatas ?? [];
  const sha256 = createHash('sha256')
    .update(JSON.stringify([metric, day, found]))
    .digest('hex');
  return {
    metric,
    day,
    ...found,
    quality: [...quality, ...zoneQuality(day, reading)],
    evidence: {
      requests: reports.reduce((sum, { pages }) => sum + pages, 0),
      rows,
      sha256,
      policy: 'ga4-default',
      ...(sampling && { sampling: `${sampling.samplesReadCount} of ${sampling.samplingSpaceSize} events` }),
    },
    settlesAt: endOfDay(day, reading.property) + SETTLES_AFTER_MS,
  };
}
