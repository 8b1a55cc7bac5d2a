import type { Link } from '@plumbline/alerts/links';
import { verifyLink } from '@plumbline/alerts/links';
import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import { dayAt } from '@plumbline/core/zone';
import { actPage, deadLinkPage, donePage } from '@plumbline/dashboard/act-page';
import { preparePlan } from '@plumbline/plan/prepare';
import { metricTitle, timeOf } from '@plumbline/plan/words';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import { bodyWithin } from './body.ts';
import type { Room } from './reads.ts';

const MOST_BYTES = 16 * 1024;
const MOST_CHARACTERS = 500;
const SNOOZE_DAYS = 7;
const MOST_SNOOZE_DAYS = 90;

type ActPorts = { room(workspace: string): Room | undefined; linkKey(): Promise<string> };

/** What a valid link is about. */
type Case = { link: Link; room: Room; transition: Transition; today: Day };

const formSchema = z.object({ token: z.string(), reason: z.string().default(''), until: z.string().default('') });

/** The pages behind the links in mails: GET says what will happen, only POST does it. The signed token is all the authority they need. */
export function actRoutes(ports: ActPorts): Hono {
  const app = new Hono();
  app.use('/act', async (c, next) => {
    c.header('cache-control', 'no-store');
    await next();
  });
  app.get('/act', async (c) => {
    const token = c.req.query('token') ?? '';
    const found = await find(ports, token);
    return typeof found === 'string' ? deadLink(c, found) : c.html(formPage(found, { token }));
  });
  app.post('/act', async (c) => {
    const sent = await bodyWithin(c, MOST_BYTES, 'send at most 16 KB');
    const form = formSchema.safeParse(Object.fromEntries(new URLSearchParams(sent.toString())));
    if (!form.success) return deadLink(c, 'invalid');
    const found = await find(ports, form.data.token);
    if (typeof found === 'string') return deadLink(c, found);
    const problem = problemOf(found, form.data);
    if (problem !== null) return c.html(formPage(found, { ...form.data, problem }), 400);
    return c.html(await act(found, form.data));
  });
  return app;
}

const deadLink = (c: Context, why: 'expired' | 'invalid') => c.html(deadLinkPage(why), why === 'expired' ? 410 : 400);

async function find(ports: ActPorts, token: string): Promise<Case | 'expired' | 'invalid'> {
  const key = await ports.linkKey();
  // Whose clock counts is in the link, so it is checked for being ours first, and for its time after that.
  const ours = verifyLink(token, key, -Infinity);
  if (typeof ours === 'string') return 'invalid';
  const place = ports.room(ours.workspace);
  if (!place) return 'invalid';
  const link = verifyLink(token, key, place.now);
  if (typeof link === 'string') return link;
  const transition = await place.store.transitions.get(link.workspace, link.transition);
  return transition ? { link, room: place, transition, today: dayAt(place.now, place.workspace.timezone) } : 'invalid';
}

function formPage(
  { link, room, transition, today }: Case,
  form: { token: string; reason?: string; until?: string; problem?: string },
) {
  const { plan, metrics, name } = room.workspace;
  const steps = plan ? preparePlan(plan, metrics).steps : [];
  const step = steps.find(({ id }) => id === transition.indicator);
  const { value, unit, target, says } = transition;
  const numbers = value === null ? target : `${format(value, unit)} against ${target}`;
  const about = [name, step && `${metricTitle(step)} ${timeOf(step.indicator, step.id)}`, numbers];
  return actPage({
    action: link.action,
    token: form.token,
    says,
    about: about.filter(Boolean).join(' · '),
    reason: form.reason ?? '',
    until:
      link.action === 'snooze'
        ? {
            proposed: form.until ?? addDays(today, SNOOZE_DAYS),
            first: today,
            last: addDays(today, MOST_SNOOZE_DAYS),
          }
        : null,
    problem: form.problem ?? null,
  });
}

function problemOf({ link, today }: Case, { reason, until }: { reason: string; until: string }): string | null {
  if (reason.length > MOST_CHARACTERS) return `The reason is too long: write at most ${MOST_CHARACTERS} characters.`;
  if (link.action === 'acknowledge') return reason.trim() === '' ? 'Write down what you are doing about it.' : null;
  const last = addDays(today, MOST_SNOOZE_DAYS);
  return isDay(until) && until >= today && until <= last ? null : `Choose a day from ${today} to ${last}.`;
}

async function act({ link, room, transition }: Case, form: { reason: string; until: string }) {
  const { workspace, store, now } = room;
  const until = link.action === 'snooze' && isDay(form.until) ? form.until : undefined;
  const kind = until === undefined ? 'acknowledged' : 'snoozed';
  await store.acknowledgements.put({
    workspace: workspace.id,
    indicator: transition.indicator,
    transition: transition.id,
    kind,
    reason: form.reason.trim(),
    at: now,
    ...(until === undefined ? {} : { until }),
  });
  return donePage({
    kind,
    says: transition.says,
    until: until ?? null,
    href: `/#${workspace.id}/${transition.indicator}`,
  });
}
