import type { Outcome } from '@plumbline/local/control';
import type { Machine } from '@plumbline/local/machine';
import type { z } from 'zod';

/** A command that works on a machine, here or in the process that has the data folder open. */
export type Command<Args> = {
  name: string;
  args: z.ZodType<Args>;
  run(machine: Machine, args: Args, progress: (line: string) => void): Promise<Outcome>;
};

/** Keeps the argument type while the registry holds commands of many. */
export type AnyCommand = {
  name: string;
  run(machine: Machine, args: unknown, progress: (line: string) => void): Promise<Outcome>;
};

export const command = <Args>(definition: Command<Args>): AnyCommand => ({
  name: definition.name,
  run: (machine, args, progress) => definition.run(machine, definition.args.parse(args), progress),
});
