/**
 * A metric's unit: `count`, `%` (percent points: 99.5), `score`, `ratio`, `ms`, `s`, `min`, `h`, `days`, or an ISO 4217 currency code.
 * Inside, a value in a currency is an integer of minor units (cents); every other value is in its unit. Outside, all are in the major unit.
 */
export type Unit = string;

export const PLAIN_UNITS = ['count', '%', 'score', 'ratio', 'ms', 's', 'min', 'h', 'days'] as const;

const CURRENCY = /^[A-Z]{3}$/;

export const isMoney = (unit: Unit): boolean => CURRENCY.test(unit);

export const isUnit = (text: string): text is Unit =>
  isMoney(text) || (PLAIN_UNITS as readonly string[]).includes(text);

const digits = new Map<string, number>();

/** Digits of a currency's minor unit by ISO 4217: USD 2, JPY 0, KWD 3. */
export function minorDigits(currency: string): number {
  let count = digits.get(currency);
  if (count === undefined) {
    count = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    digits.set(currency, count);
  }
  return count;
}

/** From inside (cents) to outside (dollars). */
export const toMajor = (value: number, unit: Unit): number => (isMoney(unit) ? value / 10 ** minorDigits(unit) : value);

/** From outside (dollars) to inside (cents, rounded to a whole one). */
export const fromMajor = (value: number, unit: Unit): number => {
  if (!isMoney(unit)) return value;
  const minor = value * 10 ** minorDigits(unit);
  return Math.sign(minor) * Math.round(Math.abs(Number(minor.toPrecision(15))));
};

type Band = { value: number; low: number; high: number };

/** A value and its band, from inside to outside. */
export const bandToMajor = ({ value, low, high }: Band, unit: Unit): Band => ({
  value: toMajor(value, unit),
  low: toMajor(low, unit),
  high: toMajor(high, unit),
});

const number = (value: number, maximumFractionDigits: number): string =>
  new Intl.NumberFormat('en-US', { maximumFractionDigits }).format(value).replace('-', '−');

/** A value from inside as people read it: `$3,120.50`, `99.95%`, `200 ms`, `36`. */
export function format(value: number, unit: Unit): string {
  if (isMoney(unit)) {
    const whole = value % 10 ** minorDigits(unit) === 0;
    return new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency: unit,
      minimumFractionDigits: whole ? 0 : minorDigits(unit),
      maximumFractionDigits: minorDigits(unit),
    })
      .format(toMajor(value, unit))
      .replace('-', '−');
  }
  if (unit === '%') return `${number(value, 3)}%`;
  if (unit === 'count' || unit === 'score' || unit === 'ratio') return number(value, 2);
  return `${number(value, 2)} ${unit}`;
}

/** With its sign: `+4`, `−4`, `0`. */
export const signed = (value: number, unit: Unit, show = format): string =>
  `${value > 0 ? '+' : ''}${show(value, unit)}`;

/** An estimate, shown to three figures, of money and from ten on of counts to a whole one: more would claim too much. */
export function estimate(value: number, unit: Unit): string {
  const three = Number(value.toPrecision(3));
  const isWhole = isMoney(unit) || (unit === 'count' && Math.abs(three) >= 10);
  return format(isWhole ? Math.round(three) : three, unit);
}

/** `$8,120 to $9,950`. */
export const between = ({ low, high }: Pick<Band, 'low' | 'high'>, unit: Unit): string =>
  `${estimate(low, unit)} to ${estimate(high, unit)}`;
