import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SecretError } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';

const linkSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.enum(['acknowledge', 'snooze']),
    workspace: z.string(),
    transition: z.string(),
    /** Whose mail it is in; absent in links of before this was said. */
    dri: z.string().optional(),
    expiresAt: z.number(),
  }),
  z.object({
    action: z.literal('digests'),
    workspace: z.string(),
    dri: z.string(),
    /** `readerMark` of the address that it was mailed to. */
    reader: z.string(),
    expiresAt: z.number(),
  }),
]);

/** What the bearer of a mail's link may do, until when: answer an alert, or say whether a DRI wants digests. */
export type Link = z.infer<typeof linkSchema>;
export type AlertLink = Exclude<Link, { action: 'digests' }>;
export type DigestLink = Extract<Link, { action: 'digests' }>;

const MIN_KEY = 32;

function macOf(payload: string, key: string): Buffer {
  if (key.length < MIN_KEY) throw new SecretError(`the key that signs links must have at least ${MIN_KEY} characters`);
  return createHmac('sha256', key).update(`plumbline-link-1.${payload}`).digest();
}

/** Tells one address of a DRI from another in a link, where it does not have to be read. */
export const readerMark = (email: string): string =>
  createHash('sha256').update(email).digest('base64url').slice(0, 12);

/** A token for the links of a mail: base64url payload, `.`, base64url HMAC-SHA256. Throws SecretError for a short key. */
export function signLink(link: Link, key: string): string {
  const payload = Buffer.from(JSON.stringify(linkSchema.parse(link))).toString('base64url');
  return `${payload}.${macOf(payload, key).toString('base64url')}`;
}

/** What a token allows; `expired` for one of ours whose time is over, `invalid` for anything else. */
export function verifyLink(token: string, key: string, now: Instant): Link | 'expired' | 'invalid' {
  const [payload, mac, ...rest] = token.split('.');
  if (payload === undefined || mac === undefined || rest.length > 0) return 'invalid';
  const expected = macOf(payload, key);
  const given = Buffer.from(mac, 'base64url');
  // Compared as text too: base64url has several spellings of the same bytes.
  const isOurs =
    given.length === expected.length && timingSafeEqual(given, expected) && given.toString('base64url') === mac;
  if (!isOurs) return 'invalid';
  const link = linkSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  return now < link.expiresAt ? link : 'expired';
}
