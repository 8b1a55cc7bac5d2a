import { toInstant } from '@plumbline/core/zone';
import type { Message } from '../channel.ts';

/** A small message with a picture, for the tests of the channels. */
export const exampleMessage = (changes: Partial<Message> = {}): Message => ({
  id: 'mail_bakhmach_2026-02-13_vp-product',
  to: { name: 'VP Product', email: 'vp-product@bakhmach.example' },
  at: toInstant('2026-02-14T01:02:03Z'),
  subject: '[Missed] NPS 36 vs > 40 by Week 6 (−4) · Bakhmach Business Hub',
  html: '<p>Missed</p><img src="cid:picture-1@plumbline" alt="NPS">',
  text: 'Missed\n',
  attachments: [
    { cid: 'picture-1@plumbline', filename: 'picture-1.png', content: new Uint8Array([137, 80, 78, 71]), alt: 'NPS' },
  ],
  ...changes,
});
