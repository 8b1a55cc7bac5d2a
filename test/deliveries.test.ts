import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Channel } from '@plumbline/alerts/channel';
import { sesChannel } from '@plumbline/alerts/email/ses';
import type { SampleName } from '@plumbline/alerts/email/ses-samples';
import { sampleEvent } from '@plumbline/alerts/email/ses-samples';
import { exampleTransition } from '@plumbline/alerts/example-items';
import { startLoopback } from '@plumbline/alerts/loopback';
import { addDays, toDay } from '@plumbline/core/day';
import type { DeliveryState } from '@plumbline/core/night';
import { DELIVERY_STATES } from '@plumbline/core/night';
import { silentLog } from '@plumbline/core/ports';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { notify } from '@plumbline/functions/notify';
import type { World } from '@plumbline/functions/world';
import { postboxOf } from '@plumbline/functions/world';
import { createQueues } from '@plumbline/local/queues';
import { startMachine } from '@plumbline/local/machine';
import { notifyNight } from '@plumbline/night/notify';
import { commands } from 'plumbline/commands/index';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { sites } from './sites.ts';
import { eventsIn, mailsIn, seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

const NIGHT = toDay('2026-02-13');
const MINUTE = 60_000;

const yamlOf = (id: string, cpo = 'cpo@gone.example', ceo = 'ceo@acme.example'): string => `
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
async function company() {
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
  const client = new SESv2Client({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });
  const ses = sesChannel({ client, from: 'Plumbline <alerts@acme.example>' });
  const channel: Channel = {
    ...ses,
    send: async (message) => {
      const delivery = await ses.send(message);
      await service.meanwhile();
      return delivery;
    },
  };
  const worldOf = (place: typeof site): World => ({
    workspaces: [place.workspace],
    site: () => place,
    sendPulls: () => Promise.reject(new Error('nothing is pulled here')),
    bus: () => Promise.reject(new Error('nothing is published here')),
    channel: async () => channel,
    publicUrl: 'http://127.0.0.1:4180',
    linkKey: async () => 'k'.repeat(32),
  });
  const queues = createQueues({ clock: site.clock });
  /** Answers how many of these events became dead letters. */
  const hear = async (events: readonly object[], place = site): Promise<number> => {
    for (const event of events) queues.send('notify', JSON.stringify(event));
    const dead = queues.deadLetters.length;
    await queues.drain({ notify: notify(worldOf(place)) }, { concurrency: 2 });
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
    notify: async (night = NIGHT, at = site) => notifyNight(at, night, await postboxOf(worldOf(at), workspace)),
    to: () => accepted.map((one) => one.to),
    mails: async () =>
      (await store.mails.list(id, NIGHT, addDays(NIGHT, 9))).map(
        ({ id: mail, state, delivery }) => `${mail.replace(`mail_${id}_`, '')} ${state} ${delivery?.state ?? '-'}`,
      ),
    unreachable: async () => (await store.unreachable.list(id)).map(({ dri, email, why }) => `${dri} ${email} ${why}`),
    transition: async (night = NIGHT) => (await store.transitions.get(id, `trn_${night.replaceAll('-', '')}_1`))?.mail,
  };
}

type Company = Awaited<ReturnType<typeof company>>;

const [CPO, CEO] = ['cpo@gone.example', 'ceo@acme.example'];
const BOUNCED = ['2026-02-13_cpo failed bounced', '2026-02-13_cpo_fallback sent -'];

describe('a mail whose sender died before noting that it was sent', () => {
  const died = async () => {
    const one = await company();
    one.service.meanwhile = () => Promise.reject(new Error('killed'));
    await expect(one.notify()).rejects.toThrow('killed');
    one.service.meanwhile = async () => undefined;
    return one;
  };

  it('is not sent again once SES has told that it has it', async () => {
    const one = await died();
    expect(await one.hear([one.of('Email Sent')])).toBe(0);
    expect(await one.mails()).toEqual(['2026-02-13_cpo sent accepted']);
    one.wait(60 * MINUTE);
    expect(await one.notify()).toEqual([]);
    expect(one.to()).toEqual([CPO]);
    expect(await one.transition()).toEqual({ state: 'sent', messageId: 'ses-1', to: CPO });
    expect(
      await one.site.store.mails.get({ workspace: one.id, night: NIGHT, id: `mail_${one.id}_2026-02-13_cpo` }),
    ).toMatchObject({ subject: expect.stringContaining('[Missed] NPS') });
  });

  it('is sent again after 15 minutes without a word from SES, and not before', async () => {
    const one = await died();
    one.wait(15 * MINUTE - 1);
    await expect(one.notify()).rejects.toThrow('is being sent by another run');
    one.wait(1);
    expect(await one.notify()).toMatchObject([{ state: 'sent', messageId: 'ses-2' }]);
    expect(one.to()).toEqual([CPO, CPO]);
    expect(await one.hear([one.of('Email Sent'), one.of('Email Delivered')])).toBe(0);
    expect(await one.mails()).toEqual(['2026-02-13_cpo sent delivered']);
  });

  it('waits as long where only the answer was lost', async () => {
    const one = await company();
    one.service.loses = true;
    await expect(one.notify()).rejects.toThrow('was not accepted: [ses]');
    one.service.loses = false;
    await expect(one.notify()).rejects.toThrow('is being sent by another run');
    expect(one.to()).toEqual([CPO]);
    await one.hear([one.of('Email Delivered')]);
    one.wait(60 * MINUTE);
    expect(await one.notify()).toEqual([]);
    expect([one.to(), await one.mails()]).toEqual([[CPO], ['2026-02-13_cpo sent delivered']]);
  });
});

describe('an event that overtakes the note that a mail was sent', () => {
  it.each([
    ['Email Sent', ['2026-02-13_cpo sent accepted'], [CPO]],
    ['Email Bounced', BOUNCED, [CPO, CEO]],
  ] as const)('%s', async (type, mails, to) => {
    const one = await company();
    one.service.meanwhile = async () => {
      one.service.meanwhile = async () => undefined;
      await one.hear([one.of(type)]);
    };
    await one.notify();
    expect([await one.mails(), one.to()]).toEqual([mails, to]);
    expect(await one.transition()).toEqual({ state: 'sent', messageId: `ses-${to.length}`, to: to.at(-1) });
  });
});

describe('a mail that comes back', () => {
  it('goes to the fallback DRI, once, however often and in which order it is told', async () => {
    const one = await company();
    await one.notify();
    const bounce = one.of('Email Bounced');
    expect(await one.hear([bounce, one.of('Email Delivered'), bounce, one.of('Email Sent'), bounce])).toBe(0);
    expect(await one.hear([one.of('Email Delivered'), bounce])).toBe(0);
    expect([await one.mails(), one.to()]).toEqual([BOUNCED, [CPO, CEO]]);
    expect(await one.unreachable()).toEqual([`cpo ${CPO} bounced`]);
    expect(await one.transition()).toEqual({ state: 'sent', messageId: 'ses-2', to: CEO });
    expect(one.accepted[1]?.text).toContain(
      `Mails to CPO, ${CPO}, come back (smtp; 550 5.1.1 user unknown), so you get what is for them.`,
    );
    expect(one.accepted[1]?.text).toContain(`npx plumbline reach --workspace ${one.id} cpo`);
  });

  it('goes to the fallback DRI once where that is cut off and done again', async () => {
    const one = await company();
    await one.notify();
    one.service.meanwhile = () => Promise.reject(new Error('killed'));
    expect(await one.hear([one.of('Email Bounced')])).toBe(1);
    expect(await one.mails()).toEqual(['2026-02-13_cpo failed -', '2026-02-13_cpo_fallback claimed -']);
    one.service.meanwhile = async () => undefined;
    expect(await one.hear([one.of('Email Sent', {}, 'cpo_fallback'), one.of('Email Bounced')])).toBe(0);
    expect(await one.mails()).toEqual(['2026-02-13_cpo failed bounced', '2026-02-13_cpo_fallback sent accepted']);
    expect(one.to()).toEqual([CPO, CEO]);
  });

  it.each([
    ['Email Bounced', { bounceSubType: 'OnAccountSuppressionList' }, 'suppressed', 'sends nothing to CPO'],
    ['Email Complaint Received', {}, 'complained', 'was marked as spam'],
  ] as const)('or that is suppressed or marked as spam: %s %o', async (type, changes, why, notice) => {
    const one = await company();
    await one.notify();
    await one.hear([one.of(type, changes)]);
    expect(await one.mails()).toEqual([`2026-02-13_cpo failed ${why}`, '2026-02-13_cpo_fallback sent -']);
    expect(await one.unreachable()).toEqual([`cpo ${CPO} ${why}`]);
    expect(one.accepted[1]?.text).toContain(notice);
  });

  it.each([
    [
      'Email Bounced',
      { bounceType: 'Transient', bouncedRecipients: [{ action: 'failed', status: '4.4.7' }] },
      'bounced',
      'came back: 4.4.7',
    ],
    ['Email Rejected', {}, 'rejected', 'not sent on by the mail service: Bad content'],
  ] as const)('or is given up says nothing of the address: %s %o', async (type, changes, state, reason) => {
    const one = await company();
    await one.notify();
    await one.hear([one.of(type, changes)]);
    expect(await one.mails()).toEqual([`2026-02-13_cpo failed ${state}`, '2026-02-13_cpo_fallback sent -']);
    expect(await one.unreachable()).toEqual([]);
    expect(one.accepted[1]?.text).toContain(
      `This did not get through to CPO, ${CPO} (${reason}), so you get it in their place.`,
    );
  });

  it('of the fallback DRI goes to nobody else', async () => {
    const one = await company();
    await one.notify();
    await one.hear([one.of('Email Bounced')]);
    await one.hear([one.of('Email Bounced', {}, 'cpo_fallback')]);
    expect(await one.mails()).toEqual(['2026-02-13_cpo failed bounced', '2026-02-13_cpo_fallback failed bounced']);
    expect(await one.unreachable()).toEqual([`ceo ${CEO} bounced`, `cpo ${CPO} bounced`]);
    expect(await one.transition()).toEqual({ state: 'failed', to: CEO });
    expect(one.to()).toEqual([CPO, CEO]);
  });
});

it('whatever is told, in any order, at once and again: the fallback DRI hears it once, and only where it is needed', async () => {
  const told = {
    accepted: (one: Company) => one.of('Email Sent'),
    delayed: (one: Company) => one.of('Email Delivery Delayed'),
    delivered: (one: Company) => one.of('Email Delivered'),
    rejected: (one: Company) => one.of('Email Rejected'),
    bounced: (one: Company) => one.of('Email Bounced'),
    suppressed: (one: Company) => one.of('Email Bounced', { bounceSubType: 'Suppressed' }),
    complained: (one: Company) => one.of('Email Complaint Received'),
  };
  const batches = fc.array(fc.array(fc.constantFrom(...DELIVERY_STATES), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  });
  const property = fc.asyncProperty(batches, fc.boolean(), async (given, isOvertaken) => {
    const one = await company();
    const [first = [], ...rest] = given;
    const tell = (states: readonly DeliveryState[]) => one.hear(states.map((state) => told[state](one)));
    if (isOvertaken) {
      one.service.meanwhile = async () => {
        one.service.meanwhile = async () => undefined;
        await tell(first);
      };
    }
    await one.notify();
    for (const states of isOvertaken ? rest : given) expect(await tell(states)).toBe(0);
    const furthest = DELIVERY_STATES.findLast((state) => given.flat().includes(state));
    const isLost = given.flat().some((state) => !['accepted', 'delayed', 'delivered'].includes(state));
    const [cpo, fallback, ...others] = await one.mails();
    expect(others).toEqual([]);
    expect(fallback).toBe(isLost ? '2026-02-13_cpo_fallback sent -' : undefined);
    expect(one.to()).toEqual(isLost ? [CPO, CEO] : [CPO]);
    // That it was accepted is kept only of a mail that nobody had noted as sent.
    const kept =
      furthest === 'accepted'
        ? expect.stringMatching(/sent (accepted|-)$/)
        : `2026-02-13_cpo ${isLost ? 'failed' : 'sent'} ${furthest}`;
    expect(cpo).toEqual(kept);
    const isBad = given.flat().some((state) => ['bounced', 'suppressed', 'complained'].includes(state));
    expect(await one.unreachable()).toHaveLength(isBad ? 1 : 0);
  });
  await fc.assert(property, { numRuns: 25 });
}, 120_000);

describe('while somebody can’t be reached', () => {
  const NEXT = addDays(NIGHT, 1);
  const unreached = async () => {
    const one = await company();
    await one.notify();
    await one.hear([one.of('Email Bounced')]);
    await one.add(NEXT, { indicator: 'another', metric: 'mrr' });
    return one;
  };

  it('their news come in the one mail of the fallback DRI, which says why', async () => {
    const one = await unreached();
    await one.add(addDays(NEXT, 1), { dri: 'ceo', metric: 'members' });
    expect((await one.notify(addDays(NEXT, 1))).map(({ dri, transitions }) => [dri, transitions.length])).toEqual([
      ['ceo', 2],
    ]);
    expect(one.to()).toEqual([CPO, CEO, CEO]);
    expect(one.accepted[2]?.text).toContain(`Mails to CPO, ${CPO}, come back`);
  });

  it('another address in the workspace file heals it', async () => {
    const one = await unreached();
    await one.notify(NEXT, one.moved());
    expect(one.to()).toEqual([CPO, CEO, 'cpo@acme.example']);
  });

  it('what is told of an address that they no longer have says nothing of the new one', async () => {
    const one = await company();
    await one.notify();
    await one.hear([one.of('Email Bounced')], one.moved());
    expect([await one.mails(), await one.unreachable()]).toEqual([BOUNCED, []]);
  });

  it('the fallback DRI is tried all the same, where they are the one', async () => {
    const one = await unreached();
    await one.hear([one.of('Email Bounced', {}, 'cpo_fallback')]);
    const said: unknown[] = [];
    const log = { ...silentLog, warn: (message: string, fields?: object) => void said.push([message, fields]) };
    await one.notify(NEXT, { ...one.site, log });
    expect(one.to()).toEqual([CPO, CEO, CEO]);
    expect(said).toEqual([
      [
        'mails do not reach the fallback DRI: give them another address',
        { workspace: one.id, dri: 'ceo', why: 'bounced' },
      ],
    ]);
  });
});

describe('events that are none of ours', () => {
  it('change nothing: of a mail without our tag, of another workspace, of a demo, of a mail not known here', async () => {
    const one = await company();
    await one.notify();
    const about = (id: string | undefined) => sampleEvent('Email Bounced', id);
    const others = [
      undefined,
      'mail_elsewhere_2026-02-13_cpo',
      `mail_demo_${one.id}_2026-02-13_cpo`,
      `mail_${one.id}_2026-02-12_cpo`,
    ];
    expect(await one.hear(others.map(about))).toBe(0);
    expect([await one.mails(), await one.unreachable()]).toEqual([['2026-02-13_cpo sent -'], []]);
  });

  it('lie with the dead letters where they can’t be read', async () => {
    const one = await company();
    const { detail: _its, ...torn } = one.of('Email Bounced');
    expect(await one.hear([torn, sampleEvent('Email Bounced', 'mail_of_nobody')])).toBe(2);
  });
});

it('an address that is refused is shown as such until a mail is accepted for it', async () => {
  const one = await company();
  const postbox = (outcome: 'rejected' | 'delivered') => ({
    channel: {
      name: 'test',
      send: async ({ to }) =>
        outcome === 'rejected' && to.email === CPO
          ? { outcome, reason: 'no such user' }
          : { outcome: 'delivered', messageId: 'm-1' },
    } satisfies Channel,
    publicUrl: '',
    linkKey: 'k'.repeat(32),
  });
  await notifyNight(one.site, NIGHT, postbox('rejected'));
  expect(await one.unreachable()).toEqual([`cpo ${CPO} refused`]);
  const next = addDays(NIGHT, 1);
  await one.add(next);
  await notifyNight(one.site, next, postbox('delivered'));
  expect(await one.mails()).toEqual([
    '2026-02-13_cpo failed -',
    '2026-02-13_cpo_fallback sent -',
    '2026-02-14_cpo sent -',
  ]);
  expect(await one.unreachable()).toEqual([]);
});

it('on one machine a mail to SES’s simulated bounce goes the same way, until “reach” says that the address works', async () => {
  const machine = await startMachine({
    data: await temporaryFolder(),
    seeds: await seedsWith('acme', { 'workspace.yaml': yamlOf('acme', 'bounce@simulator.amazonses.com') }),
    env: {},
    log: silentLog,
    now: toInstant('2026-02-14T01:00:00Z'),
  });
  onTestFinished(() => machine.close());
  const site = machine.site('acme');
  const night = async (day: typeof NIGHT) => {
    const one = exampleTransition({
      workspace: 'acme',
      dri: 'cpo',
      night: day,
      id: `trn_${day.replaceAll('-', '')}_1`,
    });
    const judgement = { workspace: 'acme', night: day, planVersion: 'sha256:1', judgedAt: 0, states: [] };
    await site.store.judgements.commit(judgement, 0, [one], []);
    await machine.alone(async () => notifyNight(site, day, await postboxOf(machine.world, site.workspace)));
    await machine.settle();
  };
  const reach = async (args: object = {}) =>
    (await commands.get('reach')?.run(machine, { workspace: 'acme', ...args }, () => undefined))?.text;
  const to = async () => (await machine.inbox.list()).map((mail) => mail.to);
  const [bad, ceo] = ['CPO <bounce@simulator.amazonses.com>', 'CEO <ceo@acme.example>'];

  await night(NIGHT);
  expect(await to()).toEqual([bad, ceo]);
  expect(await site.store.mails.list('acme', NIGHT, NIGHT)).toMatchObject([
    { dri: 'cpo', state: 'failed', delivery: { state: 'bounced' } },
    { dri: 'ceo', state: 'sent', delivery: { state: 'delivered' } },
  ]);
  expect(await eventsIn(machine.files.events.slice(0, -'/events.jsonl'.length))).toEqual([]);
  await night(addDays(NIGHT, 1));
  expect(await to()).toEqual([bad, ceo, ceo]);

  expect(await reach()).toMatch(/^CPO +bounce@simulator\.amazonses\.com +bounced +14 Feb 2026, \d\d:00 +.*user unknown$/);
  await expect(reach({ dri: 'cfo' })).rejects.toThrow('"cfo" is not one of dris; there are: cpo, ceo');
  expect(await reach({ dri: 'cpo' })).toBe('CPO gets mails again, from the next night on.');
  expect(await reach({ dri: 'cpo' })).toBe('Nothing speaks against mails to CPO.');
  expect(await reach()).toBe('Mails reach everybody, as far as is known.');
  await night(addDays(NIGHT, 2));
  expect(await to()).toEqual([bad, ceo, ceo, bad, ceo]);
  expect(await mailsIn(machine.files.mail.slice(0, -'/mail'.length))).toHaveLength(5);
});
