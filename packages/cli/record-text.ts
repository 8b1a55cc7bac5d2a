import { explainedView } from '@plumbline/api/views';
import type { Snapshot } from '@plumbline/core/snapshot';
import { format, fromMajor } from '@plumbline/core/unit';
import { counted, writtenTime } from '@plumbline/core/words';
import type { Zone } from '@plumbline/core/zone';
import { toInstant } from '@plumbline/core/zone';
import type { Preview } from '@plumbline/night/record';
import { columns } from './table.ts';

/** Rows of a dry run that are shown; `--json` has all. */
const MOST_SHOWN = 40;

/** Notes and names come from people; on a terminal, control characters could do more than be read. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

const shown = (value: number, unit: string): string => format(fromMajor(value, unit), unit);

/** What would be stored, a line each, with what is there now. */
export function previewText(rows: readonly Preview[]): string[] {
  const table = rows.slice(0, MOST_SHOWN).map(({ metric, day, value, unit, n, note, before }) => {
    const isSame = before !== null && fromMajor(before, unit) === fromMajor(value, unit);
    const change = before === null ? 'new' : isSame ? 'as it is' : `was ${shown(before, unit)}`;
    return [day, metric, shown(value, unit), change, n === undefined ? '' : `n = ${n}`, plain(note ?? '')];
  });
  const more = rows.length - table.length;
  return [...(table.length > 0 ? [columns(table)] : []), ...(more > 0 ? [`and ${counted(more, 'more value')}`] : [])];
}

export type HistoryRow = ReturnType<typeof historyRows>[number];

/** Each revision as a row, oldest day first; values in the unit's major part. */
export const historyRows = (snapshots: readonly Snapshot[]) =>
  snapshots.flatMap((snapshot) => {
    const { metric, day, unit, revisions } = explainedView(snapshot);
    return revisions.map(({ revision, value, n, who, note, idempotencyKey, pulledAt }) => ({
      metric,
      day,
      revision,
      value,
      unit,
      n: n ?? null,
      note: note ?? null,
      who: who ?? null,
      at: pulledAt,
      idempotencyKey: idempotencyKey ?? null,
    }));
  });

export const historyText = (rows: readonly HistoryRow[], zone: Zone): string =>
  columns([
    ['Day', 'Revision', 'Value', 'n', 'Who', `When (${zone})`, 'Note'],
    ...rows.map(({ day, revision, value, unit, n, who, at, note }) => [
      day,
      String(revision),
      shown(value, unit),
      n === null ? '' : String(n),
      plain(who ?? ''),
      writtenTime(toInstant(at), zone),
      plain(note ?? ''),
    ]),
  ]);
