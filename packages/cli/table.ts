/** Rows as aligned columns; the last column is left ragged. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Text in lines of at most `width` columns, each behind `indent`; from the second line on behind `hanging`. A word is never cut. */
export function wrapped(
  text: string,
  { indent = '', hanging, width = 100 }: { indent?: string; hanging?: string; width?: number } = {},
): string {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  // A sign stays with its number.
  for (const word of text.split(/(?<!(?:^| )[≥≤<>=]) /)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging ?? indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
