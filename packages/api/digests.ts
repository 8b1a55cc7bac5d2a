import type { DigestLink } from '@plumbline/alerts/links';
import { readerMark } from '@plumbline/alerts/links';
import type { Unsubscribed } from '@plumbline/core/status';
import type { DigestReader } from '@plumbline/dashboard/digests-page';
import { digestsDonePage, digestsPage } from '@plumbline/dashboard/digests-page';
import { nameOf } from '@plumbline/plan/review-meetings';
import { emailOf } from '@plumbline/workspace/workspace';
import { Hono } from 'hono';
import { z } from 'zod';
import type { LinkPorts } from './mail-link.ts';
import { deadLink, fieldsIn, openLink, unkept } from './mail-link.ts';
import type { Room } from './reads.ts';

/** Whose digests a valid link is about, and what they last said. */
type Case = { link: DigestLink; room: Room; email: string; known: Unsubscribed | undefined };

/** A page's button, or a mail program on behalf of its reader: RFC 8058 puts the token in the address, and this into the body. */
const formSchema = z.union([
  z.object({ token: z.string(), digests: z.enum(['none', 'again']) }),
  z
    .object({ 'List-Unsubscribe': z.literal('One-Click') })
    .transform(() => ({ token: undefined, digests: 'none' as const })),
]);

/** Where a mail's reader says that they want no digests, or wants them again: GET asks, only POST does it. */
export function digestRoutes(ports: LinkPorts): Hono {
  const app = new Hono();
  app.use('/digests', unkept);
  app.get('/digests', async (c) => {
    const token = c.req.query('token') ?? '';
    const found = await find(ports, token);
    return typeof found === 'string' ? deadLink(c, found) : c.html(digestsPage(readerIn(found, token)));
  });
  app.post('/digests', async (c) => {
    const form = formSchema.safeParse(await fieldsIn(c));
    if (!form.success) return deadLink(c, 'invalid');
    const token = form.data.token ?? c.req.query('token') ?? '';
    const found = await find(ports, token);
    if (typeof found === 'string') return deadLink(c, found);
    const wants = form.data.digests === 'again';
    await say(found, wants);
    return c.html(digestsDonePage({ ...readerIn(found, token), wants }));
  });
  return app;
}

async function find(ports: LinkPorts, token: string): Promise<Case | 'expired' | 'invalid'> {
  const opened = await openLink(ports, token);
  if (typeof opened === 'string') return opened;
  const { link, room } = opened;
  if (link.action !== 'digests') return 'invalid';
  const email = emailOf(room.workspace, link.dri);
  // Somebody else has the post now: the old mail speaks for its reader only.
  if (email === undefined || readerMark(email) !== link.reader) return 'expired';
  const said = await room.store.unsubscribed.list(link.workspace);
  return { link, room, email, known: said.find((one) => one.dri === link.dri && one.email === email) };
}

const wantsNow = ({ known }: Case): boolean => known === undefined || known.until !== undefined;

/** Writes down what they want; what is so already stays as it was said first. */
async function say(found: Case, wants: boolean): Promise<void> {
  if (wants === wantsNow(found)) return;
  const { link, room, email, known } = found;
  const { store, now } = room;
  const base = { workspace: link.workspace, dri: link.dri, email };
  await store.unsubscribed.put(wants ? { ...base, at: known?.at ?? now, until: now } : { ...base, at: now });
}

function readerIn(found: Case, token: string): DigestReader {
  const { link, room } = found;
  const { name, dris, plan } = room.workspace;
  const reviews = plan?.reviews.filter(({ to }) => to.includes(link.dri)) ?? [];
  return {
    token,
    title: dris[link.dri]?.title ?? link.dri,
    workspace: { id: room.workspace.id, name },
    reviews: reviews.map(nameOf),
    wants: wantsNow(found),
  };
}
