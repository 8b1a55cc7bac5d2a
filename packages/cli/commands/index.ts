import type { AnyCommand } from '../command.ts';
import { backfillDays, night } from './night.ts';
import { acknowledge, alerts, check, exportCsv, status } from './read.ts';
import { record } from './record.ts';

/** What a process that has a data folder open can be asked to do. */
export const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [night, backfillDays, record, status, alerts, acknowledge, check, exportCsv].map((one) => [one.name, one]),
);
