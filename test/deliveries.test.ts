import { sampleEvent } from '@plumbline/alerts/email/ses-samples';
import type { DeliveryState } from '@plumbline/core/night';
import { DELIVERY_STATES } from '@plumbline/core/night';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tidyUp } from './support.ts';
import type { Company } from './ses-company.ts';
import { BOUNCED, CEO, company, CPO, MINUTE, NIGHT } from './ses-company.ts';

tidyUp();
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

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
