import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from '@plumbline/api/app';
import type { Day } from '@plumbline/core/day';
import { earliest } from '@plumbline/core/day';
import { InputError, messageOf } from '@plumbline/core/errors';
import { attach, serveControl } from '@plumbline/local/control';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { catchUp, replay } from '@plumbline/local/nights';
import type { Loopback } from '@plumbline/local/serve';
import { serveOnLoopback } from '@plumbline/local/serve';
import { SingleBar } from 'cli-progress';
import type { Globals } from './session.ts';
import { machineOptions, runOn } from './session.ts';
import type { Summary } from './summary.ts';
import { showSummary, summarise } from './summary.ts';

const TICK_MS = 60_000;

export type UpOptions = { once?: boolean; port: number; asOf?: Day; replay: boolean };

/** `up` and `serve`: starts everything, runs what is due, and serves until Ctrl-C (or stops, with `once`). Answers the exit code. */
export async function up(globals: Globals, options: UpOptions): Promise<number> {
  const settings = await machineOptions(globals);
  if (await attach(settings.data, settings.seeds)) {
    throw new InputError(
      `a running "plumbline up" has ${settings.data} open already; stop it, or name another folder with --data`,
    );
  }
  let run: ReturnType<typeof runOn> | undefined;
  const control = await serveControl(settings.data, { seeds: settings.seeds, kind: 'up' }, async (name, args) =>
    run
      ? run(name, args)
      : { exit: 1, data: null, text: '"plumbline up" is still replaying; try again when it shows its address' },
  );
  const machine = await startMachine(settings).catch(async (error: unknown) => {
    await control.close();
    throw error;
  });
  let site: Loopback | undefined;
  try {
    const api = createApi({
      workspaces: machine.workspaces,
      store: (id) => machine.site(id).store,
      now: (id) => machine.site(id).clock.now(),
      demo: (id) => machine.site(id).demo,
      access: 'loopback',
      linkKey: () => machine.world.linkKey(),
    });
    site = await serveOnLoopback(api.fetch, { port: options.port });
    machine.setPublicUrl(site.url);
    if (options.replay) await runDue(machine, options.asOf);
    run = runOn(machine);
    const summary = await summarise(machine, site.url);
    await show(globals, summary);
    if (options.once !== true) await serveUntilStopped(machine, options.replay);
    return summary.workspaces.some((one) => one.failing.length > 0 && one.saved === 0)
      ? 1
      : summary.workspaces.some((one) => one.failing.length > 0)
        ? 3
        : 0;
  } finally {
    await site?.close();
    await machine.close();
    await control.close();
  }
}

async function show(globals: Globals, summary: Summary): Promise<void> {
  process.stdout.write(`${globals.json ? JSON.stringify(summary) : showSummary(summary)}\n`);
}

async function runDue(machine: Machine, asOf: Day | undefined): Promise<void> {
  for (const { id, name, plan } of machine.workspaces) {
    const site = machine.site(id);
    const bar = progressBar(name);
    try {
      if (site.simulation && plan) {
        await replay(machine, site, asOf === undefined ? plan.end : earliest(asOf, plan.end), bar.step);
      } else {
        await catchUp(machine, site, (day) => void process.stderr.write(`${name}: night of ${day}\n`));
      }
    } finally {
      bar.stop();
    }
  }
}

/** A bar on a terminal, a line every ten nights elsewhere. */
function progressBar(name: string): { step(day: Day, done: number, all: number): void; stop(): void } {
  if (!process.stderr.isTTY) {
    const step = (day: Day, done: number, all: number) => {
      if (done % 10 === 0 || done === all) process.stderr.write(`${name}: ${done} of ${all} nights, through ${day}\n`);
    };
    return { step, stop: () => undefined };
  }
  const bar = new SingleBar({
    format: `${name.padEnd(24)} {bar} {value}/{total} nights · {day}`,
    stream: process.stderr,
    hideCursor: true,
  });
  let started = false;
  return {
    step: (day, done, all) => {
      if (!started) bar.start(all, done, { day });
      started = true;
      bar.update(done, { day });
    },
    stop: () => bar.stop(),
  };
}

/** Each minute: real workspaces' due nights, and whatever waits in an outbox. */
async function serveUntilStopped(machine: Machine, nights: boolean): Promise<void> {
  const stop = new AbortController();
  const stopped = Promise.race([
    once(process, 'SIGINT', { signal: stop.signal }),
    once(process, 'SIGTERM', { signal: stop.signal }),
  ]).finally(() => stop.abort());
  process.stderr.write('Ctrl-C stops it.\n');
  const ticking = (async () => {
    while (!stop.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted || !nights) continue;
      for (const { id } of machine.workspaces) {
        const site = machine.site(id);
        if (site.simulation) continue;
        await catchUp(machine, site, () => undefined).catch(
          (error: unknown) => void process.stderr.write(`${id}: ${messageOf(error)}\n`),
        );
      }
    }
  })();
  await stopped.catch(() => undefined);
  await ticking;
}
