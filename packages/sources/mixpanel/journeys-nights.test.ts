import { createHmac } from 'node:crypto';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { SourceMemory } from '@plumbline/core/source';
import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect, portsFor } from '../testing.ts';
import { SECRET, linesOf, startExportServer } from './export-server.ts';
import type { ExportServer, TestEvent } from './export-server.ts';
import { figureAt, tell } from './histories.ts';
import { mixpanelConfig } from './language.ts';
import { puller } from './pull.ts';

let server: ExportServer;
beforeEach(async () => {
  server = await startExportServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const METRICS = {
  onboarding_completion: { funnel: ['Sign Up', 'Onboarding Completed'], within: '7d' },
  retention_7d: { retention: { first: 'Sign Up', return: '*', day: 7, mode: 'on-or-after' } },
};

type Entries = Map<string, Uint8Array>;

const memoryOf = (entries: Entries): SourceMemory => ({
  get: async (key) => entries.get(key),
  async *range(from, to) {
    for (const key of [...entries.keys()].sort()) {
      if (key >= from && key <= to) yield { key, bytes: entries.get(key) ?? new Uint8Array() };
    }
  },
});

/** The night of a day: pulls it and the four before it, and keeps what is to be remembered. */
async function night(day: string, entries: Entries, metrics: Record<string, unknown> = METRICS, zone = '+02:00') {
  const config = mixpanelConfig.parse({ projectId: 271828, metrics });
  const now = `${addDays(toDay(day), 1)}T12:00:00Z`;
  const ports = {
    ...portsFor('mixpanel', config, { baseUrl: server.baseUrl, secret: SECRET, now, timezone: zone }),
    memory: memoryOf(entries),
    pseudonym: (id: string) => createHmac('sha256', 'key').update(id).digest('hex').slice(0, 16),
  };
  const range = { from: addDays(toDay(day), -4), to: toDay(day) };
  const pulled = await collect(puller.pull(range, ports));
  for (const each of pulled) if (each.kind === 'memory') entries.set(each.key, each.bytes);
  return pulled.filter((each) => each.kind === 'observation');
}

const events = (story: string): TestEvent[] =>
  tell(story).map(({ person, event, time }) => ({
    event: event.replaceAll('_', ' '),
    properties: { time, distinct_id: person, $insert_id: `${person}${event}${time}` },
  }));

const STORY = `
  ada Sign_Up 2026-01-10 10:00:00
  ada Onboarding_Completed 2026-01-10 10:20:00
  ada Feature_Used 2026-02-01 09:00:00
  bob Sign_Up 2026-01-20 10:00:00
  bob Onboarding_Completed 2026-01-28 10:00:00
  cyd Sign_Up 2026-02-05 10:00:00
  cyd Onboarding_Completed 2026-02-12 09:59:59
  cyd Feature_Used 2026-02-12 10:00:00
  dan Sign_Up 2026-02-06 10:00:00
  dan Onboarding_Completed 2026-02-06 11:00:00`;

const brief = (observations: Awaited<ReturnType<typeof night>>): Record<string, string> =>
  Object.fromEntries(
    observations.map(({ metric, day, numerator, denominator }) => [`${metric} ${day}`, `${numerator}/${denominator}`]),
  );

test('the first night reaches back as far as windows do, in one request, and tells whole observations', async () => {
  server.events = events(STORY);
  const observations = await night('2026-02-12', new Map());
  // The earliest day is February 8; its cohort ends 7 days before it and has 30 days.
  expect(server.asked).toEqual(['/api/2.0/export?project_id=271828&from_date=2026-01-02&to_date=2026-02-12']);
  expect(brief(observations)).toEqual({
    'onboarding_completion 2026-02-08': '1/2',
    'onboarding_completion 2026-02-09': '1/2',
    'onboarding_completion 2026-02-10': '1/2',
    'onboarding_completion 2026-02-11': '1/2',
    'onboarding_completion 2026-02-12': '2/3',
    'retention_7d 2026-02-08': '2/2',
    'retention_7d 2026-02-09': '2/2',
    'retention_7d 2026-02-10': '2/2',
    'retention_7d 2026-02-11': '2/2',
    'retention_7d 2026-02-12': '3/3',
  });
  // Wilson by hand for 2 of 3: (2/3 + z²/6 ± z√(2/27 + z²/36)) / (1 + z²/3).
  expect(observations.at(-2)).toEqual({
    kind: 'observation',
    metric: 'onboarding_completion',
    day: '2026-02-12',
    value: 200 / 3,
    n: 3,
    numerator: 2,
    denominator: 3,
    interval: { low: expect.closeTo(20.7655, 3), high: expect.closeTo(93.8508, 3) },
    quality: [],
    evidence: {
      requests: 1,
      rows: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      policy: '{"funnel":["Sign Up","Onboarding Completed"],"within":"7d"}',
      cohorts: {
        '2026-01-10': { entered: 1, through: 1 },
        '2026-01-20': { entered: 1, through: 0 },
        '2026-02-05': { entered: 1, through: 1 },
      },
    },
    settlesAt: toInstant('2026-02-13T22:00:00Z'),
  });
});

test('without anybody in the cohort there is no number', async () => {
  server.events = events('dan Sign_Up 2026-02-06 10:00:00');
  expect(await night('2026-02-12', new Map())).toEqual([]);
});

test('a later night asks for its own five days, and remembers the same bytes whatever the order, chunks and copies', async () => {
  server.events = events(STORY);
  const [entries, others]: [Entries, Entries] = [new Map(), new Map()];
  await night('2026-02-11', entries);
  const next = await night('2026-02-12', entries);
  expect(server.asked.at(-1)).toBe('/api/2.0/export?project_id=271828&from_date=2026-02-07&to_date=2026-02-12');

  const whole = linesOf([...server.events.toReversed(), ...server.events.slice(0, 4)]);
  server.instead.push((_request, response) => {
    response.writeHead(200);
    for (const byte of Buffer.from(whole)) response.write(Buffer.of(byte));
    response.end();
  });
  const afresh = await night('2026-02-12', others);
  expect(brief(afresh)).toEqual(brief(next));
  expect(new Map([...entries].filter(([key]) => others.has(key)))).toEqual(others);
});

test('a changed definition is read anew, a longer window only fetches what is missing', async () => {
  server.events = events(STORY);
  const entries: Entries = new Map();
  await night('2026-02-12', entries);
  const longer = { onboarding_completion: { funnel: ['Sign Up', 'Onboarding Completed'], within: '9d' } };
  expect(brief(await night('2026-02-12', entries, longer))['onboarding_completion 2026-02-12']).toBe('2/2');
  const other = { onboarding_completion: { funnel: ['Sign Up', 'Feature Used'], within: '9d' } };
  expect(brief(await night('2026-02-12', entries, other))['onboarding_completion 2026-02-12']).toBe('0/2');
  await night('2026-02-12', entries, other);
  expect(server.asked.map((path) => /from_date=([\d-]+)/.exec(path)?.[1])).toEqual([
    '2026-01-02', // 38 days before February 8, and the evening before in UTC
    '2025-12-31', // two more
    '2025-12-31',
    '2026-02-07',
  ]);
});

test('a lost day of memory is fetched again', async () => {
  server.events = events(STORY);
  const entries: Entries = new Map();
  const first = await night('2026-02-12', entries);
  for (const key of entries.keys()) if (key.endsWith('2026-01-20')) entries.delete(key);
  expect(brief(await night('2026-02-12', entries))).toEqual(brief(first));
  expect(server.asked.at(-1)).toContain('from_date=2026-01-19');
});

test('nights one after the other agree with a first night on any day, and with a plain count', async () => {
  const metrics = {
    funnel: { funnel: ['A', 'B'], within: '2d' },
    on: { retention: { first: 'A', return: '*', day: 2, mode: 'on' } },
    after: { retention: { first: 'A', return: 'B', day: 2 } },
  };
  const zone = 'Europe/Kyiv';
  // Clocks are put back on October 25, inside the windows.
  const begin = Date.parse('2026-10-15T00:00:00Z') / 1000;
  const acts = fc.array(
    fc.record({
      person: fc.constantFrom('ada', 'bob', 'cyd'),
      event: fc.constantFrom('A', 'B', 'C'),
      time: fc.integer({ min: begin, max: begin + 36 * 86_400 }),
    }),
    { minLength: 20, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(acts, async (told) => {
      server.events = told.map(({ person, event, time }) => ({ event, properties: { time, distinct_id: person } }));
      const entries: Entries = new Map();
      for (const day of daysFrom(toDay('2026-11-16'), toDay('2026-11-19'))) {
        const followed = await night(day, entries, metrics, zone);
        const afresh = await night(day, new Map(), metrics, zone);
        const essence = ({ evidence: { sha256 }, ...rest }: (typeof followed)[number]) => ({
          ...rest,
          evidence: sha256,
        });
        expect(followed.map(essence)).toEqual(afresh.map(essence));
        for (const [id, spec] of Object.entries(metrics)) {
          const found = followed.find((each) => each.metric === id && each.day === day);
          expect(found?.value).toBe(figureAt(day, spec, told, zone)?.value);
        }
      }
    }),
    { numRuns: 15 },
  );
});
