import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import type { Block, Waterfall, WaterfallStep } from '@plumbline/core/explanation';
import type { Snapshot } from '@plumbline/core/snapshot';
import { format, fromMajor, isMoney, signed, toMajor } from '@plumbline/core/unit';
import type { Unit } from '@plumbline/core/unit';
import { counted, shortDay } from '@plumbline/core/words';
import { z } from 'zod';

/** What billing sources keep as evidence of MRR; money is in major units. Each part is read by itself, so that one that is missing hides no other. */

const KINDS = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Readonly<Record<Kind, string>> = {
  new: 'New',
  reactivation: 'Reactivation',
  expansion: 'Expansion',
  contraction: 'Contraction',
  churn: 'Churn',
  fx: 'Exchange rates',
};

const counts = z.record(z.string(), z.int());
const parts = {
  rules: z.record(z.string(), z.string()),
  statuses: counts,
  excluded: counts,
  rates: z.record(z.string(), z.string()),
  known: z.object({ fromInvoices: z.int(), asToday: z.int() }),
  start: z.object({ day: z.string().refine((text): text is Day => isDay(text)), value: z.number() }),
  movements: z.record(z.enum(KINDS), z.object({ value: z.number(), customers: z.int() })),
  top: z.array(
    z.object({ kind: z.enum(KINDS), amount: z.number(), from: z.number(), to: z.number(), customer: z.string() }),
  ),
};
const evidenceSchema = z.object({
  rules: parts.rules.optional().catch(undefined),
  statuses: parts.statuses.optional().catch(undefined),
  excluded: parts.excluded.optional().catch(undefined),
  rates: parts.rates.optional().catch(undefined),
  known: parts.known.optional().catch(undefined),
  start: parts.start.optional().catch(undefined),
  movements: parts.movements.optional().catch(undefined),
  top: parts.top.optional().catch(undefined),
});
type MrrEvidence = z.infer<typeof evidenceSchema>;

/** Money with all its digits, so that a column of it can be added up by eye. */
export const exact = (value: number, unit: Unit): string =>
  isMoney(unit)
    ? new Intl.NumberFormat('en-US', { style: 'currency', currency: unit })
        .format(toMajor(value, unit))
        .replace('-', '−')
    : format(value, unit);

const RULES: Readonly<Record<string, { name: string; words: Readonly<Record<string, string>> }>> = {
  cancelAtPeriodEnd: {
    name: 'Called off for later',
    words: {
      'at-cancel': 'stops counting when it is called off, as in Stripe',
      'at-period-end': 'counts until it ends',
    },
  },
  repeatingCoupons: {
    name: 'Repeating coupons',
    words: { ignore: 'not deducted, as in Stripe', subtract: 'deducted while they last' },
  },
  onceCoupons: { name: 'One-time coupons', words: { ignore: 'not deducted, as in Stripe', subtract: 'deducted' } },
  pausedCollection: { name: 'Collection paused', words: { ignore: 'not counted', count: 'counted' } },
};

/** For one, and for several; other reasons are statuses, which need no plural. */
const LEFT_OUT: Readonly<Record<string, readonly [string, string]>> = {
  trialing: ['trial', 'trials'],
  metered: ['metered item', 'metered items'],
  'one-off': ['one-off item', 'one-off items'],
  'no amount': ['item without an amount', 'items without an amount'],
  'collection paused': ['with collection paused', 'with collection paused'],
};

const spaced = (status: string): string => status.replaceAll('_', ' ');

const listed = (all: Readonly<Record<string, number>>, words: (key: string, count: number) => string): string =>
  Object.entries(all)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, count]) => words(key, count))
    .join(', ') || 'none';

const leftOut = (reason: string, count: number): string => {
  const [one, more] = Object.hasOwn(LEFT_OUT, reason) ? (LEFT_OUT[reason] ?? []) : [];
  return counted(count, one ?? spaced(reason), more ?? spaced(reason));
};

function ruleRow([rule, value]: [string, string]): [string, string] {
  const known = Object.hasOwn(RULES, rule) ? RULES[rule] : undefined;
  return [known?.name ?? rule, known?.words[value] ?? value];
}

function countedBlock({ rules, statuses, excluded, rates, known }: MrrEvidence, currency: string): Block[] {
  const rows: [string, string][] = [
    ...(statuses
      ? [['Subscriptions', listed(statuses, (status, count) => `${count} ${spaced(status)}`)] as const]
      : []),
    ...(excluded ? [['Left out', listed(excluded, leftOut)] as const] : []),
    ...(known
      ? [['Reconstructed', `${known.fromInvoices} from their invoices, ${known.asToday} as they are today`] as const]
      : []),
    ...Object.entries(rules ?? {}).map(ruleRow),
    ...Object.entries(rates ?? {}).map(([from, rate]) => ['Exchange rate', `1 ${from} = ${rate} ${currency}`] as const),
  ].map(([name, text]) => [name, text]);
  return rows.length === 0 ? [] : [{ title: 'What was counted', head: [], rows, more: 0, note: '' }];
}

/** Most movements that are listed. */
const MOST_TOP = 10;

function topBlock({ top }: MrrEvidence, unit: Unit): Block[] {
  if (!top || top.length === 0) return [];
  const money = (value: number): string => exact(fromMajor(value, unit), unit);
  const rows = top
    .slice(0, MOST_TOP)
    .map(({ kind, amount, from, to, customer }) => [
      NAMES[kind],
      signed(fromMajor(amount, unit), unit, exact),
      money(from),
      money(to),
      customer,
    ]);
  return [
    {
      title: 'Largest movements',
      head: ['Movement', 'Amount', 'From', 'To', 'Customer'],
      rows,
      more: top.length - rows.length,
      note: 'A customer is the start of a keyed digest: the same one each night, and nobody by name.',
    },
  ];
}

/** `$3,071.50 + $49.00 − $10.00 = $3,110.50`. */
function sumOf(start: number, amounts: readonly number[], end: number, unit: Unit): Pick<Waterfall, 'sum' | 'addsUp'> {
  const total = amounts.reduce((sum, amount) => sum + amount, start);
  const moved = amounts.filter((amount) => amount !== 0);
  const terms = moved.map((amount) => `${amount < 0 ? '−' : '+'} ${exact(Math.abs(amount), unit)}`);
  const left = [exact(start, unit), ...terms].join(' ');
  const addsUp = total === end;
  return {
    addsUp,
    sum: addsUp
      ? terms.length === 0
        ? `Nothing moved: it stayed at ${exact(end, unit)}.`
        : `It adds up: ${left} = ${exact(end, unit)}.`
      : `It does not add up: ${left} = ${exact(total, unit)}, and not ${exact(end, unit)}.`,
  };
}

/** Whether what is stored for the day before is what this number starts from. */
function startNote(day: Day, start: number, snapshot: Snapshot, before: Snapshot | undefined): string {
  const { unit, pulledAt } = snapshot;
  if (!before) return `No value is stored for ${shortDay(day)}: the start was worked out from the same reading.`;
  if (before.value === start) return '';
  const later = before.revision > 1 ? 'it was revised later' : 'it was pulled later';
  const when = before.pulledAt > pulledAt ? later : 'it was pulled before';
  return `The stored value of ${shortDay(day)} is ${exact(before.value, unit)}, ${signed(before.value - start, unit, exact)} against this start: ${when}.`;
}

function waterfallOf(
  { start, movements }: MrrEvidence,
  snapshot: Snapshot,
  stored: (day: Day) => Snapshot | undefined,
): Waterfall | null {
  if (!start || !movements) return null;
  const { unit, day, value } = snapshot;
  const inside = fromMajor(start.value, unit);
  const moved = KINDS.map((kind) => ({ kind, ...movements[kind], amount: fromMajor(movements[kind].value, unit) }));
  const level = (of: Day, amount: number): WaterfallStep => ({
    kind: 'level',
    name: `End of ${shortDay(of)}`,
    amount,
    shown: exact(amount, unit),
  });
  const steps = moved.map(({ kind, amount, customers }): WaterfallStep => ({
    kind: 'movement',
    name: NAMES[kind],
    amount,
    shown: signed(amount, unit, exact),
    customers,
  }));
  return {
    steps: [level(start.day, inside), ...steps, level(day, value)],
    ...sumOf(
      inside,
      moved.map(({ amount }) => amount),
      value,
      unit,
    ),
    note: startNote(start.day, inside, snapshot, stored(start.day)),
  };
}

/** What MRR is made of, in words, as far as the evidence says it; `known` are the evidence's keys that were understood. */
export function mrrWords(snapshot: Snapshot, currency: string, stored: (day: Day) => Snapshot | undefined) {
  const evidence = evidenceSchema.parse(snapshot.evidence);
  const waterfall = waterfallOf(evidence, snapshot, stored);
  const understood = Object.entries(evidence).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return {
    known: new Set(understood.filter((key) => waterfall !== null || (key !== 'start' && key !== 'movements'))),
    waterfall,
    blocks: [...topBlock(evidence, snapshot.unit), ...countedBlock(evidence, currency)],
  };
}
