import type { Day } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { Rational } from '@plumbline/core/rational';
import { ZERO, add, fromDecimal, multiply, ratio, round } from '@plumbline/core/rational';
import type { Observation } from '@plumbline/core/snapshot';
import type { SourceWorkspace } from '@plumbline/core/source';
import { minorDigits } from '@plumbline/core/unit';
import { CHANNEL } from './channels.ts';
import type { Reading, Values } from './reading.ts';
import { observation, qualityOf, rowsByDay, textOf } from './reading.ts';
import type { Report } from './schema.ts';

/** What the linked ad accounts charged, in the currency that the report names. */
export const AD_COST = 'advertiserAdCost';

/**
 * What ads cost on each of these days, altogether and by channel, in minor units of the workspace's currency. The whole is rounded
 * once, so parts may differ from it by a unit. Of a report with rows withheld there is no sum, so the days are absent. Throws DataError
 * for a day that lacks its rate of exchange.
 */
export function readSpend(
  report: Report,
  days: readonly Day[],
  { reading, workspace, log }: { reading: Reading; workspace: SourceWorkspace; log: Log },
): Observation[] {
  const quality = qualityOf(report);
  if (quality.length > 0) {
    log.warn('ga4 gave no whole report of ad cost, so there is no ad_spend', { quality });
    return [];
  }
  const found = rowsByDay(report, CHANNEL);
  return days.map((day) => {
    const rows = [...(found.get(day) ?? [])];
    const costs = rows.map(([channel, values]) => [channel, costOf(values)] as const).filter(([, { n }]) => n > 0n);
    const minor = costs.length === 0 ? ZERO : minorPerUnit(report, day, workspace);
    const worth = (cost: Rational): number => Number(round(multiply(cost, minor)));
    const total = costs.reduce((sum, [, cost]) => add(sum, cost), ZERO);
    const breakdown = { channel: Object.fromEntries(costs.map(([channel, cost]) => [channel, worth(cost)])) };
    return observation(
      'ad_spend',
      day,
      { value: worth(total), breakdown },
      { reports: [report], rows: rows.length, quality, reading },
    );
  });
}

const costOf = (values: Values): Rational => fromDecimal(textOf(values, AD_COST));

/** Minor units of the workspace's currency for one unit of the report's. */
function minorPerUnit({ metadata }: Report, day: Day, workspace: SourceWorkspace): Rational {
  const { currency } = workspace;
  const paidIn = metadata?.currencyCode;
  if (!paidIn) throw new DataError('ga4', `the report of ${AD_COST} does not name its currency`);
  const rate = paidIn === currency ? '1' : workspace.fx(paidIn, day);
  if (rate !== undefined) return multiply(fromDecimal(rate), ratio(10n ** BigInt(minorDigits(currency))));
  const missing = `ads are paid in ${paidIn}, and no rate to ${currency} is known for ${day}`;
  throw new DataError('ga4', `${missing}; add one to the file that the workspace names as fx`);
}
