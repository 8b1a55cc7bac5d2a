import type { ProblemRule } from '../parse.ts';
import type { Draft, Path, Rule, Subject } from './finding.ts';

/** What keeps a plan from being judged, and why that matters. */
const PROBLEMS: Record<ProblemRule, string> = {
  'unknown-metric': 'No number ever comes in for it, so nights refuse the plan.',
  'unknown-dri': 'Nobody would hear of it, so nights refuse the plan.',
  'by-on-a-flow': 'A single day of a flow says little about what was asked for, so nights refuse the plan.',
  'sum-of-no-flow': 'A level that is added up day by day means nothing, so nights refuse the plan.',
  'bad-identity': 'It can be neither true nor false, so nights refuse the plan.',
  'bad-reference': 'It can not be judged as it is written, so nights refuse the plan.',
};

const problems = (rule: ProblemRule): Rule => ({
  rule,
  check: (subject) =>
    subject.problems
      .filter((problem) => problem.rule === rule)
      .map(({ path, message }): Draft => ({
        severity: 'error',
        message: `${nameOf(subject, path)}${message}.`,
        why: PROBLEMS[rule],
        of: [path],
      })),
});

/** `nps-by-week-6: `, or nothing for what belongs to no entry. */
function nameOf({ plan }: Subject, [list, index]: Path): string {
  if (typeof index !== 'number') return '';
  const entries = list === 'indicators' || list === 'hypotheses' || list === 'reviews' ? plan[list] : [];
  const id = entries[index]?.id;
  return id === undefined ? '' : `${id}: `;
}

/** Where a plan names a DRI, by DRI. */
function duties({ plan }: Subject): Map<string, Path[]> {
  const found = new Map<string, Path[]>();
  const add = (dri: string, path: Path) => found.set(dri, [...(found.get(dri) ?? []), path]);
  plan.indicators.forEach(({ dri }, index) => add(dri, ['indicators', index, 'dri']));
  plan.hypotheses.forEach(({ dri }, index) => add(dri, ['hypotheses', index, 'dri']));
  plan.reviews.forEach(({ to }, index) => to.forEach((dri, place) => add(dri, ['reviews', index, 'to', place])));
  return found;
}

/** References to what the workspace doesn't have. */
export const referenceRules: Rule[] = [
  ...(Object.keys(PROBLEMS) as ProblemRule[]).map(problems),
  {
    rule: 'dri-without-address',
    check: (subject) =>
      [...duties(subject)].flatMap(([id, of]): Draft[] => {
        const dri = Object.hasOwn(subject.dris, id) ? subject.dris[id] : undefined;
        if (!dri || dri.email !== undefined) return [];
        const message = `${dri.title} (${id}) has no email, and is named by ${of.length === 1 ? 'one entry' : `${of.length} entries`} of the plan.`;
        const why = 'The mails about what is theirs go to the fallback DRI; give them an email in workspace.yaml.';
        return [{ severity: 'warning', message, why, of }];
      }),
  },
];
