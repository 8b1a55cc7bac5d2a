import type { AnyCommand } from '../command.ts';
import { acknowledge, alerts } from './alerts.ts';
import { backtest } from './backtest.ts';
import { explain } from './explain.ts';
import { backfillDays, night } from './night.ts';
import { check, exportCsv } from './read.ts';
import { planVersions } from './plan-versions.ts';
import { history, record } from './record.ts';
import { reach } from './reach.ts';
import { redrive } from './redrive.ts';
import { review } from './review.ts';
import { status } from './status.ts';
import { watch } from './watch.ts';

/** What a process that has a data folder open can be asked to do. */
export const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [
    night,
    backfillDays,
    record,
    history,
    planVersions,
    status,
    alerts,
    acknowledge,
    check,
    explain,
    exportCsv,
    review,
    reach,
    redrive,
    backtest,
    watch,
  ].map((one) => [one.name, one]),
);
