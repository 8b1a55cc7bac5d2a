import { readFile } from 'node:fs/promises';
import { sources } from '@plumbline/sources/registry';
import type { Reply } from '@plumbline/sources/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Driver, Fault } from './sources/driver.ts';
import { ga4 } from './sources/ga4.ts';
import { github } from './sources/github.ts';
import { http } from './sources/http.ts';
import { mixpanel } from './sources/mixpanel.ts';
import type { Night } from './sources/night.ts';
import { impatient, startNights } from './sources/night.ts';
import { stripe } from './sources/stripe.ts';
import { uptime } from './sources/uptime.ts';

const DRIVERS: readonly Driver[] = [stripe, ga4, mixpanel, ...uptime, github, http];

let nights: Awaited<ReturnType<typeof startNights>>;
beforeAll(async () => {
  nights = await startNights();
});
afterAll(() => nights.stop());

const always =
  (from: number, reply: Reply): Fault =>
  (request) =>
    request >= from ? reply : undefined;
const once =
  (at: number, reply: Reply): Fault =>
  (request) =>
    request === at ? reply : undefined;

const reset: Reply = (response) => response.destroy();
const cutOff: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"data":[{"id":"da', () => response.destroy());
};
const silent: Reply = () => undefined;

const mustBeRight = (night: Night, { values }: Driver): void => {
  expect(night.result).toMatchObject({ state: 'ok' });
  expect(night.values).toEqual(Object.fromEntries(Object.entries(values).map(([id, value]) => [id, close(value)])));
};
/** Exactly so, but for the last digits of a quotient. */
const close = (value: number): unknown => (Number.isInteger(value) ? value : expect.closeTo(value, 9));

const mustHaveFailed = (night: Night, { source, secrets, people }: Driver): void => {
  expect(night.result).toMatchObject({
    state: 'failed',
    written: 0,
    error: expect.stringMatching(`^\\[${source}\\] `),
  });
  expect([night.values, night.evidence]).toEqual([{}, []]);
  expect([...secrets, ...people].filter(isIn(night.left))).toEqual([]);
};
/** Whether a text is there, also as JSON writes it. */
const isIn = (left: string) => (text: string) =>
  [text, JSON.stringify(text).slice(1, -1)].some((one) => left.includes(one));

test('every source that is pulled has a driver here', () => {
  const pulled = sources.filter(({ load }) => load !== null).map(({ name }) => name);
  expect([...new Set(DRIVERS.map(({ source }) => source))].toSorted()).toEqual(pulled.toSorted());
});

test.each(sources.map(({ name }) => name))(
  'the README of %s says what is needed, and where its numbers end',
  async (name) => {
    const text = await readFile(new URL(`../packages/sources/${name}/README.md`, import.meta.url), 'utf8');
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading).join('\n');
    expect(headings).toMatch(name === 'record' ? /^Ways in$/m : /^(Set up|What it needs|A key that may only read)/m);
    expect(text).toMatch(/\b(limits?|at most|up to)\b/i);
    expect(headings).toMatch(name === 'record' ? /^CSV/m : /^Known differences|which screen it equals$/m);
  },
);

describe.each(DRIVERS)('$name', (driver) => {
  const night = (fault?: Fault, signal?: AbortSignal) => nights.night(driver, fault, signal);
  let whole: number | undefined;
  /** The first request of a night where nothing goes wrong, and its last one. */
  const places = async (): Promise<number[]> => {
    whole ??= (await night()).asked.length;
    return [...new Set([1, whole])];
  };

  beforeEach(() => {
    for (const [name, value] of Object.entries(driver.env ?? {})) vi.stubEnv(name, value);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test('brings the right numbers, whatever the number of pages, each with its evidence', async () => {
    const good = await night();
    mustBeRight(good, driver);
    if ('count' in driver.laterPages) {
      expect(good.asked.filter(driver.laterPages.isOne)).toHaveLength(driver.laterPages.count);
    }
    for (const evidence of good.evidence) {
      expect(evidence).toMatchObject({
        requests: expect.toSatisfy((count) => Number.isInteger(count) && count >= 1 && count <= good.asked.length),
        rows: expect.toSatisfy((count) => Number.isInteger(count) && count >= 0),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        policy: expect.stringMatching(/./),
      });
    }
  });

  test('keeps and tells nothing of people, and no secret', async () => {
    const { left } = await night();
    expect([...driver.people, ...driver.secrets].filter(isIn(left))).toEqual([]);
  });

  test.each([401, 403])(
    'fails on %i, at once, without repeating what the answer quotes of the secret',
    async (status) => {
      for (const from of await places()) {
        const refused = await night(always(from, { status, body: { error: `no right for ${driver.secret}` } }));
        mustHaveFailed(refused, driver);
        expect(refused.result?.error).toContain(String(status));
        expect(refused.result?.error).not.toMatch(/after \d+ tries/);
      }
    },
  );

  test('waits as long as a 429 asks, and is right then', async () => {
    for (const at of await places()) {
      const busy = await night(once(at, { status: 429, headers: { 'retry-after': '7' }, body: {} }));
      mustBeRight(busy, driver);
      expect(busy.waitedMs).toBeGreaterThanOrEqual(7000);
    }
  });

  const CHANCES: [string, Reply][] = [
    ['a 429 that names no time', { status: 429, body: {} }],
    ['a 500', { status: 500, body: {} }],
    ['a 503', { status: 503, body: 'Service Unavailable' }],
    ['a reset', reset],
    ['a body that is cut off', cutOff],
  ];
  test.each(CHANCES)('is right after %s, and fails where it stays', async (_, reply) => {
    for (const at of await places()) {
      mustBeRight(await night(once(at, reply)), driver);
      mustHaveFailed(await night(always(at, reply)), driver);
    }
  });

  const page = '<!doctype html><title>Sign in</title><p>ada@people.example, please sign in</p>';
  const WRONG: [string, Reply][] = [
    ['a page of HTML with 200', { headers: { 'content-type': 'text/html' }, body: page }],
    ['an answer of another shape', { body: driver.surprise }],
  ];
  test.each(WRONG)('fails on %s', async (_, reply) => {
    for (const from of await places()) mustHaveFailed(await night(always(from, reply)), driver);
  });

  test('gives a server up that never answers', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    for (const from of await places()) {
      vi.spyOn(AbortSignal, 'timeout').mockImplementation(impatient(timeout));
      const waited = await night(always(from, silent)).finally(() => vi.restoreAllMocks());
      mustHaveFailed(waited, driver);
      expect(waited.result?.error).toContain('gave no full answer within');
    }
  });

  test('ends when it is cancelled, with nothing written and nothing said', async () => {
    for (const at of await places()) {
      const stop = new AbortController();
      const stopping: Reply = () => stop.abort(new Error('the run is over'));
      const cancelled = await night(once(at, stopping), stop.signal);
      expect(cancelled).toMatchObject({
        result: undefined,
        thrown: new Error('the run is over'),
        values: {},
        evidence: [],
      });
    }
  });
});
