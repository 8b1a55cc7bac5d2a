import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonPath, valueAt } from './json-path.ts';

const at = (path: string, json: unknown): unknown => {
  const parsed = parseJsonPath(path);
  return parsed === undefined ? 'refused' : valueAt(parsed, json);
};

// Names and answers of https://www.rfc-editor.org/rfc/rfc9535#section-2.3.1.3 and #section-2.3.3.3.
test.each([
  ['$.o["j j"]', { o: { 'j j': { 'k.k': 3 } } }, { 'k.k': 3 }],
  ['$.o["j j"]["k.k"]', { o: { 'j j': { 'k.k': 3 } } }, 3],
  [`$["'"]["@"]`, { "'": { '@': 2 } }, 2],
  ['$[1]', ['a', 'b'], 'b'],
  ['$[-2]', ['a', 'b'], 'a'],
  ['$', 7, 7],
  ["$['it\\'s \"so\" \\u263A']", { 'it\'s "so" ☺': 1 }, 1],
  ['$.größe_2 [ 0 ]', { größe_2: [5] }, 5],
])('%s finds one value', (path, json, found) => {
  expect(at(path, json)).toEqual(found);
});

test.each([
  ['$.a', {}],
  ['$.a', ['a']],
  ['$[0]', { 0: 'zero' }],
  ['$[2]', ['a', 'b']],
  ['$[-3]', ['a', 'b']],
  ['$.a.b', { a: null }],
  ['$.length', 'text'],
  ['$.constructor', {}],
])('%s leads nowhere in %j', (path, json) => {
  expect(at(path, json)).toBe(undefined);
});

test.each([
  '',
  'a.b',
  '.a',
  '$a',
  '$.',
  '$..a',
  '$.*',
  '$[*]',
  '$[0:2]',
  '$[0,1]',
  '$[?@.a == 1]',
  '$[01]',
  '$[-0]',
  '$.1a',
  "$['a'",
  "$['\\q']",
  '$.a b',
])('%s is refused: it is no path, or may mean several values', (path) => {
  expect(parseJsonPath(path)).toBe(undefined);
});

test('any name that is quoted as JSON quotes it finds its member', () => {
  const member = fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__');
  fc.assert(
    fc.property(member, fc.integer(), (name, value) => {
      expect(at(`$[${JSON.stringify(name)}]`, { [name]: value })).toBe(value);
    }),
  );
});
