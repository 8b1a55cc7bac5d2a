import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { excerpt } from '@plumbline/core/errors';
import type { Metric } from '@plumbline/core/metric';
import type { Observation } from '@plumbline/core/snapshot';
import { fromMajor } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';
import { parseCsv } from './rfc4180.ts';

const MOST_BYTES = 10 * 1024 * 1024;
const MOST_ROWS = 100_000;
const LONGEST_NOTE = 500;

const COLUMNS = ['metric', 'day', 'value', 'n', 'note'] as const;
const REQUIRED = ['metric', 'day', 'value'] as const;
type Column = (typeof COLUMNS)[number];

/** One pushed number; `value` in the metric's major unit, as people write it. */
export type RecordRow = { metric: string; day: Day; value: number; n?: number; note?: string };

/** What is wrong with a line (counted from 1, where its record begins), and what is allowed. */
export type RecordProblem = { line: number; message: string };

export type ParsedRecords = { rows: RecordRow[]; problems: RecordProblem[] };

/** What a record may be about: the declared metrics, and days up to today in the workspace's zone. */
export type RecordRules = { metrics: readonly Metric[]; today: Day };

/** Reads a CSV with the columns metric,day,value and optionally n,note in any order; good rows are kept beside the problems of bad ones. */
export function parseRecords(text: string, rules: RecordRules): ParsedRecords {
  if (Buffer.byteLength(text) > MOST_BYTES)
    return { rows: [], problems: [{ line: 1, message: 'the file is over 10 MB; split it' }] };
  const { records, problem } = parseCsv(text);
  const [header, ...lines] = records;
  const problems = problem ? [problem] : [];
  const columns = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const wrong = headerProblem(columns);
  if (wrong !== undefined) return { rows: [], problems: [{ line: 1, message: wrong }] };
  if (lines.length > MOST_ROWS) {
    return {
      rows: [],
      problems: [{ line: 1, message: `the file has ${lines.length} rows; at most 100,000 are allowed` }],
    };
  }
  const rows: RecordRow[] = [];
  for (const { line, fields } of lines) {
    const read =
      fields.length === columns.length ? readFields(fieldsOf(columns, fields), rules) : widthProblem(fields, columns);
    if (typeof read === 'string') problems.push({ line, message: read });
    else rows.push(read);
  }
  return { rows, problems };
}

/** Reads one pushed record's texts; answers what is wrong as a sentence. */
export function readFields(
  fields: Partial<Record<Column, string>>,
  { metrics, today }: RecordRules,
): RecordRow | string {
  const { metric = '', day = '', value = '', n = '', note = '' } = fields;
  const declared = metrics.find(({ id }) => id === metric);
  if (!declared) {
    return `metric "${excerpt(metric)}" is not declared; allowed: ${metrics.map(({ id }) => id).join(', ')}`;
  }
  if (!isDay(day)) return `day "${excerpt(day)}" is not a day; write one as YYYY-MM-DD`;
  if (day > today) return `day ${day} is in the future; today is ${today}`;
  const number = toNumber(value);
  if (number === undefined) return `value "${excerpt(value)}" is not a number; write one like 1234.5`;
  if (Math.abs(fromMajor(number, declared.unit)) > Number.MAX_SAFE_INTEGER) {
    return `value "${excerpt(value)}" is too large to be kept exactly`;
  }
  const sample = n === '' ? undefined : toNumber(n);
  if (n !== '' && (sample === undefined || sample < 0 || !Number.isInteger(sample)))
    return `n "${excerpt(n)}" is not a whole number from 0 on`;
  if (note.length > LONGEST_NOTE) return `note has ${note.length} characters; at most ${LONGEST_NOTE} are allowed`;
  return {
    metric,
    day,
    value: number,
    ...(sample === undefined ? {} : { n: sample }),
    ...(note === '' ? {} : { note }),
  };
}

/** A record as a snapshot's observation, in the unit's inside form. It is final at once, since no later pull would settle it; `by` is who says so. */
export function toObservation(row: RecordRow, metric: Metric, now: Instant, by: string): Observation {
  const value = fromMajor(row.value, metric.unit);
  const digest = JSON.stringify([row.metric, row.day, value, row.n ?? null, row.note ?? null]);
  return {
    metric: row.metric,
    day: row.day,
    value,
    ...(row.n === undefined ? {} : { n: row.n }),
    quality: [],
    evidence: {
      requests: 0,
      rows: 1,
      sha256: createHash('sha256').update(digest).digest('hex'),
      policy: 'record',
      by,
      ...(row.note === undefined ? {} : { note: row.note }),
    },
    settlesAt: now,
  };
}

const toNumber = (text: string): number | undefined => {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
};

function headerProblem(columns: readonly string[]): string | undefined {
  const allowed = `the first line must name the columns metric,day,value and may name n,note`;
  const unknown = columns.find((name) => !(COLUMNS as readonly string[]).includes(name));
  if (unknown !== undefined) return `${allowed}; "${unknown}" is none of them`;
  const missing = REQUIRED.find((name) => !columns.includes(name));
  if (missing !== undefined) return `${allowed}; ${missing} is missing`;
  return new Set(columns).size === columns.length ? undefined : `${allowed}, each once`;
}

const widthProblem = (fields: readonly string[], columns: readonly string[]): string =>
  `has ${fields.length} fields where the first line names ${columns.length} columns; quote a field that holds a comma`;

const fieldsOf = (columns: readonly string[], fields: readonly string[]): Partial<Record<Column, string>> =>
  Object.fromEntries(columns.map((name, index) => [name, (fields[index] ?? '').trim()]));
