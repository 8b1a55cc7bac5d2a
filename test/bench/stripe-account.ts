import { COUPONS, PRICES, monthly, priceOf } from './stripe-catalogue.ts';
import type { Price, Sold } from './stripe-catalogue.ts';

// A made-up account of any size: all about a subscription follows from its index and the time, so nothing is kept of it but its begin.

export const DAY = 86_400;
const YEARS = 4 * 365.25 * DAY;
const TRIAL = 14 * DAY;
const IMPORT_SHARE = 0.05;
const CHANGES = 8000;

/** Beside it some subscriptions have usage that is metered, which is not MRR. */
export const METERED = PRICES.length - 1;
/** Twelve of these are more than an embedded list holds. */
const MANY = 12;
const hasMany = (index: number): boolean => index % 10_007 === 5;

/** 0 ≤ x < 1, always the same of the same two numbers. */
function draw(index: number, salt: number): number {
  let hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Prices as often as their weights say, to be drawn from. */
const DRAWN = PRICES.flatMap(({ weight }, price) => Array.from({ length: weight }, () => price));
const priceFor = (index: number): number => DRAWN[Math.floor(draw(index, 1) * DRAWN.length)] ?? 0;
const couponFor = (index: number, { currency }: Price): number | undefined => {
  const coupon = draw(index, 2) < 0.08 ? Math.floor(draw(index, 3) * COUPONS.length) : undefined;
  return coupon !== undefined && COUPONS[coupon]?.off !== undefined && currency !== 'usd' ? undefined : coupon;
};

export type ChangeKind = 'quantity' | 'price' | 'cancel' | 'call off' | 'past due' | 'renewal' | 'trial end' | 'begin';
export type Change = { index: number; at: number; kind: ChangeKind };
const KINDS = ['quantity', 'price', 'cancel', 'quantity', 'call off', 'past due', 'renewal', 'renewal'] as const;

/** A subscription as it stands at some time; times in Unix seconds. */
export type State = Sold & {
  index: number;
  created: number;
  /** The number of its customer; some have several subscriptions. */
  customer: number;
  status: 'active' | 'past_due' | 'unpaid' | 'trialing' | 'canceled' | 'incomplete_expired';
  /** How many items of its price it has, and whether metered usage beside them. */
  items: number;
  metered: boolean;
  trialEnd: number | null;
  canceledAt: number | null;
  endedAt: number | null;
  calledOff: boolean;
  paused: boolean;
  /** How often it was renewed since the first event. */
  renewals: number;
};

export type Truth = { mrr: number; payers: number };

/**
 * An account that lists so many subscriptions an hour after `end`, with changes in the day before `end`, the day after, and most of them in
 * the two hours after each end. Subscriptions begin ever more often over four years, and a share of all came in one hour by an import.
 */
export function accountOf({ subscriptions, end }: { subscriptions: number; end: number }) {
  const begin = end - YEARS;
  const span = YEARS + DAY + 2 * 3600;
  const total = Math.ceil(subscriptions / ((YEARS + 3600) / span) ** 2);
  const created = begins(total, begin, span);
  const stride = Math.max(2, Math.floor(total / CHANGES));
  const quiet = end - 3 * DAY;

  /** What happens to it around the two ends: only to those whose earlier life left them active. */
  function changeOf(index: number): Change | undefined {
    if (index % stride !== 0 || hasMany(index) || fateOf(index) < 0.39) return undefined;
    if ((created[index] ?? 0) >= quiet - TRIAL - DAY) return undefined;
    const [from, length] =
      (
        [
          [end - DAY, DAY],
          [end, 2 * 3600],
          [end, DAY],
          [end + DAY, 2 * 3600],
        ] as const
      )[Math.floor(draw(index, 10) * 4)] ?? ([end, DAY] as const);
    const at = from + Math.floor(draw(index, 11) * length);
    const wanted = KINDS[Math.floor(draw(index, 12) * KINDS.length)] ?? 'renewal';
    const { most = 1, next } = PRICES[priceFor(index)] ?? {};
    const possible = (wanted !== 'quantity' || most > 1) && (wanted !== 'price' || next !== undefined);
    return { index, at, kind: possible ? wanted : 'renewal' };
  }

  /** How its life went before: under 0.39 it is not simply active. Young ones are. */
  const fateOf = (index: number): number =>
    (created[index] ?? 0) < quiet - TRIAL - DAY && !hasMany(index) ? draw(index, 4) : 1;

  /** As it stands just before `time`. */
  function stateAt(index: number, time: number): State {
    const start = created[index] ?? 0;
    const fate = fateOf(index);
    const price = priceFor(index);
    const many = hasMany(index);
    const state: State = {
      index,
      created: start,
      customer: draw(index, 5) < 0.08 ? index - Math.floor(draw(index, 6) * Math.min(index, 5000)) : index,
      status: 'active',
      price: many ? 0 : price,
      quantity: many ? 1 : 1 + Math.floor(draw(index, 7) ** 2 * (PRICES[price]?.most ?? 1)),
      coupon: many ? undefined : couponFor(index, PRICES[price] ?? priceOf('', {})),
      items: many ? MANY : 1,
      metered: !many && draw(index, 8) < 0.05,
      trialEnd: fate >= 0.36 && draw(index, 9) < 0.3 ? start + TRIAL : null,
      canceledAt: null,
      endedAt: null,
      calledOff: false,
      paused: false,
      renewals: 0,
    };
    if (fate < 0.28) {
      const lived = TRIAL + Math.floor(draw(index, 13) * (quiet - TRIAL - start));
      Object.assign(state, { status: 'canceled', endedAt: start + lived, canceledAt: start + lived });
    } else if (fate < 0.31) state.status = 'past_due';
    else if (fate < 0.33) state.status = 'unpaid';
    else if (fate < 0.36) Object.assign(state, { status: 'incomplete_expired', endedAt: start + DAY });
    else if (fate < 0.38) Object.assign(state, { calledOff: true, canceledAt: quiet - 3600 });
    else if (fate < 0.39) state.paused = true;
    if (state.status === 'active' && state.trialEnd !== null && state.trialEnd >= time) state.status = 'trialing';
    const change = changeOf(index);
    if (change && change.at < time) apply(change, state);
    return state;
  }

  /** All that is told of in events, oldest first. */
  function changes(): Change[] {
    const told: Change[] = [];
    for (let index = 0; index < total; index += 1) {
      const start = created[index] ?? 0;
      const change = changeOf(index);
      if (change) told.push(change);
      if (start >= end - DAY) told.push({ index, at: start, kind: 'begin' });
      const { trialEnd, status } = stateAt(index, Number.POSITIVE_INFINITY);
      if (trialEnd !== null && trialEnd >= end - DAY && trialEnd <= end + DAY + 7200 && status === 'active') {
        told.push({ index, at: trialEnd, kind: 'trial end' });
      }
    }
    return told.sort((a, b) => a.at - b.at);
  }

  /** MRR just before `time` in cents, by plain arithmetic over every subscription, and the customers who pay any. */
  function truth(time: number): Truth {
    const totals = new Float64Array(total);
    for (let index = 0; index < total && (created[index] ?? 0) < time; index += 1) {
      const state = stateAt(index, time);
      if ((state.status !== 'active' && state.status !== 'past_due') || state.calledOff || state.paused) continue;
      totals[state.customer] = (totals[state.customer] ?? 0) + state.items * monthly(state);
    }
    return { mrr: totals.reduce((sum, one) => sum + one, 0), payers: totals.filter((one) => one > 0).length };
  }

  return { total, created, stateAt, changes, truth };
}

export type Account = ReturnType<typeof accountOf>;

/** When each began, in order. */
function begins(total: number, begin: number, span: number): Float64Array {
  const imported = Math.floor(total * IMPORT_SHARE);
  const hour = Math.floor(begin + 0.6 * span);
  const times = Float64Array.from({ length: total }, (_, index) =>
    index < imported
      ? hour + Math.floor((3600 * index) / imported)
      : Math.floor(begin + span * Math.sqrt((index - imported) / (total - imported))),
  );
  return times.sort();
}

function apply({ at, kind, index }: Change, state: State): void {
  if (kind === 'cancel') Object.assign(state, { status: 'canceled', endedAt: at, canceledAt: at });
  else if (kind === 'call off') Object.assign(state, { calledOff: true, canceledAt: at });
  else if (kind === 'past due') state.status = 'past_due';
  else if (kind === 'price') state.price = PRICES[state.price]?.next ?? state.price;
  else if (kind === 'renewal') state.renewals += 1;
  else if (draw(index, 14) < 0.7) state.quantity += 1 + Math.floor(draw(index, 15) * 5);
  else state.quantity = Math.max(1, Math.floor(state.quantity / 2));
}
