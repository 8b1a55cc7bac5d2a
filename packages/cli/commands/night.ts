import { transitionView } from '@plumbline/api/views';
import { daysFrom } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import { format, toMajor } from '@plumbline/core/unit';
import { counted, printed } from '@plumbline/core/words';
import { checkedSources } from '@plumbline/local/checked-sources';
import type { LocalSite } from '@plumbline/local/machine';
import { backfill, runNight } from '@plumbline/local/nights';
import { nightId } from '@plumbline/night/dispatch';
import { pullDry } from '@plumbline/night/pull';
import { nightBegins, yesterday } from '@plumbline/night/schedule';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { failure } from '../exit.ts';
import { columns } from '../table.ts';

const exitOf = (sources: readonly { state: string }[]): 0 | 1 | 3 => {
  const failed = sources.filter(({ state }) => state === 'failed').length;
  return failed === 0 ? 0 : failed === sources.length ? 1 : 3;
};

const sourceView = (result: SourceResult) => ({
  source: result.source,
  state: result.state,
  written: result.written,
  unchanged: result.unchanged,
  error: result.error ?? null,
});

const sourceLines = (sources: readonly ReturnType<typeof sourceView>[]): string =>
  columns(
    sources.map((one) => [one.source, one.state, one.error ?? `${one.written} written, ${one.unchanged} unchanged`]),
  );

function knownSource(site: LocalSite, source: string | undefined): string | undefined {
  const names = site.workspace.sources
    .filter(({ definition }) => definition.load !== null)
    .map(({ definition }) => definition.name);
  if (source === undefined || names.includes(source)) return source;
  throw new InputError(
    `workspace ${site.workspace.id} pulls no source "${source}"; it pulls: ${names.join(', ') || 'none'}`,
  );
}

/** `night`: one night, or the same one again. */
export const night = command({
  name: 'night',
  args: workspaceArg.extend({ day: dayArg.optional(), source: z.string().optional(), dryRun: z.boolean().optional() }),
  run: async (machine, args, progress) => {
    const site = machine.site(args.workspace);
    const only = knownSource(site, args.source);
    const over = yesterday(site.clock.now(), site.workspace.timezone);
    const day = args.day ?? over;
    if (day > over && !site.simulation) {
      throw new InputError(`${day} is not over yet in ${site.workspace.id}; the last day that is: ${over}`);
    }
    if (args.dryRun) return dryRun(site, day, only);
    const outcome = await runNight(machine, site, day, {
      again: true,
      onNight: (replayed) => progress(`${site.workspace.name}: replayed the night of ${replayed}`),
      ...(only === undefined ? {} : { only }),
    });
    const sources = outcome.sources.map(sourceView);
    const data = {
      night: outcome.night,
      day,
      demo: site.demo,
      closed: outcome.closed,
      unsent: outcome.unsent ?? null,
      sources,
      transitions: outcome.transitions.map(transitionView),
      mails: outcome.mails.map(({ id, dri, to, subject, state, messageId }) => ({
        id,
        dri,
        to,
        subject,
        state,
        messageId: messageId ?? null,
      })),
    };
    const failed = sources.filter(({ state }) => state === 'failed').length;
    const changed = sources.some(({ written }) => written > 0) || outcome.transitions.length + outcome.mails.length > 0;
    const unchanged =
      failed > 0 ? 'Nothing was written.' : 'Nothing changed: every value is as it was, and nobody was mailed.';
    const lines = [
      `${outcome.night}${site.demo ? ' (demo numbers)' : ''}`,
      sourceLines(sources),
      ...outcome.transitions.map(
        (one) =>
          `${one.kind}: ${one.indicator}${one.value === null ? '' : ` ${format(one.value, one.unit)}`}${one.target === '' ? '' : ` against ${printed(one.target)}`}`,
      ),
      ...outcome.mails.map(
        (mail) => `mail ${mail.state === 'sent' ? '' : `${mail.state} `}to ${mail.to}: ${mail.subject}`,
      ),
      changed
        ? `${counted(outcome.transitions.length, 'transition')}, ${counted(outcome.mails.length, 'mail')}`
        : unchanged,
      outcome.closed ? '' : 'The night stays open for its other sources: run it without --source to close it.',
      outcome.unsent === undefined ? '' : `Still to be sent: ${outcome.unsent}`,
    ];
    return { exit: outcome.unsent === undefined ? exitOf(sources) : 1, data, text: lines.filter(Boolean).join('\n') };
  },
});

async function dryRun(site: LocalSite, day: Parameters<typeof pullDry>[2], only: string | undefined) {
  await checkedSources(site, only);
  site.simulation?.clock.advanceTo(nightBegins(day, site.workspace.timezone));
  const sources = [];
  for (const { definition, metrics } of site.workspace.sources) {
    if (definition.load === null || (only !== undefined && definition.name !== only)) continue;
    try {
      const observations = await pullDry(site, definition.name, day);
      const units = new Map(metrics.map(({ id, unit }) => [id, unit]));
      const found = observations.map((one) => ({
        metric: one.metric,
        day: one.day,
        value: toMajor(one.value, units.get(one.metric) ?? 'count'),
        shown: format(one.value, units.get(one.metric) ?? 'count'),
      }));
      sources.push({ source: definition.name, state: 'ok', written: 0, unchanged: 0, error: null, found });
    } catch (error) {
      sources.push({
        source: definition.name,
        state: 'failed',
        written: 0,
        unchanged: 0,
        error: failure(error).text,
        found: [],
      });
    }
  }
  const text = sources
    .flatMap((one) => [
      one.error === null ? `${one.source}: would hold` : `${one.source}: failed: ${one.error}`,
      columns(one.found.map(({ metric, day, shown }) => ['', day, metric, shown])),
    ])
    .join('\n');
  const found = sources.map(({ found, ...rest }) => ({
    ...rest,
    found: found.map(({ metric, day, value }) => ({ metric, day, value })),
  }));
  return {
    exit: exitOf(sources),
    data: { night: nightId(site.workspace.id, day), day, dryRun: true, sources: found, transitions: [], mails: [] },
    text: `${text}\nNothing was written.`,
  };
}

/** `backfill`: many past days, silently. */
export const backfillDays = command({
  name: 'backfill',
  args: workspaceArg.extend({ from: dayArg, to: dayArg, source: z.string().optional() }),
  run: async (machine, args, progress) => {
    const site = machine.site(args.workspace);
    const only = knownSource(site, args.source);
    if (args.to < args.from) throw new InputError(`--to ${args.to} is before --from ${args.from}`);
    const over = yesterday(site.clock.now(), site.workspace.timezone);
    if (args.to > over && !site.simulation)
      throw new InputError(`--to ${args.to} is not over yet; the last day that can be had is ${over}`);
    const results = await backfill(site, args.from, args.to, {
      ...(only === undefined ? {} : { only }),
      onMonth: (through) => progress(`${args.workspace}: through ${through}`),
    });
    const sources = results.map(sourceView);
    const all = daysFrom(args.from, args.to).length;
    const text = [
      sources.length === 0 ? 'Nothing was left to do.' : sourceLines(sources),
      `${counted(all, 'day')}, silently: no event, no mail.`,
    ].join('\n');
    return { exit: exitOf(sources), data: { workspace: args.workspace, from: args.from, to: args.to, sources }, text };
  },
});
