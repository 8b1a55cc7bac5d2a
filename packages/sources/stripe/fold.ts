import type { Day } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Rational } from '@plumbline/core/rational';
import type { Catalogue } from './catalogue.ts';
import type { MrrRules } from './index.ts';
import type { Entry } from './ledger.ts';
import type { Standing } from './mrr.ts';
import { hadPaid, standingAt, trialEndedAt } from './mrr.ts';
import type { Subscription } from './schema.ts';

/** A day of a pull. Instants are Unix seconds. */
export type PulledDay = {
  day: Day;
  /** What happened at or after it belongs to the next day. */
  end: number;
  /** Where the 30 days that trailing rates look back on begin. */
  windowStart: number;
  /** Further back than Stripe's events reach. */
  reconstructed: boolean;
  rate: (currency: string) => Rational;
};

/** A day for which no rate of exchange is known. */
export class MissingRate extends DataError {}

/** What an entry of the ledger says; as JSON it is the entry's label. `former`: its customer had paid before the ledger's first day. */
export type Label =
  | { is: 'counted'; status: string; product: string; interval: string; currency: string; former?: true }
  | { is: 'left out'; status: string; reason: string; former?: true }
  /** Nothing to count in it. */
  | { is: 'empty'; status: string; former?: true }
  /** A trial that was over in the 30 days up to the day. */
  | { is: 'trial'; pays: boolean }
  /** How it stood then can't be known, so nothing is told of the day. */
  | { is: 'untold' }
  /** How a reconstructed day knows the prices and quantities of one that counts. */
  | { is: 'known'; from: 'invoices' | 'today' };

type Context = {
  catalogue: Catalogue;
  rules: MrrRules;
  /** The workspace's, ISO 4217. */
  currency: string;
  days: readonly PulledDay[];
  /** Whether the first day is the one before those that are told, worked out because no night has remembered it. */
  isFirst: boolean;
};

/** How a subscription stood at a day's end, how that is known of a reconstructed day, and whether it is not known at all. */
export type State = { subscription: Subscription; known?: 'invoices' | 'today'; isUntold?: boolean };

/** What fits in a row of the ledger. */
const MOST = 2 ** 48 - 1;

/** The entries of a subscription on each day, given as it stood at each day's end and how a reconstructed one was known. */
export function entriesOf(states: readonly State[], { catalogue, rules, currency, days, isFirst }: Context): Entry[][] {
  let last: { standing: Standing | undefined; entries: Entry[] } | undefined;
  let former: { former?: true } = {};
  return days.map((day, index) => {
    const state = states[index];
    if (!state) return [];
    const { subscription, known, isUntold } = state;
    const before = states[index - 1];
    const previous = days[index - 1];
    const isSame =
      last &&
      previous &&
      before?.subscription === subscription &&
      before.known === known &&
      before.isUntold === isUntold &&
      paysIn(subscription, currency) &&
      isStill(subscription, previous, day);
    if (isSame && last && !isTrialTold(subscription, previous, day)) return last.entries;
    const input = { catalogue, rules, end: day.end, reconstructed: day.reconstructed, currency, rate: day.rate };
    if (!isSame) assertKnown(subscription, catalogue);
    const standing = isSame && last ? last.standing : standingAt(subscription, input);
    // It says so from the first day to the last: a row fewer.
    if (isFirst && index === 0 && standing && !pays(standing) && hadPaid(subscription, input))
      former = { former: true };
    const entries = standing
      ? [...standingEntries(standing, former), ...trialEntries(subscription, standing, day)]
      : [];
    if (known && standing && standing.contributions.length > 0) entries.push(entry({ is: 'known', from: known }));
    if (isUntold) entries.push(entry({ is: 'untold' }));
    last = { standing, entries };
    return entries;
  });
}

/** https://docs.stripe.com/api/subscriptions/object */
const PAUSES = new Set(['keep_as_draft', 'mark_uncollectible', 'void']);

/** Refuses what would be left out without a rule that says so. Of a pause, an event may name only what changed. */
function assertKnown({ pause_collection, items }: Subscription, { prices }: Catalogue): void {
  const behavior = pause_collection?.behavior;
  if (behavior != null && !PAUSES.has(behavior)) {
    throw new DataError('stripe', `its collection is paused as "${behavior}", which no rule of MRR knows`);
  }
  for (const { price: ref } of items.data) {
    const price = prices.get((typeof ref === 'string' ? ref : ref?.id) ?? '') ?? ref;
    if (price !== null && typeof price === 'object' && !price.recurring && price.type !== 'one_time') {
      throw new DataError('stripe', `price ${price.id} is not of one time, but how often it is invoiced is missing`);
    }
  }
}

const pays = ({ contributions }: Standing): boolean => contributions.some(({ amount }) => amount > 0);

const entry = (label: Label, native = 0, amount = 0): Entry => ({ label: JSON.stringify(label), native, amount });

function standingEntries({ status, leftOut, contributions }: Standing, former: { former?: true }): Entry[] {
  const entries = [
    ...contributions.map(({ product, interval, currency, native, amount }) => {
      if (native > MOST || amount > MOST) {
        throw new DataError('stripe', 'an item comes to more per month than can be counted exactly');
      }
      if (native < 0 || amount < 0) throw new DataError('stripe', 'an item comes to less than nothing per month');
      return entry({ is: 'counted', status, product, interval, currency, ...former }, native, amount);
    }),
    ...leftOut.map((reason) => entry({ is: 'left out', status, reason, ...former })),
  ];
  return entries.length > 0 ? entries : [entry({ is: 'empty', status, ...former })];
}

function trialEntries(subscription: Subscription, standing: Standing, day: PulledDay): Entry[] {
  const ended = trialEndedAt(subscription);
  if (ended === undefined || ended >= day.end || ended < day.windowStart) return [];
  return [entry({ is: 'trial', pays: pays(standing) })];
}

/** Whether no rate of exchange, which each day has its own of, can be in it. */
const paysIn = (subscription: Subscription, currency: string): boolean =>
  subscription.currency?.toUpperCase() === currency;

/** Whether nothing that it keeps a time of happened to it between the ends of two days. Discounts keep times of their own. */
function isStill(subscription: Subscription, before: PulledDay, day: PulledDay): boolean {
  if (before.reconstructed !== day.reconstructed) return false;
  if (subscription.discounts?.length || subscription.items.data.some((item) => item.discounts?.length)) return false;
  const { created, start_date, trial_start, trial_end, canceled_at, cancel_at, ended_at, pause_collection } =
    subscription;
  const resumes_at = pause_collection?.resumes_at;
  const isBetween = (at: number | null | undefined) => at != null && at >= before.end && at < day.end;
  return ![created, start_date, trial_start, trial_end, canceled_at, cancel_at, ended_at, resumes_at].some(isBetween);
}

const isTrialTold = (subscription: Subscription, before: PulledDay, day: PulledDay): boolean => {
  const ended = trialEndedAt(subscription);
  return ended !== undefined && ended >= before.windowStart && ended < day.windowStart;
};
