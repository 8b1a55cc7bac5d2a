import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Company, Source } from './foreign/company.ts';
import { SECRETS, SOURCES, company } from './foreign/company.ts';
import { asked, eventsIn, headerOf, mailsIn, plumbline, start, tidyUp, until } from './support.ts';

tidyUp();

const open: Company[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function found(only?: readonly Source[]): Promise<Company> {
  const one = await company(only);
  open.push(one);
  return one;
}

const DAY = '2026-03-10';
const NOW = '2026-03-11T06:00:00Z';
const NEXT_DAY = '2026-03-11';
const NEXT_NOW = '2026-03-12T06:00:00Z';
const SECONDS = 120_000;

/** What the servers' own data come to on 2026-03-10 in Kyiv, worked out by hand. */
const TRUTH: Readonly<Record<Source, Readonly<Record<string, number>>>> = {
  stripe: {
    mrr: 198,
    arr: 2376,
    paying_customers: 2,
    arpu: 99,
    mrr_new: 0,
    mrr_reactivation: 0,
    mrr_expansion: 0,
    mrr_contraction: 0,
    mrr_churn: 0,
    mrr_fx: 0,
  },
  ga4: {
    website_visitors: 2,
    active_users: 1,
    new_users: 1,
    sessions: 3,
    page_views: 6,
    engagement_rate: 200 / 3,
    web_session_length: 40,
    website_conversion_rate: 100 / 3,
    website_visitors_7d: 3,
    active_users_7d: 3,
    active_users_28d: 3,
  },
  mixpanel: { signups: 2, dau: 2, wau: 3, mau: 3, dau_mau: 200 / 3, nps: 200 / 3 },
  uptime: { uptime: (100 * (86_400 - 720)) / 86_400, downtime_minutes: 12, incidents: 1 },
};
const truthOf = (sources: readonly Source[]) => Object.assign({}, ...sources.map((one) => TRUTH[one])) as object;
const without = (...failed: readonly Source[]) => SOURCES.filter((one) => !failed.includes(one));

const nightSchema = z.object({
  night: z.string(),
  day: z.string(),
  sources: z.array(
    z.object({
      source: z.string(),
      state: z.string(),
      written: z.int(),
      unchanged: z.int(),
      error: z.string().nullable(),
    }),
  ),
  transitions: z.array(z.looseObject({ indicator: z.string(), to: z.string(), value: z.number().nullable() })),
  mails: z.array(z.looseObject({ dri: z.string(), subject: z.string(), state: z.string() })),
});

const night = (one: Company, day = DAY, now = NOW) =>
  asked(nightSchema, one.words(now, 'night', '--day', day), { env: SECRETS });

const states = (sources: readonly { source: string; state: string }[]) =>
  Object.fromEntries(sources.map(({ source, state }) => [source, state]));

const rowsSchema = z.object({
  rows: z.array(z.looseObject({ metric: z.string(), day: z.string(), value: z.number() })),
});

/** What is stored of a day, by metric. */
async function stored(one: Company, day = DAY): Promise<Record<string, number>> {
  const { data } = await asked(rowsSchema, one.words(NEXT_NOW, 'export', '--from', day, '--to', day), { env: SECRETS });
  return Object.fromEntries(data.rows.map(({ metric, value }) => [metric, value]));
}

describe(`a night on somebody else's servers`, () => {
  it(
    'brings the right numbers, judges them, tells the bus and mails the person responsible; once more it changes nothing',
    async () => {
      const one = await found();
      const first = await night(one);
      expect(first.exit).toBe(0);
      expect(states(first.data.sources)).toEqual({ stripe: 'ok', ga4: 'ok', mixpanel: 'ok', uptime: 'ok' });
      expect(await stored(one)).toEqual(truthOf(SOURCES));
      expect(first.data.transitions.filter(({ to }) => to === 'missed')).toMatchObject([
        { indicator: 'mrr', value: 198 },
      ]);
      expect(first.data.mails).toMatchObject([
        { dri: 'cfo', subject: '[Missed] MRR $198 vs ≥ $500 by 2026-03-10 (−$302) · Acme', state: 'sent' },
      ]);
      expect((await mailsIn(one.data)).map((mail) => headerOf(mail, 'X-Plumbline-Mail'))).toEqual([
        'mail_acme_2026-03-10_cfo',
      ]);
      const events = await eventsIn(one.data);
      expect(
        Object.fromEntries([...Map.groupBy(events, ({ type }) => type)].map(([type, own]) => [type, own.length])),
      ).toEqual({
        'Snapshots Recorded': 4,
        'Indicator Missed': 1,
        'Night Completed': 1,
      });

      const again = await night(one);
      expect(again.exit).toBe(0);
      expect(again.data.sources.map(({ source, written }) => [source, written])).toEqual(
        again.data.sources.map(({ source }) => [source, 0]),
      );
      expect([again.data.transitions, again.data.mails]).toEqual([[], []]);
      expect(await eventsIn(one.data)).toEqual(events);
    },
    SECONDS,
  );

  it.each(SOURCES)(
    'works with %s alone',
    async (source) => {
      const one = await found([source]);
      const { exit, data } = await night(one);
      expect([exit, states(data.sources)]).toEqual([0, { [source]: 'ok' }]);
      expect(await stored(one)).toEqual(truthOf([source]));
    },
    SECONDS,
  );

  it('asks Stripe for page after page', async () => {
    const one = await found(['stripe']);
    await night(one);
    expect(one.servers.stripe.asked.filter((line) => line.includes('/v1/subscriptions?')).length).toBeGreaterThan(1);
  });
});

const checkSchema = z.object({
  sources: z.array(z.looseObject({ source: z.string(), ok: z.boolean(), error: z.string().nullable() })),
});

describe('check', () => {
  const check = (one: Company) => asked(checkSchema, one.words(NOW, 'check'), { env: SECRETS });

  it('says that every key works', async () => {
    const { exit, data } = await check(await found());
    expect([exit, data.sources.map(({ source, ok }) => [source, ok])]).toEqual([
      0,
      [...SOURCES, 'record'].map((one) => [one, true]),
    ]);
  });

  it('names the key that does not, without showing it', async () => {
    const one = await found();
    one.servers.stripe.fault = 'refuses';
    one.servers.mixpanel.fault = 'refuses';
    const { exit, data } = await check(one);
    expect(exit).toBe(3);
    expect(data.sources.filter(({ ok }) => !ok).map(({ error }) => error?.slice(0, 60))).toEqual([
      '[stripe] GET /v1/subscriptions answered 401: the key is not ',
      '[mixpanel] GET /api/2.0/export answered 401: the service acc',
    ]);
    one.servers.ga4.fault = 'refuses';
    one.servers.uptime.fault = 'refuses';
    expect((await check(one)).exit).toBe(1);
    const said = JSON.stringify(data);
    expect(Object.values(SECRETS).filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('a server that fails', () => {
  /** Failed in that night, with nothing of it written; the others are there. */
  async function expectFailed(one: Company, failed: Source, error: RegExp) {
    const { exit, data } = await night(one);
    const result = data.sources.find(({ source }) => source === failed);
    expect({ failed, exit, state: result?.state, written: result?.written }).toEqual({
      failed,
      exit: 3,
      state: 'failed',
      written: 0,
    });
    expect(result?.error).toMatch(error);
    expect(await stored(one)).toEqual(truthOf(without(failed)));
    const told = (await eventsIn(one.data)).filter(({ type }) => type === 'Source Failed');
    expect(told.map(({ data: said }) => said)).toMatchObject([{ source: failed, day: DAY }]);
  }

  it(
    'keeps nobody else from coming in, and its hole is filled the next night',
    async () => {
      const one = await found();
      one.servers.stripe.fault = 'refuses';
      await expectFailed(one, 'stripe', /^\[stripe\] GET \/v1\/subscriptions answered 401: the key is not accepted/);
      expect((await mailsIn(one.data)).map((mail) => headerOf(mail, 'To'))).toContain('CTO <cto@acme.example>');
      one.servers.stripe.fault = undefined;
      const { exit, data } = await night(one, NEXT_DAY, NEXT_NOW);
      expect([exit, states(data.sources)]).toEqual([0, { stripe: 'ok', ga4: 'ok', mixpanel: 'ok', uptime: 'ok' }]);
      expect(await stored(one)).toEqual(truthOf(SOURCES));
      expect(await stored(one, NEXT_DAY)).toMatchObject({
        mrr: 447,
        paying_customers: 3,
        signups: 1,
        dau: 1,
        uptime: 100,
      });
    },
    SECONDS,
  );

  it(
    'with 500 again and again is given up, and well again the same night brings what it lacks',
    async () => {
      const one = await found();
      one.servers.ga4.fault = 'breaks';
      await expectFailed(
        one,
        'ga4',
        /^\[ga4\] POST \/v1beta\/properties\/424242:runReport answered 500 after 6 tries$/,
      );
      one.servers.ga4.fault = undefined;
      expect((await night(one)).exit).toBe(0);
      expect(await stored(one)).toEqual(truthOf(SOURCES));
    },
    SECONDS,
  );

  it(
    'with half an answer is not believed, whichever it is',
    async () => {
      const cutOff = async (source: Source) => {
        const one = await found();
        one.servers[source].fault = 'cuts off';
        await expectFailed(one, source, new RegExp(`^\\[${source}\\] .* after 6 tries$`));
      };
      // Side by side, since most of it is waiting between tries.
      await Promise.all([cutOff('stripe'), cutOff('mixpanel')]);
    },
    SECONDS,
  );

  it(
    'and is the only one makes the night fail, naming the place where nothing listens',
    async () => {
      const one = await found(['stripe']);
      const { url } = one.servers.stripe;
      await one.servers.stripe.close();
      const { exit, data } = await night(one);
      expect([exit, states(data.sources)]).toEqual([1, { stripe: 'failed' }]);
      expect(data.sources[0]?.error).toBe(
        `[stripe] GET /v1/subscriptions: nothing listens at ${new URL(url).host} (connection refused); is that server running, and is baseUrl right? after 3 tries`,
      );
      const read = await plumbline(one.words(NOW, 'night', '--day', DAY), { env: SECRETS });
      expect([read.exit, read.out.includes(new URL(url).host)]).toEqual([1, true]);
    },
    SECONDS,
  );
});

const backfillSchema = z.object({
  sources: z.array(z.looseObject({ source: z.string(), state: z.string(), written: z.int() })),
});
const alertsSchema = z.object({
  transitions: z.array(
    z.looseObject({ to: z.string(), silent: z.boolean(), mail: z.looseObject({ state: z.string() }) }),
  ),
});

describe('a backfill', () => {
  const backfill = (one: Company) =>
    asked(backfillSchema, one.words(NOW, 'backfill', '--from', '2026-03-05', '--to', DAY), { env: SECRETS });

  it(
    'is silent, and goes on where it stopped',
    async () => {
      const one = await found();
      one.servers.mixpanel.fault = 'refuses';
      const stopped = await backfill(one);
      expect([stopped.exit, states(stopped.data.sources)]).toEqual([
        3,
        { stripe: 'ok', ga4: 'ok', mixpanel: 'failed', uptime: 'ok' },
      ]);
      one.servers.mixpanel.fault = undefined;
      const before = one.servers.stripe.asked.length;
      const resumed = await backfill(one);
      expect([resumed.exit, states(resumed.data.sources)]).toEqual([0, { mixpanel: 'ok' }]);
      expect(one.servers.stripe.asked.length).toBe(before);
      expect(await stored(one)).toEqual(truthOf(SOURCES));
      expect(await stored(one, '2026-03-06')).toMatchObject({ mrr: 198, signups: 0, dau: 1, sessions: 0, uptime: 100 });
      const { data } = await asked(alertsSchema, one.words(NOW, 'alerts'), { env: SECRETS });
      expect(data.transitions.some(({ to }) => to === 'missed')).toBe(true);
      expect(data.transitions.filter(({ silent, mail }) => !silent || mail.state !== 'none')).toEqual([]);
      expect([await eventsIn(one.data), await mailsIn(one.data)]).toEqual([[], []]);
    },
    SECONDS,
  );

  it(
    'also brings what lies before a night that was run already, as silently',
    async () => {
      const one = await found();
      expect((await night(one)).exit).toBe(0);
      const [events, mails] = [await eventsIn(one.data), await mailsIn(one.data)];
      const { exit, data } = await backfill(one);
      expect([exit, states(data.sources)]).toEqual([0, { stripe: 'ok', ga4: 'ok', mixpanel: 'ok', uptime: 'ok' }]);
      expect(await stored(one)).toEqual(truthOf(SOURCES));
      expect(await stored(one, '2026-03-05')).toMatchObject({ mrr: 198, signups: 0, sessions: 1, uptime: 100 });
      expect([await eventsIn(one.data), await mailsIn(one.data)]).toEqual([events, mails]);
    },
    SECONDS,
  );
});

describe('"up" for a real company', () => {
  const up = (one: Company) =>
    start(one.words(NOW, 'up', '--once', '--port', '0').filter(isNotWorkspace), { env: SECRETS });
  const isNotWorkspace = (word: string) => word !== '--workspace' && word !== 'acme';

  it(
    'brings the past silently and then the night that is due; killed meanwhile, it goes on to the same',
    async () => {
      const [whole, killed] = [await found(), await found()];
      expect((await up(whole).ended).exit).toBe(0);
      const { child, ended } = up(killed);
      await until(() => killed.servers.ga4.asked.length > 3, 'the past is on its way');
      child.kill('SIGKILL');
      await ended;
      expect((await up(killed).ended).exit).toBe(0);

      expect(await stored(whole)).toEqual(truthOf(SOURCES));
      expect(await stored(whole, '2026-03-01')).toMatchObject({ mrr: 198, sessions: 0, signups: 0, uptime: 100 });
      const numbers = async (one: Company) =>
        (await plumbline(one.words(NEXT_NOW, 'export'), { env: SECRETS })).out.split('\n');
      expect(await numbers(killed)).toEqual(await numbers(whole));
      const mails = async (one: Company) => (await mailsIn(one.data)).map((mail) => headerOf(mail, 'X-Plumbline-Mail'));
      expect(await mails(killed)).toEqual(['mail_acme_2026-03-10_cfo']);
      expect(await mails(whole)).toEqual(await mails(killed));
    },
    SECONDS,
  );
});
