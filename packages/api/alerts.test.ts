import { addDays } from '@plumbline/core/day';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertView, readAlerts } from './alerts.ts';
import { createApi } from './app.ts';
import { transitionList } from './schemas.ts';
import type { Fixture } from './testing.ts';
import { HOSTILE, LAST_NIGHT, NOW, startFixture, TRANSITION } from './testing.ts';

const MINUTE = 60_000;
const other = (id: string, changes: Partial<Transition> = {}): Transition => ({
  ...TRANSITION,
  id: `trn_20260114_${id}`,
  says: `says ${id}`,
  detail: null,
  ...changes,
});

let fixture: Fixture;
let api: ReturnType<typeof createApi>;

/** One alert of each fate. */
beforeAll(async () => {
  fixture = await startFixture();
  api = createApi({ ...fixture.ports, access: 'loopback' });
  const { store } = fixture;
  const alerts = [
    other('hidden', {
      kind: 'at_risk',
      indicator: 'members-end',
      suppressedBy: TRANSITION.id,
      mail: { state: 'pending' },
    }),
    other('quiet', { kind: 'on_track', mail: { state: 'none' } }),
    other('past', { silent: true, mail: { state: 'none' } }),
    other('waits'),
    other('bounced'),
  ];
  const judgement = { workspace: 'acme', night: LAST_NIGHT, planVersion: 'sha256:1', judgedAt: NOW };
  const last = await store.judgements.latest('acme');
  await store.judgements.commit(
    { ...judgement, states: last?.states ?? [], hypotheses: last?.hypotheses ?? [] },
    last?.version ?? 0,
    alerts,
    [],
  );
  const { mail } = await store.mails.claim({
    id: 'mail_acme_2026-01-15_cfo',
    workspace: 'acme',
    night: addDays(LAST_NIGHT, 1),
    dri: 'lead',
    to: 'lead@acme.example',
    subject: 'one night later',
    transitions: ['trn_20260114_bounced'],
    state: 'claimed',
    at: NOW + MINUTE,
  });
  const report = { mail: mail.id, workspace: 'acme', night: mail.night, messageId: 'm2', permanent: true };
  await store.mails.finish(mail, { state: 'sent', messageId: 'm2' });
  await store.mails.report({ ...report, state: 'bounced', at: NOW + 2 * MINUTE, reason: `no such user ${HOSTILE}` });
  const fallback: MailRecord = {
    ...mail,
    id: `${mail.id}_fallback`,
    dri: 'ceo',
    to: 'ceo@acme.example',
    insteadOf: 'lead',
    at: NOW + 3 * MINUTE,
  };
  await store.mails.redirect({ ...mail, state: 'sent', messageId: 'm2' }, 'no such user', fallback);
  await store.mails.finish(fallback, { state: 'sent', messageId: 'm3' });
  const answer = { workspace: 'acme', indicator: 'nps-week-2', transition: TRANSITION.id };
  await store.acknowledgements.put({
    ...answer,
    kind: 'snoozed',
    reason: '',
    by: 'lead',
    until: addDays(LAST_NIGHT, 7),
    at: NOW + MINUTE,
  });
  await store.acknowledgements.put({
    ...answer,
    kind: 'acknowledged',
    reason: `on it ${HOSTILE}`,
    at: NOW + 9 * MINUTE,
  });
});
afterAll(() => fixture.close());

const acme = () => {
  const workspace = fixture.ports.workspaces.find(({ id }) => id === 'acme');
  if (!workspace) throw new Error('acme is one of them');
  return { workspace, store: fixture.store };
};

describe('an alert', () => {
  it('brings every message that told of it, also a later night’s, and every answer', async () => {
    const alerts = (await readAlerts(acme(), LAST_NIGHT, LAST_NIGHT)).map(alertView);
    const of = (id: string) => alerts.find((one) => one.id === id);
    expect(of('trn_20260114_bounced')?.mails).toEqual([
      expect.objectContaining({
        id: 'mail_acme_2026-01-15_cfo',
        to: 'lead@acme.example',
        state: 'failed',
        delivery: { state: 'bounced', at: expect.any(String), reason: `no such user ${HOSTILE}` },
      }),
      expect.objectContaining({
        to: 'ceo@acme.example',
        insteadOf: 'lead',
        state: 'sent',
        messageId: 'm3',
        delivery: null,
      }),
    ]);
    expect(of(TRANSITION.id)?.answers.map(({ kind, by, until }) => [kind, by, until])).toEqual([
      ['snoozed', 'lead', addDays(LAST_NIGHT, 7)],
      ['acknowledged', null, null],
    ]);
    expect(of('trn_20260114_waits')).toMatchObject({ mails: [], posts: [], answers: [] });
  });

  it('is answered so by the read API', async () => {
    const answer = await api.request('/v1/workspaces/acme/transitions');
    const { data } = transitionList.parse(await answer.json());
    expect(data.map(({ id }) => id)).toContain('trn_20260114_bounced');
  });
});

describe('the page of alerts', () => {
  const page = async (query = '') => {
    const answer = await api.request(`/workspaces/acme/alerts${query}`);
    return { status: answer.status, text: await answer.text() };
  };
  /** What the page says of one alert. */
  const saidOf = async (id: string) => {
    const { text } = await page();
    const [, after = ''] = text.split(`<li id="${id}">`);
    const [own = ''] = after.split('<p class="id">');
    return own
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
  };

  it('says who was told what, when and by which message, and what was answered', async () => {
    expect(await saidOf(TRANSITION.id)).toMatch(
      /Missed .* 38 against &gt; 40 .* mailed to .* &lt;lead@acme\.example&gt; m1 .*snoozed until the end of 2026-01-21 by .*acknowledged: on it/,
    );
    expect(await saidOf('trn_20260114_bounced')).toMatch(
      /could not be mailed to .*; bounced \(no such user .*mailed to .* in place of .* m3$/,
    );
  });

  it('says why nobody was told', async () => {
    expect(await saidOf('trn_20260114_hidden')).toContain('hidden by missed nps-week-2');
    expect(await saidOf('trn_20260114_waits')).toContain('waits for its night’s mail');
    const { text } = await page();
    expect(text).toContain('2 changes that nobody needs to hear of');
    expect(text).not.toContain('trn_20260114_quiet');
  });

  it('escapes what comes from outside', async () => {
    const { text } = await page();
    expect(text).not.toContain(HOSTILE);
    expect(text).toContain('on it');
  });

  it('names who can’t be reached, as the dashboard does, until the address is another one', async () => {
    const who = {
      workspace: 'acme',
      dri: 'lead',
      why: 'bounced',
      reason: 'no such user',
      mail: 'mail_1',
      at: NOW,
    } as const;
    await fixture.store.unreachable.put({ ...who, email: 'lead@acme.example' });
    const dashboard = async () => (await api.request('/')).text();
    expect([(await page()).text, await dashboard()].map((text) => text.includes('can’t be reached'))).toEqual([
      true,
      true,
    ]);
    await fixture.store.unreachable.put({ ...who, email: 'earlier@acme.example' });
    expect([(await page()).text, await dashboard()].map((text) => text.includes('can’t be reached'))).toEqual([
      false,
      false,
    ]);
    await fixture.store.unreachable.remove('acme', 'lead');
  });

  it('says who hears instead of somebody who can’t be reached, and what to do', async () => {
    const noteOf = async (dri: string, why: 'bounced' | 'refused') => {
      const about = { workspace: 'acme', dri, email: `${dri}@acme.example`, why, reason: '', mail: 'mail_1', at: NOW };
      await fixture.store.unreachable.put(about);
      const { text } = await page();
      await fixture.store.unreachable.remove('acme', dri);
      const [note = ''] = /<p class="note bad-note"[^]*?<\/p>/.exec(text) ?? [];
      return note
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim();
    };
    const cure = (dri: string) =>
      `Correct the address in workspace.yaml or, where it works again, run npx plumbline reach --workspace acme ${dri}.`;
    const bounced = (dri: string) => `${dri}@acme.example sends mails back (15 Jan 2026, 05:00).`;
    expect(await noteOf('cto', 'bounced')).toBe(
      `CTO can’t be reached. ${bounced('cto')} The fallback DRI gets these mails. ${cure('cto')}`,
    );
    expect(await noteOf('cto', 'refused')).toContain('The fallback DRI gets each mail that is refused.');
    expect(await noteOf('lead', 'bounced')).toContain(
      `${bounced('lead')} This is the fallback DRI: mails are tried all the same, since nobody else would hear of it. ${cure('lead')}`,
    );
  });

  it('has the worst of a night first, and says of each what it is measured by', async () => {
    const { text } = await page();
    const ids = [...text.matchAll(/<li id="(\w+)">/g)].map((match) => match[1]);
    expect(ids.at(-1)).toBe('trn_20260114_hidden');
    expect(await saidOf(TRANSITION.id)).toContain('NPS by Week 2 · 38 against &gt; 40 · ');
  });

  it('leads to earlier and later nights, and refuses what is no day', async () => {
    const earlier = await page('?day=2026-01-10');
    expect(earlier.text).toContain('Nothing changed in these nights.');
    expect(earlier.text).toContain('href="/workspaces/acme/alerts?day=2026-02-07"');
    expect((await page('?day=yesterday')).status).toBe(400);
    expect((await api.request('/workspaces/nobody/alerts')).status).toBe(404);
    expect((await (await api.request('/workspaces/bare/alerts')).text()).includes('No night has run yet.')).toBe(true);
  });
});
