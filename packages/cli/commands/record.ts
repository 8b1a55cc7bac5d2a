import { previewRows, recordHistory, recordRows, recordRules } from '@plumbline/night/record';
import type { FileRules, ParsedRecords } from '@plumbline/sources/record/csv';
import { parseRecords, readFields } from '@plumbline/sources/record/csv';
import { toDateFormat } from '@plumbline/sources/record/date';
import { DECIMALS } from '@plumbline/sources/record/number';
import { isFault } from '@plumbline/sources/record/row';
import { InputError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { historyRows, historyText, previewText } from '../record-text.ts';

/** Problems that are shown; `--json` has all. */
const MOST_SHOWN = 50;

const rowArg = z.object({
  metric: z.string(),
  value: z.string(),
  day: z.string(),
  n: z.string().optional(),
  note: z.string().optional(),
});

/** `record`: one value in its own words, or a CSV file's text whose bad rows are named and whose good ones are kept. */
export const record = command({
  name: 'record',
  args: workspaceArg.extend({
    row: rowArg.optional(),
    csv: z.object({ file: z.string(), text: z.string() }).optional(),
    decimal: z.enum(DECIMALS, 'must be point or comma').optional(),
    dateFormat: z.string().optional(),
    dryRun: z.boolean().optional(),
    by: z.string(),
  }),
  run: async (machine, { workspace, row, csv, decimal, dateFormat, dryRun, by }) => {
    const site = machine.site(workspace);
    const rules: FileRules = {
      ...recordRules(site),
      decimal,
      dateFormat: dateFormat === undefined ? undefined : toDateFormat(dateFormat),
    };
    const { rows, problems, empty } = csv ? parseRecords(csv.text, rules) : readOne(row, rules);
    const exit = problems.length > 0 ? 1 : 0;
    const lines = problems.slice(0, MOST_SHOWN).map(({ line, message }) => `${csv?.file ?? ''}:${line}: ${message}`);
    if (problems.length > MOST_SHOWN) lines.push(`and ${counted(problems.length - MOST_SHOWN, 'more problem')}`);
    const left = problems.length > 0 ? `, ${counted(problems.length, 'bad value')} left out` : '';
    const skipped = empty > 0 ? `, ${counted(empty, 'empty cell')} skipped` : '';
    if (dryRun) {
      const found = await previewRows(site, rows);
      const total = `${counted(rows.length, 'value')} would be recorded${skipped}${left}. Nothing was written.`;
      return {
        exit,
        data: { workspace, dryRun, rows: found, empty, problems },
        text: [...lines, ...previewText(found), total].join('\n'),
      };
    }
    const { written, unchanged } = await recordRows(site, rows, by);
    return {
      exit,
      data: { workspace, written, unchanged, empty, problems },
      text: [...lines, `${counted(written, 'value')} recorded, ${unchanged} unchanged${skipped}${left}.`].join('\n'),
    };
  },
});

function readOne(row: z.infer<typeof rowArg> | undefined, rules: FileRules): ParsedRecords {
  const one = readFields({ n: '', note: '', ...row }, rules);
  if (isFault(one)) throw new InputError(one.message);
  return { rows: [one], problems: [], empty: 0 };
}

/** `record --history`: who stated what of a metric, and when; every revision that is kept. */
export const history = command({
  name: 'history',
  args: workspaceArg.extend({ metric: z.string(), day: dayArg.optional() }),
  run: async (machine, { workspace: id, metric, day }) => {
    const site = machine.site(id);
    const revisions = historyRows(await recordHistory(site, metric, day));
    const what = `${metric}${day === undefined ? '' : ` of ${day}`}`;
    return {
      exit: 0,
      data: { workspace: id, metric, revisions },
      text:
        revisions.length === 0 ? `Nothing is recorded for ${what}.` : historyText(revisions, site.workspace.timezone),
    };
  },
});
