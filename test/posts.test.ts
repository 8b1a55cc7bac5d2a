import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exampleTransition } from '@plumbline/alerts/example-items';
import type { Channel } from '@plumbline/alerts/channel';
import type { Day } from '@plumbline/core/day';
import { addDays, toDay } from '@plumbline/core/day';
import { SecretError } from '@plumbline/core/errors';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { deliverEvent } from '@plumbline/night/deliver';
import { notifyNight } from '@plumbline/night/notify';
import type { Site } from '@plumbline/night/site';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sites } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();

const NIGHT = toDay('2026-02-13');
const BEGIN = toInstant('2026-02-14T01:00:00Z');
const MINUTE = 60_000;
const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const yamlOf = (id: string, url: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris:
  cpo: { title: CPO, email: cpo@acme.example }
  ceo: { title: CEO, email: ceo@acme.example }
fallbackDri: ceo
channels:
  slack: {}
  webhook: { url: "${url}", events: [Indicator Missed] }
sources:
  stripe: { baseUrl: "http://127.0.0.1:9" }
  record: { metrics: [{ id: nps, unit: score, kind: score, direction: up }, { id: members, unit: count, kind: stock, direction: up }] }
`;

const newSite = sites();

const post = z.object({
  text: z.string(),
  blocks: z.array(z.object({ type: z.string(), text: z.object({ text: z.string() }).optional() })),
});

/** A company with both channels at one server, which tells what it was sent. */
async function company() {
  const service = { status: 200, body: 'ok', requests: [] as { id: string | undefined; body: string }[] };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const id = request.headers['webhook-id'];
      service.requests.push({ id: typeof id === 'string' ? id : undefined, body: Buffer.concat(parts).toString() });
      response.writeHead(service.status).end(service.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const time = { now: BEGIN };
  const secrets: Record<string, string> = { slack: url, webhook: KEY };
  const made = await newSite((name) => ({ 'workspace.yaml': yamlOf(name, url) }), time);
  const site: Site = {
    ...made,
    channelSecret: async (name) => {
      const secret = secrets[name];
      if (secret === undefined) throw new SecretError(`[${name}] no secret: put it there`);
      return secret;
    },
  };
  const { store, workspace } = site;
  const { id } = workspace;
  const mails: string[] = [];
  const channel: Channel = {
    name: 'inbox',
    send: async (message) => {
      mails.push(message.id.replace(id, 'w'));
      return { outcome: 'delivered', messageId: message.id };
    },
  };
  let version = 0;
  return {
    id,
    site,
    service,
    secrets,
    mails,
    wait: (ms: number) => void (time.now += ms),
    find: async (night: Day, ...changes: Partial<Transition>[]) => {
      const transitions = changes.map((one, index) =>
        exampleTransition({
          workspace: id,
          night,
          dri: 'cpo',
          id: `trn_${night.replaceAll('-', '')}_${version}${index}`,
          ...one,
        }),
      );
      const judgement = { workspace: id, night, planVersion: 'sha256:1', judgedAt: time.now + version, states: [] };
      const stored = await store.judgements.latest(id, night);
      await store.judgements.commit(judgement, stored?.night === night ? stored.version : 0, transitions, []);
      version += 1;
    },
    notify: (night = NIGHT, on: Site = site) =>
      notifyNight(on, night, { channel, publicUrl: 'http://127.0.0.1:4180', linkKey: 'k'.repeat(32) }),
    /** Headlines of the posts that were sent. */
    posts: () => service.requests.map(({ body }) => post.parse(JSON.parse(body)).text),
    stored: async () =>
      (await store.posts.list(id, NIGHT, addDays(NIGHT, 9))).map(({ id: postId, state, error }) =>
        [postId.replace(id, 'w'), state, ...(error === undefined ? [] : [error])].join(' '),
      ),
  };
}

describe('a night is told in Slack', () => {
  it('in one post after its mails, by who is responsible, the worst first; and no second time', async () => {
    const one = await company();
    await one.find(
      NIGHT,
      {
        indicator: 'members',
        metric: 'members',
        kind: 'met',
        to: 'met',
        dri: 'ceo',
        value: 120,
        target: '>= 100',
        gap: 20,
        unit: 'count',
      },
      {},
    );
    await one.notify();
    expect(one.mails).toEqual(['mail_w_2026-02-13_ceo', 'mail_w_2026-02-13_cpo']);
    expect(one.service.requests).toHaveLength(1);
    const { text, blocks } = post.parse(JSON.parse(one.service.requests[0]?.body ?? ''));
    expect(text).toBe('Acme · night of 2026-02-13: 1 missed, 1 met');
    const link = `http://127.0.0.1:4180/#${one.id}`;
    expect(blocks.flatMap((block) => (block.type === 'section' ? [block.text?.text] : []))).toEqual([
      `*CPO*\n• <${link}|[Missed] NPS 36 vs &gt; 40 (−4)>\n   Decided on the value of 2026-02-12.`,
      `*CEO*\n• <${link}|[Met] Members 120 vs ≥ 100 (+20)>\n   Decided on the value of 2026-02-12.`,
    ]);
    await one.notify();
    expect([one.service.requests.length, await one.stored()]).toEqual([1, ['slack_w_2026-02-13 sent']]);
  });

  it('and what comes into a mail after the post, in the next one', async () => {
    const one = await company();
    await one.find(NIGHT, {});
    await one.notify();
    await one.find(NIGHT, { dri: 'ceo', kind: 'at_risk', to: 'at_risk', metric: 'members', indicator: 'members' });
    await one.notify();
    expect(one.mails).toEqual(['mail_w_2026-02-13_cpo', 'mail_w_2026-02-13_ceo']);
    const next = addDays(NIGHT, 3);
    await one.find(next, { kind: 'recovered', to: 'recovered' });
    await one.notify(next);
    expect(one.posts()).toEqual([
      'Acme · night of 2026-02-13: 1 missed',
      'Acme · night of 2026-02-16: 1 at risk, 1 recovered',
    ]);
  });

  it('from the night on in which the channel is new, and never in a demo', async () => {
    const one = await company();
    await one.find(NIGHT, {});
    await one.notify(NIGHT, { ...one.site, workspace: { ...one.site.workspace, channels: [] } });
    const next = addDays(NIGHT, 1);
    await one.find(next, { kind: 'recovered', to: 'recovered' });
    await one.notify(next, { ...one.site, demo: true });
    expect(one.posts()).toEqual([]);
    await one.notify(next);
    expect(one.posts()).toEqual(['Acme · night of 2026-02-14: 1 recovered']);
  });

  it('never where nobody is mailed', async () => {
    const one = await company();
    await one.find(NIGHT, { kind: 'on_track', to: 'on_track', mail: { state: 'none' } }, { silent: true });
    await one.notify();
    expect([one.mails, one.posts(), await one.stored()]).toEqual([[], [], []]);
  });
});

describe('a post that Slack does not take', () => {
  it('holds up no mail, waits with the reason, and goes out once that is mended', async () => {
    const one = await company();
    await one.find(NIGHT, {});
    Object.assign(one.service, { status: 404, body: 'no_service' });
    const reason =
      '[slack] answered 404: no_service, the webhook is no longer there: make a new one in Slack and put its address where the old one was';
    await expect(one.notify()).rejects.toThrow(`[post] slack_${one.id}_2026-02-13 was not accepted: ${reason}`);
    expect([one.mails, await one.stored()]).toEqual([
      ['mail_w_2026-02-13_cpo'],
      [`slack_w_2026-02-13 claimed ${reason}`],
    ]);
    Object.assign(one.service, { status: 200, body: 'ok' });
    await one.notify(addDays(NIGHT, 1));
    await one.notify(addDays(NIGHT, 1));
    expect([one.service.requests.length, await one.stored()]).toEqual([2, ['slack_w_2026-02-13 sent']]);
  });

  it('since its secret is missing says where that belongs', async () => {
    const one = await company();
    await one.find(NIGHT, {});
    delete one.secrets['slack'];
    await expect(one.notify()).rejects.toThrow('was not accepted: [slack] no secret: put it there');
    expect(one.mails).toHaveLength(1);
  });

  it('because the run broke off is sent again a quarter of an hour later, under the same id', async () => {
    const one = await company();
    await one.find(NIGHT, {});
    const { store } = one.site;
    const broken = {
      ...one.site,
      store: { ...store, posts: { ...store.posts, finish: () => Promise.reject(new Error('killed')) } },
    };
    await expect(one.notify(NIGHT, broken)).rejects.toThrow('killed');
    one.wait(15 * MINUTE - 1);
    await expect(one.notify()).rejects.toThrow('is being sent by another run');
    expect(one.posts()).toHaveLength(1);
    one.wait(1);
    await one.notify();
    expect([new Set(one.posts()).size, one.service.requests.length, await one.stored()]).toEqual([
      1,
      2,
      ['slack_w_2026-02-13 sent'],
    ]);
  });
});

describe('an event', () => {
  const event = (detailType: string) => ({
    'detail-type': detailType,
    detail: {
      metadata: {
        id: 'trn_20260213_1',
        version: '1' as const,
        workspace: 'acme',
        time: '2026-02-14T01:00:00Z',
        correlationId: 'night_acme_2026-02-13',
        planVersion: null,
      },
      data: { indicator: 'nps' },
    },
  });

  it('goes to the webhook as it is, where that wants it', async () => {
    const one = await company();
    await deliverEvent(one.site, event('Indicator Missed'));
    await deliverEvent(one.site, event('Night Completed'));
    await deliverEvent({ ...one.site, demo: true }, event('Indicator Missed'));
    expect(one.service.requests.map(({ id, body }) => [id, JSON.parse(body)])).toEqual([
      ['trn_20260213_1', { source: 'plumbline', time: '2026-02-14T01:00:00Z', ...event('Indicator Missed') }],
    ]);
  });

  it('that it does not take is thrown with the reason, and not the key', async () => {
    const one = await company();
    Object.assign(one.service, { status: 410, body: `no longer, ${KEY}` });
    await expect(deliverEvent(one.site, event('Indicator Missed'))).rejects.toMatchObject({
      message: `trn_20260213_1 of ${one.id}: [webhook] answered 410: no longer, …`,
      retryable: true,
    });
  });
});
