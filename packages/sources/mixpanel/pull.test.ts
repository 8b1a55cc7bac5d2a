import { createHmac } from 'node:crypto';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Clock } from '@plumbline/core/ports';
import type { PullPorts, Pulled, SourceMemory } from '@plumbline/core/source';
import { toInstant, toZone } from '@plumbline/core/zone';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttp } from '../http.ts';
import { SECRET, linesOf, startExportServer } from './export-server.ts';
import type { ExportServer, TestEvent } from './export-server.ts';
import { mixpanelConfig } from './language.ts';
import type { MixpanelConfig } from './language.ts';
import { puller } from './pull.ts';

const METRICS = {
  signups: { count: 'Sign Up' },
  dau: { uniques: '*', days: 1 },
  wau: { uniques: '*', days: 7 },
  mau: { uniques: '*', days: 30 },
  feature_adoption: { share: 'Feature Used', of: '*', days: 7 },
  nps: { nps: 'NPS Response', property: 'score', days: 30 },
  session_length: { average: 'Session End', property: 'duration_s' },
  spend: { sum: 'Purchase', property: 'amount', unit: 'USD' },
  slowness: { percentile: 'Page View', property: 'load_ms', p: 75 },
};

type Remembering = SourceMemory & { entries: Map<string, Uint8Array> };

function rememberNothing(): Remembering {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    get: async (key) => entries.get(key),
    async *range(from, to) {
      for (const key of [...entries.keys()].sort()) {
        if (key >= from && key <= to) yield { key, bytes: entries.get(key) ?? new Uint8Array() };
      }
    },
  };
}

let server: ExportServer;
let memory: Remembering;
let warnings: string[];
beforeEach(async () => {
  server = await startExportServer();
  memory = rememberNothing();
  warnings = [];
});
afterEach(() => server[Symbol.asyncDispose]());

type Setup = { now: string; metrics?: Record<string, unknown>; zone?: string; config?: Record<string, unknown> };

function portsOf({ now, metrics = METRICS, zone = '+02:00', config = {} }: Setup): PullPorts<MixpanelConfig> {
  let instant = toInstant(now);
  const clock: Clock = { now: () => instant, sleep: async (ms) => void (instant += ms) };
  const { signal } = new AbortController();
  const budget = { requests: 60, perMs: 3_600_000, concurrency: 1 };
  return {
    workspace: { id: 'bakhmach', timezone: toZone(zone), currency: 'USD', fx: () => undefined },
    config: mixpanelConfig.parse({ projectId: 271828, metrics, ...config }),
    baseUrl: server.baseUrl,
    secret: SECRET,
    http: createHttp({ source: 'mixpanel', clock, budget, signal, random: () => 0 }),
    clock,
    log: { ...silentLog, warn: (message) => void warnings.push(message) },
    memory,
    pseudonym: (id) => createHmac('sha256', 'key').update(id).digest('hex').slice(0, 16),
    signal,
  };
}

/** Pulls, keeps what is to be remembered, and answers the observations. */
async function pull(from: string, to: string, setup: Setup) {
  const pulled: Pulled[] = [];
  for await (const each of puller.pull({ from: toDay(from), to: toDay(to) }, portsOf(setup))) pulled.push(each);
  const observations = pulled.filter((each) => each.kind === 'observation');
  for (const each of pulled) if (each.kind === 'memory') memory.entries.set(each.key, each.bytes);
  return observations;
}

const valuesOf = (observations: Awaited<ReturnType<typeof pull>>): Record<string, number> =>
  Object.fromEntries(observations.map(({ metric, day, value }) => [`${metric} ${day}`, value]));

let serial = 0;
function event(at: string, name: string, person: string, properties: Record<string, unknown> = {}): TestEvent {
  serial += 1;
  const time = toInstant(at) / 1000;
  return { event: name, properties: { time, distinct_id: person, $insert_id: `i${serial}`, ...properties } };
}

const FEBRUARY: TestEvent[] = [
  event('2026-01-10T12:00:00Z', 'NPS Response', 'ada', { score: 2 }), // 33 days before the 12th: in no window of it
  event('2026-01-14T12:00:00Z', 'NPS Response', 'bob', { score: 0 }), // the first day of the 12th's window
  event('2026-02-06T10:00:00Z', 'Feature Used', 'bob'),
  event('2026-02-10T10:00:00Z', 'NPS Response', 'ada', { score: 5 }),
  event('2026-02-11T21:59:59Z', 'Sign Up', 'eve'), // still the 11th at +02:00
  event('2026-02-11T22:00:00Z', 'Sign Up', 'ada'), // the 12th's first second
  event('2026-02-12T08:00:00Z', 'NPS Response', 'ada', { score: 10 }),
  event('2026-02-12T09:00:00Z', 'Session End', 'ada', { duration_s: 30 }),
  event('2026-02-12T09:30:00Z', 'Session End', 'bob', { duration_s: 45 }),
  event('2026-02-12T10:00:00Z', 'Purchase', 'bob', { amount: 0.1 }),
  event('2026-02-12T10:00:01Z', 'Purchase', 'bob', { amount: 19.99 }),
  event('2026-02-12T11:00:00Z', 'Page View', '', { load_ms: 100 }),
  event('2026-02-12T11:00:01Z', 'Page View', '', { load_ms: 200 }),
  event('2026-02-12T22:00:00Z', 'Sign Up', 'zoe'), // the 13th
];

const NIGHT = { now: '2026-02-12T22:30:00Z' };

describe('a night', () => {
  test('tells every metric of its days', async () => {
    server.events.push(...FEBRUARY);
    const observations = await pull('2026-02-12', '2026-02-12', NIGHT);
    const evidence = { requests: 1, rows: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    const common = {
      kind: 'observation',
      day: '2026-02-12',
      quality: [],
      settlesAt: toInstant('2026-02-13T22:00:00Z'),
    };
    const seen = (metric: keyof typeof METRICS, figure: object, more: object = {}) => ({
      ...common,
      metric,
      ...figure,
      evidence: { ...evidence, policy: JSON.stringify(METRICS[metric]), ...more },
    });
    const between = { low: expect.any(Number), high: expect.any(Number) };
    expect(observations).toEqual([
      seen('signups', { value: 1 }),
      seen('dau', { value: 2 }),
      seen('wau', { value: 3 }),
      seen('mau', { value: 3 }),
      seen('feature_adoption', { value: 100 / 3, n: 3, numerator: 1, denominator: 3, interval: between }),
      seen(
        'nps',
        { value: 0, n: 2, numerator: 0, denominator: 2, interval: between },
        { promoters: 1, passives: 0, detractors: 1 },
      ),
      seen('session_length', { value: 37.5, n: 2, numerator: 75, denominator: 2 }),
      seen('spend', { value: 2009, n: 2 }),
      seen('slowness', { value: 175, n: 2 }),
      {
        ...common,
        metric: 'dau_mau',
        value: 200 / 3,
        n: 3,
        numerator: 2,
        denominator: 3,
        interval: between,
        evidence: { ...evidence, policy: 'dau / mau' },
      },
    ]);
  });

  test('asks once, for all that its windows need and memory lacks; the next one asks for its own five days', async () => {
    server.events.push(...FEBRUARY);
    await pull('2026-02-08', '2026-02-12', NIGHT);
    const next = await pull('2026-02-09', '2026-02-13', { now: '2026-02-13T22:30:00Z' });
    expect(server.asked).toEqual([
      '/api/2.0/export?project_id=271828&from_date=2026-01-09&to_date=2026-02-12',
      '/api/2.0/export?project_id=271828&from_date=2026-02-08&to_date=2026-02-13',
    ]);
    memory = rememberNothing();
    const afresh = await pull('2026-02-09', '2026-02-13', { now: '2026-02-13T22:30:00Z' });
    expect(next).toEqual(afresh);
    // bob's answer of January 14 has left the window of 30 days.
    expect(valuesOf(next)).toMatchObject({ 'nps 2026-02-12': 0, 'nps 2026-02-13': 100, 'mau 2026-02-13': 4 });
  });

  test('once more tells and remembers the same, whatever the order and however many copies', async () => {
    server.events.push(...FEBRUARY);
    const first = await pull('2026-02-08', '2026-02-12', NIGHT);
    const remembered = new Map(memory.entries);
    memory = rememberNothing();
    server.events.push(...server.events.splice(0).toReversed(), ...FEBRUARY.slice(3, 9));
    const again = await pull('2026-02-08', '2026-02-12', NIGHT);
    const told = (each: (typeof again)[number]) => ({ ...each, evidence: { ...each.evidence, rows: 0 } });
    expect(again.map(told)).toEqual(first.map(told));
    expect(memory.entries).toEqual(remembered);
  });

  test('reads a changed definition anew', async () => {
    await pull('2026-02-12', '2026-02-12', NIGHT);
    const metrics = { mau: { uniques: 'Sign Up', days: 30 } };
    await pull('2026-02-12', '2026-02-12', { ...NIGHT, metrics });
    const again = '/api/2.0/export?project_id=271828&from_date=2026-01-13&to_date=2026-02-12';
    expect(server.asked).toEqual([again, again]);
  });

  test('nothing happened: counts and uniques are a true zero, scores and shares are absent', async () => {
    const observations = await pull('2026-02-12', '2026-02-12', NIGHT);
    expect(valuesOf(observations)).toEqual({
      'signups 2026-02-12': 0,
      'dau 2026-02-12': 0,
      'wau 2026-02-12': 0,
      'mau 2026-02-12': 0,
      'spend 2026-02-12': 0,
    });
  });

  test('leaves out a day that is not over, to the millisecond', async () => {
    const metrics = { signups: { count: 'Sign Up' } };
    const at = async (now: string) => (await pull('2026-02-11', '2026-02-12', { now, metrics })).map(({ day }) => day);
    expect(await at('2026-02-12T21:59:59.999Z')).toEqual(['2026-02-11']);
    expect(await at('2026-02-12T22:00:00Z')).toEqual(['2026-02-11', '2026-02-12']);
    expect(await at('2026-02-11T21:00:00Z')).toEqual([]);
    expect(server.asked).toHaveLength(2);
  });

  test('begins again from nothing when the answer broke off, and waits as told', async () => {
    server.events.push(...FEBRUARY);
    server.instead.push(
      (_request, response) => {
        response.writeHead(200);
        response.write(linesOf(FEBRUARY), () => response.destroy());
      },
      (_request, response) => response.writeHead(429, { 'retry-after': '60' }).end(),
      (_request, response) => response.end(`${linesOf(FEBRUARY)}terminated early\n`),
    );
    const observations = await pull('2026-02-12', '2026-02-12', NIGHT);
    expect(valuesOf(observations)).toMatchObject({ 'signups 2026-02-12': 1, 'spend 2026-02-12': 2009 });
    expect(observations[0]?.evidence.requests).toBe(4);
  });

  test('yields nothing at all when the export can not be had', async () => {
    server.instead.push((_request, response) => response.writeHead(402).end());
    await expect(pull('2026-02-12', '2026-02-12', NIGHT)).rejects.toThrow(
      "[mixpanel] GET /api/2.0/export answered 402: the project's Mixpanel plan does not include the raw export",
    );
    expect(memory.entries.size).toBe(0);
  });

  test('tells aloud of a sum too large to be kept exactly', async () => {
    for (let index = 0; index < 11; index += 1) {
      server.events.push(event('2026-02-12T08:00:00Z', 'Purchase', `p${index}`, { amount: 9e12 }));
    }
    await expect(pull('2026-02-12', '2026-02-12', NIGHT)).rejects.toThrow(
      '[mixpanel] spend of 2026-02-12 is too large to be kept exactly; narrow it by where',
    );
  });

  test('says how many answers had nothing to read', async () => {
    server.events.push(event('2026-02-12T08:00:00Z', 'NPS Response', 'ada', { score: 'ten' }));
    await pull('2026-02-12', '2026-02-12', NIGHT);
    expect(warnings).toEqual([
      '[mixpanel] 1 of “NPS Response” were left out: they lack a person and a whole score from 0 to 10 in score',
    ]);
  });
});

describe('zones', () => {
  const signups = { signups: { count: 'Sign Up' } };

  test.each([
    ['America/Los_Angeles', '2026-03-08', 23],
    ['America/Los_Angeles', '2026-11-01', 25],
    ['Europe/Kyiv', '2026-03-29', 23],
    ['Pacific/Kiritimati', '2026-03-29', 24],
    ['+05:45', '2026-03-29', 24],
  ])('a day in %s, %s, has the events of its %i hours', async (zone, day, hours) => {
    const start = Date.parse(`${day}T00:00:00Z`) - 24 * 3_600_000;
    for (let hour = 0; hour < 72; hour += 1) {
      server.events.push(event(new Date(start + hour * 3_600_000).toISOString(), 'Sign Up', 'ada'));
    }
    const now = new Date(start + 5 * 86_400_000).toISOString();
    const observations = await pull(day, day, { now, zone, metrics: signups });
    expect(valuesOf(observations)).toEqual({ [`signups ${day}`]: hours });
  });

  test("an old project's local epochs tell the same, and a wrong time basis is noticed", async () => {
    const instants = Array.from({ length: 48 }, (_, hour) => Date.parse('2026-02-11T00:00:00Z') + hour * 3_600_000);
    const told = (offset: number): TestEvent[] =>
      instants.map((instant) => {
        const at = new Date(instant + offset).toISOString();
        return event(at, 'Sign Up', 'ada', { mp_processing_time_ms: instant + 20_000 });
      });
    const setup = { now: '2026-02-14T00:00:00Z', metrics: signups };
    const project = { timeBasis: 'project', projectTimezone: 'America/New_York' };

    server.events = told(-5 * 3_600_000);
    const rightly = await pull('2026-02-12', '2026-02-12', { ...setup, config: project });
    expect(rightly).toMatchObject([{ value: 24, quality: ['zone:America/New_York'] }]);
    expect(warnings).toEqual([]);
    const wrongly = await pull('2026-02-12', '2026-02-12', setup);
    expect(wrongly).toMatchObject([{ quality: ['time-basis?'] }]);
    expect(warnings).toEqual([
      '[mixpanel] events seem to arrive hours before or after they happen; is timeBasis set rightly?',
    ]);

    server.events = told(0);
    expect(await pull('2026-02-12', '2026-02-12', setup)).toMatchObject([{ value: 24, quality: [] }]);
  });
});

describe('check', () => {
  test("asks for one of yesterday's events", async () => {
    server.events.push(...FEBRUARY);
    expect(await puller.check(portsOf({ now: '2026-02-13T09:00:00Z' }))).toEqual({
      sees: 'the events of project 271828 (us)',
      warnings: [],
    });
    expect(server.asked).toEqual(['/api/2.0/export?project_id=271828&from_date=2026-02-12&to_date=2026-02-12&limit=1']);
  });

  test('warns of a project without events, and passes a refusal on', async () => {
    const ports = portsOf({ now: '2026-02-13T09:00:00Z' });
    expect(await puller.check(ports)).toEqual({
      sees: 'the events of project 271828 (us)',
      warnings: ['there is no event on 2026-02-12; check projectId and region if there should be'],
    });
    await expect(puller.check({ ...ports, secret: 'svc.1:other' })).rejects.toThrow('answered 401');
  });
});
