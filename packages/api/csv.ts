type Cell = string | number | boolean | null | undefined;
export type Table = { columns: readonly string[]; rows: readonly (readonly Cell[])[] };

/** A text that a spreadsheet would run as a formula is prefixed with an apostrophe (OWASP, CSV injection); numbers stay numbers. */
function cellOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^[+-]?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180, with a header line. */
export const toCsv = ({ columns, rows }: Table): string =>
  [columns, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');

/** A table of the columns that hold plain values, in the first row's order; nested ones are left to JSON. */
export function plainTable(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): Table {
  return { columns, rows: rows.map((row) => columns.map((name) => plainCell(row[name]))) };
}

const plainCell = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : Array.isArray(value)
      ? value.join(' ')
      : null;
