import { excerpt, InputError, messageOf } from '@plumbline/core/errors';
import nodemailer from 'nodemailer';
import { z } from 'zod';
import type { Channel } from '../channel.ts';
import { isLoopback } from '../hosts.ts';
import { without } from '../text.ts';
import { messageIdOf, toMime } from './mime.ts';

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

const smtpError = z.object({
  code: z.string().optional(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
});

/** Its size is said together with the sender. https://www.rfc-editor.org/rfc/rfc1870 */
const TOO_LARGE = 552;

/**
 * Mails by an SMTP server: `smtps://user:password@host:465`, or `smtp://…:587`, which must then offer TLS unless it is this machine.
 * Throws InputError for another address, without repeating it (it may hold a password). A login that is an address is the sender, since
 * servers refuse others; `from` is it elsewhere.
 */
export function smtpChannel(options: { url: string; from: string }): Channel {
  const { url } = options;
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !['smtp:', 'smtps:'].includes(address.protocol) || address.hostname === '') {
    throw new InputError('the mail server must be written as smtps://user:password@host:465 or smtp://host:587');
  }
  const [login, password] = [decodeURIComponent(address.username), decodeURIComponent(address.password)];
  const from = /^[^\s@]+@[^\s@]+$/.test(login) ? `Plumbline <${login}>` : options.from;
  const transport = nodemailer.createTransport({
    url,
    requireTLS: address.protocol === 'smtp:' && !isLoopback(url),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
  return {
    name: 'smtp',
    async send(message) {
      try {
        const raw = await toMime(message, from);
        await transport.sendMail({ envelope: { from, to: message.to.email }, raw });
        return { outcome: 'delivered', messageId: messageIdOf(message.id, from) };
      } catch (error) {
        const { code, responseCode, command } = smtpError.catch({}).parse(error);
        // 5yz about the recipient or the message is for good; 4yz, a refused login or sender, or a lost connection may pass or be mended.
        const isSender = code === 'EENVELOPE' && command === 'MAIL FROM' && responseCode !== TOO_LARGE;
        const isRefused = (code === 'EENVELOPE' || code === 'EMESSAGE') && !isSender && (responseCode ?? 500) >= 500;
        return {
          outcome: isRefused ? 'rejected' : 'retryable',
          reason: excerpt(`[smtp] ${without([password], messageOf(error))}`),
        };
      }
    },
  };
}
