import type { Channel } from '@plumbline/alerts/channel';
import { exampleTransition } from '@plumbline/alerts/example-items';
import { startLoopback } from '@plumbline/alerts/loopback';
import { addDays, toDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { notifyNight } from '@plumbline/night/notify';
import { fromChange } from '@plumbline/night/transition';
import type { Change } from '@plumbline/plan/judge';
import { indicatorNamed } from '@plumbline/plan/parse';
import { planSchema } from '@plumbline/plan/schema';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sesAt, sites } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();

const NIGHT = toDay('2026-02-13');
const BEGIN = toInstant('2026-02-14T01:00:00Z');
const MINUTE = 60_000;

const yamlOf = (id: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris:
  cpo: { title: CPO, email: cpo@gone.example }
  ceo: { title: CEO, email: ceo@acme.example }
fallbackDri: ceo
sources:
  stripe: { baseUrl: "http://127.0.0.1:9" }
  record: { metrics: [{ id: nps, unit: score, kind: score, direction: up }] }
`;

const newSite = sites();

const sentSchema = z.object({
  Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
  Content: z.object({ Raw: z.object({ Data: z.string() }) }),
});

/** A mail service that refuses some addresses, or is away, and tells what it was given. */
async function mailService() {
  const service = {
    refuses: new Set<string>(),
    away: false,
    accepted: [] as { id: string; to: string; text: string }[],
  };
  const server = await startLoopback(({ body }) => {
    const { Destination, Content } = sentSchema.parse(body);
    const [to] = Destination.ToAddresses;
    if (service.away) return { status: 503, body: { message: 'try later' } };
    if (service.refuses.has(to)) {
      return { status: 400, headers: { 'x-amzn-errortype': 'MessageRejected' }, body: { message: 'no such user' } };
    }
    const text = Buffer.from(Content.Raw.Data, 'base64').toString().replaceAll('=\r\n', '');
    service.accepted.push({ id: /^X-Plumbline-Mail: (.*?)\r$/m.exec(text)?.[1] ?? '', to, text });
    return { body: { MessageId: `ses-${service.accepted.length}` } };
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return Object.assign(service, { channel: sesAt(server.url) });
}

/** A company of its own with these transitions in the night, a mail service, and a clock to turn. */
async function company(kinds: Partial<Transition>[] = [{}]) {
  const time = { now: BEGIN };
  const site = await newSite((name) => ({ 'workspace.yaml': yamlOf(name) }), time);
  const { store, workspace } = site;
  const { id } = workspace;
  const add = async (night: typeof NIGHT, changes: Partial<Transition>[]) => {
    const transitions = changes.map((one) =>
      exampleTransition({ workspace: id, dri: 'cpo', night, id: `trn_${night.replaceAll('-', '')}_1`, ...one }),
    );
    const judgement = { workspace: id, night, planVersion: 'sha256:1', judgedAt: time.now, states: [] };
    await store.judgements.commit(judgement, 0, transitions, []);
  };
  await add(NIGHT, kinds);
  const service = await mailService();
  const postbox = (channel: Partial<Channel> = {}) => ({
    channel: { ...service.channel, ...channel },
    publicUrl: 'http://127.0.0.1:4180',
    linkKey: 'k'.repeat(32),
  });
  return {
    id,
    site,
    service,
    add,
    wait: (ms: number) => void (time.now += ms),
    notify: (channel?: Partial<Channel>, night = NIGHT) => notifyNight(site, night, postbox(channel)),
    mails: async () =>
      (await store.mails.list(id, NIGHT, addDays(NIGHT, 9))).map((mail) => `${mail.id.replace(id, 'w')} ${mail.state}`),
    transition: () => store.transitions.get(id, 'trn_20260213_1'),
  };
}
type Company = Awaited<ReturnType<typeof company>>;

/** Runs it as far as the answer of the mail service, where the process dies. */
const killed = async ({ notify, service }: Company, to: string): Promise<void> => {
  const send: Channel['send'] = async (message) => {
    const delivery = await service.channel.send(message);
    if (message.to.email === to) throw new Error('killed');
    return delivery;
  };
  await expect(notify({ send })).rejects.toThrow('killed');
};

describe('a mail whose address is refused', () => {
  it('goes to the fallback DRI once, and says whose address it was', async () => {
    const one = await company();
    one.service.refuses.add('cpo@gone.example');
    const ended = await one.notify();
    expect(ended.map(({ state, dri, insteadOf, error }) => [state, dri, insteadOf, error])).toEqual([
      ['failed', 'cpo', undefined, '[ses] MessageRejected: no such user'],
      ['sent', 'ceo', 'cpo', undefined],
    ]);
    expect(await one.mails()).toEqual(['mail_w_2026-02-13_cpo failed', 'mail_w_2026-02-13_cpo_fallback sent']);
    expect((await one.transition())?.mail).toEqual({ state: 'sent', messageId: 'ses-1', to: 'ceo@acme.example' });
    expect(one.service.accepted).toMatchObject([
      { id: `mail_${one.id}_2026-02-13_cpo_fallback`, to: 'ceo@acme.example' },
    ]);
    expect(one.service.accepted[0]?.text).toContain('The address of CPO, cpo@gone.example, was refused');
    expect(await one.notify()).toEqual([]);
    expect(one.service.accepted).toHaveLength(1);
  });

  it('goes to nobody further where the fallback DRI is refused too', async () => {
    const one = await company([{}, { id: 'trn_20260213_2', metric: 'mrr', dri: 'ceo' }]);
    one.service.refuses.add('cpo@gone.example').add('ceo@acme.example');
    await one.notify();
    expect(await one.mails()).toEqual([
      'mail_w_2026-02-13_ceo failed',
      'mail_w_2026-02-13_cpo failed',
      'mail_w_2026-02-13_cpo_fallback failed',
    ]);
    expect((await one.transition())?.mail).toEqual({ state: 'failed', to: 'ceo@acme.example' });
    expect(await one.notify()).toEqual([]);
  });

  it('reaches the fallback DRI once, however often it is cut off', async () => {
    const one = await company();
    one.service.refuses.add('cpo@gone.example');
    await killed(one, 'cpo@gone.example');
    expect(await one.mails()).toEqual(['mail_w_2026-02-13_cpo claimed']);
    one.wait(15 * MINUTE);
    one.service.away = true;
    await expect(one.notify()).rejects.toThrow('_cpo was not accepted: [ses]');
    one.service.away = false;
    const find = async (id: string) => one.service.accepted.find((mail) => mail.id === id)?.id;
    await killed(one, 'ceo@acme.example');
    expect(await one.mails()).toEqual(['mail_w_2026-02-13_cpo failed', 'mail_w_2026-02-13_cpo_fallback claimed']);
    expect((await one.notify({ find })).map(({ dri, state }) => [dri, state])).toEqual([['ceo', 'sent']]);
    expect(one.service.accepted.map(({ to }) => to)).toEqual(['ceo@acme.example']);
  });
});

describe('a mail that another run has claimed', () => {
  it('is left to it for 15 minutes, then sent', async () => {
    const one = await company();
    const kill: Channel['send'] = () => Promise.reject(new Error('killed'));
    await expect(one.notify({ send: kill })).rejects.toThrow('killed');
    one.wait(15 * MINUTE - 1);
    await expect(one.notify()).rejects.toMatchObject({
      message: expect.stringMatching(/^\[mail\] mail_acme-\d+_2026-02-13_cpo is being sent by another run/),
      retryable: true,
    });
    expect(one.service.accepted).toEqual([]);
    one.wait(1);
    expect(await one.notify()).toMatchObject([{ state: 'sent', messageId: 'ses-1' }]);
    expect(await one.mails()).toEqual(['mail_w_2026-02-13_cpo sent']);
  });

  it('is sent at once where the mail service knows that it has not got it', async () => {
    const one = await company();
    await expect(one.notify({ send: () => Promise.reject(new Error('killed')) })).rejects.toThrow('killed');
    expect(await one.notify({ find: async () => undefined })).toMatchObject([{ state: 'sent', messageId: 'ses-1' }]);
    expect(one.service.accepted).toHaveLength(1);
  });

  it('is noted as sent where the mail service knows that it has it', async () => {
    const one = await company();
    await killed(one, 'cpo@gone.example');
    expect(await one.notify({ find: async (id) => `found ${id}` })).toMatchObject([
      { state: 'sent', messageId: `found mail_${one.id}_2026-02-13_cpo`, subject: expect.stringContaining('[Missed]') },
    ]);
    expect(one.service.accepted).toHaveLength(1);
  });

  it('is sent once by runs that start, or take over, at the same time', async () => {
    const one = await company();
    const three = () => Promise.allSettled([one.notify(), one.notify(), one.notify()]);
    await three();
    expect(one.service.accepted).toHaveLength(1);

    const other = await company();
    await expect(other.notify({ send: () => Promise.reject(new Error('killed')) })).rejects.toThrow('killed');
    other.wait(15 * MINUTE);
    await Promise.allSettled([other.notify(), other.notify(), other.notify()]);
    expect(other.service.accepted).toHaveLength(1);
  });

  it('is tried again at once where the mail service was away', async () => {
    const one = await company();
    one.service.away = true;
    await expect(one.notify()).rejects.toThrow('was not accepted');
    await expect(one.notify()).rejects.toThrow('was not accepted');
    one.service.away = false;
    expect(await one.notify()).toMatchObject([{ state: 'sent' }]);
    const [mail] = await one.site.store.mails.list(one.id, NIGHT, NIGHT);
    expect(mail).not.toHaveProperty('error');
  });
});

it('the staleness of a source that has been failing for nights is not mailed night after night', async () => {
  const stale = { kind: 'stale', to: 'stale', metric: 'mrr' } as const;
  const one = await company([{ kind: 'source_failed', indicator: 'source:stripe', metric: '', dri: 'ceo' }]);
  const openNight = async (day: typeof NIGHT) => {
    const night = { workspace: one.id, day, id: `night_${day}`, expects: ['stripe'], sources: [], openedAt: BEGIN };
    await one.site.store.nights.open({ ...night, silent: false, demo: false });
    await one.site.store.pulls.fail({
      workspace: one.id,
      source: 'stripe',
      night: day,
      now: BEGIN,
      error: 'down',
      event: undefined,
    });
  };
  await openNight(NIGHT);
  await one.notify();
  const second = addDays(NIGHT, 1);
  await openNight(second);
  await one.add(second, [stale]);
  expect(await one.notify({}, second)).toEqual([]);
  expect((await one.site.store.transitions.get(one.id, 'trn_20260214_1'))?.suppressedBy).toBe('trn_20260213_1');
  const late = addDays(NIGHT, 15);
  await openNight(late);
  await one.add(late, [stale]);
  expect(await one.notify({}, late)).toEqual([]);
  expect((await one.site.store.transitions.get(one.id, 'trn_20260228_1'))?.suppressedBy).toBe('trn_20260213_1');
  expect(one.service.accepted.map(({ to }) => to)).toEqual(['ceo@acme.example']);
});

describe('the ids of what is found and mailed', () => {
  const plan = planSchema.parse({
    plan: 'p',
    title: 'P',
    start: '2026-01-02',
    end: '2026-04-02',
    indicators: [{ id: 'nps', says: 'NPS', metric: 'nps', target: '> 40', by: '2026-02-12', dri: 'cpo' }],
  });
  const change: Change = {
    kind: 'corrected',
    indicator: 'nps',
    metric: 'nps',
    says: 'NPS',
    from: 'met',
    to: 'missed',
    day: toDay('2026-02-12'),
    value: 36,
    gap: -4,
    n: null,
    detail: null,
    forecast: null,
    requiredPace: null,
    corrections: 1,
    past: false,
  };

  it('are the same for the same finding, and others for a later correction and for a demo', async () => {
    const { site } = await company();
    const found = (changes: Partial<Change> = {}, demo = false) =>
      fromChange({ ...site, demo }, indicatorNamed(plan, 'nps'), { ...change, ...changes }, NIGHT, false);
    expect(found().id).toBe(found().id);
    expect(found().id).toMatch(/^trn_20260213_[0-9a-f]{16}$/);
    const all = [found(), found({ corrections: 3 }), found({}, true), found({ day: toDay('2026-02-11') })];
    expect(new Set(all.map(({ id }) => id)).size).toBe(4);
    expect(all.map(({ demo, corrections }) => [demo, corrections])).toEqual([
      [false, 1],
      [false, 3],
      [true, 1],
      [false, 1],
    ]);
  });

  it('differ for mails of a demo', async () => {
    const { id, site, service } = await company();
    const postbox = { channel: service.channel, publicUrl: '', linkKey: 'k'.repeat(32) };
    expect(await notifyNight({ ...site, demo: true }, NIGHT, postbox)).toMatchObject([
      { id: `mail_demo_${id}_2026-02-13_cpo` },
    ]);
  });
});
