import { signLink } from '@plumbline/alerts/links';
import type { Transition } from '@plumbline/core/status';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './app.ts';
import type { Fixture } from './testing.ts';
import { HOSTILE, LAST_NIGHT, LINK_KEY, NOW, startFixture, TRANSITION } from './testing.ts';

let fixture: Fixture;
let api: ReturnType<typeof createApi>;
beforeAll(async () => {
  fixture = await startFixture();
  api = createApi({ ...fixture.ports, access: 'loopback' });
});
afterAll(() => fixture.close());

const get = async (path: string) => api.request(path);
const A = '/v1/workspaces/acme';

/** Another alert about the same indicator. */
const RISK: Transition = { ...TRANSITION, id: 'trn_20260114_risk', kind: 'at_risk', to: 'at_risk', target: '>= 40' };

describe('a link in a mail', () => {
  const token = (action: 'acknowledge' | 'snooze', expiresAt = NOW + 1) =>
    signLink({ action, workspace: 'acme', transition: TRANSITION.id, expiresAt }, LINK_KEY);
  const post = async (form: Record<string, string>) => {
    const answer = await api.request('/act', { method: 'POST', body: new URLSearchParams(form) });
    return { status: answer.status, text: await answer.text() };
  };

  it('changes nothing when it is opened, only when its button is pressed', async () => {
    const opened = await get(`/act?token=${token('acknowledge')}`);
    const text = await opened.text();
    expect([opened.status, text.includes('Acknowledge this alert'), text.includes('<script')]).toEqual([
      200,
      true,
      false,
    ]);
    expect(opened.headers.get('cache-control')).toBe('no-store');
    expect(await fixture.store.acknowledgements.list('acme')).toEqual([]);

    expect((await post({ token: token('acknowledge'), reason: ' ' })).status).toBe(400);
    expect(await fixture.store.acknowledgements.list('acme')).toEqual([]);

    expect((await post({ token: token('acknowledge'), reason: HOSTILE })).text).toContain('It is acknowledged.');
    const done = { workspace: 'acme', indicator: 'nps-week-2', transition: TRANSITION.id, at: NOW };
    expect(await fixture.store.acknowledgements.list('acme')).toEqual([
      { ...done, kind: 'acknowledged', reason: HOSTILE },
    ]);
    expect(await (await get('/')).text()).not.toContain('<script');

    expect((await post({ token: token('snooze'), until: '2026-01-14' })).status).toBe(400);
    expect((await post({ token: token('snooze'), until: '2026-04-16' })).status).toBe(400);
    expect((await post({ token: token('snooze'), until: '2026-01-15' })).status).toBe(200);
    expect(await fixture.store.acknowledgements.list('acme')).toEqual([
      { ...done, kind: 'snoozed', reason: '', until: '2026-01-15' },
    ]);
    expect(await (await get(`${A}/indicators?as_of=${LAST_NIGHT}`)).json()).toMatchObject({
      indicators: [{ id: 'nps-week-2', status: 'missed', overlays: ['snoozed'] }, {}, {}, {}, {}, {}],
    });
  });

  it('says of a risk that a miss will be told all the same, of a miss that no reminder follows', async () => {
    const { judgements } = fixture.store;
    const { version = 0, ...last } = (await judgements.latest('acme')) ?? {};
    const judgement = {
      states: [],
      ...last,
      workspace: 'acme',
      night: LAST_NIGHT,
      planVersion: 'sha256:1',
      judgedAt: NOW,
    };
    expect(await judgements.commit(judgement, version, [RISK], [])).toBe(true);
    const pageOf = async (action: 'acknowledge' | 'snooze', transition: string) => {
      const link = signLink({ action, workspace: 'acme', transition, expiresAt: NOW + 1 }, LINK_KEY);
      return (await get(`/act?token=${link}`)).text();
    };
    const ends = 'No reminder will follow for this miss.';
    const goesOn = 'Should it be missed, you will hear of that all the same.';
    const [risk, miss, snooze] = await Promise.all([
      pageOf('acknowledge', RISK.id),
      pageOf('acknowledge', TRANSITION.id),
      pageOf('snooze', RISK.id),
    ]);
    expect([risk, miss, snooze].map((text) => [text.includes(goesOn), text.includes(ends)])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(risk).toContain('NPS by Week 2 · 38 against ≥ 40');
  });

  it('that has run out, or was tampered with, does nothing and says so kindly', async () => {
    const expired = token('acknowledge', NOW);
    expect((await get(`/act?token=${expired}`)).status).toBe(410);
    expect(await post({ token: expired, reason: 'late' })).toMatchObject({ status: 410 });
    expect(await post({ token: `${token('acknowledge')}x`, reason: 'forged' })).toMatchObject({ status: 400 });
    expect((await get('/act')).status).toBe(400);
    expect((await post({ token: 'x'.repeat(20_000) })).status).toBe(413);
  });
});
