import type { Badge } from './words.ts';

/** One line about one promise of a plan, in words. */
export type SheetRow = Badge & {
  says: string;
  /** What belongs to it in small print; may be empty. */
  note: string;
  target: string;
  actual: string;
  dri: string;
  /** Where the dashboard shows it; null where it does not. */
  indicator: string | null;
};

export type SheetSection = {
  id: string;
  title: string;
  /** What its column of actual values is called. */
  actual: string;
  rows: readonly SheetRow[];
  /** How many less important rows were left out. */
  more: number;
  /** What to say where it has no row. */
  empty: string;
};

/** A digest in words, as one sheet of paper: the same for a mail, a page and a terminal, which only lay it out. Not escaped. */
export type Sheet = {
  /** `Weekly review`. */
  title: string;
  /** `Friday 2026-02-13`. */
  day: string;
  /** Its meeting's time of day. */
  time: string;
  /** What it is about: the days since the last meeting, and what they are told as of. */
  about: string;
  /** `2 missed, 1 at risk, 5 due next`. */
  counts: string;
  sections: readonly SheetSection[];
};
