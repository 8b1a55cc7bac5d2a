import type { Evidence, Observation } from '@plumbline/core/snapshot';
import type { Rational } from '@plumbline/core/rational';
import { ratio, round } from '@plumbline/core/rational';
import { toMajor } from '@plumbline/core/unit';
import type { Catalogue } from './catalogue.ts';
import { onSale } from './catalogue.ts';
import type { MrrRules } from './index.ts';
import { DEFAULT_RULES } from './index.ts';
import type { Retention } from './retention.ts';
import type { Totals } from './totals.ts';

export type Reading = {
  catalogue: Catalogue;
  rules: MrrRules;
  currency: string;
  /** Counts and a digest of what was read. */
  requests: number;
  rows: number;
  sha256: string;
};

/** More keys than this make a breakdown unreadable, and its snapshot too large to store. */
const MOST_PARTS = 500;
const OTHERS = '(other)';

/** The metrics of one day. `before` is the day that its movements begin at the end of; `retention`, with how many paid when its window began,
 * is absent without 30 days of logs. */
export function observe(
  totals: Totals,
  before: string,
  retention: (Retention & { customers: number }) | undefined,
  rates: Readonly<Record<string, string>>,
  { catalogue, rules, currency, requests, rows, sha256 }: Reading,
): Observation[] {
  const { day, tally, statuses, excluded, trials, known } = totals;
  const money = (minor: number): number => toMajor(minor, currency);
  const { start, end: mrr, payers } = tally;
  const byProduct = measured(totals.mrrByProduct, onSale(catalogue));
  const byInterval = measured(totals.mrrByInterval);
  const payersByProduct = measured(totals.payersByProduct, onSale(catalogue));

  const evidence: Evidence = { requests, rows, sha256, policy: policyOf(rules) };
  const shared = {
    day: day.day,
    quality: qualityOf(totals, byProduct.isCut),
    evidence,
    settlesAt: day.end * 1000,
    ...(day.reconstructed && { reconstructed: true }),
  };
  const step = ({ amount, customers }: { amount: number; customers: number }) => ({ value: money(amount), customers });
  const { movements } = tally;
  const explained: Evidence = {
    ...evidence,
    rules: { ...rules },
    statuses: sorted(statuses),
    excluded: sorted(excluded),
    ...(Object.keys(rates).length > 0 && { rates: sorted(rates) }),
    ...(day.reconstructed && { known: { fromInvoices: known.invoices, asToday: known.today } }),
    start: { day: before, value: money(start) },
    movements: {
      new: step(movements.new),
      reactivation: step(movements.reactivation),
      expansion: step(movements.expansion),
      contraction: step(movements.contraction),
      churn: step(movements.churn),
      fx: step(movements.fx),
    },
    top: tally.top.map(({ kind, amount, from, to, customer }) => ({
      kind,
      amount: money(amount),
      from: money(from),
      to: money(to),
      customer,
    })),
  };

  const observations: Observation[] = [
    {
      ...shared,
      metric: 'mrr',
      value: mrr,
      n: payers,
      breakdown: { product: byProduct.parts, interval: byInterval.parts },
      evidence: explained,
    },
    { ...shared, metric: 'arr', value: 12 * mrr, n: payers },
    { ...shared, metric: 'paying_customers', value: payers, n: payers, breakdown: { product: payersByProduct.parts } },
  ];
  for (const [kind, { amount, customers }] of Object.entries(movements)) {
    observations.push({ ...shared, metric: `mrr_${kind}`, value: amount, n: customers });
  }
  // Without anybody who pays there is no average, and without a cohort no share of it.
  if (payers > 0) {
    const value = whole(ratio(mrr, payers));
    observations.push({ ...shared, metric: 'arpu', value, numerator: mrr, denominator: payers, n: payers });
  }
  const share = (metric: string, numerator: number, denominator: number): void => {
    const value = (100 * numerator) / denominator;
    observations.push({ ...shared, metric, value, numerator, denominator, n: denominator });
  };
  if (trials.ended > 0) share('trial_conversion_rate_30d', trials.pay, trials.ended);
  const { churn, net, gross, customers: cohort = 0 } = retention ?? {};
  if (churn) {
    share('customer_churn_rate_30d', churn.left, churn.of);
    share('customer_retention_rate_30d', churn.of - churn.left, churn.of);
    if (payers > 0 && churn.left > 0) {
      const value = whole(ratio(BigInt(mrr) * BigInt(churn.of), BigInt(payers) * BigInt(churn.left)));
      const denominator = (payers * churn.left) / churn.of;
      observations.push({ ...shared, metric: 'ltv', value, numerator: mrr, denominator, n: payers });
    }
  }
  for (const [metric, kept] of [
    ['net_revenue_retention_30d', net],
    ['gross_revenue_retention_30d', gross],
  ] as const) {
    if (!kept) continue;
    // Of whole minor units: of $0.69 and $0.69 it would be 100.00000000000001 %.
    const value = (100 * kept.numerator) / kept.denominator;
    const [numerator, denominator] = [money(kept.numerator), money(kept.denominator)];
    observations.push({ ...shared, metric, value, numerator, denominator, n: cohort });
  }
  return observations;
}

/** To the minor unit, halves away from zero. */
const whole = (exact: Rational): number => Number(round(exact));

const sorted = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A breakdown, with 0 for those of `always` that have no part in it. */
function measured(
  sums: ReadonlyMap<string, number>,
  always: readonly string[] = [],
): { parts: Record<string, number>; isCut: boolean } {
  const all = new Map([...always.map((key) => [key, 0] as const), ...sums]);
  const isCut = all.size > MOST_PARTS;
  // A product may bear the name of the others.
  const named = [...all].filter(([key]) => !isCut || key !== OTHERS);
  const largest = named
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, isCut ? MOST_PARTS - 1 : MOST_PARTS);
  const sumOf = (parts: Iterable<readonly [string, number]>) => [...parts].reduce((sum, [, part]) => sum + part, 0);
  if (isCut) largest.push([OTHERS, sumOf(all) - sumOf(largest)]);
  return { parts: sorted(Object.fromEntries(largest)), isCut };
}

const qualityOf = ({ day, known }: Totals, isCut: boolean): string[] => [
  ...(day.reconstructed ? [known.today > 0 ? 'reconstructed:lifetimes' : 'reconstructed:invoices'] : []),
  ...(isCut ? ['other:product'] : []),
];

/** `stripe-default`, or what the workspace set differently: `stripe-default cancelAtPeriodEnd=at-period-end`. */
function policyOf(rules: MrrRules): string {
  const defaults: Record<string, string> = DEFAULT_RULES;
  const set = Object.entries(rules).filter(([rule, value]) => defaults[rule] !== value);
  return ['stripe-default', ...set.map(([rule, value]) => `${rule}=${value}`)].join(' ');
}
