import type { Channel } from '@plumbline/alerts/channel';
import type { SampleName } from '@plumbline/alerts/email/ses-samples';
import { sampleEvent } from '@plumbline/alerts/email/ses-samples';
import { exampleTransition } from '@plumbline/alerts/example-items';
import { startLoopback } from '@plumbline/alerts/loopback';
import { addDays, toDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { notify } from '@plumbline/functions/notify';
import { postboxOf } from '@plumbline/functions/world';
import { createQueues } from '@plumbline/local/queues';
import { notifyNight } from '@plumbline/night/notify';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { sesAt, sites, worldOf } from './sites.ts';

export const NIGHT = toDay('2026-02-13');
export const MINUTE = 60_000;

export const yamlOf = (id: string, cpo = 'cpo@gone.example', ceo = 'ceo@acme.example'): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris:
  cpo: { title: CPO, email: ${cpo} }
  ceo: { title: CEO, email: ${ceo} }
fallbackDri: ceo
sources:
  record: { metrics: [{ id: nps, unit: score, kind: score, direction: up }] }
`;

const newSite = sites();

const sentSchema = z.object({
  Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
  Content: z.object({ Raw: z.object({ Data: z.string() }) }),
});

/** A company whose mails go by SES, and the notifier behind its queue. */
export async function company() {
  const time = { now: toInstant('2026-02-14T01:00:00Z') };
  const site = await newSite((name) => ({ 'workspace.yaml': yamlOf(name) }), time);
  const { store, workspace } = site;
  const { id } = workspace;
  const accepted: { to: string; text: string }[] = [];
  const service = { loses: false, meanwhile: async () => undefined as unknown };
  const server = await startLoopback(({ body }) => {
    const { Destination, Content } = sentSchema.parse(body);
    const text = Buffer.from(Content.Raw.Data, 'base64').toString().replaceAll('=\r\n', '');
    accepted.push({ to: Destination.ToAddresses[0], text });
    return service.loses ? 'hang up' : { body: { MessageId: `ses-${accepted.length}` } };
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const ses = sesAt(server.url);
  const channel: Channel = {
    ...ses,
    send: async (message) => {
      const delivery = await ses.send(message);
      await service.meanwhile();
      return delivery;
    },
  };
  const queues = createQueues({ clock: site.clock });
  /** Answers how many of these events became dead letters. */
  const hear = async (events: readonly object[], place = site): Promise<number> => {
    for (const event of events) queues.send('notify', JSON.stringify(event));
    const dead = queues.deadLetters.length;
    await queues.drain({ notify: notify(worldOf(place, channel)) }, { concurrency: 2 });
    return queues.deadLetters.length - dead;
  };
  const of = (type: SampleName, changes?: Record<string, unknown>, mail = 'cpo', night = NIGHT) => {
    const event = sampleEvent(type, `mail_${id}_${night}_${mail}`, changes);
    return { ...event, detail: { ...event.detail, mail: { ...event.detail.mail, messageId: 'ses-1' } } };
  };
  const add = async (night = NIGHT, changes: Partial<Transition> = {}) => {
    const digits = night.replaceAll('-', '');
    const one = exampleTransition({ workspace: id, dri: 'cpo', night, id: `trn_${digits}_1`, ...changes });
    const judgement = { workspace: id, night, planVersion: 'sha256:1', judgedAt: time.now, states: [] };
    await store.judgements.commit(judgement, 0, [one], []);
  };
  await add();
  return {
    id,
    site,
    service,
    add,
    hear,
    of,
    accepted,
    /** The same company, where the CPO has another address by now. */
    moved: () => {
      const cpo = { title: 'CPO', email: 'cpo@acme.example' };
      return { ...site, workspace: { ...workspace, dris: { ...workspace.dris, cpo } } };
    },
    wait: (ms: number) => void (time.now += ms),
    notify: async (night = NIGHT, at = site) =>
      notifyNight(at, night, await postboxOf(worldOf(at, channel), workspace)),
    to: () => accepted.map((one) => one.to),
    mails: async () =>
      (await store.mails.list(id, NIGHT, addDays(NIGHT, 9))).map(
        ({ id: mail, state, delivery }) => `${mail.replace(`mail_${id}_`, '')} ${state} ${delivery?.state ?? '-'}`,
      ),
    unreachable: async () => (await store.unreachable.list(id)).map(({ dri, email, why }) => `${dri} ${email} ${why}`),
    transition: async (night = NIGHT) => (await store.transitions.get(id, `trn_${night.replaceAll('-', '')}_1`))?.mail,
  };
}

export type Company = Awaited<ReturnType<typeof company>>;

export const [CPO, CEO] = ['cpo@gone.example', 'ceo@acme.example'];
export const BOUNCED = ['2026-02-13_cpo failed bounced', '2026-02-13_cpo_fallback sent -'];
