import { expect, test } from 'vitest';
import { excerpt } from './errors.ts';

test('foreign text becomes one line of at most 256 characters that a terminal only shows', () => {
  expect(excerpt(' no\r\n\tright \u001B]0;mine\u0007\u009B2Jhere\u0000 ')).toBe('no right ]0;mine 2Jhere');
  expect(excerpt('a'.repeat(256))).toBe('a'.repeat(256));
  expect(excerpt('a'.repeat(257))).toBe(`${'a'.repeat(255)}…`);
});
