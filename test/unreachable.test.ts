import type { Channel } from '@plumbline/alerts/channel';
import { exampleTransition } from '@plumbline/alerts/example-items';
import { addDays } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import { toInstant } from '@plumbline/core/zone';
import { postboxOf } from '@plumbline/functions/world';
import { startMachine } from '@plumbline/local/machine';
import { notifyNight } from '@plumbline/night/notify';
import { commands } from 'plumbline/commands/index';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventsIn, mailsIn, seedsWith, temporaryFolder, tidyUp } from './support.ts';
import { BOUNCED, CEO, company, CPO, NIGHT, yamlOf } from './ses-company.ts';

tidyUp();
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

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

  expect(await reach()).toMatch(
    /^CPO +bounce@simulator\.amazonses\.com +bounced +14 Feb 2026, \d\d:00 +.*user unknown$/,
  );
  await expect(reach({ dri: 'cfo' })).rejects.toThrow('"cfo" is not one of dris; there are: cpo, ceo');
  expect(await reach({ dri: 'cpo' })).toBe('CPO gets mails again, from the next night on.');
  expect(await reach({ dri: 'cpo' })).toBe('Nothing speaks against mails to CPO.');
  expect(await reach()).toBe('Mails reach everybody, as far as is known.');
  await night(addDays(NIGHT, 2));
  expect(await to()).toEqual([bad, ceo, ceo, bad, ceo]);
  expect(await mailsIn(machine.files.mail.slice(0, -'/mail'.length))).toHaveLength(5);
});
