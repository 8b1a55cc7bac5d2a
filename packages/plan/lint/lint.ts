import type { PlanFile } from '../parse.ts';
import { planProblems } from '../parse.ts';
import { demandsOf } from './demand.ts';
import type { Finding, Path, Severity, Subject } from './finding.ts';
import { linesOf } from './finding.ts';
import { RULES } from './rules.ts';

export type LintInput = PlanFile & Pick<Subject, 'metrics' | 'dris'> & { lines?: Subject['lines'] };

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Where a plan contradicts itself, its document or its workspace: errors first, then by line of the document. Pure. */
export function lintPlan({ plan, at, file, metrics, dris, lines }: LintInput): Finding[] {
  const problems = planProblems(plan, { metrics, dris: new Set(Object.keys(dris)) });
  const subject: Subject = { plan, metrics, dris, lines, problems, demands: demandsOf(plan, metrics, problems) };
  const found = RULES.flatMap(({ rule, check }) =>
    check(subject).map(({ severity, message, why, ...draft }): Finding => {
      const entries = draft.of.map((path) => entryAt(subject, path));
      const cited = draft.lines ?? entries.flatMap((entry) => linesOf(entry));
      return {
        rule,
        severity,
        message,
        why,
        lines: [...new Set(cited)].toSorted((a, b) => a - b),
        indicators: [...new Set(entries.flatMap(({ id }) => id ?? []))],
        places: draft.of.map((path) => ({ file, ...at(path) })),
      };
    }),
  );
  return found.toSorted((a, b) => rankOf(a) - rankOf(b) || firstOf(a.lines) - firstOf(b.lines));
}

/** The entry of the plan that a path leads into. */
function entryAt({ plan }: Subject, [list, index]: Path): { id?: string; line?: number | number[] | undefined } {
  if (typeof index !== 'number') return {};
  switch (list) {
    case 'indicators':
    case 'hypotheses':
    case 'identities':
    case 'untracked':
      return plan[list][index] ?? {};
    case 'reviews':
      return { line: plan.reviews[index]?.line };
    default:
      return {};
  }
}

const rankOf = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
const firstOf = ([line = Number.MAX_SAFE_INTEGER]: readonly number[]): number => line;

/** How many there are of each severity. */
export const countsOf = (findings: readonly Finding[]): Record<Severity, number> => {
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
};
