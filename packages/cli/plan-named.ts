import { InputError } from '@plumbline/core/errors';
import type { PlanFile } from '@plumbline/plan/parse';
import type { Drafted } from '@plumbline/workspace/load';

/** The workspace of this id. Throws InputError that names those there are. */
export function workspaceNamed<Named extends { id: string }>(
  workspaces: readonly Named[],
  id: string | undefined,
): Named {
  const found = workspaces.find((one) => one.id === id);
  if (found) return found;
  throw new InputError(`name a workspace with --workspace: ${workspaces.map((one) => one.id).join(', ')}`);
}

export type Planned = Drafted & { planFile: PlanFile };

/** The draft of this workspace, with its plan. Throws what `workspaceNamed` does, and InputError where it has no plan. */
export function planNamed(drafts: readonly Drafted[], id: string | undefined): Planned {
  const { draft } = workspaceNamed(
    drafts.map((one) => ({ id: one.workspace.id, draft: one })),
    id,
  );
  const { planFile } = draft;
  if (!planFile) throw new InputError(`${draft.folder} has no plan.yaml`);
  return { ...draft, planFile };
}
