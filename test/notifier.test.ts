import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel, Message } from '@plumbline/alerts/channel';
import { exampleTransition } from '@plumbline/alerts/example-items';
import { addDays, toDay } from '@plumbline/core/day';
import type { Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { notify } from '@plumbline/functions/notify';
import type { Site } from '@plumbline/night/site';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { sites, worldOf } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

const NIGHT = toDay('2026-02-13');
const BEGIN = toInstant('2026-02-14T01:00:00Z');

const yamlOf = (id: string, url: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris:
  ceo: { title: CEO, email: ceo@acme.example }
  cpo: { title: CPO, email: cpo@acme.example }
fallbackDri: ceo
heartbeat: ${url}heartbeat
channels: { slack: {} }
sources:
  record: { metrics: [{ id: nps, unit: score, kind: score, direction: up }] }
`;

const newSite = sites();

/** A company whose heartbeat and Slack are one server, and the notifier on its queue; the mail service can be asked what it has. */
async function company() {
  const asked: string[] = [];
  const refuses = new Set<string>();
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(refuses.has(request.url ?? '') ? 404 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const time = { now: BEGIN };
  const made = await newSite((name) => ({ 'workspace.yaml': yamlOf(name, url) }), time);
  const site: Site = { ...made, channelSecret: async () => `${url}slack` };
  const { store, workspace } = site;
  const accepted: Message[] = [];
  let slowness = 0;
  let isAway = false;
  const channel: Channel = {
    name: 'inbox',
    find: async (id) => accepted.find((message) => message.id === id)?.id,
    send: async (message) => {
      if (isAway) return { outcome: 'retryable', reason: 'too many at once' };
      // Longer than anybody takes to see that it is on its way.
      for (let turn = 0; turn < slowness; turn += 1) await new Promise(setImmediate);
      accepted.push(message);
      return { outcome: 'delivered', messageId: message.id };
    },
  };
  return {
    site,
    asked,
    refuses,
    slow: () => void (slowness = 100_000),
    away: (is: boolean) => void (isAway = is),
    wait: (days: number) => void (time.now += days * 86_400_000),
    find: async (night: typeof NIGHT, ...changes: Partial<Transition>[]) => {
      const transitions = changes.map((one, index) =>
        exampleTransition({ workspace: workspace.id, night, id: `trn_${night.replaceAll('-', '')}_${index}`, ...one }),
      );
      const judgement = { workspace: workspace.id, night, planVersion: 'sha256:1', judgedAt: time.now, states: [] };
      await store.judgements.commit(judgement, 0, transitions, []);
      const of = { workspace: workspace.id, day: night, id: `night_${night}`, expects: [], sources: [] };
      await store.nights.open({ ...of, openedAt: time.now, silent: false, demo: false });
      await store.nights.close(workspace.id, night, time.now, []);
    },
    /** Answers which of these completed nights, which come in one batch, should come again. */
    complete: async (nights: readonly (typeof NIGHT)[], place: Site = site) => {
      const Records = nights.map((day, index) => ({
        messageId: String(index),
        body: JSON.stringify({
          'detail-type': 'Night Completed',
          detail: { metadata: { workspace: workspace.id }, data: { day } },
        }),
      }));
      const { batchItemFailures } = await notify(worldOf(place, channel))({ Records } as Parameters<
        ReturnType<typeof notify>
      >[0]);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
    told: () => accepted.map(({ to, subject }) => `${to.email}: ${subject}`),
  };
}

it('a night whose completion comes twice in one batch is mailed once', async () => {
  const acme = await company();
  await acme.find(NIGHT, { dri: 'cpo' });
  const { store } = acme.site;
  const { promise: isClaimed, resolve: claimed } = Promise.withResolvers<void>();
  let lists = 0;
  const mails: typeof store.mails = {
    ...store.mails,
    claim: async (mail) => store.mails.claim(mail).finally(claimed),
    // Of two that run side by side, the second looks while the first one sends.
    list: async (...span) => {
      lists += 1;
      if (lists > 1) await isClaimed;
      return store.mails.list(...span);
    },
  };
  acme.slow();
  expect(await acme.complete([NIGHT, NIGHT], { ...acme.site, store: { ...store, mails } })).toEqual([]);
  expect(acme.told()).toEqual(['cpo@acme.example: [Missed] NPS 36 vs > 40 (−4) · Acme']);
});

it('a mail that can’t be written holds up no other, and is tried again', async () => {
  const acme = await company();
  await acme.find(NIGHT, { dri: 'ceo' }, { dri: 'cpo' });
  const { store } = acme.site;
  const get: typeof store.transitions.get = async (workspace, id) => {
    if (id.endsWith('_0')) throw new Error('a broken body');
    return store.transitions.get(workspace, id);
  };
  const broken = { ...acme.site, store: { ...store, transitions: { ...store.transitions, get } } };
  expect(await acme.complete([NIGHT], broken)).toEqual(['0']);
  expect(acme.told()).toEqual(['cpo@acme.example: [Missed] NPS 36 vs > 40 (−4) · Acme']);
  expect(await acme.complete([addDays(NIGHT, 1)])).toEqual([]);
  expect(acme.told().slice(1)).toEqual(['ceo@acme.example: [Missed] NPS 36 vs > 40 (−4) · Acme']);
});

it('a mail that waits goes to the address that its reader has when it is sent', async () => {
  const acme = await company();
  await acme.find(NIGHT, { dri: 'cpo' });
  acme.away(true);
  expect(await acme.complete([NIGHT])).toEqual(['0']);
  acme.away(false);
  const { workspace, store } = acme.site;
  const dris = { ...workspace.dris, cpo: { title: 'CPO', email: 'new-cpo@acme.example' } };
  expect(await acme.complete([NIGHT], { ...acme.site, workspace: { ...workspace, dris } })).toEqual([]);
  expect(acme.told()).toEqual(['new-cpo@acme.example: [Missed] NPS 36 vs > 40 (−4) · Acme']);
  expect((await store.transitions.get(workspace.id, 'trn_20260213_0'))?.mail).toMatchObject({
    state: 'sent',
    to: 'new-cpo@acme.example',
  });
});

it('the heartbeat waits for the mails, and not for a post that Slack refuses', async () => {
  const acme = await company();
  await acme.find(NIGHT, { dri: 'cpo' });
  acme.refuses.add('/slack');
  expect(await acme.complete([NIGHT])).toEqual(['0']);
  expect(acme.asked).toEqual(['POST /slack', 'GET /heartbeat']);
});

it('a replay tells Slack, since it is new, of no night that was long before', async () => {
  const acme = await company();
  await acme.find(NIGHT, { dri: 'cpo' });
  const before = { ...acme.site, workspace: { ...acme.site.workspace, channels: [] } };
  await acme.complete([NIGHT], before);
  acme.wait(30);
  await acme.complete([NIGHT]);
  expect(acme.asked.filter((one) => one === 'POST /slack')).toEqual([]);
});
