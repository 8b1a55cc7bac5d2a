import path from 'node:path';
import { InputError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { toInstant } from '@plumbline/core/zone';
import type { Outcome, Run } from '@plumbline/local/control';
import { attach, serveControl } from '@plumbline/local/control';
import type { Machine, MachineOptions } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { z } from 'zod';
import { commands } from './commands/index.ts';
import { failure } from './exit.ts';
import { readEnvironment } from './settings.ts';

/** What every command takes. */
export type Globals = { data: string; seeds?: string; json?: boolean; now?: string; verbose?: boolean };

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const logTo = (verbose: boolean): Log => ({
  info: (message, fields) => (verbose ? progress(`${message} ${JSON.stringify(fields ?? {})}`) : undefined),
  warn: (message, fields) => progress(`${message} ${JSON.stringify(fields ?? {})}`),
});

export async function machineOptions(globals: Globals): Promise<MachineOptions> {
  const env = await readEnvironment();
  const now: Instant | undefined = globals.now === undefined ? undefined : toInstant(globals.now);
  return {
    data: path.resolve(globals.data),
    seeds: path.resolve(globals.seeds ?? env['PLUMBLINE_SEEDS'] ?? 'seeds'),
    env,
    log: logTo(globals.verbose ?? false),
    now,
  };
}

/** Runs a named command on a machine; whatever goes wrong becomes an outcome. */
export const runOn =
  (machine: Machine): Run =>
  async (name, args, tell = progress) => {
    try {
      const found = commands.get(name);
      if (!found) throw new InputError(`there is no command "${name}"`);
      return await found.run(machine, args, tell);
    } catch (error) {
      if (error instanceof z.ZodError) {
        return failure(
          new InputError(error.issues.map((issue) => `--${issue.path.join('.')} ${issue.message}`).join('\n'), {
            cause: error,
          }),
        );
      }
      return failure(error);
    }
  };

/** Runs a command in the process that has the data folder open, or on a machine of its own that is stopped again afterwards. */
export async function invoke(globals: Globals, name: string, args: unknown): Promise<Outcome> {
  const options = await machineOptions(globals);
  for (;;) {
    const attached = await attach(options.data, options.seeds);
    if (attached && options.now !== undefined) {
      throw new InputError(
        '--now needs a machine of its own: stop the running "plumbline up", or name another folder with --data',
      );
    }
    if (attached) return attached(name, args);
    const control = await serveControl(options.data, { seeds: options.seeds, kind: 'command' }, () =>
      Promise.reject(new InputError('busy')),
    );
    if (control) return onOwnMachine(options, control, (machine) => runOn(machine)(name, args));
  }
}

async function onOwnMachine<T>(
  options: MachineOptions,
  control: { close(): Promise<void> },
  work: (machine: Machine) => Promise<T>,
): Promise<T> {
  try {
    const machine = await startMachine(options);
    try {
      return await work(machine);
    } finally {
      await machine.close();
    }
  } finally {
    await control.close();
  }
}
