import { SESv2Client } from '@aws-sdk/client-sesv2';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startLoopback } from '../loopback.ts';
import { exampleMessage } from './example-message.ts';
import { toMime } from './mime.ts';
import { SES_CLIENT, sesChannel } from './ses.ts';

const FROM = 'Plumbline <plumbline@bakhmach.example>';

const channelAt = (url: string, options: Partial<Parameters<typeof sesChannel>[0]> = {}) =>
  sesChannel({
    client: new SESv2Client({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      ...SES_CLIENT,
    }),
    from: FROM,
    ...options,
  });

const rawIn = (body: unknown) =>
  Buffer.from(
    z.object({ Content: z.object({ Raw: z.object({ Data: z.string() }) }) }).parse(body).Content.Raw.Data,
    'base64',
  );

test('a mail is sent raw, tagged with our id, and SES’s id is kept', async () => {
  await using ses = await startLoopback(() => ({ body: { MessageId: '0100018d-ses' } }));
  const message = exampleMessage();
  expect(await channelAt(ses.url, { configurationSet: 'plumbline' }).send(message)).toEqual({
    outcome: 'delivered',
    messageId: '0100018d-ses',
  });
  expect(ses.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v2/email/outbound-emails']);
  const body = ses.received[0]?.body;
  expect(body).toEqual({
    FromEmailAddress: FROM,
    Destination: { ToAddresses: ['vp-product@bakhmach.example'] },
    Content: { Raw: { Data: expect.any(String) } },
    EmailTags: [{ Name: 'plumbline-mail', Value: 'mail_bakhmach_2026-02-13_vp-product' }],
    ConfigurationSetName: 'plumbline',
  });
  expect(rawIn(body)).toEqual(await toMime(message, FROM));
});

test.each([
  [400, 'MessageRejected', 'rejected'],
  [400, 'BadRequestException', 'rejected'],
  [400, 'AccountSuspendedException', 'retryable'],
  [400, 'SendingPausedException', 'retryable'],
  [400, 'MailFromDomainNotVerifiedException', 'retryable'],
  [400, 'LimitExceededException', 'retryable'],
  [404, 'NotFoundException', 'retryable'],
  [429, 'TooManyRequestsException', 'retryable'],
  [400, 'ThrottlingException', 'retryable'],
  [403, 'AccessDeniedException', 'retryable'],
  [503, 'ServiceUnavailable', 'retryable'],
] as const)('SES’s %i %s is %s, after one call', async (status, type, outcome) => {
  await using ses = await startLoopback(() => ({
    status,
    headers: { 'x-amzn-errortype': type },
    body: { message: 'Email address is not verified.' },
  }));
  expect(await channelAt(ses.url).send(exampleMessage())).toEqual({
    outcome,
    reason: `[ses] ${type}: Email address is not verified.`,
  });
  expect(ses.received).toHaveLength(1);
});

const listed = (who: string) =>
  `Email address is not verified. The following identities failed the check in region EU-WEST-1: ${who}`;

test.each([
  ['Plumbline <plumbline@bakhmach.example>, plumbline@bakhmach.example', 'retryable'],
  ['PLUMBLINE@bakhmach.example', 'retryable'],
  ['vp-product@bakhmach.example', 'rejected'],
] as const)('where %s is not verified, a mail is %s: the sender’s DNS can be mended', async (who, outcome) => {
  await using ses = await startLoopback(() => ({
    status: 400,
    headers: { 'x-amzn-errortype': 'MessageRejected' },
    body: { message: listed(who) },
  }));
  expect(await channelAt(ses.url).send(exampleMessage())).toEqual({
    outcome,
    reason: `[ses] MessageRejected: ${listed(who)}`,
  });
});

test.each(['InternalFailure', 'ServiceFailure'])('SES’s 500 %s may come after it has taken the mail', async (type) => {
  await using ses = await startLoopback(() => ({
    status: 500,
    headers: { 'x-amzn-errortype': type },
    body: { message: 'We are sorry.' },
  }));
  const reason = `[ses] ${type}: We are sorry.`;
  expect(await channelAt(ses.url).send(exampleMessage())).toEqual({ outcome: 'retryable', reason, isLost: true });
});

test('an answer that never comes is retryable, and says nothing of whether the mail went out', async () => {
  await using ses = await startLoopback(() => 'hang up');
  const delivery = await channelAt(ses.url).send(exampleMessage());
  expect(delivery).toEqual({
    outcome: 'retryable',
    reason: expect.stringMatching(/^\[ses\] .*(ECONNRESET|hang up)/),
    isLost: true,
  });
  expect(ses.received).toHaveLength(1);
});

test('an answer of which nothing has come after half a minute is lost too', async () => {
  await using ses = await startLoopback(() => 'say nothing');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const delivery = channelAt(ses.url).send(exampleMessage());
    while (ses.received.length === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(30_000);
    expect(await delivery).toEqual({
      outcome: 'retryable',
      reason: expect.stringMatching(/^\[ses\] TimeoutError: /),
      isLost: true,
    });
  } finally {
    vi.useRealTimers();
  }
});

test('a service that is not there has not taken it', async () => {
  const gone = await startLoopback(() => ({ body: {} }));
  await gone[Symbol.asyncDispose]();
  const delivery = await channelAt(gone.url).send(exampleMessage());
  expect(delivery).toEqual({ outcome: 'retryable', reason: expect.stringContaining('ECONNREFUSED') });
});

test('an aborted send is retryable', async () => {
  await using ses = await startLoopback(() => ({ body: { MessageId: 'x' } }));
  const delivery = await channelAt(ses.url).send(exampleMessage(), AbortSignal.abort());
  expect(delivery).toEqual({ outcome: 'retryable', reason: '[ses] AbortError: Request aborted', isLost: true });
});

test('a lost mail can be looked for only where the service can be asked', async () => {
  expect('find' in channelAt('http://127.0.0.1:9')).toBe(false);
  const channel = channelAt('http://127.0.0.1:9', { find: async (id) => `found-${id}` });
  expect(await channel.find?.('mail_1')).toBe('found-mail_1');
});
