import { ConfigError } from '@plumbline/core/errors';
import type { NumberedLine } from './figures.ts';

/** The file beside a plan that lists its document's numbered lines, for whoever does not have the document itself. */
export const LINES_FILE = 'document-lines.tsv';

/** What is known of a plan's document. */
export type DocumentLines = {
  numbered: readonly NumberedLine[];
  /** How many lines it has; only where the document itself is there. */
  last?: number;
  /** The document is there too, and the list beside it says something else. */
  isListOld?: boolean;
};

const HEAD = 'line\tfigures\tlabels';
const BETWEEN = ' | ';

/** A line for each: its number, its figures, and the numbers that only name or date something. Tabs between, since figures hold commas. */
export const writeLines = (lines: readonly NumberedLine[]): string =>
  [HEAD, ...lines.map(({ line, figures, labels }) => [line, figures.join(BETWEEN), labels.join(BETWEEN)].join('\t'))]
    .join('\n')
    .concat('\n');

/** Reads what `writeLines` wrote. Throws ConfigError with the place of what is not such a line. */
export function readLines(text: string, file: string): NumberedLine[] {
  const fail = (line: number, message: string): never => {
    throw new ConfigError([{ file, line, column: 1, path: '', message }]);
  };
  const [head, ...rows] = text.replace(/[\r\n]+$/, '').split(/\r\n|\n/);
  if (head !== HEAD)
    fail(1, 'must begin with the columns line, figures, labels; write it anew with "plumbline plan lines"');
  const parts = (cell: string): string[] => (cell === '' ? [] : cell.split(BETWEEN));
  let last = 0;
  return rows.map((row, index) => {
    const [number = '', figures = '', labels = '', ...more] = row.split('\t');
    const line = Number(number);
    if (!/^\d{1,6}$/.test(number) || more.length > 0)
      fail(index + 2, 'must be a line number, its figures and its labels, with tabs between');
    if (line <= last) fail(index + 2, `line ${line} comes after line ${last}; each line once, in order`);
    last = line;
    return { line, figures: parts(figures), labels: parts(labels) };
  });
}
