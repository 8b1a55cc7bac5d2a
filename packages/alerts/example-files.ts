import { createHash } from 'node:crypto';
import { toInstant } from '@plumbline/core/zone';
import { toMime } from './email/mime.ts';
import { exampleMails } from './example-mails.ts';
import type { Mail } from './mail.ts';
import { renderMail } from './mail.ts';

/** The kind that is shown as it travels, too. */
const RAW = 'digest';

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 8);

/** A picture's name in `docs/mails`: what it shows, so that mails with the same one share it. */
const fileOf = (content: Uint8Array): string => `picture-${digestOf(content)}.png`;

/** The HTML with pictures that lie beside it, where a mail has them inside. */
const withFiles = ({ html, attachments }: Mail): string =>
  attachments.reduce((text, { cid, content }) => text.replaceAll(`cid:${cid}`, fileOf(content)), html);

/** Every example as the files of `docs/mails`: `<kind>.html`, `<kind>.txt`, the pictures, and one raw mail. */
export async function exampleFiles(): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  for (const [kind, input] of Object.entries(exampleMails)) {
    const mail = await renderMail(input);
    files.set(`${kind}.html`, withFiles(mail));
    files.set(`${kind}.txt`, `Subject: ${mail.subject}\n\n${mail.text}`);
    for (const { content } of mail.attachments) files.set(fileOf(content), content);
    if (kind === RAW) {
      const { title, email } = input.dri;
      const message = {
        ...mail,
        id: `mail_${input.workspace.id}_${input.night}_${input.dri.id}`,
        to: { name: title, email },
        at: toInstant('2026-02-14T01:05:00Z'),
      };
      files.set(`${kind}.eml`, await toMime(message, 'Plumbline <plumbline@bakhmach.example>'));
    }
  }
  return files;
}
