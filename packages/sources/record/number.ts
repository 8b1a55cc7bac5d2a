import { excerpt } from '@plumbline/core/errors';
import type { Unit } from '@plumbline/core/unit';
import { isMoney, minorDigits } from '@plumbline/core/unit';

/** The sign before a number's fraction, where somebody named it. */
export const DECIMALS = ['point', 'comma'] as const;
export type Decimal = (typeof DECIMALS)[number];

export type NumberRules = { unit: Unit; decimal?: Decimal | undefined };
export type Reading = { value: number } | { problem: string };

const LONGEST = 64;

/** What may stand before or after the digits: a currency's sign or code, `%`, a unit. */
const MARK = String.raw`([\p{Sc}\p{L}%]*\p{Sc}|[\p{L}]+|%)?`;
const DIGITS = String.raw`([.,]?\d(?:[\d.,' ]*\d)?)`;
const WRITTEN = new RegExp(`^(\\()?([-+])? ?${MARK} ?([-+])? ?${DIGITS} ?${MARK}(\\))?$`, 'u');
const SCIENTIFIC = /^[-+]?\d+(?:[.,]\d+)?e[-+]?\d+$/i;

/**
 * Reads a number as spreadsheets show it in any country: `1,234.5`, `1.234,5`, `1 234,5`, `1'234.50`, `$1,200`, `€ 1.200,00`, `12%`, `(5)`.
 * What could be two numbers, such as `1,234`, is refused unless the decimal sign is named, and so is another currency or unit than the
 * metric's.
 */
export function readNumber(text: string, { unit, decimal }: NumberRules): Reading {
  const shown = `"${excerpt(text)}"`;
  const plain = text.trim().replaceAll(/\s/g, ' ').replaceAll('−', '-').replaceAll('’', "'");
  if (SCIENTIFIC.test(plain)) {
    return { problem: `${shown} may be rounded by the spreadsheet; show the whole number, such as 1234.5` };
  }
  const [, open, sign = '', before = '', inner = '', digits, after = '', close] =
    (plain.length > LONGEST ? null : WRITTEN.exec(plain)) ?? [];
  const isBalanced = (open === undefined) === (close === undefined);
  const signs = [open, sign, inner].filter(Boolean).length;
  if (digits === undefined || !isBalanced || signs > 1 || (before !== '' && after !== '')) return notANumber(shown);
  const mark = before + after;
  if (mark !== '' && !marksOf(unit).has(mark.toUpperCase())) {
    return { problem: `${shown} is written with "${mark}", but the metric's unit is ${unit}` };
  }
  const isAmount = before !== '' && isEnglishAmount(digits, unit);
  const [first, ...others] = valuesOf(digits, decimal ?? (isAmount ? 'point' : undefined));
  if (first === undefined) return notANumber(shown, decimal);
  if (others.length > 0) {
    const both = [first, ...others].toSorted((a, b) => a - b).join(' or ');
    return { problem: `${shown} may be ${both}; say which with --decimal point or --decimal comma` };
  }
  return { value: first !== 0 && (open !== undefined || sign === '-' || inner === '-') ? -first : first };
}

/** `1,200` behind a currency's sign, where it has no third decimal. */
const isEnglishAmount = (digits: string, unit: Unit): boolean =>
  isMoney(unit) && minorDigits(unit) < 3 && /^[1-9]\d{0,2},\d{3}$/.test(digits);

const notANumber = (shown: string, decimal?: Decimal): Reading => ({
  problem:
    decimal === 'comma'
      ? `${shown} is not a number with a decimal comma; write one like 1234,5`
      : `${shown} is not a number; write one like 1234.5`,
});

/** Every number that the digits may mean: with either decimal sign, and thousands set apart by none, the other sign, spaces or apostrophes. */
function valuesOf(digits: string, decimal: Decimal | undefined): number[] {
  const signs = decimal === undefined ? ['.', ','] : [decimal === 'comma' ? ',' : '.'];
  const values = signs.flatMap((sign) =>
    ['', '.', ',', ' ', "'"].filter((group) => group !== sign).flatMap((group) => valueOf(digits, sign, group) ?? []),
  );
  return [...new Set(values)];
}

function valueOf(digits: string, sign: string, group: string): number | undefined {
  const parts = digits.split(sign);
  const [whole = '', fraction] = parts;
  if (parts.length > 2 || (fraction !== undefined && !/^\d+$/.test(fraction))) return undefined;
  const groups = group === '' ? [whole] : whole.split(group);
  const isWhole = group === '' ? /^\d*$/.test(whole) : isGrouped(groups);
  return isWhole ? Number(`${groups.join('') || '0'}.${fraction ?? '0'}`) : undefined;
}

const isGrouped = ([head = '', ...rest]: readonly string[]): boolean =>
  rest.length > 0 && /^[1-9]\d{0,2}$/.test(head) && rest.every((part) => /^\d{3}$/.test(part));

const known = new Map<Unit, ReadonlySet<string>>();

/** What a number of this unit may be written with, in capitals: `$`, `US$` and `USD`; `%`; `MS`. */
function marksOf(unit: Unit): ReadonlySet<string> {
  let marks = known.get(unit);
  if (!marks) {
    const shown = (locale: string, currencyDisplay: 'symbol' | 'narrowSymbol') =>
      new Intl.NumberFormat(locale, { style: 'currency', currency: unit, currencyDisplay })
        .formatToParts(0)
        .flatMap(({ type, value }) => (type === 'currency' ? [value.toUpperCase()] : []));
    const signs = () => [...shown('en', 'symbol'), ...shown('en-CA', 'symbol'), ...shown('en', 'narrowSymbol')];
    marks = new Set([unit.toUpperCase(), ...(isMoney(unit) ? signs() : [])]);
    known.set(unit, marks);
  }
  return marks;
}
