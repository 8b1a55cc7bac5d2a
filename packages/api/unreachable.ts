import type { UnreachableRow } from '@plumbline/dashboard/alerts-page';
import { titleOfDri } from '@plumbline/plan/words';
import { writtenTime } from '@plumbline/core/words';
import { emailOf } from '@plumbline/workspace/workspace';
import type { Room } from './reads.ts';

/** Who can't be reached now, for the pages: what is known of an address that the workspace no longer gives is over. */
export async function unreachableRows({
  workspace,
  store,
}: Pick<Room, 'workspace' | 'store'>): Promise<UnreachableRow[]> {
  const known = await store.unreachable.list(workspace.id);
  return known
    .filter(({ dri, email }) => emailOf(workspace, dri) === email)
    .map(({ at, ...one }) => ({
      ...one,
      who: titleOfDri(workspace.dris, one.dri),
      since: writtenTime(at, workspace.timezone),
      isFallback: one.dri === workspace.fallbackDri,
    }));
}
