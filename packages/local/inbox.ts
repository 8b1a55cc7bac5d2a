import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import type { BusEvent } from './event-log.ts';
import { eventSchema } from './event-log.ts';
import { decodeWords, readHeaders } from './raw-mail.ts';
import { serveOnLoopback } from './serve.ts';
import { sesEventsOf } from './ses-events.ts';

export type MailSummary = {
  /** What SES would call it; the file is `<messageId>.eml`. */
  messageId: string;
  /** The sender's own id from `X-Plumbline-Mail`. */
  mailId?: string;
  at: Instant;
  from: string;
  to: string;
  subject: string;
};

export type Inbox = {
  /** The endpoint for an SES v2 client. */
  url: string;
  close(): Promise<void>;
  /** All mails in the folder, oldest first. */
  list(): Promise<MailSummary[]>;
  /** The message id under which the mail with this own id was accepted, if it was. */
  find(mailId: string): Promise<string | undefined>;
};

/** The largest message that SES takes; https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const MAX_BYTES = 40 * 1024 * 1024;
const SEND_EMAIL = '/v2/email/outbound-emails';

const addresses = z.array(z.string()).optional();
const sendSchema = z.object({
  FromEmailAddress: z.string().optional(),
  Destination: z.object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }).optional(),
  Content: z.object({ Raw: z.object({ Data: z.base64() }).optional() }),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  ConfigurationSetName: z.string().optional(),
});

/** A refusal, in the words of the sender's SES client a BadRequestException. */
class Refusal extends Error {}

/**
 * A mail service of one machine that answers the SES v2 client's SendEmail and keeps each mail as a file, which is complete before
 * it is answered for. What becomes of a mail that names a configuration set is published as SES does it, at least once. `GET /mails/{mailId}` tells another process what `find` tells this one.
 */
export async function startInbox(options: {
  folder: string;
  clock: Clock;
  /** Puts events on the account's default bus. */
  publish: (events: readonly BusEvent[]) => void;
}): Promise<Inbox> {
  const { folder, clock, publish } = options;
  await mkdir(folder, { recursive: true });
  await publishUntold(folder, publish);
  const mails = await readFolder(folder);
  const accepted = (mailId: string) => mails.find((mail) => mail.mailId === mailId)?.messageId;

  const accept = async (request: Request): Promise<Response> => {
    const { raw, from, to, tags, configurationSet } = readMessage(await request.text());
    const at = clock.now();
    const messageId = newMessageId(at);
    const place = (end: string) => join(folder, `${messageId}${end}`);
    // A demo's mails are written on a clock of its own, and what becomes of them is told by that one.
    const written = Date.parse(readHeaders(raw).get('date') ?? '') || at;
    const told =
      configurationSet === undefined ? [] : sesEventsOf({ messageId, at: written, from, to, tags, configurationSet });
    await writeFile(place('.new'), raw);
    if (told.length > 0) await writeFile(place(UNTOLD), JSON.stringify(told));
    await rename(place('.new'), place('.eml'));
    mails.push(summarise(messageId, raw));
    publish(told);
    await rm(place(UNTOLD), { force: true });
    return Response.json({ MessageId: messageId });
  };

  const server = await serveOnLoopback(async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === 'POST' && pathname === SEND_EMAIL) {
      return accept(request).catch((error: unknown) => {
        if (error instanceof Refusal) return awsError(400, 'BadRequestException', error.message);
        throw error;
      });
    }
    const mailId = /^\/mails\/([^/]+)$/.exec(pathname)?.[1];
    const messageId = mailId === undefined ? undefined : accepted(decodeURIComponent(mailId));
    if (request.method === 'GET' && messageId !== undefined) return Response.json({ messageId });
    return awsError(404, 'NotFoundException', `${request.method} ${pathname} is not here`);
  });

  return {
    url: server.url,
    close: () => server.close(),
    list: async () => [...mails],
    find: async (mailId) => accepted(mailId),
  };
}

const awsError = (status: number, type: string, message: string): Response =>
  Response.json({ message }, { status, headers: { 'x-amzn-errortype': type } });

/** Behind the name of a mail: its events, until they are on the bus. */
const UNTOLD = '.events';

/** Publishes what a crash left untold of mails that were taken. */
async function publishUntold(folder: string, publish: (events: readonly BusEvent[]) => void): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((one) => one.endsWith(UNTOLD)).toSorted()) {
    const file = join(folder, name);
    if (names.includes(`${name.slice(0, -UNTOLD.length)}.eml`)) {
      publish(z.array(eventSchema).parse(JSON.parse(await readFile(file, 'utf8'))));
    }
    await rm(file);
  }
}

/** What a SendEmail body asks for, where SES would take it. Throws Refusal. */
function readMessage(body: string) {
  const request = sendSchema.safeParse(parseJson(body));
  if (!request.success) throw new Refusal(z.prettifyError(request.error));
  const { FromEmailAddress, Destination = {}, Content, EmailTags, ConfigurationSetName } = request.data;
  if (Content.Raw === undefined) throw new Refusal('Only Raw content is taken here; build the MIME message yourself.');
  const raw = Buffer.from(Content.Raw.Data, 'base64');
  if (raw.length > MAX_BYTES) throw new Refusal(`The message has ${raw.length} bytes; at most ${MAX_BYTES} are taken.`);
  const headers = readHeaders(raw);
  if (!FromEmailAddress && !headers.get('from')) throw new Refusal('The message has no From.');
  const named = [
    ...(Destination.ToAddresses ?? []),
    ...(Destination.CcAddresses ?? []),
    ...(Destination.BccAddresses ?? []),
  ];
  const recipients = named.length > 0 ? named : [headers.get('to') ?? ''];
  const bad = recipients.find((address) => !/[^\s@]@[^\s@]/.test(address));
  if (bad !== undefined) throw new Refusal(bad === '' ? 'The message has no destination.' : `"${bad}" is no address.`);
  return {
    raw,
    from: FromEmailAddress ?? headers.get('from') ?? '',
    to: recipients,
    tags: Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value])),
    configurationSet: ConfigurationSetName,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('The body is not JSON.');
  }
}

/** As in SES the id begins with the time, so that files sort by it and a restart knows when a mail came. */
const newMessageId = (now: Instant): string => `${now.toString(16).padStart(16, '0')}-${randomUUID()}-000000`;
const timeOf = (messageId: string): Instant => Number.parseInt(messageId.slice(0, 16), 16);

async function readFolder(folder: string): Promise<MailSummary[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(
    names.map(async (name) => summarise(name.slice(0, -'.eml'.length), await readFile(join(folder, name)))),
  );
}

function summarise(messageId: string, raw: Uint8Array): MailSummary {
  const headers = readHeaders(raw);
  const text = (name: string) => decodeWords(headers.get(name) ?? '');
  const mailId = headers.get('x-plumbline-mail');
  return {
    messageId,
    ...(mailId === undefined ? {} : { mailId }),
    at: timeOf(messageId),
    from: text('from'),
    to: text('to'),
    subject: text('subject'),
  };
}
