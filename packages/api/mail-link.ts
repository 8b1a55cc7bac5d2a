import type { Link } from '@plumbline/alerts/links';
import { verifyLink } from '@plumbline/alerts/links';
import { deadLinkPage } from '@plumbline/dashboard/act-page';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyWithin } from './body.ts';
import type { Room } from './reads.ts';

/** What the pages behind a mail's links stand on. */
export type LinkPorts = { room(workspace: string): Room | undefined; linkKey(): Promise<string> };

const MOST_BYTES = 16 * 1024;

/** What a token allows in which workspace; whose clock counts is in it, so it is checked for being ours first, and for its time after that. */
export async function openLink(
  ports: LinkPorts,
  token: string,
): Promise<{ link: Link; room: Room } | 'expired' | 'invalid'> {
  const key = await ports.linkKey();
  const ours = verifyLink(token, key, -Infinity);
  if (typeof ours === 'string') return 'invalid';
  const room = ports.room(ours.workspace);
  if (!room) return 'invalid';
  const link = verifyLink(token, key, room.now);
  return typeof link === 'string' ? link : { link, room };
}

export const deadLink = (c: Context, why: 'expired' | 'invalid') =>
  c.html(deadLinkPage(why), why === 'expired' ? 410 : 400);

/** A posted form's fields, in either of the forms that HTML knows; none where it is neither. Throws Problem 413 for a long one. */
export async function fieldsIn(c: Context): Promise<Record<string, unknown>> {
  const sent = await bodyWithin(c, MOST_BYTES, 'send at most 16 KB');
  const type = c.req.header('content-type') ?? '';
  const form = await new Response(sent, { headers: { 'content-type': type } }).formData().catch(() => new FormData());
  return Object.fromEntries(form);
}

/** Nobody keeps a page that a token opens. */
export const unkept: MiddlewareHandler = async (c, next) => {
  c.header('cache-control', 'no-store');
  await next();
};
