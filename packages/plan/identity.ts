import { InputError } from '@plumbline/core/errors';
import type { Rational } from '@plumbline/core/rational';
import { add, divide, isLess, multiply, ratio, round, subtract } from '@plumbline/core/rational';

type Equality = '==' | '>=' | '<=';
/** What a number counts: a product of percent and money is money, money over money is plain. */
type Kind = 'plain' | 'percent' | 'money';
type Value = { exact: Rational; kind: Kind };
type Token = { text: string; at: number };

/** What an identity comes to. Sides are written as people write them: `$10,000`. */
export type Evaluated = {
  holds: boolean;
  left: string;
  right: string;
  op: Equality;
  /** The numbers that it is made of, without their `%`: 5 for `5%`, 100,000 for `$100K`. */
  numbers: number[];
};

const FORM = '"10000 * 5% * $20 == $100K": numbers with %, $, K, M, then + - * / x ( ), and one of == >= <=';
const TOKEN = /(==|>=|<=)|(\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[KM]?%?)(?![\d,.A-Za-z%])|([-+*/()])|(\S)/g;
const AS_WRITTEN: Readonly<Record<string, string>> = { '×': '*', x: '*', '−': '-' };
const NUMBER = /^(\$?)([\d,]+)(?:\.(\d+))?([KM]?)(%?)$/;
const [ZERO, HUNDRED] = [ratio(0), ratio(100)];
const SCALES: Readonly<Record<string, bigint>> = { '': 1n, K: 1000n, M: 1_000_000n };

/** Works out an identity that a plan claims, in exact fractions. Throws InputError with the place inside it and what is allowed. */
export function evaluate(check: string): Evaluated {
  const tokens = tokensOf(check);
  const numbers: number[] = [];
  let next = 0;
  const peek = (): string | undefined => tokens[next]?.text;

  const fail = (expected: string): never => {
    const token = tokens[next];
    const found = token ? `found "${token.text}" at character ${token.at}` : 'it ends';
    throw new InputError(`"${check}": ${found} where ${expected} must be; allowed: ${FORM}`);
  };
  /** A sum or a product: operands and operators in turn, from left to right. */
  const chain = (operators: string, operand: () => Value, combine: (a: Value, operator: string, b: Value) => Value) => {
    let value = operand();
    for (let operator = peek(); operator !== undefined && operators.includes(operator); operator = peek()) {
      next += 1;
      value = combine(value, operator, operand());
    }
    return value;
  };
  const sum = (): Value => chain('+-', product, added);
  const product = (): Value => chain('*/', factor, multiplied);
  const factor = (): Value => {
    const token = peek() ?? '';
    if (token === '-') {
      next += 1;
      const value = factor();
      return { ...value, exact: subtract(ZERO, value.exact) };
    }
    if (token === '(') {
      next += 1;
      const value = sum();
      if (peek() !== ')') fail('")"');
      next += 1;
      return value;
    }
    const read = NUMBER.exec(token);
    if (!read) return fail('a number');
    next += 1;
    const value = literal(read);
    numbers.push(Number(value.exact.n) / Number(value.exact.d));
    return value.kind === 'percent' ? { ...value, exact: divide(value.exact, HUNDRED) } : value;
  };

  const left = sum();
  const op = peek();
  if (op !== '==' && op !== '>=' && op !== '<=') return fail('==, >= or <=');
  next += 1;
  const right = sum();
  if (next < tokens.length) fail('its end');
  const [isBelow, isAbove] = [isLess(left.exact, right.exact), isLess(right.exact, left.exact)];
  const kind = left.kind === 'plain' ? right.kind : left.kind;
  return {
    holds: !(isBelow && op !== '<=') && !(isAbove && op !== '>='),
    left: shown(left, left.kind === 'plain' ? kind : left.kind),
    right: shown(right, right.kind === 'plain' ? kind : right.kind),
    op,
    numbers,
  };
}

const tokensOf = (check: string): Token[] =>
  [...check.matchAll(TOKEN)].map(({ 0: text, index }) => ({ text: AS_WRITTEN[text] ?? text, at: index + 1 }));

function literal([, money, whole = '', fraction = '', scale = '', percent]: RegExpExecArray): Value {
  return {
    exact: ratio(BigInt(whole.replaceAll(',', '') + fraction) * (SCALES[scale] ?? 1n), 10n ** BigInt(fraction.length)),
    kind: percent ? 'percent' : money ? 'money' : 'plain',
  };
}

/** Money stays money among plain numbers and percents; the same kind stays what it is. */
const joined = (a: Kind, b: Kind): Kind => (a === b ? a : a === 'money' || b === 'money' ? 'money' : 'plain');

const added = (a: Value, operator: string, b: Value): Value => ({
  exact: (operator === '-' ? subtract : add)(a.exact, b.exact),
  kind: joined(a.kind, b.kind),
});

function multiplied(a: Value, operator: string, b: Value): Value {
  if (operator === '*') return { exact: multiply(a.exact, b.exact), kind: joined(a.kind, b.kind) };
  if (b.exact.n === 0n) throw new InputError('divides by zero, which has no result; take that division out');
  return { exact: divide(a.exact, b.exact), kind: a.kind === b.kind ? 'plain' : a.kind };
}

const DECIMALS = 4;

/** With thousands' commas and at most 4 decimals; `about` where that is not all of it. */
function shown({ exact }: Value, as: Kind): string {
  const scaled = multiply(exact, ratio(10n ** BigInt(DECIMALS) * (as === 'percent' ? 100n : 1n)));
  const size = round(scaled);
  const digits = (size < 0n ? -size : size).toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const number = `${whole}${fraction === '' ? '' : `.${fraction}`}`;
  const text = as === 'money' ? `$${number}` : as === 'percent' ? `${number}%` : number;
  return `${scaled.d === 1n ? '' : 'about '}${scaled.n < 0n ? '−' : ''}${text}`;
}
