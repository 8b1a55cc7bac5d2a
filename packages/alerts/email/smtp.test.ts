import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { exampleMessage } from './example-message.ts';
import { toMime } from './mime.ts';
import { smtpChannel } from './smtp.ts';

const FROM = 'Plumbline <plumbline@bakhmach.example>';

/** A mail server of a few verbs on 127.0.0.1; `replies` overrides its answer to a verb, `BODY` is the end of the data. */
async function startSmtp(replies: Record<string, string> = {}) {
  const lines: string[] = [];
  const bodies: string[] = [];
  const server = createServer((socket) => {
    let buffer = '';
    let isData = false;
    const say = (verb: string, usual: string) => socket.write(`${replies[verb] ?? usual}\r\n`);
    socket.on('error', () => undefined);
    socket.write('220 mail.example ready\r\n');
    socket.on('data', (chunk) => {
      buffer += chunk.toString();
      for (;;) {
        const end = isData ? '\r\n.\r\n' : '\r\n';
        const at = buffer.indexOf(end);
        if (at < 0) return;
        const text = buffer.slice(0, at);
        buffer = buffer.slice(at + end.length);
        if (isData) {
          bodies.push(text);
          isData = false;
          say('BODY', '250 2.0.0 queued');
          continue;
        }
        lines.push(text);
        const verb = text.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
        if (verb === 'EHLO') say(verb, '250-mail.example\r\n250 AUTH PLAIN');
        else if (verb === 'AUTH') say(verb, '235 2.7.0 welcome');
        else if (verb === 'DATA') {
          isData = true;
          say(verb, '354 go on');
        } else if (verb === 'QUIT') socket.end('221 bye\r\n');
        else say(verb, '250 2.1.0 OK');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    lines,
    bodies,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a mail goes out under its own Message-ID, with the server’s login', async () => {
  await using smtp = await startSmtp();
  const channel = smtpChannel({ url: `smtp://me:hush@${smtp.address}`, from: FROM });
  expect(await channel.send(exampleMessage())).toEqual({
    outcome: 'delivered',
    messageId: '<mail_bakhmach_2026-02-13_vp-product@bakhmach.example>',
  });
  expect(smtp.lines.slice(1, 5)).toEqual([
    `AUTH PLAIN ${Buffer.from('\0me\0hush').toString('base64')}`,
    'MAIL FROM:<plumbline@bakhmach.example>',
    'RCPT TO:<vp-product@bakhmach.example>',
    'DATA',
  ]);
  expect(smtp.bodies.map((body) => body.trimEnd())).toEqual([
    (await toMime(exampleMessage(), FROM)).toString().trimEnd(),
  ]);
});

test('a login that is an address is the sender', async () => {
  await using smtp = await startSmtp();
  const channel = smtpChannel({ url: `smtp://alerts%40acme.example:hush@${smtp.address}`, from: FROM });
  expect(await channel.send(exampleMessage())).toEqual({
    outcome: 'delivered',
    messageId: '<mail_bakhmach_2026-02-13_vp-product@acme.example>',
  });
  expect(smtp.lines[2]).toBe('MAIL FROM:<alerts@acme.example>');
  expect(smtp.bodies[0]?.split('\r\n')).toContain('From: Plumbline <alerts@acme.example>');
});

test.each([
  [{ RCPT: '550 5.1.1 no such user' }, 'rejected', /550 5\.1\.1 no such user/],
  [{ BODY: '554 5.6.0 refused as spam' }, 'rejected', /554 5\.6\.0 refused as spam/],
  [{ RCPT: '450 4.2.1 mailbox busy' }, 'retryable', /450 4\.2\.1 mailbox busy/],
  [{ BODY: '451 4.3.0 try later' }, 'retryable', /451 4\.3\.0 try later/],
  [
    { MAIL: '553 5.7.1 sender address rejected: not owned by user' },
    'retryable',
    /553 5\.7\.1 sender address rejected/,
  ],
  [{ MAIL: '552 5.3.4 message too large' }, 'rejected', /552 5\.3\.4 message too large/],
  [{ AUTH: '535 5.7.8 wrong password' }, 'retryable', /535 5\.7\.8 wrong password/],
] as const)('the answer %o is %s', async (replies, outcome, reason) => {
  await using smtp = await startSmtp(replies);
  const delivery = await smtpChannel({ url: `smtp://me:hush@${smtp.address}`, from: FROM }).send(exampleMessage());
  expect(delivery).toEqual({ outcome, reason: expect.stringMatching(reason) });
  expect(JSON.stringify(delivery)).not.toContain('hush');
});

test('a server that is not there is retryable', async () => {
  const gone = await startSmtp();
  await gone[Symbol.asyncDispose]();
  const delivery = await smtpChannel({ url: `smtp://${gone.address}`, from: FROM }).send(exampleMessage());
  expect(delivery).toEqual({ outcome: 'retryable', reason: expect.stringContaining('ECONNREFUSED') });
});

describe('the address', () => {
  test.each(['https://mail.example', 'mail.example:465', 'smtps://', ''])(
    '"%s" is refused with what is allowed',
    (url) => {
      expect(() => smtpChannel({ url, from: FROM })).toThrow(
        'the mail server must be written as smtps://user:password@host:465 or smtp://host:587',
      );
    },
  );
});
