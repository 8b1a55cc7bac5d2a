import type { Day } from '@plumbline/core/day';
import { qualityOf, rowsByDay, take } from './reading.ts';
import type { Report } from './schema.ts';

/** A session's channel: Organic Search, Direct, Paid Social… (https://support.google.com/analytics/answer/9756891). */
export const CHANNEL = 'sessionDefaultChannelGroup';

/** What is broken down by channel, by our id. */
const BY_CHANNEL: Readonly<Record<string, string>> = { website_visitors: 'totalUsers', sessions: 'sessions' };

export const CHANNEL_METRICS = Object.values(BY_CHANNEL);

/** A report by date and channel, as the parts of a day's numbers. */
export type Channels = ReturnType<typeof readChannels>;

/**
 * A day's channels, only of a report that is whole: of another one nobody could tell a channel without visitors from one that is
 * withheld. Sessions add up to the day's; whoever came by two channels is counted in both.
 */
export function readChannels(report: Report) {
  const days = rowsByDay(report, CHANNEL);
  const flags = qualityOf(report);
  return {
    of(metric: string, day: Day, whole: number) {
      const name = Object.hasOwn(BY_CHANNEL, metric) ? BY_CHANNEL[metric] : undefined;
      if (name === undefined) return undefined;
      const rows = [...(days.get(day) ?? [])].map(([channel, values]) => [channel, take(values, name)] as const);
      // The day's visits came in between the two reports.
      const isLate = rows.length === 0 && whole > 0;
      const isKnown = flags.length === 0 && !isLate;
      return {
        report,
        breakdown: isKnown ? { channel: Object.fromEntries(rows.filter(([, value]) => value > 0)) } : undefined,
        quality: isKnown || isLate ? [] : flags.map((flag) => `channels:${flag}`),
      };
    },
  };
}
