import type { Day } from './day.ts';

/** Rows under a title. Without a `head`, each row is a name and what is said of it. */
export type Block = {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** How many rows were left out. */
  more: number;
  /** A sentence below; may be empty. */
  note: string;
};

/** Whether a column after the first holds nothing but figures, which are set right so that they can be compared. */
export const areFigures = (rows: Block['rows'], column: number): boolean =>
  column > 0 &&
  rows.some((row) => /\d/.test(row[column] ?? '')) &&
  rows.every((row) => !/\p{Ll}/u.test(row[column] ?? ''));

/** One line of a waterfall. `amount` is in the metric's inside form. */
export type WaterfallStep = { name: string; amount: number; shown: string } & (
  | { kind: 'level' } // the start, the end
  | { kind: 'movement'; customers: number } // between them; its amount has a sign
);

export type Waterfall = {
  steps: readonly WaterfallStep[];
  /** The sum written out, or that it does not come out. */
  sum: string;
  addsUp: boolean;
  /** What else a reader should know of its start; may be empty. */
  note: string;
};

/** One number in words: the same for a page and a terminal, which only lay it out. Not escaped. */
export type Explanation = {
  /** `MRR`. */
  title: string;
  day: Day;
  about: string;
  /** `$3,120.50`. */
  value: string;
  state: 'Settled' | 'Provisional' | 'Reconstructed';
  demo: boolean;
  /** Names with what is said of them: state, source, times, sample, parts, interval. */
  facts: readonly (readonly [string, string])[];
  /** What to be careful about. */
  warnings: readonly string[];
  waterfall: Waterfall | null;
  blocks: readonly Block[];
};
