import { addDays } from '@plumbline/core/day';
import { describe, expect, it } from 'vitest';
import { tidyUp } from './support.ts';
import { afterWeekOne, dayOf, FRIDAY, THURSDAY } from './review-company.ts';

tidyUp();

describe('the links of a mail', () => {
  it('lead somewhere, and whoever only looks at them changes nothing', async () => {
    const acme = await afterWeekOne();
    await acme.notify(THURSDAY);
    const { store } = acme.site;
    const stored = async () => ({
      answers: await store.acknowledgements.list(acme.id),
      unsubscribed: await store.unsubscribed.list(acme.id),
      transitions: await store.transitions.list(acme.id, dayOf('2026-01-01'), dayOf('2026-12-31')),
      mails: await store.mails.list(acme.id, dayOf('2026-01-01'), dayOf('2026-12-31')),
      waiting: await store.outbox.pending(acme.id),
    });
    const before = await stored();
    const links = acme.box.accepted.flatMap(({ html, text, unsubscribe = '' }) => [
      ...[...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href),
      ...[...text.matchAll(/https?:\/\/\S+/g)].map(([href]) => href),
      unsubscribe,
    ]);
    const paths = [...new Set(links.filter(Boolean).map((link) => link.replace(/^http:\/\/127\.0\.0\.1:4180/, '')))];
    expect(new Set(paths.map((path) => path.replace(/[?#].*/, '').split('/')[1]))).toEqual(
      new Set(['', 'act', 'digests', 'reviews', 'workspaces']),
    );
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'GET']) {
        expect([path, method, (await acme.page(path, { method })).status]).toEqual([path, method, 200]);
      }
    }
    expect(await stored()).toEqual(before);
  });
});

describe('a reader who wants no digests', () => {
  const FRIDAYS = [dayOf('2026-01-15'), dayOf('2026-01-22'), dayOf('2026-01-29')] as const;
  const [SECOND, THIRD] = FRIDAYS;

  /** After the first meeting's mails, of whose links one stops the digests. */
  async function stopped(dri: string) {
    const acme = await afterWeekOne();
    await acme.notify(THURSDAY);
    const mail = acme.box.accepted.find(({ to, unsubscribe }) => to.email.startsWith(dri) && unsubscribe);
    const { pathname, search, searchParams } = new URL(mail?.unsubscribe ?? '');
    expect(mail?.text).toContain(`No more digests by mail: ${mail?.unsubscribe}\n`);
    expect((await acme.post(pathname + search, { 'List-Unsubscribe': 'One-Click' })).status).toBe(200);
    acme.box.accepted.splice(0);
    const again = () => acme.post(pathname, { token: searchParams.get('token') ?? '', digests: 'again' });
    return { ...acme, again };
  }

  it('gets none after one click, and still hears what is theirs; the others and the bus hear of the review', async () => {
    const acme = await stopped('cpo');
    await acme.nights(FRIDAY, SECOND);
    await acme.notify(SECOND);
    expect(acme.told().toSorted()).toEqual([
      'ceo: [Weekly review] Acme <Ltd> · Friday 2026-01-16: 1 missed',
      'cpo: [Missed] Members 40 vs ≥ 80 by Week 2 (−40) · Acme <Ltd>',
    ]);
    expect(acme.box.accepted.find(({ to }) => to.email.startsWith('cpo'))?.unsubscribe).toBeUndefined();
    expect((await acme.events()).map(({ day, dris }) => [day, dris])).toContainEqual(['2026-01-16', ['ceo', 'cpo']]);
  });

  it('gets them again after asking for them, from then on and not of the time between', async () => {
    const acme = await stopped('cpo');
    await acme.nights(FRIDAY, SECOND);
    await acme.notify(SECOND);
    expect((await acme.again()).status).toBe(200);
    await acme.notify(SECOND);
    expect(acme.told().filter((one) => one.startsWith('cpo: [Weekly'))).toEqual([]);
    await acme.nights(addDays(SECOND, 1), THIRD);
    await acme.notify(THIRD);
    expect(acme.told()).toContain('cpo: [Weekly review] Acme <Ltd> · Friday 2026-01-23: nothing new');
  });

  it('is the one at that address: whoever has the post next gets them', async () => {
    const acme = await stopped('cpo');
    const { cpo } = acme.site.workspace.dris;
    if (cpo) cpo.email = 'new-cpo@acme.example';
    await acme.nights(FRIDAY, SECOND);
    await acme.notify(SECOND);
    expect(acme.told()).toContain('new-cpo: [Weekly review] Acme <Ltd> · Friday 2026-01-16: 1 missed');
  });

  it('gets none either that was on its way when they said so, nor in place of somebody else', async () => {
    const acme = await stopped('ceo');
    await acme.nights(FRIDAY, SECOND);
    acme.box.refuses.add('cpo@acme.example');
    await acme.notify(SECOND);
    expect(acme.told()).toEqual(['ceo: [Missed] Members 40 vs ≥ 80 by Week 2 (−40) · Acme <Ltd>']);
  });
});
