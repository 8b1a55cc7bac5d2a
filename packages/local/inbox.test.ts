import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { reportOf, sesEvent } from '@plumbline/alerts/email/ses-events';
import { expect, onTestFinished, test } from 'vitest';
import { simulatedClock } from './clock.ts';
import type { BusEvent } from './event-log.ts';
import { startInbox } from './inbox.ts';

const now = Date.parse('2026-02-13T01:00:07Z');
const newFolder = () => mkdtempSync(join(tmpdir(), 'plumbline-inbox-'));

async function start(folder = newFolder()) {
  const clock = simulatedClock(now);
  const told: BusEvent[] = [];
  const inbox = await startInbox({ folder, clock, publish: (events) => void told.push(...events) });
  const client = new SESv2Client({
    endpoint: inbox.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await inbox.close();
  });
  const send = (raw: string, input: Partial<SendEmailCommandInput> = {}) =>
    client.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } }, ...input }));
  return { folder, clock, inbox, client, send, told };
}

const mail = (id: string) =>
  [
    'From: Plumbline <plumbline@bakhmach.example>',
    'To: vp-product@bakhmach.example',
    'Subject: =?UTF-8?Q?[Missed]_NPS_36_vs_>_40_by_Week_6_=28=E2=88=924=29?=',
    ' =?UTF-8?B?wrcgQmFraG1hY2g=?=',
    `X-Plumbline-Mail: ${id}`,
    '',
    'Subject: not this one',
    '',
  ].join('\r\n');

test('a raw mail is in the folder, byte for byte, before it is answered for', async () => {
  const { folder, inbox, send } = await start();
  const { MessageId = '' } = await send(mail('mail_1'), {
    FromEmailAddress: 'plumbline@bakhmach.example',
    Destination: { ToAddresses: ['vp-product@bakhmach.example'] },
  });
  expect(readdirSync(folder)).toEqual([`${MessageId}.eml`]);
  expect(readFileSync(join(folder, `${MessageId}.eml`), 'utf8')).toBe(mail('mail_1'));
  expect(await inbox.list()).toEqual([
    {
      messageId: MessageId,
      mailId: 'mail_1',
      at: now,
      from: 'Plumbline <plumbline@bakhmach.example>',
      to: 'vp-product@bakhmach.example',
      subject: '[Missed] NPS 36 vs > 40 by Week 6 (−4)· Bakhmach',
    },
  ]);
});

test('a send whose answer was lost is found by its own id, here, over HTTP, and after a restart', async () => {
  const first = await start();
  const { MessageId } = await first.send(mail('mail_1/x'));
  expect(await first.inbox.find('mail_1/x')).toBe(MessageId);
  expect(await first.inbox.find('mail_2')).toBeUndefined();
  const found = await fetch(`${first.inbox.url}/mails/${encodeURIComponent('mail_1/x')}`);
  expect(await found.json()).toEqual({ messageId: MessageId });
  expect((await fetch(`${first.inbox.url}/mails/mail_2`)).status).toBe(404);

  const second = await start(first.folder);
  expect(await second.inbox.find('mail_1/x')).toBe(MessageId);
  expect(await second.inbox.list()).toEqual(await first.inbox.list());
});

test('like SES it takes the same mail twice, and lists by time', async () => {
  const { inbox, send, clock, folder } = await start();
  const one = await send(mail('mail_1'));
  await clock.sleep(1000);
  const two = await send(mail('mail_1'));
  expect((await inbox.list()).map((entry) => [entry.messageId, entry.at])).toEqual([
    [one.MessageId, now],
    [two.MessageId, now + 1000],
  ]);
  expect(await inbox.find('mail_1')).toBe(one.MessageId);
  expect(await (await start(folder)).inbox.list()).toEqual(await inbox.list());
});

test('a half-written file of a crash is not a mail', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'x.new'), 'From: half');
  expect(await (await start(folder)).inbox.list()).toEqual([]);
});

test.each<[string, string, Partial<SendEmailCommandInput>, string]>([
  ['without From', 'To: a@b.example\r\n\r\nHi', {}, 'The message has no From.'],
  ['without a destination', 'From: a@b.example\r\n\r\nHi', {}, 'The message has no destination.'],
  ['to no address', 'From: a@b.example\r\n\r\nHi', { Destination: { ToAddresses: ['bob'] } }, '"bob" is no address.'],
  [
    'that is not raw',
    '',
    { Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } } } },
    'Only Raw content is taken here; build the MIME message yourself.',
  ],
])('a mail %s is refused and leaves no file', async (_, raw, input, message) => {
  const { send, folder } = await start();
  await expect(send(raw, input)).rejects.toMatchObject({ name: 'BadRequestException', message });
  expect(readdirSync(folder)).toEqual([]);
});

test('40 MB are taken, a byte more is not', async () => {
  const { send } = await start();
  const head = 'From: a@b.example\r\nTo: c@d.example\r\n\r\n';
  const sized = (bytes: number) => head + 'x'.repeat(bytes - head.length);
  expect((await send(sized(41_943_040))).MessageId).toMatch(/^[0-9a-f]{16}-/);
  await expect(send(sized(41_943_041))).rejects.toThrow('The message has 41943041 bytes; at most 41943040 are taken.');
});

/** What is told of a mail to this address, as it is read on the other side. */
async function toldOf(address: string) {
  const { send, told } = await start();
  const { MessageId } = await send(`From: a@b.example\r\nTo: ${address}\r\n\r\nHi`, {
    ConfigurationSetName: 'plumbline',
    EmailTags: [{ Name: 'plumbline-mail', Value: 'mail_acme_2026-02-13_cpo' }],
  });
  return told.map((event) => {
    const { report, demo } = reportOf(sesEvent.parse(event)) ?? {};
    expect(report ?? { messageId: MessageId }).toMatchObject({ messageId: MessageId });
    expect(demo ?? false).toBe(false);
    return [event['detail-type'], report?.state, report?.reason];
  });
}

test('what becomes of a mail is told as SES does it, for the addresses of its simulator too', async () => {
  const sent = ['Email Sent', 'accepted', null];
  const delivered = ['Email Delivered', 'delivered', null];
  const no = 'smtp; 550 5.1.1 user unknown';
  expect(await toldOf('cpo@acme.example')).toEqual([sent, delivered]);
  expect(await toldOf('success@simulator.amazonses.com')).toEqual([sent, delivered]);
  expect(await toldOf('bounce+cpo@simulator.amazonses.com')).toEqual([sent, ['Email Bounced', 'bounced', no]]);
  expect(await toldOf('suppressionlist@simulator.amazonses.com')).toEqual([
    sent,
    ['Email Bounced', 'suppressed', 'Suppressed'],
  ]);
  expect(await toldOf('ooto@simulator.amazonses.com')).toEqual([
    sent,
    delivered,
    ['Email Bounced', undefined, undefined],
  ]);
  expect(await toldOf('complaint@simulator.amazonses.com')).toEqual([
    sent,
    delivered,
    ['Email Complaint Received', 'complained', 'abuse'],
  ]);
});

test('nothing is told of a mail without a configuration set', async () => {
  const { send, told } = await start();
  await send(mail('mail_1'));
  expect(told).toEqual([]);
});

test('what a crash left untold of a mail that was taken is told at the next start, and nothing of one that was not', async () => {
  const { send, told, folder } = await start();
  const { MessageId } = await send(mail('mail_1'), { ConfigurationSetName: 'plumbline' });
  writeFileSync(join(folder, `${MessageId}.events`), JSON.stringify(told));
  writeFileSync(join(folder, 'never-taken.events'), JSON.stringify(told));
  const again = await start(folder);
  expect(again.told).toEqual(told);
  expect(readdirSync(folder)).toEqual([`${MessageId}.eml`]);
  expect((await start(folder)).told).toEqual([]);
});
