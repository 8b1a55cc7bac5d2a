import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addDays, toDay } from '@plumbline/core/day';
import { messageOf } from '@plumbline/core/errors';
import { lateInWords } from '@plumbline/core/late';
import type { Night } from '@plumbline/core/night';
import type { Instant } from '@plumbline/core/zone';
import { toInstant } from '@plumbline/core/zone';
import { watch } from '@plumbline/functions/watch';
import type { World } from '@plumbline/functions/world';
import { beat } from '@plumbline/night/heartbeat';
import type { Site } from '@plumbline/night/site';
import { isNews, lateNights } from '@plumbline/night/watch';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sites } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();
const founded = sites();

const MINUTE = 60_000;

const file = (id: string, timezone: string, more = '') => ({
  'workspace.yaml': `workspace: ${id}
name: Acme
timezone: "${timezone}"
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
sources: { stripe: {}, ga4: { propertyId: "1" } }
${more}`,
});

/** A company in a zone, and its clock. */
async function company(timezone: string, more?: string) {
  const time = { now: 0 };
  const site = await founded((id) => file(id, timezone, more), time);
  return { site, time };
}

/** Opens the night of a day at an instant, and closes it there and then unless told otherwise. */
async function night({ workspace, store }: Site, day: string, at: string, more: Partial<Night> & { open?: true } = {}) {
  const { open, ...rest } = more;
  await store.nights.open({
    workspace: workspace.id,
    day: toDay(day),
    id: `night_${workspace.id}_${day}`,
    expects: ['stripe', 'ga4'],
    sources: [],
    openedAt: toInstant(at),
    silent: false,
    demo: false,
    ...rest,
  });
  if (!open) await store.nights.close(workspace.id, toDay(day), toInstant(at), []);
}

/** The nights that are late at an instant, in words. */
async function said({ site, time }: { site: Site; time: { now: Instant } }, at: string, plus = 0) {
  time.now = toInstant(at) + plus;
  const { complete, late } = await lateNights(site);
  return [complete, ...late.map((one) => lateInWords(one, site.workspace.timezone))];
}

describe('a night is late', () => {
  it('from an hour after its closing hour on, not a moment before', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-11', '2026-02-12T01:00:00Z');
    expect(await said(acme, '2026-02-13T05:00:00Z', -1)).toEqual(['2026-02-11']);
    expect(await said(acme, '2026-02-13T05:00:00Z')).toEqual([
      '2026-02-11',
      'the night of 2026-02-12 is late since 2026-02-13 07:00: it was never opened',
    ]);
  });

  it('by the clocks of its own zone, also where they are moved', async () => {
    const kyiv = await company('Europe/Kyiv');
    await night(kyiv.site, '2026-03-27', '2026-03-28T01:00:00Z');
    // On the 29th of March the clocks go an hour forward in the night.
    expect(await said(kyiv, '2026-03-29T05:00:00Z', -1)).toEqual(['2026-03-27']);
    expect(await said(kyiv, '2026-03-30T04:00:00Z')).toEqual([
      '2026-03-27',
      'the night of 2026-03-28 is late since 2026-03-29 08:00: it was never opened',
      'the night of 2026-03-29 is late since 2026-03-30 07:00: it was never opened',
    ]);
    const kiritimati = await company('Pacific/Kiritimati');
    await night(kiritimati.site, '2026-10-23', '2026-10-23T13:00:00Z');
    expect(await said(kiritimati, '2026-10-24T17:00:00Z', -1)).toEqual(['2026-10-23']);
    expect(await said(kiritimati, '2026-10-24T17:00:00Z')).toEqual([
      '2026-10-23',
      'the night of 2026-10-24 is late since 2026-10-25 07:00: it was never opened',
    ]);
  });

  it('while it is open, with the sources that it waits for', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-12', '2026-02-13T01:00:00Z', { open: true });
    expect(await said(acme, '2026-02-13T05:00:00Z', -1)).toEqual([null]);
    const words = 'the night of 2026-02-12 is late since 2026-02-13 07:00: it was opened at 2026-02-13 03:00 and';
    expect(await said(acme, '2026-02-13T05:00:00Z')).toEqual([null, `${words} waits for 2 sources: stripe, ga4`]);
    for (const source of ['stripe', 'ga4']) {
      const { workspace, store } = acme.site;
      const failed = { workspace: workspace.id, source, night: toDay('2026-02-12'), now: 0, event: undefined };
      await store.pulls.fail({ ...failed, error: 'away' });
    }
    expect(await said(acme, '2026-02-13T05:00:00Z')).toEqual([
      null,
      `${words} has every source, and nothing has closed it`,
    ]);
  });

  it('later where it was opened late, since it has as long then', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-12', '2026-02-13T12:34:00Z', { open: true });
    expect(await said(acme, '2026-02-13T16:34:00Z', -1)).toEqual([null]);
    expect(await said(acme, '2026-02-13T16:34:00Z')).toHaveLength(2);
  });

  it('where the company has never had a night, all the time', async () => {
    const acme = await company('+02:00');
    expect(await said(acme, '2026-02-13T05:00:00Z', -1)).toEqual([
      null,
      'the night of 2026-02-11 is late since 2026-02-12 07:00: it was never opened',
    ]);
    expect(await said(acme, '2026-02-13T05:00:00Z')).toEqual([
      null,
      'the night of 2026-02-12 is late since 2026-02-13 07:00: it was never opened',
    ]);
  });

  it('as long as it would still be run: seven of those that were never opened', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-01', '2026-02-02T01:00:00Z');
    const [complete, ...late] = await said(acme, '2026-02-13T05:00:00Z');
    expect([complete, late.length, late[0]]).toEqual([
      '2026-02-01',
      7,
      'the night of 2026-02-06 is late since 2026-02-07 07:00: it was never opened',
    ]);
  });

  it('no more once it is closed; and never one of a backfill or of a demo, which have no hour', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-10', '2026-02-11T01:00:00Z', { open: true, silent: true });
    await night(acme.site, '2026-02-11', '2026-02-12T01:00:00Z', { open: true });
    expect(await said(acme, '2026-02-13T04:00:00Z')).toHaveLength(2);
    await acme.site.store.nights.close(acme.site.workspace.id, toDay('2026-02-11'), acme.time.now, []);
    expect(await said(acme, '2026-02-13T04:00:00Z')).toEqual(['2026-02-11']);
    const demo = { site: { ...acme.site, demo: true }, time: acme.time };
    expect(await said(demo, '2026-03-01T00:00:00Z')).toEqual(['2026-02-11']);
  });
});

it('is told of at the first wake after it began, and once a day from then on', () => {
  const every = 15 * MINUTE;
  const instants = fc.integer({ min: 0, max: 10 * 96 * every });
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: every - 1 }), (since, phase) => {
      const wakes = Array.from({ length: 15 * 96 }, (_, turn) => phase + turn * every);
      const told = wakes.filter((at) => isNews(since, { at, every }));
      const first = wakes.find((at) => at >= since) ?? 0;
      expect(told).toEqual(wakes.filter((at) => at >= first && (at - first) % (96 * every) === 0));
    }),
  );
});

describe('the watch on AWS', () => {
  /** What it says when it wakes, and whether its metric says that it has looked at all of them. */
  async function wakes(world: Pick<World, 'workspaces' | 'site'>, at: string) {
    const written: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const run = watch(world as World)({ at });
    const answer = await run.then(
      ({ watched }) => `${watched} watched`,
      (error: unknown) => messageOf(error).split('\n'),
    );
    stdout.mockRestore();
    return { answer, metrics: written.map((line): unknown => JSON.parse(line)) };
  }
  const METRIC = (at: string) => ({
    _aws: {
      Timestamp: toInstant(at),
      CloudWatchMetrics: [{ Namespace: 'Plumbline', Dimensions: [[]], Metrics: [{ Name: 'NightsWatched' }] }],
    },
    NightsWatched: 1,
  });
  const WHERE = expect.stringContaining('dead-letter queues');

  it('fails in words at the first wake since, and then once a day', async () => {
    const [acme, kyiv] = [await company('+02:00'), await company('Europe/Kyiv')];
    await night(acme.site, '2026-02-11', '2026-02-12T01:00:00Z');
    await night(kyiv.site, '2026-02-12', '2026-02-13T01:00:00Z', { open: true });
    const both = [acme.site, kyiv.site];
    const world = {
      workspaces: both.map(({ workspace }) => workspace),
      site: (id: string) => both.find(({ workspace }) => workspace.id === id) ?? acme.site,
    };
    const at = async (time: string, plus = 3_000) => {
      acme.time.now = kyiv.time.now = toInstant(time) + plus;
      const { answer, metrics } = await wakes(world, time);
      expect(metrics).toEqual([METRIC(time)]);
      return answer;
    };
    const name = ({ site }: typeof acme) => `Acme (${site.workspace.id})`;
    const late = 'the night of 2026-02-12 is late since 2026-02-13 07:00';
    const open = `${late}: it was opened at 2026-02-13 03:00 and waits for 2 sources: stripe, ga4`;
    expect(await at('2026-02-13T04:45:00Z')).toBe('2 watched');
    // It may come to run only when the next one was already due, or run twice.
    for (const plus of [3_000, 16 * MINUTE]) {
      expect(await at('2026-02-13T05:00:00Z', plus)).toEqual([
        `${name(acme)}: ${late}: it was never opened`,
        `${name(kyiv)}: ${open}`,
        WHERE,
      ]);
    }
    expect(await at('2026-02-13T05:15:00Z')).toBe('2 watched');
    await kyiv.site.store.nights.close(kyiv.site.workspace.id, toDay('2026-02-12'), kyiv.time.now, []);
    expect(await at('2026-02-14T04:45:00Z')).toBe('2 watched');
    expect(await at('2026-02-14T05:00:00Z')).toEqual([
      `${name(acme)}: ${late}: it was never opened`,
      `${name(acme)}: the night of 2026-02-13 is late since 2026-02-14 07:00: it was never opened`,
      `${name(kyiv)}: the night of 2026-02-13 is late since 2026-02-14 07:00: it was never opened`,
      WHERE,
    ]);
  });

  it('says that mails reach not even the fallback DRI, until another address stands in the file', async () => {
    const acme = await company('+02:00');
    await night(acme.site, '2026-02-12', '2026-02-13T01:00:00Z');
    const { workspace, store } = acme.site;
    await store.unreachable.put({
      workspace: workspace.id,
      dri: 'ceo',
      email: 'ceo@acme.example',
      why: 'bounced',
      reason: 'no such user',
      mail: 'mail_1',
      at: toInstant('2026-02-13T01:05:00Z'),
    });
    acme.time.now = toInstant('2026-02-13T01:15:00Z');
    const world = { workspaces: [workspace], site: () => acme.site };
    expect((await wakes(world, '2026-02-13T01:15:00Z')).answer).toEqual([
      `Acme (${workspace.id}): mails don't reach the fallback DRI ceo since 2026-02-13 03:05 (bounced: no such user), so nobody hears what others can't be told`,
      WHERE,
    ]);
    const moved = { ...workspace, dris: { ceo: { title: 'CEO', email: 'boss@acme.example' } } };
    const healed = { workspaces: [moved], site: () => ({ ...acme.site, workspace: moved }) };
    expect((await wakes(healed, '2026-02-13T01:15:00Z')).answer).toBe('1 watched');
  });

  it('still tells of the others where it cannot look at one, and leaves its metric out', async () => {
    const acme = await company('+02:00');
    const away = {
      ...acme.site.store,
      nights: { ...acme.site.store.nights, last: () => Promise.reject(new Error('away')) },
    };
    const hidden = { ...acme.site.workspace, id: 'hidden' };
    acme.time.now = toInstant('2026-02-13T05:00:00Z');
    const world = {
      workspaces: [hidden, acme.site.workspace],
      site: (id: string) => (id === 'hidden' ? { ...acme.site, workspace: hidden, store: away } : acme.site),
    };
    const { answer, metrics } = await wakes(world, '2026-02-13T05:00:00Z');
    expect([answer, metrics]).toEqual([[expect.stringContaining('2026-02-12'), WHERE], []]);
  });
});

describe('a heartbeat', () => {
  const NIGHT = toDay('2026-02-12');

  /** A service that answers so, one status after the other, and what it was asked. */
  async function service(...statuses: number[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(statuses.shift() ?? 200).end('OK');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/the-secret-part`, asked };
  }

  async function complete(address: string) {
    const acme = await company('+02:00', `heartbeat: ${address}`);
    await night(acme.site, '2026-02-12', '2026-02-13T01:30:00Z');
    acme.time.now = toInstant('2026-02-13T01:30:00Z');
    const lines: unknown[] = [];
    const warn = (message: string, fields: unknown) => void lines.push([message, fields]);
    return { site: { ...acme.site, log: { info: warn, warn } }, lines, time: acme.time };
  }

  it('goes out once all nights are complete, and is tried again', async () => {
    const { url, asked } = await service(503, 200);
    const { site, lines } = await complete(url);
    await beat(site, NIGHT);
    expect([asked, lines]).toEqual([['GET /ping/the-secret-part', 'GET /ping/the-secret-part'], []]);
  });

  it('that nobody takes is logged without its address, and throws nothing', async () => {
    const { url, asked } = await service(404, 404, 404, 200);
    const { site, lines } = await complete(url);
    await beat(site, NIGHT);
    const message = `the heartbeat of ${site.workspace.id} was not taken after 3 tries`;
    expect([asked.length, lines]).toEqual([3, [[message, { reason: 'it answered 404' }]]]);

    const nowhere = await complete('http://127.0.0.1:9/the-secret-part');
    await beat(nowhere.site, NIGHT);
    expect(nowhere.lines).toHaveLength(1);
    expect(JSON.stringify(nowhere.lines)).not.toContain('the-secret-part');
  });

  it('is not sent for a night that is told of once more when a newer one is complete', async () => {
    const { url, asked } = await service();
    const { site, time } = await complete(url);
    await night(site, '2026-02-13', '2026-02-14T01:30:00Z');
    time.now = toInstant('2026-02-14T01:30:00Z');
    await beat(site, NIGHT);
    expect(asked).toEqual([]);
    await beat(site, addDays(NIGHT, 1));
    expect(asked).toHaveLength(1);
  });

  it('is kept back while a night is late, in a demo, and where no address is given', async () => {
    const { url, asked } = await service();
    const { site, time } = await complete(url);
    await beat({ ...site, demo: true }, NIGHT);
    await beat({ ...site, workspace: { ...site.workspace, heartbeat: undefined } }, NIGHT);
    time.now = toInstant('2026-02-14T05:00:00Z');
    await beat(site, NIGHT);
    expect(asked).toEqual([]);
  });
});
