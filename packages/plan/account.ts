import type { DocumentLines } from './document-lines.ts';
import type { NumberedLine } from './figures.ts';
import { linesOf } from './lint/finding.ts';
import type { Plan } from './schema.ts';

type Named = { kind: 'indicator' | 'hypothesis' | 'review'; id: string };
type Unnamed = { kind: 'identity' | 'untracked'; index: number };
/** What became of a line in the plan: an entry with an id, or one by its place in its list. */
export type Use = Named | Unnamed;

/** cited: something is judged, computed or held by it; label: it only names or dates something, so nothing has to. */
export type LineState = 'cited' | 'untracked' | 'label' | 'uncited';
export type AccountedLine = NumberedLine & { as: Use[]; state: LineState };

/** What the plan made of every numbered line of its document. */
export function accountFor(plan: Plan, { numbered }: DocumentLines): AccountedLine[] {
  const uses = usesOf(plan);
  return numbered.map((one) => {
    const as = uses.get(one.line) ?? [];
    return { ...one, as, state: stateOf(one, as) };
  });
}

function stateOf({ figures }: NumberedLine, as: readonly Use[]): LineState {
  if (as.some(({ kind }) => kind !== 'untracked')) return 'cited';
  if (as.length > 0) return 'untracked';
  return figures.length > 0 ? 'uncited' : 'label';
}

function usesOf(plan: Plan): Map<number, Use[]> {
  const uses = new Map<number, Use[]>();
  const add = (entry: Parameters<typeof linesOf>[0], use: Use): void => {
    for (const line of linesOf(entry)) uses.set(line, [...(uses.get(line) ?? []), use]);
  };
  for (const one of plan.indicators) add(one, { kind: 'indicator', id: one.id });
  for (const one of plan.hypotheses) add(one, { kind: 'hypothesis', id: one.id });
  for (const [index, one] of plan.identities.entries()) add(one, { kind: 'identity', index });
  for (const one of plan.reviews) add(one, { kind: 'review', id: one.id });
  for (const [index, one] of plan.untracked.entries()) add(one, { kind: 'untracked', index });
  return uses;
}

export type AccountCounts = Record<LineState, number> & { numbered: number };

/** How many lines there are in each state. */
export function accountCounts(lines: readonly AccountedLine[]): AccountCounts {
  const count = (state: LineState) => lines.filter((one) => one.state === state).length;
  return {
    numbered: lines.length,
    cited: count('cited'),
    untracked: count('untracked'),
    label: count('label'),
    uncited: count('uncited'),
  };
}
