import { addDays } from '@plumbline/core/day';
import type { ApiKey } from '@plumbline/core/night';
import type { Acknowledgement, Unsubscribed } from '@plumbline/core/status';
import { beforeEach, describe, expect, it } from 'vitest';
import { D12, NOW, event, judgement, mail, night, pull, state, transition } from './contract-fixtures.ts';
import type { Store } from './types.ts';

/** What a store has to do with nights, judgements and what comes of them. */
export function alertsContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`the nights and alerts of a store on ${name}`, () => {
    let store: Store;
    let count = 0;
    let w = '';
    beforeEach(async () => {
      store ??= await makeStore();
      count += 1;
      w = `alerts-${count}`;
    });

    describe('nights', () => {
      it('open once, are listed by day and close once with their event', async () => {
        const earlier = night(w, addDays(D12, -1));
        expect(await store.nights.last(w)).toBeUndefined();
        expect(await store.nights.open(night(w))).toEqual(night(w));
        expect(await store.nights.open({ ...night(w), openedAt: NOW + 9, expects: [] })).toEqual(night(w));
        await store.nights.open(earlier);
        await store.pulls.record(pull(w, []));
        expect((await store.nights.list(w, earlier.day, D12)).map((n) => [n.day, n.sources.length])).toEqual([
          ['2026-02-11', 0],
          ['2026-02-12', 1],
        ]);
        expect((await store.nights.last(w))?.day).toBe(D12);
        const closing = event(w, 'closed', NOW + 1);
        expect(await store.nights.close(w, earlier.day, NOW + 1, [closing])).toBe(true);
        expect(await store.nights.close(w, earlier.day, NOW + 2, [event(w, 'again', NOW + 2)])).toBe(false);
        expect(await store.nights.get(w, earlier.day)).toEqual({ ...earlier, closedAt: NOW + 1 });
        expect((await store.outbox.pending(w)).map(({ id }) => id)).toEqual(['recorded_stripe_0', 'closed']);
        await expect(store.nights.close(w, addDays(D12, 9), NOW, [])).rejects.toMatchObject({
          code: 'not-found',
        });
      });
      it('close once even when two close them at the same time', async () => {
        await store.nights.open(night(w));
        const closings = await Promise.all(
          [1, 2, 3].map((n) => store.nights.close(w, D12, NOW, [event(w, `c${n}`), event(w, `d${n}`)])),
        );
        expect(closings.filter(Boolean)).toHaveLength(1);
        const winner = closings.indexOf(true) + 1;
        expect((await store.outbox.pending(w)).map(({ id }) => id)).toEqual([`c${winner}`, `d${winner}`]);
      });
    });

    describe('judgements', () => {
      it('are committed with transitions and events, and read as the last one or as of a night', async () => {
        const [first, later] = [judgement(w, [state('a')]), judgement(w, [state('b')], addDays(D12, 2))];
        const missed = transition(w, 'one');
        expect(await store.judgements.latest(w)).toBeUndefined();
        expect(await store.judgements.commit(first, 0, [missed], [event(w, missed.id)])).toBe(true);
        expect(await store.judgements.commit(later, 0, [], [])).toBe(true);
        expect(await store.judgements.latest(w)).toEqual({ ...later, version: 1 });
        expect(await store.judgements.latest(w, addDays(D12, 1))).toEqual({ ...first, version: 1 });
        expect(await store.judgements.latest(w, addDays(D12, -1))).toBeUndefined();
        expect(await store.transitions.get(w, missed.id)).toEqual(missed);
        expect(await store.outbox.pending(w)).toEqual([event(w, missed.id)]);
      });
      it('write nothing when equal, or when somebody else judged meanwhile', async () => {
        const missed = transition(w, 'one');
        const first = judgement(w, [state('a')]);
        await store.judgements.commit(first, 0, [missed], [event(w, missed.id)]);
        await store.outbox.remove(await store.outbox.pending(w));
        const same = { ...first, judgedAt: NOW + 5 };
        expect(await store.judgements.commit(same, 1, [missed], [event(w, missed.id)])).toBe(true);
        const other = transition(w, 'two');
        expect(await store.judgements.commit(judgement(w, []), 0, [other], [event(w, other.id)])).toBe(false);
        expect(await store.judgements.latest(w)).toEqual({ ...first, version: 1 });
        expect(await store.transitions.list(w, D12, D12)).toEqual([missed]);
        expect(await store.outbox.pending(w)).toEqual([]);
      });
      it('keep how hypotheses stand, and write them where they alone changed', async () => {
        const plain = judgement(w, [state('a')]);
        const running = { hypothesis: 'h', definition: 'd', status: 'running' as const, since: D12, value: 46.1 };
        await store.judgements.commit(plain, 0, [], []);
        expect(await store.judgements.commit({ ...plain, hypotheses: [] }, 1, [], [])).toBe(true);
        expect(await store.judgements.latest(w)).toEqual({ ...plain, version: 1 });
        const supposing = { ...plain, hypotheses: [running] };
        expect(await store.judgements.commit(supposing, 1, [], [])).toBe(true);
        expect(await store.judgements.latest(w)).toEqual({ ...supposing, version: 2 });
      });
      it('let only one of two that judge at once win', async () => {
        const both = ['x', 'y'].map((id) => {
          const change = transition(w, id);
          return store.judgements.commit(judgement(w, [state(id)]), 0, [change], [event(w, change.id)]);
        });
        expect((await Promise.all(both)).filter(Boolean)).toHaveLength(1);
        expect(await store.transitions.list(w, D12, D12)).toHaveLength(1);
      });
      it('take more transitions than one transaction holds', async () => {
        const many = Array.from({ length: 120 }, (_, index) => transition(w, String(index).padStart(3, '0')));
        const events = many.map(({ id }) => event(w, id));
        expect(await store.judgements.commit(judgement(w, [state('a')]), 0, many, events)).toBe(true);
        expect(await store.transitions.list(w, D12, D12)).toEqual(many);
        expect(await store.outbox.pending(w)).toHaveLength(120);
      });
    });

    it('keeps each version of a plan once, as it was first judged by', async () => {
      const kept = { workspace: w, version: 'sha256:b', plan: { title: 'Plan', end: null }, firstNight: D12, at: NOW };
      const next = { ...kept, version: 'sha256:a', firstNight: addDays(D12, 1), at: NOW + 1 };
      expect([await store.plans.get(w, 'sha256:b'), await store.plans.list(w)]).toEqual([undefined, []]);
      await Promise.all([store.plans.keep(kept), store.plans.keep(kept)]);
      await store.plans.keep(next);
      await store.plans.keep({ ...kept, firstNight: addDays(D12, 2), at: NOW + 2 });
      expect(await store.plans.list(w)).toEqual([kept, next]);
      expect(await store.plans.get(w, 'sha256:b')).toEqual(kept);
    });
    it('keeps a plan far larger than one item may be', async () => {
      const plan = { indicators: Array.from({ length: 500 }, (_, id) => ({ id, says: 'a promise '.repeat(100) })) };
      const kept = { workspace: w, version: 'sha256:c', plan, firstNight: D12, at: NOW };
      await store.plans.keep(kept);
      expect(await store.plans.get(w, 'sha256:c')).toEqual(kept);
    });

    describe('transitions and mails', () => {
      it('lists transitions of a span of nights and names what hides them', async () => {
        const [a, b] = [transition(w, 'a'), transition(w, 'b', addDays(D12, 1))];
        await store.judgements.commit(judgement(w, []), 0, [b, a], []);
        await store.transitions.suppress(w, [{ id: a.id, by: b.id }]);
        const hidden = { ...a, suppressedBy: b.id, mail: { state: 'none' } };
        expect(await store.transitions.list(w, D12, addDays(D12, 1))).toEqual([hidden, b]);
        expect(await store.transitions.list(w, addDays(D12, 1), addDays(D12, 1))).toEqual([b]);
        await expect(store.transitions.suppress(w, [{ id: 'trn_no', by: b.id }])).rejects.toThrow('trn_no');
      });
      it('lets of two that judge different nights from the same one before only the first go on', async () => {
        const next = addDays(D12, 1);
        await store.judgements.commit(judgement(w, [state('i')]), 0, [], []);
        const read = await store.judgements.latest(w);
        if (!read) throw new Error('nothing was judged');
        const [late, early] = [transition(w, 'late'), transition(w, 'early', next)];
        expect(await store.judgements.commit(judgement(w, [], next), 0, [early], [], read)).toBe(true);
        expect(await store.judgements.commit(judgement(w, []), read.version, [late], [])).toBe(false);
        expect(await store.judgements.commit(judgement(w, [], addDays(D12, 2)), 0, [late], [], read)).toBe(false);
        expect(await store.transitions.list(w, D12, addDays(D12, 2))).toEqual([early]);
        expect(await store.judgements.latest(w, D12)).toEqual(read);

        const other = `${w}-2`;
        await store.judgements.commit(judgement(other, []), 0, [], []);
        const same = await store.judgements.latest(other);
        if (!same) throw new Error('nothing was judged');
        expect(await store.judgements.commit(judgement(other, [state('i')]), 1, [], [])).toBe(true);
        expect(await store.judgements.commit(judgement(other, [], next), 0, [], [], same)).toBe(false);
      });
      it('leaves what is hidden to no mail, and what a mail has claimed to nobody who would hide it', async () => {
        const [a, b] = [transition(w, 'a'), transition(w, 'b')];
        await store.judgements.commit(judgement(w, []), 0, [a, b], []);
        await store.transitions.suppress(w, [{ id: a.id, by: b.id }]);
        const claim = await store.mails.claim(mail(w, [a.id, b.id]));
        expect([claim.fresh, claim.mail.transitions]).toEqual([true, [b.id]]);
        await store.transitions.suppress(w, [{ id: b.id, by: a.id }]);
        const found = await store.transitions.list(w, D12, D12);
        expect(found.map(({ id, suppressedBy, mail: { state } }) => [id, suppressedBy, state])).toEqual([
          [a.id, b.id, 'none'],
          [b.id, null, 'claimed'],
        ]);
      });
      it('lists what was found at once in the order in which it came about, whatever the ids', async () => {
        const recovered = { ...transition(w, 'a'), kind: 'recovered', from: 'missed', to: 'recovered' } as const;
        const corrected = { ...transition(w, 'b'), kind: 'corrected', from: 'met', corrections: 2 } as const;
        const found = [
          { ...transition(w, 'd'), day: addDays(D12, -9) },
          { ...transition(w, 'c'), day: addDays(D12, -3), kind: 'corrected' as const, corrections: 1 },
          { ...corrected, day: addDays(D12, -3) },
          recovered,
        ];
        await store.judgements.commit(judgement(w, []), 0, found, []);
        expect((await store.transitions.list(w, D12, D12)).map(({ id }) => id)).toEqual(found.map(({ id }) => id));
      });
      it('lets one claim a mail, and notes how it went on the mail and its transitions', async () => {
        const missed = transition(w, 'a');
        await store.judgements.commit(judgement(w, []), 0, [missed], []);
        const letter = mail(w, [missed.id]);
        const claims = await Promise.all([store.mails.claim(letter), store.mails.claim(letter)]);
        expect(claims.filter(({ fresh }) => fresh)).toHaveLength(1);
        expect(claims.map((claim) => claim.mail)).toEqual([letter, letter]);
        const { to } = letter;
        expect((await store.transitions.get(w, missed.id))?.mail).toEqual({ state: 'claimed', to });

        const sent = { ...letter, state: 'sent' as const, messageId: 'm-1' };
        expect(await store.mails.finish(letter, sent)).toBe(true);
        expect(await store.mails.finish(letter, { state: 'sent', messageId: 'm-2' })).toBe(false);
        await store.mails.postpone(letter, 'the answer was lost');
        expect(await store.mails.list(w, D12, D12)).toEqual([sent]);
        expect(await store.mails.list(w, addDays(D12, 1), addDays(D12, 9))).toEqual([]);
        expect((await store.transitions.get(w, missed.id))?.mail).toEqual({ state: 'sent', messageId: 'm-1', to });
        expect(await store.mails.claim(letter)).toEqual({ mail: sent, fresh: false });
      });
      it('lets a mail that was sent fail later, and nothing come after a failure', async () => {
        const missed = transition(w, 'a');
        await store.judgements.commit(judgement(w, []), 0, [missed], []);
        const { mail: letter } = await store.mails.claim(mail(w, [missed.id]));
        await store.mails.finish(letter, { state: 'sent', messageId: 'm-1' });
        const failed = { state: 'failed', error: 'bounced' } as const;
        const sent = { ...letter, state: 'sent', messageId: 'm-1' } as const;
        expect(await Promise.all([1, 2].map(() => store.mails.finish(sent, failed)))).toContain(true);
        expect(await store.mails.finish(sent, failed)).toBe(false);
        expect(await store.mails.finish(letter, { state: 'sent', messageId: 'm-2' })).toBe(false);
        await store.mails.postpone(letter, 'away');
        expect(await store.mails.get(letter)).toEqual({ ...sent, ...failed });
        const { to } = letter;
        expect((await store.transitions.get(w, missed.id))?.mail).toEqual({ state: 'failed', to });
        const unknown = { ...letter, id: 'mail_no' };
        await expect(store.mails.finish(unknown, failed)).rejects.toThrow('there is no mail mail_no');
      });
      it('puts a transition into one mail only, and claims none for what waits no more', async () => {
        const [a, b, c] = [transition(w, 'a'), transition(w, 'b'), transition(w, 'c')];
        await store.judgements.commit(judgement(w, []), 0, [a, b, c], []);
        const tonight = mail(w, [a.id, b.id]);
        const next = { ...mail(w, [b.id, c.id, 'trn_20260212_gone']), night: addDays(D12, 1), id: 'mail_next' };
        const late = { ...mail(w, [a.id]), night: addDays(D12, 2), id: 'mail_late' };
        expect(await store.mails.claim(tonight)).toEqual({ mail: tonight, fresh: true });
        const claimed = { ...next, transitions: [c.id] };
        expect(await store.mails.claim(next)).toEqual({ mail: claimed, fresh: true });
        expect(await store.mails.claim(late)).toEqual({ mail: { ...late, transitions: [] }, fresh: false });
        expect(await store.mails.list(w, D12, addDays(D12, 9))).toEqual([tonight, claimed]);
      });
      it('never puts a transition into two mails that are claimed at once', async () => {
        const both = [transition(w, 'a'), transition(w, 'b')];
        await store.judgements.commit(judgement(w, []), 0, both, []);
        const ids = both.map(({ id }) => id);
        const letters = [0, 1, 2].map((n) => ({ ...mail(w, ids), night: addDays(D12, n), id: `mail_${n}` }));
        await Promise.all(letters.map((letter) => store.mails.claim(letter)));
        const claimed = await store.mails.list(w, D12, addDays(D12, 9));
        expect(claimed.flatMap(({ transitions }) => transitions).toSorted()).toEqual(ids);
      });
      it('claims a digest once though nothing waits, and finishes or redirects it alike', async () => {
        const digest = { ...mail(w, []), reviews: ['weekly'] };
        const claims = await Promise.all([store.mails.claim(digest), store.mails.claim(digest)]);
        expect(claims.filter(({ fresh }) => fresh)).toHaveLength(1);
        expect(claims.map((claim) => claim.mail)).toEqual([digest, digest]);
        const other = {
          ...digest,
          id: `${digest.id}_fallback`,
          dri: 'ceo',
          to: 'ceo@b.example',
          insteadOf: digest.dri,
        };
        expect(await store.mails.redirect(digest, 'no such user', other)).toBe(true);
        expect(await store.mails.redirect(digest, 'no such user', other)).toBe(false);
        await store.mails.finish(other, { state: 'sent', messageId: 'm-1' });
        const failed = { ...digest, state: 'failed', error: 'no such user' };
        expect(await store.mails.list(w, D12, D12)).toEqual([failed, { ...other, state: 'sent', messageId: 'm-1' }]);
        expect(await store.mails.claim(digest)).toEqual({ mail: failed, fresh: false });
      });
      it('leaves what does not fit into one mail for the next', async () => {
        const many = Array.from({ length: 101 }, (_, index) => transition(w, String(index).padStart(3, '0')));
        await store.judgements.commit(judgement(w, []), 0, many, []);
        const { mail: letter } = await store.mails.claim(
          mail(
            w,
            many.map(({ id }) => id),
          ),
        );
        expect(letter.transitions).toHaveLength(98);
        const states = (await store.transitions.list(w, D12, D12)).map((one) => one.mail.state);
        expect(Map.groupBy(states, (state) => state).get('pending')).toHaveLength(3);
        expect(await store.mails.redirect(letter, 'refused', { ...letter, id: 'mail_fallback' })).toBe(true);
      });
      it('lets one take over a claim whose holder has gone, and none one that is held or finished', async () => {
        const missed = transition(w, 'a');
        await store.judgements.commit(judgement(w, []), 0, [missed], []);
        const { mail: letter } = await store.mails.claim(mail(w, [missed.id]));
        await store.mails.postpone(letter, 'the mail service was away');
        const waiting = { ...letter, error: 'the mail service was away' };
        expect(await store.mails.list(w, D12, D12)).toEqual([waiting]);
        const takers = await Promise.all([1, 2, 3].map((n) => store.mails.reclaim(waiting, NOW + n)));
        const [held] = await store.mails.list(w, D12, D12);
        expect(takers.filter(Boolean)).toEqual([held]);
        expect(held).toEqual({ ...letter, at: held?.at });
        await store.mails.finish(letter, { state: 'sent', messageId: 'm-1' });
        expect(await store.mails.reclaim(letter, NOW + 9)).toBeUndefined();
      });
      it('redirects a refused mail once, with its transitions', async () => {
        const missed = transition(w, 'a');
        await store.judgements.commit(judgement(w, []), 0, [missed], []);
        const { mail: letter } = await store.mails.claim(mail(w, [missed.id]));
        const other = {
          ...letter,
          id: `${letter.id}_fallback`,
          dri: 'ceo',
          to: 'ceo@b.example',
          insteadOf: letter.dri,
        };
        expect(await store.mails.redirect(letter, 'no such user', other)).toBe(true);
        expect(await store.mails.list(w, D12, D12)).toEqual([
          { ...letter, state: 'failed', error: 'no such user' },
          other,
        ]);
        const { to } = other;
        expect((await store.transitions.get(w, missed.id))?.mail).toEqual({ state: 'claimed', to });
        await store.mails.finish(other, { state: 'sent', messageId: 'm-2' });
        expect(await store.mails.redirect(letter, 'no such user', other)).toBe(false);
        expect((await store.transitions.get(w, missed.id))?.mail).toEqual({ state: 'sent', messageId: 'm-2', to });
      });
    });

    it('keeps the last acknowledgement of each indicator', async () => {
      const acknowledgement = (indicator: string, at: number): Acknowledgement => ({
        workspace: w,
        indicator,
        transition: 'trn_1',
        kind: 'acknowledged',
        reason: `at ${at}`,
        at,
      });
      for (const [indicator, at] of [
        ['b', 1],
        ['a', 5],
        ['a', 3],
        ['b', 2],
      ] as const) {
        await store.acknowledgements.put(acknowledgement(indicator, at));
      }
      expect(await store.acknowledgements.list(w)).toEqual([acknowledgement('a', 5), acknowledgement('b', 2)]);
    });
    it('keeps every acknowledgement that was ever given, by the night of its transition', async () => {
      const answer = (night: string, at: number): Acknowledgement => ({
        workspace: w,
        indicator: 'a',
        transition: `trn_${night}_x`,
        kind: 'acknowledged',
        reason: `at ${at}`,
        by: 'ceo',
        at,
      });
      const [early, later, again, last] = [
        answer('20260210', 1),
        answer('20260212', 10),
        answer('20260212', 9),
        answer('20260213', 20),
      ];
      for (const one of [last, early, later, again, later]) await store.acknowledgements.put(one);
      expect(await store.acknowledgements.history(w, addDays(D12, -1), D12)).toEqual([again, later]);
      expect(await store.acknowledgements.list(w)).toEqual([last]);
    });

    it('keeps the last word of each DRI who wanted no digests', async () => {
      const of = (dri: string, until?: number): Unsubscribed => ({
        workspace: w,
        dri,
        email: `${dri}@acme.example`,
        at: NOW,
        ...(until === undefined ? {} : { until }),
      });
      for (const one of [of('cto'), of('ceo'), of('cto', NOW + 1)]) await store.unsubscribed.put(one);
      expect(await store.unsubscribed.list(w)).toEqual([of('ceo'), of('cto', NOW + 1)]);
      expect(await store.unsubscribed.list(`${w}0`)).toEqual([]);
    });

    it('gives waiting events oldest first, up to a limit, until they are removed', async () => {
      const entries = [3, 1, 2].map((n) => event(w, `e${n}`, NOW + n));
      await store.judgements.commit(judgement(w, []), 0, [], entries);
      expect((await store.outbox.pending(w)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e3']);
      const firstTwo = await store.outbox.pending(w, 2);
      expect(firstTwo).toEqual([entries[1], entries[2]]);
      await store.outbox.remove(firstTwo);
      expect(await store.outbox.pending(w)).toEqual([entries[0]]);
    });

    it('finds keys of the read API by their digest', async () => {
      const key: ApiKey = { sha256: `ab${w}`, name: 'ci', workspaces: '*', scopes: ['read'], createdAt: NOW };
      await store.keys.put(key);
      expect(await store.keys.find(key.sha256)).toEqual(key);
      expect(await store.keys.list()).toEqual([key]);
      await store.keys.remove(key.sha256);
      expect(await store.keys.find(key.sha256)).toBeUndefined();
    });
  });
}
