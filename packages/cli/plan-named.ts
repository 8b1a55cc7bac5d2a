import { InputError } from '@plumbline/core/errors';
import type { PlanFile } from '@plumbline/plan/parse';
import type { Drafted } from '@plumbline/workspace/load';

export type Planned = Drafted & { planFile: PlanFile };

/** The workspace of this name, with its plan. Throws InputError that names those there are. */
export function planNamed(drafts: readonly Drafted[], id: string | undefined): Planned {
  const found = drafts.find(({ workspace }) => workspace.id === id);
  if (!found) {
    throw new InputError(
      `name a workspace with --workspace: ${drafts.map(({ workspace }) => workspace.id).join(', ')}`,
    );
  }
  const { planFile } = found;
  if (!planFile) throw new InputError(`${found.folder} has no plan.yaml`);
  return { ...found, planFile };
}
