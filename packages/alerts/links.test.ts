import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Link } from './links.ts';
import { readerMark, signLink, verifyLink } from './links.ts';

const key = 'k'.repeat(32);
const expiresAt = toInstant('2026-03-01T00:00:00Z');
const link: Link = { action: 'snooze', workspace: 'bakhmach', transition: 'trn_1', expiresAt };

test('a token carries its link until the very moment it expires', () => {
  const token = signLink(link, key);
  expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
  expect(verifyLink(token, key, expiresAt - 1)).toEqual(link);
  expect(verifyLink(token, key, expiresAt)).toBe('expired');
});

test('a link about digests names its reader without their address', () => {
  const reader = readerMark('ceo@acme.example');
  const digests: Link = { action: 'digests', workspace: 'acme', dri: 'ceo', reader, expiresAt };
  const token = signLink(digests, key);
  expect(verifyLink(token, key, expiresAt - 1)).toEqual(digests);
  expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).not.toContain('acme.example');
  expect([reader.length, readerMark('cto@acme.example') === reader]).toEqual([12, false]);
});

test('a token with any character changed, under another key or of another shape is invalid', () => {
  const token = signLink(link, key);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...Array.from('AZaz09-_.= ')), (at, character) => {
      fc.pre(token[at] !== character);
      const forged = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
      expect(verifyLink(forged, key, expiresAt - 1)).toBe('invalid');
    }),
  );
  expect(verifyLink(token, 'x'.repeat(32), expiresAt - 1)).toBe('invalid');
  expect(['', '.', '..', 'a.b', `${token}.`, `.${token}`].map((bad) => verifyLink(bad, key, 0))).toEqual(
    Array(6).fill('invalid'),
  );
});

test('a key that is too short to protect anything is refused', () => {
  expect(() => signLink(link, 'k'.repeat(31))).toThrow('the key that signs links must have at least 32 characters');
});
