import { recordRows, recordRules } from '@plumbline/night/record';
import type { ParsedRecords } from '@plumbline/sources/record/csv';
import { parseRecords, readFields } from '@plumbline/sources/record/csv';
import { InputError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import { z } from 'zod';
import { workspaceArg } from '../args.ts';
import { command } from '../command.ts';

/** `record`: one value in its own words, or a CSV file's text whose bad rows are named and whose good ones are kept. */
export const record = command({
  name: 'record',
  args: workspaceArg.extend({
    row: z
      .object({
        metric: z.string(),
        value: z.string(),
        day: z.string(),
        n: z.string().optional(),
        note: z.string().optional(),
      })
      .optional(),
    csv: z.object({ file: z.string(), text: z.string() }).optional(),
    by: z.string(),
  }),
  run: async (machine, { workspace, row, csv, by }) => {
    const site = machine.site(workspace);
    const rules = recordRules(site);
    const read = (): ParsedRecords => {
      if (csv) return parseRecords(csv.text, rules);
      const one = readFields(
        {
          metric: row?.metric ?? '',
          value: row?.value ?? '',
          day: row?.day ?? '',
          n: row?.n ?? '',
          note: row?.note ?? '',
        },
        rules,
      );
      if (typeof one === 'string') throw new InputError(one);
      return { rows: [one], problems: [] };
    };
    const { rows, problems } = read();
    const { written, unchanged } = rows.length === 0 ? { written: 0, unchanged: 0 } : await recordRows(site, rows, by);
    const lines = problems.map(({ line, message }) => `${csv?.file ?? ''}:${line}: ${message}`);
    const left = problems.length > 0 ? `, ${counted(problems.length, 'bad row')} left out` : '';
    return {
      exit: problems.length > 0 ? 1 : 0,
      data: { workspace, written, unchanged, problems },
      text: [...lines, `${counted(written, 'value')} recorded, ${unchanged} unchanged${left}.`].join('\n'),
    };
  },
});
