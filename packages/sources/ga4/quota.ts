import { VendorError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { PropertyQuota } from './schema.ts';

/** Requests that a standard property answers at once (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas). */
export const MOST_AT_ONCE = 10;

/** Most reports are said to cost fewer; what they do cost is told with each. */
const TOKENS_A_REPORT = 10;

/** Any of these at 0 makes Google refuse every request; when they are filled up again. */
const REFILLS = {
  tokensPerDay: "at midnight in Google's Pacific time",
  tokensPerHour: 'within an hour',
  tokensPerProjectPerHour: 'within an hour',
  serverErrorsPerProjectPerHour: 'within an hour',
  potentiallyThresholdedRequestsPerHour: 'within an hour',
} as const;

type Group = keyof typeof REFILLS;
const GROUPS = Object.keys(REFILLS) as Group[];

const isTokens = (group: Group): boolean => group.startsWith('tokens');

/** Keeps what a property's answers tell of its quota, so that a pull ends before Google would refuse it. */
export function quotaGuard(log: Log) {
  const left = new Map<Group, number>();
  const cost = new Map<Group, number>(GROUPS.map((group) => [group, isTokens(group) ? TOKENS_A_REPORT : 0]));
  let atOnce = MOST_AT_ONCE;

  /** Whichever group would not do for that many reports. */
  const shortOf = (reports: number): Group | undefined =>
    GROUPS.find((group) => (left.get(group) ?? Infinity) < Math.max(1, reports * (cost.get(group) ?? 0)));

  return {
    /** By the reports of one request. */
    told(quotas: readonly PropertyQuota[]): void {
      for (const quota of quotas) {
        for (const group of GROUPS) {
          const status = quota[group];
          if (!status) continue;
          // Answers that were under way together come in any order: the least that one of them told is what is left.
          left.set(group, Math.min(left.get(group) ?? Infinity, status.remaining));
          cost.set(group, Math.max(cost.get(group) ?? 0, status.consumed));
        }
      }
      const last = quotas.at(-1);
      if (!last) return;
      log.info('ga4 quota', last);
      // Others may ask the same property. With no room left one request is still tried: it waits for its turn as any 429 does.
      if (last.concurrentRequests) atOnce = Math.min(MOST_AT_ONCE, Math.max(1, last.concurrentRequests.remaining));
    },

    /** How many of these batches, given by their numbers of reports, may be sent side by side now. Throws VendorError where not even one may. */
    room(batches: readonly number[]): number {
      let reports = 0;
      let sent = 0;
      for (const size of batches.slice(0, atOnce)) {
        const group = shortOf(reports + size);
        if (group && sent === 0) throw exhausted(group, left.get(group) ?? 0, size, cost.get(group) ?? 0);
        if (group) break;
        reports += size;
        sent += 1;
      }
      return sent;
    },
  };
}

function exhausted(group: Group, left: number, reports: number, cost: number): VendorError {
  const need =
    cost === 0 ? '' : `, and ${reports} more ${reports === 1 ? 'report' : 'reports'} may take ${reports * cost}`;
  const words = `stopped before Google refuses: of the property's quota ${group} ${left} ${left === 1 ? 'is' : 'are'} left${need}`;
  return new VendorError('ga4', `${words}; it is filled up ${REFILLS[group]}, then run the night again`, {
    retryable: false,
  });
}
