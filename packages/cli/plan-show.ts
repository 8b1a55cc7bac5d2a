import path from 'node:path';
import { InputError } from '@plumbline/core/errors';
import type { Outcome } from '@plumbline/local/control';
import type { AccountCounts } from '@plumbline/plan/account';
import { accountCounts, accountFor } from '@plumbline/plan/account';
import { evaluate } from '@plumbline/plan/identity';
import { linesOf } from '@plumbline/plan/lint/finding';
import type { Plan } from '@plumbline/plan/schema';
import { boundsOf, timeOf } from '@plumbline/plan/words';
import { readDocumentLines } from '@plumbline/workspace/document';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { workspaceNamed } from './plan-named.ts';
import type { Globals } from './session.ts';
import { machineOptions } from './session.ts';
import { columns } from './table.ts';

/** `plan show`: the plan as data, with an account of every numbered line of its document. */
export async function planShow(options: Globals & { workspace?: string }): Promise<Outcome> {
  const { seeds } = await machineOptions(options);
  const { id, plan, planVersion } = workspaceNamed(await loadWorkspaces(seeds), options.workspace);
  const folder = path.join(seeds, id);
  if (!plan) throw new InputError(`${folder} has no plan.yaml`);
  const document = await readDocumentLines(folder, plan);
  const lines = document ? accountFor(plan, document) : null;
  const counts = lines && accountCounts(lines);
  const identities = plan.identities.map(({ says, check }) => {
    const { holds, left, right } = evaluate(check);
    return { says, check, holds, left, right };
  });
  const account = counts ? accountText(counts) : UNKNOWN;
  return {
    exit: 0,
    data: { workspace: id, planVersion, plan, lines, identities, counts },
    text: `${plan.title}\n\n${columns(rowsOf(plan))}\n\n${account}`,
  };
}

const UNKNOWN =
  'Its lines can\'t be accounted for: neither the document nor a list of its lines ("plumbline plan lines") lies beside the plan.';

const accountText = ({ numbered, cited, untracked, label, uncited }: AccountCounts): string =>
  `${numbered} numbered lines: ${cited} cited, ${untracked} untracked, ${label} only name or date something, ${uncited} unaccounted.`;

/** One row per entry, in the order of the document: lines, what is asked, when, of whom, in whose words. */
function rowsOf(plan: Plan): string[][] {
  const row = (entry: Parameters<typeof linesOf>[0], what: string, when: string, dri: string, says: string) => {
    const lines = linesOf(entry);
    return { first: Math.min(...lines), cells: [lines.join(', '), what, when, dri, says] };
  };
  const rows = [
    ...plan.indicators.map((one) => {
      const part = one.where ? ` of ${Object.values(one.where).join(', ')}` : '';
      return row(one, `${one.metric}${part} ${one.target}`, timeOf(one, one.id), one.dri, one.says);
    }),
    ...plan.hypotheses.map((one) =>
      row(one, `${one.metric} ${boundsOf(one)}`, `${one.within} from ${one.start}`, one.dri, one.says),
    ),
    ...plan.identities.map((one) => {
      const { holds } = evaluate(one.check);
      return row(one, one.check, holds ? 'holds' : 'is wrong', '', one.says);
    }),
    ...plan.reviews.map((one) => row(one, 'review', `every ${one.every}, ${one.at}`, '', `with ${one.to.join(', ')}`)),
    ...plan.untracked.map((one) => row(one, 'untracked', '', '', `${one.says} (${one.why})`)),
  ];
  // Without a line: at the end.
  return rows.toSorted((a, b) => (a.first === b.first ? 0 : a.first - b.first)).map(({ cells }) => cells);
}
