import type { AlertLink } from '@plumbline/alerts/links';
import { addDays, isDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import { printed } from '@plumbline/core/words';
import { actPage, donePage } from '@plumbline/dashboard/act-page';
import { promisesOf } from '@plumbline/plan/promises';
import { metricTitle } from '@plumbline/plan/words';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Answer } from './answer.ts';
import { giveAnswer, problemIn, snoozeDays, wrongDay } from './answer.ts';
import type { LinkPorts } from './mail-link.ts';
import { deadLink, fieldsIn, openLink, unkept } from './mail-link.ts';
import type { Room } from './reads.ts';

const SNOOZE_DAYS = 7;

/** What a valid link is about. */
type Case = { link: AlertLink; room: Room; transition: Transition };

const formSchema = z.object({ token: z.string(), reason: z.string().default(''), until: z.string().default('') });

/** The pages behind an alert's links in mails: GET says what will happen, only POST does it. The signed token is all the authority they need. */
export function actRoutes(ports: LinkPorts): Hono {
  const app = new Hono();
  app.use('/act', unkept);
  app.get('/act', async (c) => {
    const token = c.req.query('token') ?? '';
    const found = await find(ports, token);
    return typeof found === 'string' ? deadLink(c, found) : c.html(formPage(found, { token }));
  });
  app.post('/act', async (c) => {
    const form = formSchema.safeParse(await fieldsIn(c));
    if (!form.success) return deadLink(c, 'invalid');
    const found = await find(ports, form.data.token);
    if (typeof found === 'string') return deadLink(c, found);
    const answer = answerIn(found, form.data);
    if (typeof answer === 'string') return c.html(formPage(found, { ...form.data, problem: answer }), 400);
    return c.html(await act(found, answer));
  });
  return app;
}

async function find(ports: LinkPorts, token: string): Promise<Case | 'expired' | 'invalid'> {
  const opened = await openLink(ports, token);
  if (typeof opened === 'string') return opened;
  const { link, room } = opened;
  if (link.action === 'digests') return 'invalid';
  const transition = await room.store.transitions.get(link.workspace, link.transition);
  return transition ? { link, room, transition } : 'invalid';
}

function formPage(
  { link, room, transition }: Case,
  form: { token: string; reason?: string; until?: string; problem?: string },
) {
  const { name } = room.workspace;
  const { first, last } = snoozeDays(room);
  const promised = promisesOf(room.workspace).get(transition.indicator);
  const { value, unit, target, says } = transition;
  const wanted = printed(target);
  const numbers = value === null ? wanted : `${format(value, unit)} against ${wanted}`;
  const about = [name, promised && `${metricTitle(promised.step)} ${promised.when}`, numbers];
  return actPage({
    action: link.action,
    token: form.token,
    isRisk: transition.kind === 'at_risk',
    says,
    about: about.filter(Boolean).join(' · '),
    reason: form.reason ?? '',
    until: link.action === 'snooze' ? { proposed: form.until ?? addDays(first, SNOOZE_DAYS), first, last } : null,
    problem: form.problem ?? null,
  });
}

/** The answer that a form gives, or what is wrong with it. */
function answerIn(
  { link, room, transition }: Case,
  { reason, until }: { reason: string; until: string },
): Answer | string {
  const by = link.dri;
  if (link.action === 'acknowledge') return problemIn(room, transition, { reason }) ?? { reason, by };
  if (!isDay(until)) return wrongDay(room);
  return problemIn(room, transition, { reason, until }) ?? { reason, until, by };
}

async function act({ room, transition }: Case, answer: Answer) {
  const { kind, until } = await giveAnswer(room, transition, answer);
  return donePage({
    kind,
    says: transition.says,
    until: until ?? null,
    href: `/#${room.workspace.id}/${transition.indicator}`,
  });
}
