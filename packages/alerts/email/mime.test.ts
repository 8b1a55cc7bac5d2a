import { expect, test } from 'vitest';
import { exampleMessage } from './example-message.ts';
import { toMime } from './mime.ts';

const FROM = 'Plumbline <plumbline@bakhmach.example>';

/** The head of a mail as `name: value` lines, unfolded. */
const headOf = (mime: Buffer) =>
  mime
    .toString()
    .split('\r\n\r\n', 1)
    .join('')
    .replaceAll(/\r\n\s+/g, ' ')
    .split('\r\n');
const typesIn = (mime: Buffer) => [...mime.toString().matchAll(/^Content-Type: ([^;\r]+)/gm)].map((match) => match[1]);

test('a mail says who it is from and for, when, under which id, and that a machine wrote it', async () => {
  const head = headOf(await toMime(exampleMessage({ subject: '[Missed] NPS' }), FROM));
  expect(head.filter((line) => !line.startsWith('Content-Type')).toSorted()).toEqual([
    'Auto-Submitted: auto-generated',
    'Date: Sat, 14 Feb 2026 01:02:03 +0000',
    'From: Plumbline <plumbline@bakhmach.example>',
    'MIME-Version: 1.0',
    'Message-ID: <mail_bakhmach_2026-02-13_vp-product@bakhmach.example>',
    'Subject: [Missed] NPS',
    'To: VP Product <vp-product@bakhmach.example>',
    'X-Plumbline-Mail: mail_bakhmach_2026-02-13_vp-product',
  ]);
});

test('a mail that may be done without says where to end it, and that one click does where the address is https', async () => {
  const listed = async (unsubscribe: string) =>
    headOf(await toMime(exampleMessage({ unsubscribe }), FROM)).filter((line) => line.startsWith('List-'));
  const token = `${'p'.repeat(180)}.${'m'.repeat(43)}`;
  expect(await listed(`https://plumbline.acme.example/digests?token=${token}`)).toEqual([
    `List-Unsubscribe: <https://plumbline.acme.example/digests?token=${token}>`,
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  ]);
  expect(await listed('http://127.0.0.1:4180/digests?token=t')).toEqual([
    'List-Unsubscribe: <http://127.0.0.1:4180/digests?token=t>',
  ]);
  expect(await listed('https://x.example/?a=b>\r\nBcc: evil@example.com')).toEqual([
    'List-Unsubscribe: <https://x.example/?a=b%3EBcc:%20evil@example.com>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  ]);
});

test('its text and HTML are alternatives, its picture is related to the HTML and shown in it', async () => {
  const mime = await toMime(exampleMessage(), FROM);
  expect(typesIn(mime)).toEqual(['multipart/alternative', 'text/plain', 'multipart/related', 'text/html', 'image/png']);
  expect(mime.toString()).toContain('Content-ID: <picture-1@plumbline>\r\n');
  expect(mime.toString()).toContain('Content-Disposition: inline; filename=picture-1.png\r\n');
});

test('every line of it ends as RFC 5322 wants', async () => {
  const mime = await toMime(exampleMessage({ text: 'one\ntwo\n', html: '<p>\n</p>' }), FROM);
  expect(mime.toString().match(/(?<!\r)\n|\r(?!\n)/g)).toBeNull();
});

test('the same message gives the same bytes', async () => {
  expect(await toMime(exampleMessage(), FROM)).toEqual(await toMime(exampleMessage(), FROM));
});

test('no name and no subject can add a header', async () => {
  const evil = 'x\r\nBcc: evil@example.com\r\n\r\n<b>body</b>\u202E';
  const mime = await toMime(exampleMessage({ subject: evil, to: { name: evil, email: 'a@b.example' } }), FROM);
  const head = headOf(mime);
  expect(head.map((line) => line.replace(/:.*/, '')).toSorted()).toEqual([
    'Auto-Submitted',
    'Content-Type',
    'Date',
    'From',
    'MIME-Version',
    'Message-ID',
    'Subject',
    'To',
    'X-Plumbline-Mail',
  ]);
  expect(head).toContain('Subject: x Bcc: evil@example.com <b>body</b>');
  expect(head).toContain('To: "x Bcc: evil@example.com <b>body</b>" <a@b.example>');
});
