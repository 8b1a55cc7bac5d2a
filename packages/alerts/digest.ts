import type { Sheet, SheetRow, SheetSection } from '@plumbline/core/sheet';
import { printed } from '@plumbline/core/words';
import { plain } from './text.ts';

/** A review's digest inside a mail. */
export type MailDigest = {
  sheet: Sheet;
  /** Where it can be read and printed. */
  page: string;
  /** The dashboard's section of its workspace; an indicator is `/<id>` behind it. */
  dashboard: string;
  /** Where its reader can end them. */
  unsubscribe: string;
};

/** `36 vs > 40`; empty where there is neither. */
const numbers = ({ actual, target }: SheetRow): string =>
  [plain(actual), printed(plain(target))].filter(Boolean).join(' vs ');

function line(row: SheetRow): string {
  const head = `[${plain(row.word)}] ${plain(row.says)}`;
  const rest = [numbers(row), plain(row.dri)].filter(Boolean).join(' · ');
  const note = plain(row.note);
  return [`${head}${rest && `: ${rest}`}`, note && `    ${note}`].filter(Boolean).join('\n');
}

/** What stands below a section's rows, or in their place. */
export const footOf = ({ rows, more, empty }: SheetSection): string =>
  more > 0 ? `and ${more} more` : rows.length === 0 ? plain(empty) : '';

/** A digest as plain text, for a mail's text part and for a terminal. */
export const sheetText = ({ title, day, time, about, counts, sections }: Sheet): string =>
  [
    `${plain(title)}, ${day}, ${time}: ${plain(counts)}\n${plain(about)}`,
    ...sections.map((section) =>
      [
        `${plain(section.title)}\n${'-'.repeat(plain(section.title).length)}`,
        ...section.rows.map(line),
        footOf(section),
      ]
        .filter(Boolean)
        .join('\n'),
    ),
  ].join('\n\n');

/** `[Weekly review] Acme · Friday 2026-02-13: 2 missed, 5 due next`. */
export const digestSubject = (workspace: string, { title, day, counts }: Sheet): string =>
  `[${plain(title, 120)}] ${plain(workspace, 120)} · ${day}: ${counts}`;
