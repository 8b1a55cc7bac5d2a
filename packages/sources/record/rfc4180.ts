/** One record of a CSV file and the line that it begins on, from 1. */
export type CsvRecord = { line: number; fields: string[] };

export const SEPARATORS = [',', ';', '\t'] as const;
export type Separator = (typeof SEPARATORS)[number];

/** What of a field is not in quotes; then what ends it. */
const restBefore = (separator: Separator): RegExp =>
  new RegExp(`([^"${separator}\\r\\n]*)(${separator}|\\r\\n|\\n|$)`, 'y');
const REST = { ',': restBefore(','), ';': restBefore(';'), '\t': restBefore('\t') };

/**
 * The place behind the quote that closes the one at `opened` ("" is a quote inside); beyond the text where none does. Searched for and not
 * matched by a pattern, whose stack a cell of millions of quotes would overflow.
 */
function behindQuotes(text: string, opened: number): number {
  let quote = text.indexOf('"', opened + 1);
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  return (quote < 0 ? text.length : quote) + 1;
}

/**
 * Reads separated values as RFC 4180 has them: CRLF or LF, quotes doubled, a byte order mark allowed, blank lines skipped.
 * Reading stops at the first place that is not CSV, since nothing after it can be told apart.
 */
export function parseCsv(
  text: string,
  separator: Separator = ',',
): { records: CsvRecord[]; problem?: { line: number; message: string } } {
  const rest = REST[separator];
  const records: CsvRecord[] = [];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  let record: CsvRecord = { line, fields: [] };
  while (position < text.length || record.fields.length > 0) {
    const isQuoted = text[position] === '"';
    const from = isQuoted ? behindQuotes(text, position) : position;
    rest.lastIndex = from;
    const match = rest.exec(text);
    if (!match || (isQuoted && match[1] !== '')) {
      return { records, problem: { line: record.line, message: problemAt(text, position) } };
    }
    const [, plain = '', end] = match;
    record.fields.push(isQuoted ? text.slice(position + 1, from - 1).replaceAll('""', '"') : plain);
    line += text.slice(position, rest.lastIndex).split('\n').length - 1;
    position = rest.lastIndex;
    if (end === separator) continue;
    const blank = record.fields.length === 1 && !isQuoted && plain.trim() === '';
    if (!blank) records.push(record);
    record = { line, fields: [] };
  }
  return { records };
}

const problemAt = (text: string, position: number): string =>
  text[position] === '"'
    ? 'a field begins with a quote that is never closed, or goes on after its closing one; double the quotes inside'
    : 'a quote (or a carriage return alone) stands inside a field; put the whole field into quotes and double those inside';
