import { readFile } from 'node:fs/promises';
import { InputError } from '@plumbline/core/errors';
import { MOST_BYTES } from '@plumbline/sources/record/csv';
import { decodeText } from '@plumbline/sources/record/text';
import { whoAmI } from './who-am-i.ts';

export type RecordOptions = {
  workspace: string;
  day?: string;
  n?: string;
  note?: string;
  csv?: string;
  decimal?: string;
  dateFormat?: string;
  dryRun?: boolean;
  history?: string;
};

const WAYS = [
  'plumbline record --workspace W METRIC VALUE --day YYYY-MM-DD',
  'plumbline record --workspace W --csv FILE',
  'plumbline record --workspace W --history METRIC',
];

/** What the words of `record` ask for: the command that a machine runs, with its arguments. Throws InputError. */
export async function recordRequest(
  metric: string | undefined,
  value: string | undefined,
  options: RecordOptions,
): Promise<{ name: 'record' | 'history'; args: unknown }> {
  const { workspace, day, n, note, csv, history, decimal, dateFormat, dryRun } = options;
  const isOneWay = [metric, csv, history].filter((one) => one !== undefined).length === 1;
  if (isOneWay && history !== undefined) return { name: 'history', args: { workspace, metric: history, day } };
  const args = { workspace, decimal, dateFormat, dryRun, by: whoAmI() };
  if (isOneWay && csv !== undefined) {
    return { name: 'record', args: { ...args, csv: { file: csv, text: await textOf(csv) } } };
  }
  if (!isOneWay || metric === undefined || value === undefined || day === undefined) {
    throw new InputError(`write one of:\n${WAYS.map((way) => `  ${way}`).join('\n')}`);
  }
  return { name: 'record', args: { ...args, row: { metric, value, day, n, note } } };
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new InputError(`the file ${file} can't be read`, { cause });
  });
  if (bytes.length > MOST_BYTES) throw new InputError(`${file} is over 10 MB; split it`);
  return decodeText(bytes);
}
