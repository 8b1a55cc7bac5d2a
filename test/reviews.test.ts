import { digestAnswer } from '@plumbline/api/schemas';
import { addDays } from '@plumbline/core/day';
import { atTime, toIso } from '@plumbline/core/zone';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch } from '@plumbline/night/dispatch';
import { nightBegins } from '@plumbline/night/schedule';
import { describe, expect, it } from 'vitest';
import { tidyUp } from './support.ts';
import { afterWeekOne, company, dayOf, FRIDAY, MEETING, PLAN, THURSDAY } from './review-company.ts';

tidyUp();

describe('the night before a meeting', () => {
  it('brings each DRI one mail: the night’s own news first, with its links, then the digest', async () => {
    const acme = await afterWeekOne();
    await acme.notify(THURSDAY);
    expect(acme.told().toSorted()).toEqual([
      `ceo: [Weekly review] Acme <Ltd> · ${MEETING}`,
      `cpo: [Weekly review] Acme <Ltd> · ${MEETING}`,
      'cto: [Met] Bugs 3 vs < 5 by Week 1 (−2) · Acme <Ltd>',
    ]);
    const { text = '', html = '', attachments } = acme.box.accepted.find(({ to }) => to.email.startsWith('cpo')) ?? {};
    expect(text.indexOf('[Missed] Members by Week 1')).toBeGreaterThan(0);
    expect(text.indexOf('[Missed] Members by Week 1')).toBeLessThan(
      text.indexOf('Weekly review, Friday 2026-01-09, 16:00'),
    );
    expect(text).toContain('\nAcknowledge: http://127.0.0.1:4180/act?token=');
    expect(text).toContain('[Met] Fewer than 5 bugs: 3 vs < 5 · CTO\n    Bugs by Week 1 · −2\n');
    expect(text).toContain(`As a page to print: http://127.0.0.1:4180/reviews/${acme.id}/weekly/2026-01-09`);
    expect(attachments).toHaveLength(1);
    expect(html).toContain('50 &lt;b&gt;members&lt;/b&gt;');
    expect(html).not.toContain('<b>members');
    const missed = (await acme.site.store.transitions.list(acme.id, THURSDAY, THURSDAY)).filter(
      ({ kind }) => kind === 'missed',
    );
    expect(missed.map(({ mail }) => [mail.state, mail.to])).toEqual([['sent', 'cpo@acme.example']]);
    const mails = await acme.site.store.mails.list(acme.id, THURSDAY, THURSDAY);
    expect(mails.map(({ dri, reviews, transitions }) => [dri, reviews, transitions.length])).toEqual([
      ['ceo', ['weekly'], 0],
      ['cpo', ['weekly'], 1],
      ['cto', undefined, 1],
    ]);
  });

  it('announces it once, and does nothing twice', async () => {
    const acme = await afterWeekOne();
    const [event, ...more] = await acme.events();
    expect(more).toEqual([]);
    expect(event).toEqual({
      event: expect.stringMatching(/^evt_20260108_[0-9a-f]{20}$/),
      review: 'weekly',
      name: 'Weekly review',
      day: '2026-01-09',
      at: '2026-01-09T14:00:00Z',
      from: '2026-01-02',
      to: '2026-01-08',
      dris: ['ceo', 'cpo'],
      counts: { missed: 1, met: 1, recovered: 0, corrected: 0, atRisk: 0, open: 1, due: 1, toDecide: 0 },
      page: `/reviews/${acme.id}/weekly/2026-01-09`,
      digest: `/v1/workspaces/${acme.id}/reviews/weekly/2026-01-09`,
      demo: false,
    });
    await acme.notify(THURSDAY);
    await dispatch(acme.site, THURSDAY, { again: true });
    await judgeAndClose(acme.site, THURSDAY);
    expect(await acme.notify(THURSDAY)).toEqual([]);
    expect(acme.box.accepted).toHaveLength(3);
    expect(await acme.events()).toEqual([event]);
  });

  it('is brought by a later run to who was not mailed at the time, for a week', async () => {
    const [one, other] = [await afterWeekOne(), await afterWeekOne()];
    const week = (acme: typeof one) => atTime(addDays(THURSDAY, 7), '23:59', acme.site.workspace.timezone);
    one.at(week(one));
    await one.notify(THURSDAY);
    expect(one.told().filter((told) => told.startsWith('ceo'))).toHaveLength(1);
    other.at(week(other) + 60_000);
    await other.notify(THURSDAY);
    expect(other.told()).toEqual([
      expect.stringMatching(/^cpo: \[Missed\]/),
      'cto: [Met] Bugs 3 vs < 5 by Week 1 (−2) · Acme <Ltd>',
    ]);
  });

  it('says the same by the API, on the page and in the mail', async () => {
    const acme = await afterWeekOne();
    await acme.notify(THURSDAY);
    const answer = await acme.page((await acme.events())[0]?.digest ?? '');
    const digest = digestAnswer.parse(JSON.parse(answer.text));
    expect([digest.asOf, digest.counts.missed, digest.changes[0]?.indicator]).toEqual([THURSDAY, 1, 'members-week-1']);
    const page = await acme.page(`/reviews/${acme.id}/weekly`);
    const seen = page.text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    for (const words of [
      '1 missed, 1 met, 1 due next',
      'Since the plan began',
      '50 &lt;b&gt;members',
      'Due before Friday 2026-01-16',
    ]) {
      expect(seen).toContain(words);
    }
    expect(page.text).toContain(`href="/reviews/${acme.id}/weekly/2026-01-16"`);
    expect((await acme.page('/')).text).toContain(`href="/reviews/${acme.id}/weekly/2026-01-09"`);
    expect((await acme.page(`/reviews/${acme.id}/weekly/2026-01-10`)).status).toBe(404);
    expect((await acme.page(`/reviews/${acme.id}/daily`)).text).toContain('it has: weekly, monthly');
    expect((await acme.page(`/reviews/${acme.id}/weekly/tomorrow`)).status).toBe(400);
    const ahead = await acme.page(`/reviews/${acme.id}/weekly/2026-01-16`);
    expect(ahead.text).toContain('so far: as of 2026-01-08');
  });
});

describe('a night that is too late, or silent', () => {
  it.each([
    [-1, 1, 2],
    [0, 0, 0],
  ])('closed %i ms from the beginning of the meeting brings %i event and %i digests', async (ms, events, digests) => {
    const acme = await company();
    await acme.record(dayOf('2026-01-02'), { members: 40, bugs: 3 });
    await acme.nights(dayOf('2026-01-02'), THURSDAY, {
      closedAt: atTime(FRIDAY, '16:00', acme.site.workspace.timezone) + ms,
    });
    await acme.notify(THURSDAY);
    expect(await acme.events()).toHaveLength(events);
    expect(acme.told().filter((subject) => subject.includes('review]'))).toHaveLength(digests);
    expect(acme.told()).toHaveLength(digests === 0 ? 2 : 3);
  });

  it('brings neither from a backfill', async () => {
    const acme = await company();
    await acme.record(dayOf('2026-01-02'), { members: 40, bugs: 3 });
    await acme.nights(dayOf('2026-01-02'), THURSDAY, { silent: true });
    expect(await acme.notify(THURSDAY)).toEqual([]);
    expect(await acme.events()).toEqual([]);
  });

  it('brings none on a night before no meeting, nor before the night is closed', async () => {
    const acme = await company();
    await acme.nights(dayOf('2026-01-02'), dayOf('2026-01-03'));
    expect(await acme.notify(dayOf('2026-01-03'))).toEqual([]);
    await dispatch(acme.site, THURSDAY, {});
    acme.at(nightBegins(THURSDAY, acme.site.workspace.timezone));
    expect(await acme.notify(THURSDAY)).toEqual([]);
  });
});

describe('several reviews', () => {
  it('that fall on one day are one mail, about the longest time of theirs', async () => {
    const acme = await company();
    await acme.record(dayOf('2026-01-02'), { members: 40, bugs: 3 });
    await acme.nights(dayOf('2026-01-02'), dayOf('2026-01-29'));
    await acme.notify(dayOf('2026-01-29'));
    expect(acme.told()).toContain('ceo: [Monthly and weekly review] Acme <Ltd> · Friday 2026-01-30: 2 missed, 1 met');
    expect(acme.told()).toContain('cpo: [Weekly review] Acme <Ltd> · Friday 2026-01-30: nothing new');
    const ceo = acme.box.accepted.find(({ to }) => to.email.startsWith('ceo'));
    expect(ceo?.text).toContain(`/reviews/${acme.id}/monthly/2026-01-30`);
    const due = (await acme.events()).filter(({ day }) => day === '2026-01-30');
    expect(due.map(({ review, from }) => [review, from])).toEqual([
      ['monthly', '2026-01-02'],
      ['weekly', '2026-01-23'],
    ]);
  });

  it('of somebody without an address go to the fallback DRI', async () => {
    const acme = await company(`${PLAN}  - { id: ops, every: monday, at: "09:00", to: [coo] }\n`);
    await acme.nights(dayOf('2026-01-02'), dayOf('2026-01-04'));
    await acme.notify(dayOf('2026-01-04'));
    expect(acme.told()).toEqual(['ceo: [Ops review] Acme <Ltd> · Monday 2026-01-05: 2 due next']);
  });
});

describe('a digest whose mail goes wrong', () => {
  it('goes to the fallback DRI where the address is refused', async () => {
    const acme = await afterWeekOne();
    acme.box.refuses.add('cpo@acme.example');
    await acme.notify(THURSDAY);
    const instead = acme.box.accepted.find(({ id }) => id.endsWith('_fallback'));
    expect([instead?.to.email, instead?.subject]).toEqual([
      'ceo@acme.example',
      `[Weekly review] Acme <Ltd> · ${MEETING}`,
    ]);
    expect(instead?.text).toContain('The address of CPO, cpo@acme.example, was refused');
    expect(await acme.notify(THURSDAY)).toEqual([]);
  });

  it('is sent once after its run died, though the night had no news for its reader', async () => {
    const acme = await afterWeekOne();
    acme.box.dies = true;
    await expect(acme.notify(THURSDAY)).rejects.toThrow('killed');
    acme.box.dies = false;
    acme.at(acme.site.clock.now() + 15 * 60_000);
    await acme.notify(THURSDAY);
    await acme.notify(THURSDAY);
    const digests = acme.told().filter((one) => one.includes('review]'));
    expect(digests.toSorted()).toEqual([
      `ceo: [Weekly review] Acme <Ltd> · ${MEETING}`,
      `cpo: [Weekly review] Acme <Ltd> · ${MEETING}`,
    ]);
  });

  it('is sent by a run that comes late to a night that was closed in time', async () => {
    const acme = await afterWeekOne();
    acme.at(atTime(FRIDAY, '17:00', acme.site.workspace.timezone));
    await acme.notify(THURSDAY);
    expect(acme.told().filter((one) => one.includes('review]'))).toHaveLength(2);
  });

  it('waits for a mail service that is away', async () => {
    const acme = await afterWeekOne();
    acme.box.away = true;
    await expect(acme.notify(THURSDAY)).rejects.toThrow('was not accepted: away');
    acme.box.away = false;
    await acme.notify(THURSDAY);
    expect(acme.told()).toHaveLength(3);
  });

  it('comes as an ordinary mail where the plan has lost its review meanwhile, and not at all without news', async () => {
    const acme = await afterWeekOne();
    acme.box.away = true;
    await expect(acme.notify(THURSDAY)).rejects.toThrow('away');
    acme.box.away = false;
    acme.site.workspace.plan?.reviews.splice(0);
    await acme.notify(THURSDAY);
    expect(acme.told()).toEqual([
      'cpo: [Missed] Members 40 vs ≥ 50 by Week 1 (−10) · Acme <Ltd>',
      'cto: [Met] Bugs 3 vs < 5 by Week 1 (−2) · Acme <Ltd>',
    ]);
    const [ceo] = await acme.site.store.mails.list(acme.id, THURSDAY, addDays(THURSDAY, 1));
    expect([ceo?.dri, ceo?.state, ceo?.error]).toEqual([
      'ceo',
      'failed',
      'nothing is left to tell: its review has gone from the plan, or its reader wants no digests',
    ]);
    expect(toIso(ceo?.at ?? 0)).toBe('2026-01-09T01:00:00Z');
  });
});
