import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { command } from '../command.ts';

/** `redrive`: what handlers gave up on is tried again. */
export const redrive = command({
  name: 'redrive',
  args: z.object({}),
  run: async (machine) => {
    const tried = await machine.redrive();
    const left = await readFile(machine.files.deadLetters, 'utf8').catch(() => '');
    const failed = left.split('\n').filter(Boolean).length;
    return {
      exit: failed === 0 ? 0 : 1,
      data: { tried, failed },
      text:
        tried === 0
          ? 'There are no dead letters.'
          : `Tried ${tried} again; ${failed === 0 ? 'all went through' : `${failed} failed once more: ${machine.files.deadLetters} says why`}.`,
    };
  },
});
