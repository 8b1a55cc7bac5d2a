import { labelOf, rankOf, worstFirst } from '@plumbline/alerts/kinds';
import type { Alert } from '@plumbline/api/alerts';
import { alertView, answerInWords, readAlerts, toldInWords } from '@plumbline/api/alerts';
import { giveAnswer, problemIn } from '@plumbline/api/answer';
import { toDay } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import { format } from '@plumbline/core/unit';
import { printed, writtenTime } from '@plumbline/core/words';
import { titleOfDri } from '@plumbline/plan/words';
import type { Workspace } from '@plumbline/workspace/workspace';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';

/** `alerts`: who was told of what, when, by which message, and what was done about it. */
export const alerts = command({
  name: 'alerts',
  args: workspaceArg.extend({ from: dayArg.optional(), to: dayArg.optional(), indicator: z.string().optional() }),
  run: async (machine, { workspace: id, from, to, indicator }) => {
    const site = machine.site(id);
    const all = await readAlerts(site, from ?? toDay('0001-01-01'), to ?? toDay('9999-12-31'));
    const known = new Map(all.map((alert) => [alert.transition.id, alert]));
    const asked = all.filter(({ transition }) => indicator === undefined || transition.indicator === indicator);
    const heard = asked.filter(({ transition }) => !transition.silent && rankOf(transition.kind) !== undefined);
    return {
      exit: 0,
      data: { workspace: id, transitions: asked.map(alertView) },
      text:
        heard.length === 0
          ? 'Nobody was alerted.'
          : [...Map.groupBy(heard, ({ transition }) => transition.night)]
              .map(([night, found]) =>
                [
                  `Night of ${night}`,
                  ...found
                    .toSorted((a, b) => worstFirst(a.transition, b.transition))
                    .map((one) => alertText(one, site.workspace, known)),
                ].join('\n'),
              )
              .join('\n\n'),
    };
  },
});

function alertText(alert: Alert, workspace: Workspace, known: ReadonlyMap<string, Alert>): string {
  const { transition, answers } = alert;
  const { id, indicator, value, unit, target, dri } = transition;
  const numbers =
    value === null ? printed(target) : `${format(value, unit)}${target === '' ? '' : ` vs ${printed(target)}`}`;
  const about = [labelOf(transition), indicator, numbers].filter(Boolean).join('  ');
  const lines = [
    ...toldInWords(alert, workspace, known).map(({ text, at, id: message }) => ({
      at,
      text: `${text}${message === null ? '' : `  ${message}`}`,
    })),
    ...answers.map((answer) => ({ at: answer.at, text: answerInWords(answer, workspace) })),
  ];
  return [
    `  ${about}  (${titleOfDri(workspace.dris, dri)})  ${id}`,
    ...lines.map(({ at, text }) => `      ${at === null ? '' : `${writtenTime(at, workspace.timezone)}  `}${text}`),
  ].join('\n');
}

const acknowledgeArgs = workspaceArg.partial().extend({
  id: z.string(),
  reason: z.string().max(500),
  by: z.string().max(200).optional(),
  until: dayArg.optional(),
});

/** `ack` and `snooze`: what somebody does about a transition. */
export const acknowledge = command({
  name: 'acknowledge',
  args: acknowledgeArgs,
  run: async (machine, { workspace, id, reason, by, until }) => {
    for (const one of machine.workspaces) {
      if (workspace !== undefined && workspace !== one.id) continue;
      const { store, clock } = machine.site(one.id);
      const transition = await store.transitions.get(one.id, id);
      if (!transition) continue;
      const place = { workspace: one, store, now: clock.now() };
      const given = { reason, by, until };
      const problem = problemIn(place, transition, given);
      if (problem !== null) throw new InputError(problem);
      const answer = await giveAnswer(place, transition, given);
      return {
        exit: 0,
        data: {
          workspace: one.id,
          transition: id,
          indicator: answer.indicator,
          kind: answer.kind,
          until: until ?? null,
        },
        text: `${answer.indicator} is ${answerInWords(answer, one)}.`,
      };
    }
    throw new InputError(`there is no transition ${id}; "plumbline alerts --workspace W" lists them`);
  },
});
