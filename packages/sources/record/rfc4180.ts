/** One record of a CSV file and the line that it begins on, from 1. */
export type CsvRecord = { line: number; fields: string[] };

export const SEPARATORS = [',', ';', '\t'] as const;
export type Separator = (typeof SEPARATORS)[number];

/** A field in quotes (with "" for a quote), or one without any; then what ends it. */
const fieldBefore = (separator: Separator): RegExp =>
  new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^"${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|$)`, 'y');
const FIELD = { ',': fieldBefore(','), ';': fieldBefore(';'), '\t': fieldBefore('\t') };

/**
 * Reads separated values as RFC 4180 has them: CRLF or LF, quotes doubled, a byte order mark allowed, blank lines skipped.
 * Reading stops at the first place that is not CSV, since nothing after it can be told apart.
 */
export function parseCsv(
  text: string,
  separator: Separator = ',',
): { records: CsvRecord[]; problem?: { line: number; message: string } } {
  const field = FIELD[separator];
  const records: CsvRecord[] = [];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  let record: CsvRecord = { line, fields: [] };
  while (position < text.length || record.fields.length > 0) {
    field.lastIndex = position;
    const match = field.exec(text);
    if (!match) return { records, problem: { line: record.line, message: problemAt(text, position) } };
    const [whole, quoted, plain = '', end] = match;
    record.fields.push(quoted?.replaceAll('""', '"') ?? plain);
    line += whole.split('\n').length - 1;
    position += whole.length;
    if (end === separator) continue;
    const blank = record.fields.length === 1 && quoted === undefined && plain.trim() === '';
    if (!blank) records.push(record);
    record = { line, fields: [] };
  }
  return { records };
}

const problemAt = (text: string, position: number): string =>
  text[position] === '"'
    ? 'a field begins with a quote that is never closed, or goes on after its closing one; double the quotes inside'
    : 'a quote (or a carriage return alone) stands inside a field; put the whole field into quotes and double those inside';
