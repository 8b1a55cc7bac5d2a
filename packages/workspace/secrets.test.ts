import { expect, it } from 'vitest';
import { withLogin } from './secrets.ts';

it('gives the mail server its login, whatever characters that has', () => {
  expect(withLogin('smtps://mail.example:465', undefined)).toBe('smtps://mail.example:465');
  const url = new URL(withLogin('smtps://mail.example:465', 'alerts@acme.example:p@ss:w%rd/'));
  expect([url.host, decodeURIComponent(url.username), decodeURIComponent(url.password)]).toEqual([
    'mail.example:465',
    'alerts@acme.example',
    'p@ss:w%rd/',
  ]);
});
