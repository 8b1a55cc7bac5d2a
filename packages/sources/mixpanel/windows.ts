import { addDays, daysFrom } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import type { SourceMemory } from '@plumbline/core/source';
import type { FoldedDay } from './fold.ts';
import type { Window } from './measures.ts';
import { recall } from './memory.ts';
import type { Reading } from './readings.ts';
import { isAmong, peopleOf, union } from './roster.ts';
import type { People, Roster } from './roster.ts';
import { isRememberedKind, unpack } from './rows.ts';
import type { Packed, Rows } from './rows.ts';

/**
 * A reading with how many days back it is needed; days before the night's own come from memory, or else from the export. With `of`, only
 * the people of those readings matter.
 */
export type Wanted = { reading: Reading; reach: number; of: readonly string[] | undefined };

/** Brings all days of all readings together, one after another, and answers what tells a reading's rows of a span of days. */
export async function openWindows(
  wanted: ReadonlyMap<string, Wanted>,
  { from, folded }: { from: Day; folded: readonly FoldedDay[] },
  roster: Roster,
  memory: SourceMemory,
): Promise<(id: string, from: Day, to: Day) => Window> {
  const first = folded[0]?.day ?? from;
  const known = new Map<string, Map<Day, Rows>>();

  async function* days(id: string, { reading: { kind }, reach }: Wanted): AsyncIterable<{ day: Day; packed: Packed }> {
    const oldest = addDays(from, 1 - reach);
    if (isRememberedKind(kind) && oldest < first) yield* recall(memory, id, kind, oldest, addDays(first, -1));
    for (const { day, pack } of folded) {
      const packed = day < oldest ? undefined : pack(id);
      if (packed) yield { day, packed };
    }
  }

  // What serves its own day only comes first, since telling it frees memory; people of others come last, when those are known.
  const turnOf = ({ reading, of }: Wanted): number => (isRememberedKind(reading.kind) ? (of ? 2 : 1) : 0);
  for (const [id, each] of [...wanted].sort(([, a], [, b]) => turnOf(a) - turnOf(b))) {
    const people = each.of && union(each.of.flatMap((other) => [...(known.get(other)?.values() ?? [])].map(peopleIn)));
    const byDay = new Map<Day, Rows>();
    for await (const { day, packed } of days(id, each)) {
      const rows = unpack(each.reading.kind, packed, roster, people && ((person) => isAmong(people, person)));
      if (rows) byDay.set(day, rows);
    }
    known.set(id, byDay);
  }

  return (id, from, to) =>
    daysFrom(from, to).flatMap((day) => {
      const rows = known.get(id)?.get(day);
      return rows ? [{ day, rows }] : [];
    });
}

const peopleIn = (rows: Rows): People => ('persons' in rows ? peopleOf(rows.persons) : new Uint32Array(0));
