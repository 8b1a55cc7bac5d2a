import { hash } from 'node:crypto';
import { toDay } from '@plumbline/core/day';
import type { Pulled, SourceDefinition } from '@plumbline/core/source';
import { toInstant, toIso } from '@plumbline/core/zone';
import { ga4 } from '@plumbline/sources/ga4/index';
import { named, property, row, secret as ga4Secret } from '@plumbline/sources/ga4/test-property';
import { github } from '@plumbline/sources/github/index';
import { gitHub, star } from '@plumbline/sources/github/test-github';
import { http } from '@plumbline/sources/http/index';
import { linesOf } from '@plumbline/sources/mixpanel/export-server';
import { mixpanel } from '@plumbline/sources/mixpanel/index';
import { item, price, subscription } from '@plumbline/sources/stripe/test-objects';
import { pull as pullStripe } from '@plumbline/sources/stripe/test-pull';
import type { Asked, Reply } from '@plumbline/sources/testing';
import { collect, portsFor, serve, valuesOf } from '@plumbline/sources/testing';
import { CREDENTIALS, everyPeriod, queriesOf, result } from '@plumbline/sources/uptime/test-cloudwatch';
import { uptime } from '@plumbline/sources/uptime/index';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const zoneOfThisMachine = process.env['TZ'];

test.runIf(zoneOfThisMachine)('this machine is in the zone that TZ names (skipped where it names none)', () => {
  expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zoneOfThisMachine);
});

/** Days with their first instant and the first one after them, written down by hand. */
const DAYS = [
  ['Europe/Kyiv', '2026-03-29', 'skips an hour', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
  ['Europe/Kyiv', '2026-10-25', 'doubles an hour', '2026-10-24T21:00:00Z', '2026-10-25T22:00:00Z'],
  ['America/Santiago', '2026-09-06', 'skips its midnight', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
  ['America/St_Johns', '2026-11-01', 'doubles an hour behind UTC', '2026-11-01T02:30:00Z', '2026-11-02T03:30:00Z'],
  ['Australia/Lord_Howe', '2026-10-04', 'skips half an hour', '2026-10-03T13:30:00Z', '2026-10-04T13:00:00Z'],
  ['America/New_York', '2026-02-28', 'ends February', '2026-02-28T05:00:00Z', '2026-03-01T05:00:00Z'],
  ['Asia/Kathmandu', '2028-02-29', 'ends a February of 29 days', '2028-02-28T18:15:00Z', '2028-02-29T18:15:00Z'],
  ['Pacific/Kiritimati', '2026-12-31', 'begins 14 hours before UTC', '2026-12-30T10:00:00Z', '2026-12-31T10:00:00Z'],
  ['-12:00', '2026-01-01', 'begins 12 hours after UTC', '2026-01-01T12:00:00Z', '2026-01-02T12:00:00Z'],
] as const;

beforeEach(() => {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

describe.each(DAYS)('in %s the day %s, which %s,', (timezone, date, _, first, after) => {
  const day = toDay(date);
  const [from, to] = [toInstant(first), toInstant(after)];
  const night = toIso(to + 3_600_000);
  /** Just before the day, at its very beginning, at its very end, and just after it. */
  const moments = [from - 1000, from, to - 1000, to].map(toIso);
  const dayBefore = toIso(Date.parse(`${date}T00:00:00Z`) - 86_400_000).slice(0, 10);

  async function pull<Config>(
    definition: SourceDefinition<Config>,
    config: unknown,
    baseUrl: string,
    more: { secret?: string; now?: string; since?: string } = {},
  ): Promise<Pulled[]> {
    const puller = await definition.load?.();
    if (!puller) throw new Error(`${definition.name} is not pulled`);
    const { secret = 'a:secret', now = night, since = date } = more;
    const ports = portsFor(definition.name, definition.config.parse(config), { baseUrl, secret, now, timezone });
    const pseudonym = (id: string) => hash('sha256', id, 'hex').slice(0, 16);
    return collect(puller.pull({ from: toDay(since), to: day }, { ...ports, pseudonym }));
  }

  test('has those events of Mixpanel that happened in it', async () => {
    const event = (at: string, index: number) => ({
      event: 'Sign Up',
      properties: { time: toInstant(at) / 1000, distinct_id: `p${index}`, $insert_id: `i${index}` },
    });
    const { baseUrl } = await serve(() => ({ body: linesOf(moments.map(event)) }));
    const config = { projectId: 1, metrics: { signups: { count: 'Sign Up' }, dau: { uniques: '*', days: 1 } } };
    expect(valuesOf(await pull(mixpanel, config, baseUrl, { since: dayBefore }))).toEqual({
      [`signups ${dayBefore}`]: 1,
      [`dau ${dayBefore}`]: 1,
      [`signups ${date}`]: 2,
      [`dau ${date}`]: 2,
    });
  });

  test('ends with those subscriptions of Stripe that began before its end', async () => {
    const pro = price({ id: 'price_pro', unit_amount: 4900 });
    const subscriptions = moments.map((at, index) => {
      const seconds = toInstant(at) / 1000;
      const times = { created: seconds, start_date: seconds };
      return subscription([item(pro, { id: `si_${index}` })], {
        id: `sub_${index}`,
        customer: `cus_${index}`,
        ...times,
      });
    });
    const account = { prices: [pro], subscriptions: subscriptions.toReversed() };
    const found = await pullStripe(account, { from: dayBefore, to: date, now: night, timezone });
    expect(found.mrr).toEqual({ [dayBefore]: 4900, [date]: 3 * 4900 });
  });

  test('ends with those stars of GitHub that were given before its end', async () => {
    const { baseUrl } = await gitHub({ 'acme/hub': { lists: { stargazers: moments.map(star) } } });
    const config = { repository: 'acme/hub', deployments: 'none' };
    expect(valuesOf(await pull(github, config, baseUrl, { since: dayBefore }))).toMatchObject({
      [`github_stars ${dayBefore}`]: 1,
      [`github_stars ${date}`]: 3,
    });
  });

  test('is the date of Google Analytics, once it is over there', async () => {
    // A property can't be set to an offset.
    const timeZone = timezone === '-12:00' ? 'Etc/GMT+12' : timezone;
    const sessions = {
      dimensionHeaders: named('date'),
      metadata: { timeZone },
      rows: [row(date.replaceAll('-', ''), 10, 9, 3, 12, 40, 6, 30)],
      rowCount: 1,
    };
    const { baseUrl } = await property({ date: sessions });
    const at = (now: number) => pull(ga4, { propertyId: '314159' }, baseUrl, { secret: ga4Secret, now: toIso(now) });
    expect(await at(to - 1)).toEqual([]);
    expect(valuesOf(await at(to))).toMatchObject({ [`sessions ${date}`]: 12 });
  });

  /** Two minutes down across each midnight. */
  const outages = [from, to].map((midnight) => ({ from: midnight - 60_000, to: midnight + 60_000 }));
  const seconds = (to - from) / 1000;
  const downtime = (pulled: readonly Pulled[]) =>
    pulled.find((one) => one.kind === 'observation' && one.metric === 'downtime_minutes');

  test('has the downtime of Better Stack that lies in it', async () => {
    const begins = Date.parse(`${date}T00:00:00Z`);
    const over = Math.min(begins + 86_400_000, toInstant(night));
    const down = outages.reduce(
      (sum, one) => sum + Math.max(0, Math.min(one.to, over) - Math.max(one.from, begins)) / 1000,
      0,
    );
    const availability = 100 * (1 - (1000 * down) / (over - begins));
    const { baseUrl } = await serve(({ url }): Reply => {
      if (url.pathname.endsWith('/sla'))
        return { body: { data: { attributes: { availability, total_downtime: down } } } };
      if (url.pathname.endsWith('/monitors/1')) return { body: { data: { attributes: {} } } };
      const data = outages.map((one) => ({
        attributes: { started_at: toIso(one.from), resolved_at: toIso(one.to) },
      }));
      return { body: { data } };
    });
    const pulled = await pull(uptime, { provider: 'betterstack', monitors: ['1'] }, baseUrl);
    expect(downtime(pulled)).toMatchObject({ value: 2, quality: [] });
  });

  test('has the minutes of CloudWatch that lie in it', async () => {
    const isUp = (at: number) => outages.every((one) => at * 1000 < one.from || at * 1000 >= one.to);
    const { baseUrl } = await serve((asked) => ({
      body: {
        MetricDataResults: queriesOf(asked).map((query) =>
          result(
            query.id,
            everyPeriod(query, (at) => Number(isUp(at))),
          ),
        ),
      },
    }));
    const config = { provider: 'cloudwatch', monitors: ['route53:6c0e39a1-2d0c-4d0c-9a0b-0e7a3a2b1c4d'] };
    const pulled = await pull(uptime, config, baseUrl);
    expect(downtime(pulled)).toMatchObject({ value: 2 });
    expect(pulled[0]).toMatchObject({ metric: 'uptime', denominator: seconds });
  });

  test('is what UptimeRobot and Checkly are asked about', async () => {
    const spans: string[] = [];
    const asked = ({ url }: Asked): [string | null, string | null] => {
      const [start, end] = [url.searchParams.get('from'), url.searchParams.get('to')];
      spans.push(`${start} ${end}`);
      return [start, end];
    };
    const robot = await serve((one): Reply => {
      if (one.url.pathname === '/v3/monitors') return { body: { data: [{ id: 1 }] } };
      const [start, end] = asked(one);
      return { body: { uptime: 100, total_downtime_seconds: 0, incident_count: 0, from: start, to: end } };
    });
    const robots = await pull(uptime, { provider: 'uptimerobot', monitors: ['1'] }, robot.baseUrl);
    expect(robots[0]).toMatchObject({ metric: 'uptime', day, value: 100, denominator: seconds });
    const check = '79ad4fe0-589a-4924-a027-d18b12eee9cb';
    const checkly = await serve((one): Reply => {
      if (one.url.pathname.startsWith('/v1/checks/')) return { body: { checkType: 'API' } };
      const [start, end] = asked(one).map((text) => toIso(Number(text) * 1000));
      return { body: { from: start, to: end, series: [{ data: [{ availability: 100, responseTime_p95: 1 }] }] } };
    });
    const config = { provider: 'checkly', monitors: [check], account: check };
    expect((await pull(uptime, config, checkly.baseUrl))[0]).toMatchObject({ day, value: 100, denominator: seconds });
    expect(spans).toEqual([`${first} ${after}`, `${from / 1000} ${to / 1000}`]);
  });

  test('is what a JSON address is asked about, by its date and its borders', async () => {
    const { baseUrl, asked } = await serve(() => ({ body: 7 }));
    const metric = { id: 'tickets', url: 'https://desk.example/{day}?from={from}&to={to}', path: '$', unit: 'count' };
    const config = { metrics: [{ ...metric, kind: 'flow', direction: 'up' }] };
    expect(valuesOf(await pull(http, config, baseUrl))).toEqual({ [`tickets ${date}`]: 7 });
    expect(asked.map(({ url }) => url.pathname + url.search)).toEqual([`/${date}?from=${first}&to=${after}`]);
  });
});
