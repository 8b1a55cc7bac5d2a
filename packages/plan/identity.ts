import { InputError } from '@plumbline/core/errors';

type Equality = '==' | '>=' | '<=';
/** What a number counts: a product of percent and money is money, money over money is plain. */
type Kind = 'plain' | 'percent' | 'money';
/** An exact fraction; `under` is positive. */
type Value = { over: bigint; under: bigint; kind: Kind };
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
      return { ...value, over: -value.over };
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
    numbers.push(Number(value.over) / Number(value.under));
    return value.kind === 'percent' ? { ...value, under: value.under * 100n } : value;
  };

  const left = sum();
  const op = peek();
  if (op !== '==' && op !== '>=' && op !== '<=') return fail('==, >= or <=');
  next += 1;
  const right = sum();
  if (next < tokens.length) fail('its end');
  const difference = left.over * right.under - right.over * left.under;
  const kind = left.kind === 'plain' ? right.kind : left.kind;
  return {
    holds: op === '==' ? difference === 0n : op === '>=' ? difference >= 0n : difference <= 0n,
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
    over: BigInt(whole.replaceAll(',', '') + fraction) * (SCALES[scale] ?? 1n),
    under: 10n ** BigInt(fraction.length),
    kind: percent ? 'percent' : money ? 'money' : 'plain',
  };
}

function added(a: Value, operator: string, b: Value): Value {
  const second = operator === '-' ? -b.over : b.over;
  const kind = a.kind === b.kind ? a.kind : a.kind === 'money' || b.kind === 'money' ? 'money' : 'plain';
  return { over: a.over * b.under + second * a.under, under: a.under * b.under, kind };
}

function multiplied(a: Value, operator: string, b: Value): Value {
  if (operator === '*') {
    const kind = a.kind === b.kind ? a.kind : a.kind === 'money' || b.kind === 'money' ? 'money' : 'plain';
    return { over: a.over * b.over, under: a.under * b.under, kind };
  }
  if (b.over === 0n) throw new InputError('divides by zero, which has no result; take that division out');
  const sign = b.over < 0n ? -1n : 1n;
  const kind = a.kind === b.kind ? 'plain' : a.kind;
  return { over: a.over * b.under * sign, under: a.under * b.over * sign, kind };
}

const DECIMALS = 4;

/** With thousands' commas and at most 4 decimals; `about` where that is not all of it. */
function shown({ over, under }: Value, as: Kind): string {
  const scaled = over * 10n ** BigInt(DECIMALS) * (as === 'percent' ? 100n : 1n);
  const [size, sign] = scaled < 0n ? [-scaled, '−'] : [scaled, ''];
  const digits = ((2n * size + under) / (2n * under)).toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const number = `${whole}${fraction === '' ? '' : `.${fraction}`}`;
  const text = as === 'money' ? `$${number}` : as === 'percent' ? `${number}%` : number;
  return `${size % under === 0n ? '' : 'about '}${sign}${text}`;
}
