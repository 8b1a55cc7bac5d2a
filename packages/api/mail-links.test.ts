import type { Link } from '@plumbline/alerts/links';
import { readerMark, signLink } from '@plumbline/alerts/links';
import { toDay } from '@plumbline/core/day';
import type { Instant } from '@plumbline/core/zone';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from './app.ts';
import type { Fixture } from './testing.ts';
import { HOSTILE, LINK_KEY, NOW, startFixture, TRANSITION } from './testing.ts';

const MINUTE = 60_000;

let fixture: Fixture;
let api: ReturnType<typeof createApi>;
let now: Instant;
let isDown = false;
let logged: string[] = [];

beforeAll(async () => {
  fixture = await startFixture();
  const log = (message: string, fields?: object) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  api = createApi({
    ...fixture.ports,
    now: () => now,
    store: () => (isDown ? { ...fixture.store, transitions: broken, unsubscribed: broken } : fixture.store),
    access: 'loopback',
    log: { info: log, warn: log },
  });
});
afterAll(() => fixture.close());
beforeEach(() => {
  now = NOW;
  isDown = false;
  logged = [];
});

const fail = () => Promise.reject(new Error('the table is away'));
const broken = { list: fail, get: fail, put: fail, suppress: fail };

const EMAIL = 'lead@acme.example';
type Any = Link extends infer One ? (One extends Link ? Partial<One> : never) : never;
const tokenOf = (action: Link['action'], changes: Any = {}, key = LINK_KEY): string => {
  const common = { workspace: 'acme', expiresAt: NOW + 10 * MINUTE };
  const link: Link =
    action === 'digests'
      ? { action, ...common, dri: 'lead', reader: readerMark(EMAIL) }
      : { action, ...common, transition: TRANSITION.id };
  return signLink({ ...link, ...changes } as Link, key);
};

const ACTIONS = ['acknowledge', 'snooze', 'digests'] as const;
const pathOf = (action: Link['action']): string => (action === 'digests' ? '/digests' : '/act');
const addressOf = (action: Link['action'], token = tokenOf(action)): string => `${pathOf(action)}?token=${token}`;

/** All that a link may change. */
const stored = async () => ({
  acknowledgements: await fixture.store.acknowledgements.list('acme'),
  unsubscribed: await fixture.store.unsubscribed.list('acme'),
  transitions: await fixture.store.transitions.list('acme', toDay('2026-01-01'), toDay('2026-12-31')),
  mails: await fixture.store.mails.list('acme', toDay('2026-01-01'), toDay('2026-12-31')),
});

const BUTTONS: Record<Link['action'], Record<string, string>> = {
  acknowledge: { reason: 'We are on it' },
  snooze: { reason: 'Holidays', until: '2026-01-20' },
  digests: { digests: 'none' },
};
const press = (action: Link['action'], token = tokenOf(action), fields = BUTTONS[action]) =>
  api.request(pathOf(action), { method: 'POST', body: new URLSearchParams({ token, ...fields }) });

/** What a mail program sends for its reader, in the two forms that RFC 8058 allows. */
const oneClick = (address: string, form: 'urlencoded' | 'multipart' = 'urlencoded') => {
  const fields = { 'List-Unsubscribe': 'One-Click' };
  const body = form === 'urlencoded' ? new URLSearchParams(fields) : new FormData();
  if (body instanceof FormData) body.set('List-Unsubscribe', 'One-Click');
  return api.request(address, { method: 'POST', body });
};

describe('a program that only looks at the links of a mail', () => {
  const SEEN = [
    ...ACTIONS.map((action) => () => addressOf(action)),
    () => '/v1/workspaces/acme/snapshots/2026-01-10/nps',
    () => '/reviews/acme/weekly/2026-01-15',
    () => '/',
  ];
  const LOOKS: RequestInit[] = [
    {},
    { method: 'HEAD' },
    { method: 'OPTIONS' },
    { headers: { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' } },
    { headers: { 'user-agent': 'Mozilla/5.0 (a mail scanner)' }, redirect: 'follow' },
  ];

  it('changes nothing, whichever it follows and how', async () => {
    const before = await stored();
    const answers = [];
    for (const address of SEEN) for (const look of LOOKS) answers.push((await api.request(address(), look)).status);
    expect(new Set(answers)).toEqual(new Set([200, 405]));
    expect(await stored()).toEqual(before);
  });

  it('is told by no page to come back for more', async () => {
    for (const action of ACTIONS) {
      const answer = await api.request(addressOf(action));
      const page = await answer.text();
      expect([answer.headers.get('cache-control'), answer.headers.get('referrer-policy')]).toEqual([
        'no-store',
        'no-referrer',
      ]);
      expect(page).not.toMatch(/http-equiv="refresh"|<script|<img|<iframe/);
      expect(page.match(/<form method="post"/g)).toHaveLength(1);
    }
  });
});

describe('a link', () => {
  it('that is forged, of another company, for something else, or has run out changes nothing when it is posted', async () => {
    const before = await stored();
    const bad = (action: Link['action']) => [
      tokenOf(action, {}, 'x'.repeat(32)),
      `${tokenOf(action)}x`,
      tokenOf(action, { workspace: 'bare' }),
      tokenOf(action, { workspace: 'nowhere' }),
      tokenOf(action === 'digests' ? 'acknowledge' : 'digests'),
      '',
    ];
    for (const action of ACTIONS) {
      for (const token of bad(action)) {
        // Ours, and for a DRI of that name: but mailed to somebody else.
        const isOthers = action === 'digests' && token === tokenOf(action, { workspace: 'bare' });
        const status = isOthers ? 410 : 400;
        expect((await press(action, token)).status).toBe(status);
        expect((await oneClick(addressOf(action, token))).status).toBe(status);
      }
      now = NOW + 10 * MINUTE;
      expect((await press(action)).status).toBe(410);
      now = NOW;
    }
    expect(await stored()).toEqual(before);
  });

  it('that answers an alert is not pressed by a mail program', async () => {
    const before = await stored();
    expect((await oneClick(addressOf('acknowledge'))).status).toBe(400);
    expect((await oneClick(addressOf('snooze'))).status).toBe(400);
    expect(await stored()).toEqual(before);
  });

  it.each(ACTIONS)('to "%s" does the same once or twice', async (action) => {
    expect((await press(action)).status).toBe(200);
    const once = await stored();
    now += MINUTE;
    expect((await press(action)).status).toBe(200);
    expect(await stored()).toEqual(once);
  });

  it('is in no log, also where something breaks', async () => {
    isDown = true;
    const answers = await Promise.all([
      ...ACTIONS.flatMap((action) => [api.request(addressOf(action)), press(action)]),
      oneClick(addressOf('digests')),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500]));
    expect(logged).toHaveLength(7);
    expect(logged.filter((line) => ACTIONS.some((action) => line.includes(tokenOf(action).slice(0, 20))))).toEqual([]);
    const told = await Promise.all(answers.map((answer) => answer.text()));
    expect(told.filter((text) => text.includes(tokenOf('digests').slice(0, 20)))).toEqual([]);
  });
});

describe('digests', () => {
  const said = () => fixture.store.unsubscribed.list('acme');
  const pageOf = async () => (await api.request(addressOf('digests'))).text();
  const none = { workspace: 'acme', dri: 'lead', email: EMAIL };
  beforeEach(() => fixture.store.unsubscribed.put({ ...none, at: NOW - 9, until: NOW - 8 }));

  it('are stopped by a button that says whose and which, and asked for again by another', async () => {
    const page = await pageOf();
    expect(page).toContain('Mail me no digests');
    expect(page).toContain('Weekly review');
    expect(page).not.toContain(HOSTILE);
    const done = await (await press('digests')).text();
    expect(done).toContain('No more digests will be mailed to you. Alerts still reach you.');
    expect(await said()).toEqual([{ ...none, at: NOW }]);

    expect(await pageOf()).toContain('You asked for none. Alerts still reach you.');
    now += MINUTE;
    const again = await press('digests', tokenOf('digests'), { digests: 'again' });
    expect(await again.text()).toContain('From the next meeting on its digest is mailed to you.');
    expect(await said()).toEqual([{ ...none, at: NOW, until: NOW + MINUTE }]);
  });

  it.each(['urlencoded', 'multipart'] as const)('are stopped by one click in a mail program, sent %s', async (form) => {
    const answer = await oneClick(addressOf('digests'), form);
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(await said()).toEqual([{ ...none, at: NOW }]);
  });

  it('are not stopped by a form that says nothing of it', async () => {
    const before = await said();
    for (const fields of [{}, { digests: 'maybe' }, { 'List-Unsubscribe': 'Two-Clicks' }] as Record<string, string>[]) {
      expect((await press('digests', tokenOf('digests'), fields)).status).toBe(400);
    }
    const asJson = { method: 'POST', body: '{"digests":"none"}', headers: { 'content-type': 'application/json' } };
    expect((await api.request(addressOf('digests'), asJson)).status).toBe(400);
    expect(await said()).toEqual(before);
  });

  it('of whoever has the post now are not stopped by the mail of whoever had it', async () => {
    const before = await said();
    const token = tokenOf('digests', { reader: readerMark('former@acme.example') });
    expect((await press('digests', token)).status).toBe(410);
    expect(await said()).toEqual(before);
  });
});
