import type { CatalogueMetric } from '@plumbline/core/metric';
import type { DocumentLines } from '../document-lines.ts';
import type { PlanProblem } from '../parse.ts';
import type { Plan } from '../schema.ts';
import type { Demand } from './demand.ts';

/** error: can't be right; warning: most likely not meant; note: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** A place where a plan contradicts itself, its document or its workspace. */
export type Finding = {
  rule: string;
  severity: Severity;
  /** One sentence with the numbers. */
  message: string;
  /** Why it matters, in one sentence. */
  why: string;
  /** Of the document, ascending. */
  lines: number[];
  /** Ids of indicators and hypotheses. */
  indicators: string[];
  /** Of `plan.yaml`, counting from 1. */
  places: { file: string; line: number; column: number }[];
};

export type Path = (string | number)[];

/** A finding before its places are looked up. `of` are paths into the plan; `lines` are theirs, unless named. */
export type Draft = Pick<Finding, 'severity' | 'message' | 'why'> & { of: Path[]; lines?: readonly number[] };

/** What rules look at. */
export type Subject = {
  plan: Plan;
  metrics: ReadonlyMap<string, CatalogueMetric>;
  dris: Readonly<Record<string, { title: string; email?: string | undefined }>>;
  /** Undefined where neither the document nor its list of lines is there. */
  lines: DocumentLines | undefined;
  /** What keeps the plan from being judged. */
  problems: readonly PlanProblem[];
  /** What the sound indicators ask for, one for each occasion. */
  demands: readonly Demand[];
};

export type Rule = { rule: string; check: (subject: Subject) => Draft[] };

/** The lists of a plan whose entries may cite lines of its document. */
export const CITING = ['indicators', 'hypotheses', 'identities', 'reviews', 'untracked'] as const;

/** Lines as a list; none where none is cited. */
export const linesOf = ({ line }: { line?: number | number[] | undefined }): number[] =>
  line === undefined ? [] : [line].flat();

/** `a`, `a and b`, `a, b and c`. */
export const enumerate = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

/** `line 8`, `lines 8 and 411`. */
export const inLines = (lines: readonly number[]): string =>
  `line${lines.length === 1 ? '' : 's'} ${enumerate(lines.map(String))}`;
