import { qualityWords } from '@plumbline/api/quality-words';
import { snapshotView } from '@plumbline/api/views';
import { toDay } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import { toMajor } from '@plumbline/core/unit';
import type { LocalSite } from '@plumbline/local/machine';
import { checkSource } from '@plumbline/night/pull';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { failure } from '../exit.ts';
import { columns } from '../table.ts';

/** A channel's secret is all that can be looked at: whoever reads it would see a trial. */
async function channelRow(site: LocalSite, channel: string) {
  const row = { channel, ok: true, error: null, exit: 0 as const };
  if (site.demo) return { ...row, sees: 'hears nothing of a demo' };
  try {
    await site.channelSecret(channel);
    return { ...row, sees: 'its secret is there; only a real message could show whether it works' };
  } catch (error) {
    const { exit, text } = failure(error);
    return { ...row, ok: false, sees: null, error: text, exit };
  }
}

/** `check`: does each source's key work, and what may it see; has each channel its secret. */
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
    const channels = await Promise.all(
      site.workspace.channels.map(({ definition: { name } }) => channelRow(site, name)),
    );
    const bad = [...sources, ...channels].filter(({ ok }) => !ok);
    const good = sources.filter(({ ok, isCalled }) => ok && isCalled);
    const exit = bad.some((one) => one.exit === 2) ? 2 : bad.length === 0 ? 0 : good.length === 0 ? 1 : 3;
    const text = columns([
      ...sources.map((one) => [
        one.ok ? 'ok' : 'FAILED',
        one.source,
        [one.error ?? one.sees ?? '', ...one.warnings.map(qualityWords)].join('; '),
      ]),
      ...channels.map((one) => [one.ok ? 'ok' : 'FAILED', one.channel, one.error ?? one.sees ?? '']),
    ]);
    return {
      exit,
      data: {
        workspace: id,
        demo: site.demo,
        sources: sources.map(({ source, ok, sees, warnings, error }) => ({ source, ok, sees, warnings, error })),
        channels: channels.map(({ channel, ok, sees, error }) => ({ channel, ok, sees, error })),
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
