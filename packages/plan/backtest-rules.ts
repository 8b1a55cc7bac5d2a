import type { TrendOf } from './trend.ts';
import { exactly, throughEnds, trendBy } from './trend.ts';

// Two rules that anybody could follow by hand, to hold a forecast against.

/** What is there now is what will be; each day left brings what the last one did. */
export const lastValue: TrendOf = trendBy(repeatLast, repeatLast);

/** On along the line through the first and the last of the last 28 points. */
export const straightLine: TrendOf = trendBy(throughEnds);

function repeatLast({ values }: { values: readonly number[] }) {
  const last = values.at(-1) ?? 0;
  return { slope: 0, after: () => exactly(last), sum: (days: number) => exactly(last * days) };
}
