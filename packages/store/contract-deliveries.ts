import { addDays } from '@plumbline/core/day';
import type { DeliveryReport, DeliveryState, Unreachable } from '@plumbline/core/night';
import { DELIVERY_STATES } from '@plumbline/core/night';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { D12, NOW, mail } from './contract-fixtures.ts';
import type { Store } from './types.ts';

/** What was heard of mails after they were sent, and whom they don't reach. */
export function deliveriesContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`${name}: deliveries`, () => {
    let store: Store;
    let w: string;
    let turn = 0;
    beforeEach(async () => {
      store = await makeStore();
      w = `delivered-${(turn += 1)}`;
    });

    const letterOf = async (id = 'a') => {
      const letter = { ...mail(w, []), id: `mail_${id}`, reviews: ['weekly'] };
      await store.mails.claim(letter);
      return letter;
    };
    const report = (mailId: string, state: DeliveryState, more: Partial<DeliveryReport> = {}): DeliveryReport => ({
      mail: mailId,
      workspace: w,
      night: D12,
      state,
      messageId: 'm-1',
      at: NOW,
      reason: state === 'bounced' ? '550 5.1.1 user unknown' : null,
      permanent: state === 'bounced',
      ...more,
    });

    it('are joined to their mail, and to no other', async () => {
      const [a, b] = [await letterOf('a'), await letterOf('b')];
      expect(await store.mails.report(report(a.id, 'bounced'))).toBe(true);
      const delivery = { state: 'bounced', messageId: 'm-1', at: NOW, reason: '550 5.1.1 user unknown' };
      expect(await store.mails.list(w, D12, D12)).toEqual([{ ...a, delivery }, b]);
      expect([await store.mails.get(a), await store.mails.get(b)]).toEqual([{ ...a, delivery }, b]);
      expect(await store.mails.list(w, addDays(D12, 1), addDays(D12, 9))).toEqual([]);
    });

    it('of mails that are not known here are not kept', async () => {
      expect(await store.mails.report(report('mail_no', 'delivered'))).toBe(false);
      expect(await store.mails.get({ workspace: w, night: D12, id: 'mail_no' })).toBeUndefined();
      expect(await store.mails.list(w, D12, D12)).toEqual([]);
    });

    it('stay at the furthest, in whichever order and however often they are told', async () => {
      const told = fc.array(fc.constantFrom(...DELIVERY_STATES), { minLength: 1, maxLength: 6 });
      let run = 0;
      const property = fc.asyncProperty(told, async (states) => {
        const letter = await letterOf(`p${(run += 1)}`);
        const news = [];
        for (const state of states) news.push(await store.mails.report(report(letter.id, state)));
        const places = states.map((state) => DELIVERY_STATES.indexOf(state));
        expect(news).toEqual(places.map((place, index) => places.slice(0, index).every((earlier) => earlier < place)));
        expect((await store.mails.get(letter))?.delivery?.state).toBe(DELIVERY_STATES[Math.max(...places)]);
      });
      await fc.assert(property, { numRuns: 20 });
    });

    it('don’t hinder the one who sends: neither its outcome nor that it is taken over or goes elsewhere', async () => {
      const letter = await letterOf();
      await store.mails.report(report(letter.id, 'accepted'));
      const [read] = await store.mails.list(w, D12, D12);
      const taken = read && (await store.mails.reclaim(read, NOW + 1));
      expect(taken).toMatchObject({ id: letter.id, at: NOW + 1 });
      expect(taken && (await store.mails.finish(taken, { state: 'sent', messageId: 'm-1' }))).toBe(true);
      const sent = await store.mails.get(letter);
      expect(sent).toMatchObject({ state: 'sent', delivery: { state: 'accepted' } });
      const other = { ...letter, id: `${letter.id}_fallback`, dri: 'ceo', to: 'ceo@b.example' };
      expect(sent && (await store.mails.redirect(sent, 'bounced', other))).toBe(true);
      expect(await store.mails.get(letter)).toMatchObject({ state: 'failed', delivery: { state: 'accepted' } });
      expect(await store.mails.get(other)).toEqual(other);
    });

    it('tell who can’t be reached, the last word for each, until it is taken back', async () => {
      const of = (dri: string, why: Unreachable['why']): Unreachable => ({
        workspace: w,
        dri,
        email: `${dri}@acme.example`,
        why,
        reason: '550 5.1.1 user unknown',
        mail: 'mail_a',
        at: NOW,
      });
      for (const one of [of('cto', 'refused'), of('ceo', 'bounced'), of('cto', 'complained')]) {
        await store.unreachable.put(one);
      }
      expect(await store.unreachable.list(w)).toEqual([of('ceo', 'bounced'), of('cto', 'complained')]);
      expect(await store.unreachable.list(`${w}0`)).toEqual([]);
      await store.unreachable.remove(w, 'ceo');
      await store.unreachable.remove(w, 'nobody');
      expect(await store.unreachable.list(w)).toEqual([of('cto', 'complained')]);
    });
  });
}
