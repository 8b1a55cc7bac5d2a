import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { plain } from '../text.ts';
import type { Message } from '../channel.ts';

/** The header that names our own id of a mail, by which a lost answer is reconciled. */
const MAIL_HEADER = 'X-Plumbline-Mail';

/** `<id@domain of the sender>`: the same mail has the same Message-ID however often it is sent. */
export function messageIdOf(id: string, from: string): string {
  const domain = /@([a-z0-9.-]+)>?\s*$/i.exec(from)?.[1] ?? 'plumbline.invalid';
  return `<${id}@${domain}>`;
}

/** RFC 2369, and RFC 8058 where its condition is met: a mail program posts only to an address that is `https:`. */
function unsubscribing({ unsubscribe }: Message): Record<string, string> {
  if (unsubscribe === undefined) return {};
  const { href, protocol } = new URL(unsubscribe);
  return {
    'List-Unsubscribe': `<${href}>`,
    ...(protocol === 'https:' && { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
  };
}

/**
 * A message as RFC 5322 bytes: text and HTML as alternatives, pictures related to the HTML. The same message always gives the same bytes.
 * `from` is an address or `Name <address>`.
 */
export async function toMime(message: Message, from: string): Promise<Buffer> {
  const composer = new MailComposer({
    from,
    to: { name: plain(message.to.name), address: message.to.email },
    subject: plain(message.subject),
    date: new Date(message.at),
    messageId: messageIdOf(message.id, from),
    headers: { [MAIL_HEADER]: message.id, 'Auto-Submitted': 'auto-generated', ...unsubscribing(message) },
    text: message.text,
    html: message.html,
    attachments: message.attachments.map(({ cid, filename, content }) => ({
      cid,
      filename,
      content: Buffer.from(content),
      contentType: 'image/png',
      contentDisposition: 'inline',
    })),
    // A digest of what it divides: always the same, and no text can hold it.
    baseBoundary: createHash('sha256')
      .update(`${message.id}\n${message.text}\n${message.html}`)
      .digest('hex')
      .slice(0, 32),
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
