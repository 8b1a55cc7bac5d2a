import { sheetText } from '@plumbline/alerts/digest';
import { digestView, meetingIn, readDigest } from '@plumbline/api/review';
import { InputError } from '@plumbline/core/errors';
import { withoutDigests } from '@plumbline/night/review';
import { sheetOf } from '@plumbline/plan/review-sheet';
import { titleOfDri } from '@plumbline/plan/words';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';

/** `review`: what a meeting goes through, as its mail and its page show it. */
export const review = command({
  name: 'review',
  args: workspaceArg.extend({ review: z.string().optional(), day: dayArg.optional() }),
  run: async (machine, { workspace: id, review: named, day }) => {
    const site = machine.site(id);
    const { workspace, store, demo, clock } = site;
    const chosen = named ?? workspace.plan?.reviews[0]?.id;
    if (chosen === undefined)
      throw new InputError(`the plan of ${id} has no reviews; docs/plan.md says how to name one`);
    const room = { workspace, store, demo, now: clock.now() };
    const digest = await readDigest(room, await meetingIn(room, chosen, day));
    const without = await withoutDigests(site, clock.now());
    const unsubscribed = digest.meeting.review.to.filter((dri) => without.has(dri));
    const titles = unsubscribed.map((dri) => titleOfDri(workspace.dris, dri)).join(', ');
    const head = `${workspace.name}${demo ? ' (demo numbers)' : ''}`;
    return {
      exit: 0,
      data: { ...digestView(id, digest), unsubscribed, demo },
      text: `${head}\n${sheetText(sheetOf(digest, workspace.dris))}${titles && `\n\nNot mailed to those who want no digests: ${titles}`}`,
    };
  },
});
