import { explained } from '@plumbline/api/metric-model';
import { absence, readNumber } from '@plumbline/api/reads';
import { explainedView } from '@plumbline/api/views';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { explainText } from '../explain-text.ts';

/** `explain`: one number in words: what it is, how it came to be, what it was before. */
export const explain = command({
  name: 'explain',
  args: workspaceArg.extend({ metric: z.string(), day: dayArg.optional() }),
  run: async (machine, { workspace: id, metric, day }) => {
    const { workspace, store, demo, clock } = machine.site(id);
    const room = { workspace, store, demo, now: clock.now() };
    const reading = await readNumber(room, metric, day);
    const words = explained(room, reading);
    if (!reading.snapshot || !words) {
      const message = absence(room, reading);
      return { exit: 1, data: { error: { code: 'not-found', message } }, text: message };
    }
    return {
      exit: 0,
      data: { workspace: id, ...explainedView(reading.snapshot) },
      text: explainText(workspace.name, words),
    };
  },
});
