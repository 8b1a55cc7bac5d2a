import type { Block, Explanation, Waterfall } from '@plumbline/core/explanation';
import { areFigures } from '@plumbline/core/explanation';
import { longDay } from '@plumbline/core/words';
import { columns, wrapped } from './table.ts';

/** Names come from outside; on a terminal, control characters could do more than be read. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

/** Rows as indented columns; those of figures are set right. */
function table(head: readonly string[], rows: Block['rows']): string {
  const all = (head.length > 0 ? [head, ...rows] : rows).map((row) => row.map(plain));
  const widthOf = (column: number): number => Math.max(...all.map((row) => row[column]?.length ?? 0));
  const placed = all.map((row) =>
    row.map((cell, column) => (head.length > 0 && areFigures(rows, column) ? cell.padStart(widthOf(column)) : cell)),
  );
  return columns(placed).replaceAll(/^/gm, '  ');
}

const sentence = (text: string): string => (text === '' ? '' : wrapped(plain(text), { indent: '  ' }));

const section = (title: string, ...parts: readonly string[]): string =>
  [plain(title), ...parts.filter((part) => part !== '')].join('\n');

/** Facts under each other; a long one goes on below its own beginning. */
function named(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .map(([name, text]) => wrapped(plain(text), { indent: name.padEnd(width), hanging: ' '.repeat(width) }))
    .join('\n');
}

function waterfallText({ steps, sum, note }: Waterfall): string {
  const rows = steps.map((step) => [step.name, step.shown, step.kind === 'movement' ? String(step.customers) : '']);
  return section('How it came about', table(['', 'Amount', 'Customers'], rows), sentence(sum), sentence(note));
}

const blockText = ({ title, head, rows, more, note }: Block): string =>
  section(title, table(head, rows), more > 0 ? `  and ${more} more` : '', sentence(note));

/** One number explained, for a terminal. */
export function explainText(workspace: string, explanation: Explanation): string {
  const { title, day, value, demo, about, facts, warnings, waterfall, blocks } = explanation;
  return [
    `${plain(workspace)}${demo ? ' (demo number)' : ''}\n${title} on ${longDay(day)}: ${value}\n${wrapped(about)}`,
    named(facts),
    ...(warnings.length > 0 ? [section('Mind', ...warnings.map(sentence))] : []),
    ...(waterfall ? [waterfallText(waterfall)] : []),
    ...blocks.map(blockText),
  ].join('\n\n');
}
