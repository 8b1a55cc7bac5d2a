import { recordValues } from '@plumbline/night/record';
import { dayAt } from '@plumbline/core/zone';
import { parseRecords } from '@plumbline/sources/record/csv';
import { z } from 'zod';
import { dayArg, workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { counted } from '../table.ts';

/** `record`: one value, or a CSV file's text whose bad rows are named and whose good ones are kept. */
export const record = command({
  name: 'record',
  args: workspaceArg.extend({
    row: z
      .object({
        metric: z.string(),
        value: z.number(),
        day: dayArg,
        n: z.number().optional(),
        note: z.string().max(1000).optional(),
      })
      .optional(),
    csv: z.object({ file: z.string(), text: z.string() }).optional(),
    who: z.string(),
  }),
  run: async (machine, args) => {
    const site = machine.site(args.workspace);
    const { rows, problems } = args.csv
      ? parseRecords(args.csv.text, recordable(site.workspace.metrics), {
          today: dayAt(site.clock.now(), site.workspace.timezone),
        })
      : { rows: args.row ? [plain(args.row)] : [], problems: [] };
    const { written, unchanged } =
      rows.length === 0 ? { written: 0, unchanged: 0 } : await recordValues(site, rows, { who: args.who });
    const lines = problems.map(({ line, message }) => `${args.csv?.file ?? ''}:${line}: ${message}`);
    return {
      exit: problems.length > 0 ? 1 : 0,
      data: { workspace: args.workspace, written, unchanged, problems },
      text: [
        ...lines,
        `${counted(written, 'value')} recorded, ${unchanged} unchanged${problems.length > 0 ? `, ${counted(problems.length, 'bad row')} left out` : ''}.`,
      ].join('\n'),
    };
  },
});

const plain = ({
  n,
  note,
  ...row
}: {
  metric: string;
  value: number;
  day: z.infer<typeof dayArg>;
  n?: number | undefined;
  note?: string | undefined;
}) => ({
  ...row,
  ...(n === undefined ? {} : { n }),
  ...(note === undefined ? {} : { note }),
});

const recordable = <M extends { source: string }>(metrics: ReadonlyMap<string, M>): Map<string, M> =>
  new Map([...metrics].filter(([, metric]) => metric.source === 'record'));
