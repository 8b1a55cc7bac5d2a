import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf, textAt } from './event-line.ts';
import type { EventLine } from './event-line.ts';
import { NOWHERE } from './json-steps.ts';
import { createScan } from './scan.ts';

const WANTED = ['score', 'time', '$insert_id', 'місто', '__proto__'];

const emptyLine = (): EventLine => lineOf({ event: '', properties: { time: 0 } });

const told = (line: EventLine) => ({
  event: textAt(line.bytes, line.event),
  id: textAt(line.bytes, line.id),
  insertId: textAt(line.bytes, line.insertId),
  time: line.time,
  ingested: line.ingested,
  properties: WANTED.filter((name) => Object.hasOwn(line.properties, name)).map((name) => [
    name,
    line.properties[name],
  ]),
});

/** What a scan makes of a line, with other lines around it; undefined where it leaves the line to JSON.parse. */
function scanned(text: string) {
  const [before, after] = ['{"event":"before","properties":{"time":1,"score":3}}\n', '\n"'];
  const bytes = Buffer.from(before + text + after);
  const line = emptyLine();
  const scan = createScan(WANTED, line);
  const start = scan(bytes, 0) + 1;
  expect(start).toBe(before.length);
  const feed = scan(bytes, start);
  if (feed === NOWHERE) return undefined;
  expect(feed).toBe(bytes.length - after.length);
  return told(line);
}

const parsed = (text: string) => told(lineOf(JSON.parse(text)));

/** Texts of JSON in all its forms, most of them ordinary. */
type Texts = Record<'space' | 'letters' | 'text' | 'number' | 'list' | 'object' | 'key' | 'value', string>;
const { value, key, space } = fc.letrec<Texts>((tie) => ({
  space: fc.constantFrom('', '', '', ' ', '\t \r'),
  letters: fc
    .array(
      fc.constantFrom(
        'a',
        'ї',
        '🦉',
        '\u2028',
        '\x7f',
        '/',
        '{',
        ']',
        ',',
        '\\n',
        '\\"',
        '\\\\',
        '\\/',
        '\\u0041',
        '\\ud83E',
      ),
      { maxLength: 4 },
    )
    .map((some) => some.join('')),
  text: tie('letters').map((letters) => `"${letters}"`),
  number: fc.constantFrom(
    '0',
    '-0',
    '12',
    '1.50',
    '1e3',
    '-1.25E-2',
    '1e+999',
    '999999999999999',
    '1234567890123456789',
  ),
  list: fc
    .array(fc.tuple(tie('space'), tie('value'), tie('space')), { maxLength: 3 })
    .map((items) => `[${items.map((item) => item.join('')).join(',') || ' '}]`),
  object: fc
    .array(fc.tuple(tie('space'), tie('key'), tie('space'), tie('space'), tie('value'), tie('space')), { maxLength: 3 })
    .map((members) => `{${members.map(([a, key, b, c, item, d]) => `${a}${key}${b}:${c}${item}${d}`).join(',')}}`),
  key: fc.oneof(
    fc
      .constantFrom('event', 'properties', 'time', 'distinct_id', 'score', '$score', 'scorf', 'місто', '__proto__')
      .map((name) => `"${name}"`),
    tie('text'),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('text'),
    tie('number'),
    fc.constantFrom('true', 'false', 'null'),
    tie('list'),
    tie('object'),
  ),
}));

const name = fc.constantFrom('"Sign Up"', '"Реєстрація"', '""', '"a\\tb"');
/** Members of an event's properties: those that an event has, in any order and perhaps twice, among others. */
const property = fc.oneof(
  fc.tuple(
    fc.constantFrom('"time"', '"mp_processing_time_ms"', '"score"'),
    fc.constantFrom('7', '1767312000', '1767312000.5', '-3', '1e9'),
  ),
  fc.tuple(
    fc.constantFrom('"distinct_id"', '"$insert_id"', '"місто"'),
    fc.constantFrom('"ada"', '"ґанна"', '""', '"a\\u0062"'),
  ),
  fc.tuple(key, value),
);
const event = fc
  .tuple(
    name,
    fc.array(fc.tuple(property, space, space), { maxLength: 6 }),
    fc.array(fc.tuple(key, value), { maxLength: 1 }),
    space,
  )
  .map(([name, properties, others, gap]) => {
    const members = [
      ['"event"', name],
      [
        '"properties"',
        `{${['"time":5', ...properties.map(([[key, item], a, b]) => `${a}${key}${b}:${a}${item}${b}`)].join(',')}}`,
      ],
      ...others,
    ];
    return `${gap}{${members.map(([key, item]) => `${gap}${key}:${item}${gap}`).join(',')}}${gap}`;
  });

const isReadable = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('a scan', () => {
  test('reads an ordinary line, and steps over whatever is not asked for', () => {
    const text =
      '{"event": "Sign Up", "properties": {"time": 1767312000, "distinct_id": "ґанна", "$browser": "Chrome \\"beta\\" \\u0041", "$insert_id": "a-1",' +
      '"nested": [{"a": [1, -2.5e+3, {}], "b": null}, []], "on": true, "off": false, "mp_processing_time_ms": 1767312002345, "score": {"a": 9}}, "more": 0}';
    expect(scanned(text)).toEqual({
      event: 'Sign Up',
      id: 'ґанна',
      insertId: 'a-1',
      time: 1767312000,
      ingested: 1767312002345,
      properties: [
        ['score', { a: 9 }],
        ['time', 1767312000],
        ['$insert_id', 'a-1'],
      ],
    });
  });

  test.each([
    '{"event":"A","properties":{"time":1,"distinct_id":7}}',
    '{"event":"A","properties":{"time":1,"$insert_id":null}}',
    '{"event":"A\\tB","properties":{"time":1}}',
    '{"event":"A","properties":{"t\\u0069me":2,"time":1}}',
    '{"event":"A","properties":{"time":1},"properties":{"time":2}}',
    '{"event":"A","event":"B","properties":{"time":1}}',
    `{"event":"A","properties":{"time":1,"deep":${'['.repeat(101)}${']'.repeat(101)}}}`,
  ])('leaves %s to JSON.parse', (text) => {
    expect(JSON.parse(text)).toBeTypeOf('object');
    expect(scanned(text)).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    'terminated early',
    '{"event":"A","properties":{"time":1}',
    '{"event":"A","properties":{"time":1}}}',
    '{"event":"A","properties":{"time":1,}}',
    '{"event":"A","properties":{"time":01}}',
    '{"event":"A","properties":{"time":1.}}',
    '{"event":"A","properties":{"time":-}}',
    '{"event":"A","properties":{"time":1e}}',
    '{"event":"A","properties":{"time":1,"a":tru}}',
    '{"event":"A","properties":{"time":1,"a":"\\x"}}',
    '{"event":"A","properties":{"time":1,"a":"\\u00g0"}}',
    '{"event":"A","properties":{"time":1,"a":"\u0001"}}',
    '{"event":"A","properties":{"time":1,"a":[1 2]}}',
    '{"event":"A","properties":{"time":1,"a":{"b"}}}',
    '{"event":"A","properties":{"time":1,"a":[1}}}',
  ])('takes %j for nothing, as JSON.parse does', (text) => {
    expect(isReadable(text)).toBe(false);
    expect(scanned(text)).toBeUndefined();
  });

  test('reads what JSON.parse reads, or leaves it to that', () => {
    let count = 0;
    fc.assert(
      fc.property(event, (text) => {
        const known = scanned(text);
        if (!known) return;
        count += 1;
        expect(known).toEqual(parsed(text));
      }),
      { numRuns: 1000 },
    );
    expect(count).toBeGreaterThan(200);
  });

  test('reads nothing that JSON.parse refuses, wherever a line is spoilt', () => {
    const marks = fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      't',
      ' ',
      '\u0000',
      'ї',
    );
    fc.assert(
      fc.property(event, fc.nat(), fc.nat(1), marks, (text, place, gone, mark) => {
        const at = place % text.length;
        const spoilt = text.slice(0, at) + mark + text.slice(at + gone);
        const known = scanned(spoilt);
        if (known) expect(known).toEqual(parsed(spoilt));
      }),
      { numRuns: 1000 },
    );
  });
});
