import { excerpt } from '@plumbline/core/errors';
import type { Metric } from '@plumbline/core/metric';
import type { DateFormat } from './date.ts';
import { readDay } from './date.ts';
import type { Decimal } from './number.ts';
import { readNumber } from './number.ts';
import type { CsvRecord, Separator } from './rfc4180.ts';
import { SEPARATORS, parseCsv } from './rfc4180.ts';
import type { Fault, Field, Placed, RecordRow, RecordRules } from './row.ts';
import { FIELDS, declaredMetric, faultIn, isFault, withoutContradictions } from './row.ts';

export const MOST_BYTES = 10 * 1024 * 1024;
const MOST_ROWS = 100_000;

/** How the file is written, where it can't be told from what it holds. */
export type Locale = { decimal?: Decimal | undefined; dateFormat?: DateFormat | undefined };
export type FileRules = RecordRules & Locale;

/** What is wrong in a line (counted from 1, where its record begins), in which column, and what is allowed. */
export type RecordProblem = { line: number; column?: string; message: string };

/** `empty` counts rows and cells of metrics that state nothing. */
export type ParsedRecords = { rows: RecordRow[]; problems: RecordProblem[]; empty: number };

type Texts = Partial<Record<Field, string>>;
type Place = { line: number; column: string };
type Reading = { rows: Placed<Place>[]; problems: RecordProblem[]; empty: number };

const refused = (message: string): ParsedRecords => ({ rows: [], problems: [{ line: 1, message }], empty: 0 });

/**
 * Reads a table as spreadsheets export it, separated by commas, semicolons or tabs: a row per number (metric, day, value and optionally n,
 * note), or a row per day with a column per metric. Good rows are kept beside the problems of bad ones; what is empty states nothing.
 */
export function parseRecords(text: string, rules: FileRules): ParsedRecords {
  if (Buffer.byteLength(text) > MOST_BYTES) return refused('the file is over 10 MB; split it');
  if (text.trim() === '') return refused('the file is empty');
  // Excel's own first line for the separator; the line breaks of old Macs.
  const [sep, named] = /^\uFEFF?sep=([,;\t])(?=[\r\n])/i.exec(text) ?? [''];
  const rest = text.slice(sep.length);
  const lines = rest.includes('\n') ? rest : rest.replaceAll('\r', '\n');
  const { records, problem } = parseCsv(lines, (named as Separator | undefined) ?? separatorOf(lines));
  const [header, ...body] = records;
  const columns = columnsOf(header);
  const wrong = headerProblem(columns);
  if (wrong !== undefined) return refused(wrong);
  if (body.length > MOST_ROWS) return refused(`the file has ${body.length} rows; at most 100,000 are allowed`);
  const reading: Reading = { rows: [], problems: [], empty: 0 };
  if (problem) reading.problems.push(problem);
  if (columns.includes('metric')) readLong(columns, body, rules, reading);
  else {
    reading.problems.push(...columnProblems(columns, header?.line ?? 1, rules));
    readWide(columns, body, rules, reading);
  }
  if (reading.rows.length > MOST_ROWS) {
    return refused(`the file has ${reading.rows.length} values; at most 100,000 are allowed`);
  }
  const { kept, contradictions } = withoutContradictions(reading.rows);
  const contradicting = contradictions.flatMap((group) => {
    const lines = inLines(group.map(({ place }) => place));
    return group.map(({ row: { metric, day }, place }) => ({
      ...place,
      message: `${metric} of ${day} is stated differently in ${lines}; leave one of them`,
    }));
  });
  return {
    rows: kept.map(({ row }) => row),
    problems: [...reading.problems, ...contradicting].toSorted((a, b) => a.line - b.line),
    empty: reading.empty,
  };
}

/** Reads one pushed record's texts; answers what is wrong, or nothing where no value is stated. */
export function readFields(texts: Texts, rules: FileRules): RecordRow | Fault {
  const { metric: id = '', day: dayText = '', value: valueText = '', n: nText = '', note = '' } = texts;
  const metric = declaredMetric(id, rules);
  if (isFault(metric)) return metric;
  const day = readDay(dayText, rules.dateFormat);
  if ('problem' in day) return { field: 'day', message: `day ${day.problem}` };
  const value = readNumber(valueText, { unit: metric.unit, decimal: rules.decimal });
  if ('problem' in value) return { field: 'value', message: `value ${value.problem}` };
  const n = nText === '' ? undefined : readCount(nText);
  if (n !== undefined && 'problem' in n) return { field: 'n', message: `n ${n.problem}` };
  const row: RecordRow = {
    metric: metric.id,
    day: day.day,
    value: value.value,
    ...(n === undefined ? {} : { n: n.value }),
    ...(note === '' ? {} : { note }),
  };
  return faultIn(row, rules) ?? row;
}

/** A whole number has no decimals, so `1,234` can only be one. */
function readCount(text: string): ReturnType<typeof readNumber> {
  const readings = (['point', 'comma'] as const).map((decimal) => readNumber(text, { unit: 'count', decimal }));
  const whole = readings.find((one) => 'value' in one && Number.isInteger(one.value) && one.value >= 0);
  return whole ?? { problem: `"${excerpt(text)}" is not a whole number from 0 on` };
}

function readLong(columns: readonly string[], body: readonly CsvRecord[], rules: FileRules, reading: Reading): void {
  for (const { line, fields } of body) {
    const cells = cellsOf(fields, columns);
    if (cells?.every((cell) => cell === '')) continue;
    if (!cells) {
      reading.problems.push({ line, message: widthProblem(fields, columns) });
      continue;
    }
    const texts: Texts = Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? '']));
    const read = texts.value === '' ? undefined : readFields(texts, rules);
    if (read === undefined) reading.empty += 1;
    else if (isFault(read)) reading.problems.push({ line, column: read.field, message: read.message });
    else reading.rows.push({ row: read, place: { line, column: 'value' } });
  }
}

function readWide(columns: readonly string[], body: readonly CsvRecord[], rules: FileRules, reading: Reading): void {
  const dayColumn = columns.indexOf('day');
  const metrics = columns.map((name, index) => (index === dayColumn ? undefined : metricNamed(name, rules.metrics)));
  for (const { line, fields } of body) {
    const cells = cellsOf(fields, columns);
    if (!cells) reading.problems.push({ line, message: widthProblem(fields, columns) });
    else if (cells.some((cell, index) => cell !== '' && metrics[index])) {
      readCells({ line, cells, day: cells[dayColumn] ?? '' }, metrics, rules, reading);
    } else if (cells[dayColumn] !== '') reading.empty += 1;
  }
}

/** Columns that are no metric's, named once each; what is in them is left out. */
const columnProblems = (columns: readonly string[], line: number, rules: FileRules): RecordProblem[] =>
  columns.flatMap((name) => {
    const fault = name === 'day' ? undefined : declaredMetric(name, rules);
    return fault && isFault(fault) ? [{ line, column: name, message: `${fault.message}, and day` }] : [];
  });

/** The cells of one day. A day that can't be read is named once. */
function readCells(
  { line, cells, day }: { line: number; cells: readonly string[]; day: string },
  metrics: readonly (Metric | undefined)[],
  rules: FileRules,
  reading: Reading,
): void {
  const problems = new Map<string, RecordProblem>();
  for (const [index, metric] of metrics.entries()) {
    const value = cells[index] ?? '';
    if (!metric) continue;
    if (value === '') reading.empty += 1;
    else {
      const read = readFields({ metric: metric.id, day, value }, rules);
      if (!isFault(read)) reading.rows.push({ row: read, place: { line, column: metric.id } });
      else if (read.field === 'day') problems.set('day', { line, column: 'day', message: read.message });
      else {
        const message = read.message.replace(/^value/, metric.id);
        problems.set(metric.id, { line, column: metric.id, message });
      }
    }
  }
  reading.problems.push(...problems.values());
}

/** `User interviews` is how a person may write `user_interviews`. */
const canonical = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

const metricNamed = (name: string, metrics: readonly Metric[]): Metric | undefined =>
  metrics.find(({ id }) => id === name);

/** The header's names; empty ones at the end are a spreadsheet's padding. */
function columnsOf(header: CsvRecord | undefined): string[] {
  const names = (header?.fields ?? []).map(canonical).map((name) => (name === 'date' ? 'day' : name));
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

/** The separator under which the first line names a day and something else. */
function separatorOf(text: string): Separator {
  const beginning = text.slice(0, 20_000);
  return (
    SEPARATORS.find((separator) => {
      const columns = columnsOf(parseCsv(beginning, separator).records[0]);
      return columns.length > 1 && columns.includes('day');
    }) ?? ','
  );
}

/** The cells without a spreadsheet's padding at the end; undefined where they are not as many as the columns. */
function cellsOf(fields: readonly string[], columns: readonly string[]): string[] | undefined {
  const cells = fields.map((field) => field.trim());
  const isWide = cells.slice(columns.length).some((cell) => cell !== '');
  return isWide || cells.length < columns.length ? undefined : cells.slice(0, columns.length);
}

const widthProblem = (fields: readonly string[], columns: readonly string[]): string =>
  `has ${fields.length} fields where the first line names ${columns.length} columns; quote a field that holds a separator`;

function headerProblem(columns: readonly string[]): string | undefined {
  const allowed =
    'the first line must name the columns metric,day,value and may name n,note, or day and a column per metric';
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) return `${allowed}, each once; "${excerpt(twice)}" is there twice`;
  if (!columns.includes('day')) return `${allowed}; day is missing`;
  if (!columns.includes('metric')) {
    return columns.length > 1 ? undefined : `${allowed}; there is no column besides day`;
  }
  const unknown = columns.find((name) => !(FIELDS as readonly string[]).includes(name));
  if (unknown !== undefined) return `${allowed}; "${excerpt(unknown)}" is none of them`;
  return columns.includes('value') ? undefined : `${allowed}; value is missing`;
}

function inLines(places: readonly Place[]): string {
  const lines = [...new Set(places.map(({ line }) => line))];
  const shown = lines.slice(0, 5).join(', ');
  return `line${lines.length === 1 ? '' : 's'} ${shown}${lines.length > 5 ? ' and others' : ''}`;
}
