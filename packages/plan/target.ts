import { InputError } from '@plumbline/core/errors';
import type { Direction } from '@plumbline/core/metric';
import type { Rational } from '@plumbline/core/rational';
import { multiply, ONE, ratio } from '@plumbline/core/rational';
import type { Unit } from '@plumbline/core/unit';
import { format, isMoney, minorDigits } from '@plumbline/core/unit';

export type Comparison = '>' | '>=' | '<' | '<=' | '==';

/** What a value is held against, in the metric's inside form. A range has its floor as `bound`, and the other end as `stretch`. */
export type Target = {
  op: Comparison;
  /** The deciding bound; with `relative` what is added to the baseline's value. */
  bound: number;
  stretch?: number;
  relative?: true;
  range?: true;
  unit: Unit;
};

const FORMS = '"> 40", ">= $8K", "< 200 ms", "== 0", a range "3000..5000", or "<= baseline - 50 ms"';
const COMPARISON = /^(>=|<=|==|>|<)\s*(.*)$/;
const BASELINE = /^baseline(?:\s*([+−-])\s*(.+))?$/;
const AMOUNT = /^([+−-]?)\s*([^\d\s.,+−-]{0,4})\s*(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,15}))?\s*(.*)$/;
const MAGNITUDES: Readonly<Record<string, bigint>> = { k: 1000n, K: 1000n, M: 1_000_000n };
const DURATIONS: Readonly<Record<string, bigint>> = {
  ms: 1n,
  s: 1000n,
  min: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n,
  day: 86_400_000n,
  days: 86_400_000n,
};

type Amount = { exact: Rational; unit: string; text: string };

/** How the metric's currency may be written: `USD`, `$`. */
function currencyNames(currency: string): string[] {
  const shown = (['symbol', 'narrowSymbol'] as const).map(
    (currencyDisplay) =>
      new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay })
        .formatToParts(0)
        .find((part) => part.type === 'currency')?.value,
  );
  return [...new Set([currency, ...shown])].filter((name) => name !== undefined);
}

/** Units that amounts of this metric may be written in; all but the first need a conversion. */
function allowedUnits(unit: Unit): string[] {
  if (isMoney(unit)) return currencyNames(unit);
  if (unit === '%') return ['%'];
  if (unit === 'ratio') return ['%'];
  return unit in DURATIONS ? Object.keys(DURATIONS) : [];
}

/** What turns an amount written in `written` into the metric's inside form; undefined where they don't go together. */
function conversion(written: string, unit: Unit): Rational | undefined {
  if (written !== '' && !allowedUnits(unit).includes(written)) return undefined;
  if (isMoney(unit)) return ratio(10n ** BigInt(minorDigits(unit)));
  if (unit === 'ratio' && written === '%') return ratio(1, 100);
  const [from, to] = [DURATIONS[written], DURATIONS[unit]];
  return from !== undefined && to !== undefined ? ratio(from, to) : ONE;
}

function readAmount(text: string, forms = FORMS): Amount {
  const match = AMOUNT.exec(text.trim());
  if (!match) throw new InputError(`"${text.trim()}" is not an amount; allowed: ${forms}`);
  const [, sign = '', prefix = '', whole = '', fraction = '', rest = ''] = match;
  const magnitude = rest in DURATIONS ? undefined : MAGNITUDES[rest.slice(0, 1)];
  const isCode = /^[A-Z]{3}$/.test(rest);
  const scale = magnitude !== undefined && !isCode ? magnitude : 1n;
  const suffix = scale === 1n ? rest : rest.slice(1).trim();
  if (prefix && suffix)
    throw new InputError(`"${text.trim()}" has two units; write one of "${prefix}" and "${suffix}"`);
  const digits = BigInt(whole.replaceAll(',', '') + fraction) * scale * (sign === '' || sign === '+' ? 1n : -1n);
  return { exact: ratio(digits, 10n ** BigInt(fraction.length)), unit: prefix || suffix, text: text.trim() };
}

function inside(amount: Amount, unit: Unit, written = amount.unit): number {
  const factor = conversion(written, unit);
  if (!factor) {
    const allowed = ['a plain number', ...allowedUnits(unit).map((name) => `"${name}"`)].join(', ');
    throw new InputError(`"${amount.text}" is in "${written}", but the metric is in ${unit}; allowed: ${allowed}`);
  }
  const { n, d } = multiply(amount.exact, factor);
  if (isMoney(unit) && d !== 1n) {
    throw new InputError(`"${amount.text}" is finer than the smallest coin of ${unit}; round it`);
  }
  // One division of integers rounds correctly, so 0.1 becomes the very double that 0.1 is written for.
  const value = Number(n) / Number(d);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new InputError(`"${amount.text}" is too large`);
  return value;
}

function parseRange(from: string, to: string, unit: Unit, direction: Direction): Target {
  const [a, b] = [readAmount(from), readAmount(to)];
  const first = inside(a, unit, a.unit || b.unit);
  const second = inside(b, unit, b.unit || a.unit);
  if (first === second) throw new InputError(`"${from.trim()}..${to.trim()}" has equal ends; allowed: ${FORMS}`);
  const [low, high] = first < second ? [first, second] : [second, first];
  return direction === 'down'
    ? { op: '<=', bound: high, stretch: low, range: true, unit }
    : { op: '>=', bound: low, stretch: high, range: true, unit };
}

/**
 * Reads a target for a metric of this unit and direction: a comparison, a range (floor..stretch; the looser end is the floor), or a
 * comparison with the baseline. Amounts are exact decimals. Throws InputError that says what is allowed.
 */
export function parseTarget(text: string, unit: Unit, direction: Direction = 'up'): Target {
  const [from = '', to, ...more] = text.split('..');
  const match = COMPARISON.exec(text.trim());
  if (to !== undefined) {
    if (match || more.length > 0) throw new InputError(`"${text}" mixes forms; allowed: ${FORMS}`);
    return parseRange(from, to, unit, direction);
  }
  if (!match) throw new InputError(`"${text}" has no comparison; allowed: ${FORMS}`);
  const op = match[1] as Comparison;
  const rest = (match[2] ?? '').trim();
  const baseline = BASELINE.exec(rest);
  if (!baseline) return { op, bound: inside(readAmount(rest), unit), unit };
  const offset = baseline[2] === undefined ? 0 : inside(readAmount(baseline[2]), unit);
  return { op, bound: baseline[1] === '+' || offset === 0 ? offset : -offset, relative: true, unit };
}

/** Reads an amount of this unit, into its inside form. Throws InputError that says what is allowed. */
export const parseAmount = (text: string, unit: Unit): number =>
  inside(readAmount(text, 'a number with its unit, such as "40%" or "$8K"'), unit);

/** The target with its baseline's value put in. */
export const resolveTarget = (target: Target, baseline: number): Target => ({
  op: target.op,
  bound: tidy(baseline + target.bound),
  unit: target.unit,
});

/** True when the value keeps the target; `>` and `>=` differ at equality only. */
export function holds(target: Target, value: number): boolean {
  switch (target.op) {
    case '>':
      return value > target.bound;
    case '>=':
      return value >= target.bound;
    case '<':
      return value < target.bound;
    case '<=':
      return value <= target.bound;
    case '==':
      return value === target.bound;
  }
}

/** Value − deciding bound. */
export const gapOf = (target: Target, value: number): number => tidy(value - target.bound);

/** Takes the binary noise off a difference of decimals: 99.4 − 99.5 is −0.1. */
export const tidy = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(12)));

/** The target as people read it: `> 40`, `$8,000..$10,000`, `<= baseline − 50 ms`. */
export function showTarget(target: Target): string {
  const { op, bound, stretch, unit } = target;
  if (target.range && stretch !== undefined) {
    return `${format(Math.min(bound, stretch), unit)}..${format(Math.max(bound, stretch), unit)}`;
  }
  if (!target.relative) return `${op} ${format(bound, unit)}`;
  return bound === 0 ? `${op} baseline` : `${op} baseline ${bound < 0 ? '−' : '+'} ${format(Math.abs(bound), unit)}`;
}
