import { isDeepStrictEqual } from 'node:util';
import type { AlertLink } from '@plumbline/alerts/links';
import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import type { Acknowledgement, Transition } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import { dayAt } from '@plumbline/core/zone';
import { actPage, donePage } from '@plumbline/dashboard/act-page';
import { preparePlan } from '@plumbline/plan/prepare';
import { metricTitle, timeOf } from '@plumbline/plan/words';
import { Hono } from 'hono';
import { z } from 'zod';
import type { LinkPorts } from './mail-link.ts';
import { deadLink, fieldsIn, openLink, unkept } from './mail-link.ts';
import type { Room } from './reads.ts';

const MOST_CHARACTERS = 500;
const SNOOZE_DAYS = 7;
const MOST_SNOOZE_DAYS = 90;

/** What a valid link is about. */
type Case = { link: AlertLink; room: Room; transition: Transition; today: Day };

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
    const problem = problemOf(found, form.data);
    if (problem !== null) return c.html(formPage(found, { ...form.data, problem }), 400);
    return c.html(await act(found, form.data));
  });
  return app;
}

async function find(ports: LinkPorts, token: string): Promise<Case | 'expired' | 'invalid'> {
  const opened = await openLink(ports, token);
  if (typeof opened === 'string') return opened;
  const { link, room } = opened;
  if (link.action === 'digests') return 'invalid';
  const transition = await room.store.transitions.get(link.workspace, link.transition);
  return transition ? { link, room, transition, today: dayAt(room.now, room.workspace.timezone) } : 'invalid';
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
  const answer: Omit<Acknowledgement, 'at'> = {
    workspace: workspace.id,
    indicator: transition.indicator,
    transition: transition.id,
    kind,
    reason: form.reason.trim(),
    ...(until === undefined ? {} : { until }),
  };
  const given = (await store.acknowledgements.list(workspace.id)).find(
    ({ indicator }) => indicator === transition.indicator,
  );
  // A button pressed twice, or a page sent again by its browser, leaves the answer as it was first given.
  if (!given || !isDeepStrictEqual(given, { ...answer, at: given.at })) {
    await store.acknowledgements.put({ ...answer, at: now });
  }
  return donePage({
    kind,
    says: transition.says,
    until: until ?? null,
    href: `/#${workspace.id}/${transition.indicator}`,
  });
}
