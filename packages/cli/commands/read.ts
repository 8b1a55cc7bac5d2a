import { labelOf } from '@plumbline/alerts/kinds';
import { qualityWords } from '@plumbline/api/quality-words';
import { snapshotView, transitionView } from '@plumbline/api/views';
import { toDay } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import { format, toMajor } from '@plumbline/core/unit';
import { printed } from '@plumbline/core/words';
import { checkSource } from '@plumbline/night/pull';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { failure } from '../exit.ts';
import { columns } from '../table.ts';

/** `alerts`: transitions and what was done about them. */
export const alerts = command({
  name: 'alerts',
  args: workspaceArg,
  run: async (machine, { workspace: id }) => {
    const { store } = machine.site(id);
    const transitions = await store.transitions.list(id, toDay('0001-01-01'), toDay('9999-12-31'));
    const acknowledged = new Map((await store.acknowledgements.list(id)).map((one) => [one.transition, one]));
    const views = transitions.map((one) => {
      const done = acknowledged.get(one.id);
      return {
        ...transitionView(one),
        acknowledged: done ? { kind: done.kind, reason: done.reason, until: done.until ?? null } : null,
      };
    });
    const heard = transitions.filter(({ mail, suppressedBy }) => mail.state !== 'none' || suppressedBy !== null);
    const rows = heard.map((one) => [
      one.id,
      one.night,
      labelOf(one),
      one.indicator,
      one.value === null ? '–' : format(one.value, one.unit),
      printed(one.target),
      one.suppressedBy === null
        ? `${one.mail.state}${one.mail.to === undefined ? '' : ` to ${one.mail.to}`}`
        : `hidden by ${one.suppressedBy}`,
      acknowledged.get(one.id)?.kind ?? '',
    ]);
    return {
      exit: 0,
      data: { workspace: id, transitions: views },
      text: rows.length === 0 ? 'Nobody was alerted yet.' : columns(rows),
    };
  },
});

const acknowledgeArgs = workspaceArg
  .partial()
  .extend({ id: z.string(), reason: z.string().min(1).max(500), until: dayArg.optional() });

/** `ack` and `snooze`: what somebody does about a transition. */
export const acknowledge = command({
  name: 'acknowledge',
  args: acknowledgeArgs,
  run: async (machine, args) => {
    for (const { id } of machine.workspaces) {
      if (args.workspace !== undefined && args.workspace !== id) continue;
      const { store, clock } = machine.site(id);
      const transition = await store.transitions.get(id, args.id);
      if (!transition) continue;
      const kind = args.until === undefined ? 'acknowledged' : 'snoozed';
      await store.acknowledgements.put({
        workspace: id,
        indicator: transition.indicator,
        transition: transition.id,
        kind,
        reason: args.reason,
        at: clock.now(),
        ...(args.until === undefined ? {} : { until: args.until }),
      });
      return {
        exit: 0,
        data: {
          workspace: id,
          transition: transition.id,
          indicator: transition.indicator,
          kind,
          until: args.until ?? null,
        },
        text: `${transition.indicator} is ${kind}${args.until === undefined ? '' : ` until ${args.until}`}.`,
      };
    }
    throw new InputError(`there is no transition ${args.id}; "plumbline alerts --workspace W" lists them`);
  },
});

/** `check`: does each source's key work, and what may it see. */
export const check = command({
  name: 'check',
  args: workspaceArg,
  run: async (machine, { workspace: id }) => {
    const site = machine.site(id);
    const sources = await Promise.all(
      site.workspace.sources.map(async ({ definition: { name, load } }) => {
        const isCalled = load !== null;
        try {
          return {
            source: name,
            isCalled,
            ok: true,
            ...(await checkSource(site, name)),
            error: null,
            exit: 0 as const,
          };
        } catch (error) {
          const { exit, text } = failure(error);
          return { source: name, isCalled, ok: false, sees: null, warnings: [], error: text, exit };
        }
      }),
    );
    const bad = sources.filter(({ ok }) => !ok);
    const good = sources.filter(({ ok, isCalled }) => ok && isCalled);
    const exit = bad.some((one) => one.exit === 2) ? 2 : bad.length === 0 ? 0 : good.length === 0 ? 1 : 3;
    const text = columns(
      sources.map((one) => [
        one.ok ? 'ok' : 'FAILED',
        one.source,
        [one.error ?? one.sees ?? '', ...one.warnings.map(qualityWords)].join('; '),
      ]),
    );
    return {
      exit,
      data: {
        workspace: id,
        demo: site.demo,
        sources: sources.map(({ source, ok, sees, warnings, error }) => ({ source, ok, sees, warnings, error })),
      },
      text,
    };
  },
});

const CSV_HEAD = 'workspace,metric,day,value,unit,state,source,revision';

/** `export`: snapshots as CSV. */
export const exportCsv = command({
  name: 'export',
  args: workspaceArg.extend({
    metric: z.string().optional(),
    from: dayArg.optional(),
    to: dayArg.optional(),
    format: z.literal('csv', 'must be csv'),
  }),
  run: async (machine, args) => {
    const { workspace, store } = machine.site(args.workspace);
    const [from, to] = [args.from ?? toDay('0001-01-01'), args.to ?? toDay('9999-12-31')];
    if (args.metric !== undefined && !workspace.metrics.has(args.metric)) {
      throw new InputError(
        `${workspace.id} has no metric "${args.metric}"; it has: ${[...workspace.metrics.keys()].join(', ')}`,
      );
    }
    const snapshots =
      args.metric === undefined
        ? await store.snapshots.span(workspace.id, from, to)
        : await store.snapshots.series(workspace.id, args.metric, from, to);
    const lines = snapshots.map((one) =>
      [
        workspace.id,
        one.metric,
        one.day,
        toMajor(one.value, one.unit),
        one.unit,
        one.state,
        one.source,
        one.revision,
      ].join(','),
    );
    return {
      exit: 0,
      data: { rows: snapshots.map((one) => ({ workspace: workspace.id, ...snapshotView(one) })) },
      text: [CSV_HEAD, ...lines].join('\n'),
    };
  },
});
