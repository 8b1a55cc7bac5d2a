import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Message } from '@plumbline/alerts/channel';
import { exampleMessage } from '@plumbline/alerts/email/example-message';
import { sesChannel } from '@plumbline/alerts/email/ses';
import { smtpChannel } from '@plumbline/alerts/email/smtp';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Driver, Fault, Kind, Service } from './driver.ts';
import { HOSTILE, httpService } from './driver.ts';

const FROM = 'Plumbline <alerts@acme.example>';

const messages: Readonly<Record<Kind, Message>> = {
  plain: exampleMessage(),
  hostile: exampleMessage({
    to: { name: HOSTILE, email: 'ceo@acme.example' },
    subject: HOSTILE,
    text: HOSTILE,
    unsubscribe: 'https://acme.example/digests?token=abc',
  }),
  huge: exampleMessage({ subject: 'x'.repeat(5000), text: 'y\n'.repeat(100_000), html: '<p>z</p>'.repeat(100_000) }),
};

/** One head, of which each header stands once, and no recipient but the one. */
function inspect(raw: string): void {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  const names = head.split('\r\n').map((line) => /^([\w-]+): /.exec(line)?.[1]?.toLowerCase() ?? line);
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain('bcc');
  expect(names).toContain('x-plumbline-mail');
}

const rawIn = z.object({ Content: z.object({ Raw: z.object({ Data: z.base64() }) }) });

export const ses: Driver = {
  name: 'ses',
  // A request is signed with the key, which itself never leaves.
  secrets: [],
  patience: 'the signal',
  inspect: (accepted) => inspect(Buffer.from(rawIn.parse(JSON.parse(accepted)).Content.Raw.Data, 'base64').toString()),
  start: (fault, excuse) =>
    httpService(
      fault,
      {
        accepts: { status: 200, body: '{"MessageId":"ses-1"}' },
        refuses: {
          status: 400,
          headers: { 'x-amzn-errortype': 'MessageRejected' },
          body: JSON.stringify({ message: excuse }),
        },
      },
      (endpoint) => {
        const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
        const client = new SESv2Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
        const channel = sesChannel({ client, from: FROM });
        return (kind, signal) => channel.send(messages[kind], signal);
      },
    ),
};

const PASSWORD = 'hush+hush/1';

export const smtp: Driver = {
  name: 'smtp',
  secrets: [PASSWORD],
  patience: { untried: 'it waits for 10 and for 30 seconds of real time' },
  inspect,
  start: async (fault, excuse) => {
    const server = await startServer(fault, excuse);
    const login = `me:${encodeURIComponent(PASSWORD)}`;
    const channel = smtpChannel({ url: `smtp://${login}@127.0.0.1:${server.port}`, from: FROM });
    return { ...server.service, send: (kind) => channel.send(messages[kind]) };
  },
};

/** A mail server that decides when it has heard the whole mail. */
async function startServer(fault: Fault, excuse: string) {
  const accepted: string[] = [];
  const sockets = new Set<Socket>();
  const ends: Partial<Record<Fault, string>> = {
    accepts: '250 2.0.0 queued',
    refuses: `554 5.7.1 ${excuse.replaceAll(/\s+/g, ' ').slice(0, 900)}`,
    'is busy': '451 4.3.2 try later',
    'is broken': '421 4.3.0 out of order',
  };
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    sockets.add(socket);
    let [buffer, isData] = ['', false];
    const say = (line: string) => socket.write(`${line}\r\n`);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    say('220 mail.example ready');
    socket.on('data', (chunk) => {
      buffer += chunk.toString();
      for (;;) {
        const end = isData ? '\r\n.\r\n' : '\r\n';
        const length = buffer.indexOf(end);
        if (length < 0) return;
        const line = buffer.slice(0, length);
        buffer = buffer.slice(length + end.length);
        if (isData) {
          isData = false;
          if (fault === 'accepts') accepted.push(line);
          const answer = ends[fault];
          if (answer === undefined) socket.destroy();
          else say(answer);
        } else if (line.startsWith('EHLO')) say('250-mail.example\r\n250 AUTH PLAIN');
        else if (line.startsWith('AUTH')) say('235 2.7.0 welcome');
        else if (line.startsWith('DATA')) {
          isData = true;
          say('354 go on');
        } else say('250 2.1.0 OK');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Omit<Service, 'send'> = {
    asked: () => asked,
    accepted: () => accepted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return { port: (server.address() as AddressInfo).port, service };
}
