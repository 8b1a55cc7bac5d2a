import { InputError } from '@plumbline/core/errors';
import { writtenTime } from '@plumbline/core/words';
import { toIso } from '@plumbline/core/zone';
import { unreachableIn } from '@plumbline/night/reach';
import { titleOfDri } from '@plumbline/plan/words';
import { z } from 'zod';
import { workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { columns } from '../table.ts';

/** `reach`: whom mails don't reach; named, that they do again. */
export const reach = command({
  name: 'reach',
  args: workspaceArg.extend({ dri: z.string().optional() }),
  run: async (machine, { workspace: id, dri }) => {
    const { store, workspace, ...rest } = machine.site(id);
    if (dri !== undefined && !Object.hasOwn(workspace.dris, dri)) {
      throw new InputError(`"${dri}" is not one of dris; there are: ${Object.keys(workspace.dris).join(', ')}`);
    }
    const unreachable = [...(await unreachableIn({ store, workspace, ...rest })).values()];
    if (dri === undefined) {
      const rows = unreachable.map((one) => [
        titleOfDri(workspace.dris, one.dri),
        one.email,
        one.why,
        writtenTime(one.at, workspace.timezone),
        one.reason,
      ]);
      return {
        exit: 0,
        data: { workspace: id, unreachable: unreachable.map(({ at, ...one }) => ({ ...one, at: toIso(at) })) },
        text: rows.length === 0 ? 'Mails reach everybody, as far as is known.' : columns(rows),
      };
    }
    const known = unreachable.some((one) => one.dri === dri);
    if (known) await store.unreachable.remove(id, dri);
    const title = titleOfDri(workspace.dris, dri);
    return {
      exit: 0,
      data: { workspace: id, dri, was: known ? 'unreachable' : 'reachable' },
      text: known ? `${title} gets mails again, from the next night on.` : `Nothing speaks against mails to ${title}.`,
    };
  },
});
