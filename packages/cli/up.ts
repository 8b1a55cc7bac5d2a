import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Day } from '@plumbline/core/day';
import { InputError, messageOf, PlumblineError } from '@plumbline/core/errors';
import type { SourceResult } from '@plumbline/core/night';
import { checkedSources } from '@plumbline/local/checked-sources';
import type { Run } from '@plumbline/local/control';
import { attach, serveControl } from '@plumbline/local/control';
import type { LocalSite, Machine, MachineOptions } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { bringInThePast, replay, runDueNights, sendWaiting } from '@plumbline/local/nights';
import type { Loopback } from '@plumbline/local/serve';
import { serveSite } from '@plumbline/local/serve-site';
import type { SingleBar } from 'cli-progress';
import { MultiBar } from 'cli-progress';
import { failure } from './exit.ts';
import type { Globals } from './session.ts';
import { machineOptions, runOn } from './session.ts';
import type { Summary } from './summary.ts';
import { showSummary, summarise } from './summary.ts';

const TICK_MS = 60_000;

export type UpOptions = { once?: boolean; port: number; asOf?: Day; replay: boolean };

/** `up` and `serve`: starts everything, runs what is due, and serves until Ctrl-C (or stops, with `once`). Answers the exit code. */
export async function up(globals: Globals, options: UpOptions): Promise<number> {
  const settings = await machineOptions(globals);
  let run: ReturnType<typeof runOn> | undefined;
  const control = await takeFolder(settings, async (name, args, progress) =>
    run
      ? run(name, args, progress)
      : failure(new PlumblineError('setup', '"plumbline up" is still starting; try again when it shows its address')),
  );
  const machine = await startMachine(settings).catch(async (error: unknown) => {
    await control.close();
    throw error;
  });
  let site: Loopback | undefined;
  try {
    site = await serveSite(machine, { port: options.port });
    const failedPast = options.replay ? await runDue(machine, options.asOf) : [];
    run = runOn(machine);
    const summary = await summarise(machine, site.url);
    for (const { source, error } of failedPast)
      say(`the past of ${source} is not all there: ${error ?? 'it failed'}; the next start tries again`);
    await show(globals, summary);
    if (options.once !== true) await serveUntilStopped(machine, options.replay);
    return summary.workspaces.some((one) => one.failing.length > 0 && one.saved === 0)
      ? 1
      : failedPast.length > 0 || summary.workspaces.some((one) => one.failing.length > 0)
        ? 3
        : 0;
  } finally {
    await site?.close();
    await machine.close();
    await control.close();
  }
}

/** Waits for a command that still works on the folder. Throws InputError where a running `up` has it. */
async function takeFolder({ data, seeds }: MachineOptions, run: Run): Promise<{ close(): Promise<void> }> {
  for (;;) {
    if (await attach(data, seeds)) {
      throw new InputError(
        `a running "plumbline up" has ${data} open already; stop it, or name another folder with --data`,
      );
    }
    const control = await serveControl(data, { seeds, kind: 'up' }, run);
    if (control) return control;
  }
}

async function show(globals: Globals, summary: Summary): Promise<void> {
  process.stdout.write(`${globals.json ? JSON.stringify(summary) : showSummary(summary)}\n`);
}

/** Answers what could not be had of a past that real workspaces began with. */
async function runDue(machine: Machine, asOf: Day | undefined): Promise<SourceResult[]> {
  const sites = machine.workspaces.map(({ id }) => machine.site(id));
  for (const site of sites) await checkedSources(site);
  for (const site of sites) await finishLeft(machine, site);
  const replayed = sites.filter((site) => site.simulation && site.workspace.plan);
  const bars = progressBars();
  try {
    await replay(machine, replayed, asOf, (site, day, done, all) => bars.step(site.workspace.name, day, done, all));
  } finally {
    bars.stop();
  }
  const failed: SourceResult[] = [];
  for (const site of sites) {
    if (replayed.includes(site)) continue;
    failed.push(...(await bringInThePast(site, (day) => say(`${site.workspace.name}: past days through ${day}`))));
    await runDueNights(machine, site, (day) => say(`${site.workspace.name}: night of ${day}`));
  }
  return failed;
}

/** What an earlier run left when it was broken off: events of a closed night, and its mails. */
async function finishLeft(machine: Machine, site: LocalSite): Promise<void> {
  await machine.settle();
  const unsent = await sendWaiting(machine, site);
  if (unsent !== undefined) say(`${site.workspace.id}: still to be sent: ${unsent}`);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A bar for each workspace on a terminal, a line every ten nights elsewhere. */
function progressBars(): { step(name: string, day: Day, done: number, all: number): void; stop(): void } {
  if (!process.stderr.isTTY) {
    const step = (name: string, day: Day, done: number, all: number) => {
      if (done % 10 === 0 || done === all) say(`${name}: ${done} of ${all} nights, through ${day}`);
    };
    return { step, stop: () => undefined };
  }
  const format = '{name} {bar} {value}/{total} nights · {day}';
  const bars = new MultiBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: false });
  const byName = new Map<string, SingleBar>();
  return {
    step: (name, day, done, all) => {
      const bar = byName.get(name) ?? bars.create(all, 0);
      byName.set(name, bar);
      bar.update(done, { day, name: name.padEnd(24) });
    },
    stop: () => bars.stop(),
  };
}

/** Each minute: real workspaces' due nights, and what waits in an outbox or for a mail service that was away. */
async function serveUntilStopped(machine: Machine, nights: boolean): Promise<void> {
  const stop = new AbortController();
  const stopped = Promise.race([
    once(process, 'SIGINT', { signal: stop.signal }),
    once(process, 'SIGTERM', { signal: stop.signal }),
  ]).finally(() => stop.abort());
  say('Ctrl-C stops it.');
  const tick = async (id: string): Promise<void> => {
    const site = machine.site(id);
    if (!site.simulation) await runDueNights(machine, site, (day) => say(`${site.workspace.name}: night of ${day}`));
    await finishLeft(machine, site);
  };
  const ticking = (async () => {
    while (!stop.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted || !nights) continue;
      for (const { id } of machine.workspaces)
        await tick(id).catch((error: unknown) => say(`${id}: ${messageOf(error)}`));
    }
  })();
  await stopped.catch(() => undefined);
  await ticking;
}
