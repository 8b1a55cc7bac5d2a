import { describe, expect, test } from 'vitest';
import type { Reply } from '../testing.ts';
import { failureOf, serve, valuesOf } from '../testing.ts';
import type { World } from './test-github.ts';
import { commit, config, event, gitHub, issue, pullFrom, star } from './test-github.ts';

const only = (world: World) => ({ 'acme/hub': world });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const minute = (index: number): string => new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();

const lists = {
  stargazers: many(250, (index) => star(minute(index))),
  commits: many(230, (index) => commit(minute(-index), index % 120)),
  'issues/events': many(150, (index) => event('closed', minute(-index), issue(index, { state: 'closed' }))),
  issues: many(101, (index) => issue(1000 + index)),
};

const VALUES = {
  'github_stars 2026-02-12': 250,
  'code_contributors 2026-02-12': 120,
  'critical_issues 2026-02-12': 101,
};

describe('pages', () => {
  test('are read to the end, or as far back as is asked for', async () => {
    const { baseUrl, asked } = await gitHub(only({ lists }));
    expect(valuesOf(await pullFrom(baseUrl))).toMatchObject(VALUES);
    const pagesOf = (path: string) =>
      asked.flatMap(({ url }) => (url.pathname.endsWith(path) ? [url.searchParams.get('page') ?? '1'] : []));
    expect({
      stargazers: pagesOf('/stargazers'),
      commits: pagesOf('/commits'),
      issues: pagesOf('/issues'),
      events: pagesOf('/issues/events'),
    }).toEqual({
      // The last one alone: nothing in it is from after the day.
      stargazers: ['3'],
      commits: ['1', '2', '3', '1'],
      issues: ['1', '2'],
      // Its last row is older than the 30 days.
      events: ['1'],
    });
  });

  test('of stars are read back to the day', async () => {
    const { baseUrl, asked } = await gitHub(only({ lists }));
    const pulled = await pullFrom(baseUrl, { to: '2025-12-31', now: '2026-01-01T01:00:00Z' });
    expect(valuesOf(pulled)).toMatchObject({ 'github_stars 2025-12-31': 0 });
    const pages = asked.filter(({ url }) => url.pathname.endsWith('/stargazers'));
    expect(pages.map(({ url }) => url.searchParams.get('page'))).toEqual(['3', '2', '1']);
  });

  test('of stars may be more than the count says', async () => {
    const { baseUrl } = await gitHub(only({ stars: 100, lists }));
    const pulled = await pullFrom(baseUrl, { to: '2026-01-01', now: '2026-01-02T01:00:00Z' });
    expect(valuesOf(pulled)).toMatchObject({ 'github_stars 2026-01-01': 100 });
  });

  test('that lead to themselves are refused', async () => {
    const { baseUrl } = await serve(({ url }): Reply => {
      if (url.pathname === '/repos/acme/hub') return { body: { stargazers_count: 0 } };
      const link = `<https://api.github.com${url.pathname}?page=2>; rel="next"`;
      return { headers: { link }, body: [] };
    });
    expect(await failureOf(pullFrom(baseUrl))).toBe(
      'DataError: [github] GET /repos/acme/hub/commits names a page as its own next one',
    );
  });

  test('are asked for at our own address, whatever the links say', async () => {
    const { baseUrl, asked } = await gitHub(only({ lists }));
    await pullFrom(`${baseUrl}/`);
    expect(asked.filter(({ url }) => !url.pathname.startsWith('/repos/acme/hub'))).toEqual([]);
  });
});

describe('what has not changed', () => {
  test('is not sent again, and gives the same numbers', async () => {
    const { baseUrl, asked } = await gitHub(only({ lists }));
    const memory = new Map<string, Uint8Array>();
    const first = await pullFrom(baseUrl, { memory });
    const before = asked.length;
    const second = await pullFrom(baseUrl, { memory });
    expect(valuesOf(second)).toEqual(valuesOf(first));
    expect(second.filter(({ kind }) => kind === 'memory')).toEqual([]);
    const again = asked.slice(before);
    expect(again).toHaveLength(before);
    expect(again.filter(({ headers }) => headers['if-none-match'] === undefined)).toEqual([]);
  });

  test('and can not change, as the success of a deployment, is not even asked for', async () => {
    const memory = new Map<string, Uint8Array>();
    const deployments = [1, 2].map((id) => ({ id, created_at: '2026-02-12T09:00:00Z' }));
    const status = { created_at: '2026-02-12T10:00:00Z' };
    const { baseUrl, asked } = await gitHub(
      only({
        lists: {
          deployments,
          'deployments/1/statuses': [{ ...status, state: 'success' }],
          'deployments/2/statuses': [{ ...status, state: 'failure' }],
        },
      }),
    );
    const first = await pullFrom(baseUrl, { memory });
    const second = await pullFrom(baseUrl, { memory });
    expect(valuesOf(first)).toMatchObject({ 'deployment_frequency 2026-02-12': 1 / 7 });
    expect(valuesOf(second)).toEqual(valuesOf(first));
    const statuses = asked.flatMap(({ url }) => /(\d)\/statuses$/.exec(url.pathname)?.[1] ?? []);
    expect(statuses.toSorted()).toEqual(['1', '2', '2']);
  });

  test('does not hide what has come behind a full page', async () => {
    const memory = new Map<string, Uint8Array>();
    const world = { lists: { commits: many(100, (index) => commit('2025-06-01T00:00:00Z', index)) } };
    const { baseUrl } = await gitHub(() => only(world));
    expect(valuesOf(await pullFrom(baseUrl, { memory }))).toMatchObject({ 'code_contributors 2026-02-12': 100 });
    // An old branch is merged: its commit comes last.
    world.lists.commits.push(commit('2025-05-01T00:00:00Z', 100));
    expect(valuesOf(await pullFrom(baseUrl, { memory }))).toMatchObject({ 'code_contributors 2026-02-12': 101 });
  });

  test('is forgotten once no pull asks for it', async () => {
    const memory = new Map<string, Uint8Array>();
    const { baseUrl } = await gitHub(only({ lists }));
    await pullFrom(baseUrl, { memory });
    const size = memory.size;
    await pullFrom(baseUrl, { memory, to: '2026-03-12', now: '2026-03-13T01:00:00Z' });
    expect(memory.size).toBe(size);
    const index = JSON.parse(new TextDecoder().decode(memory.get('pages'))) as string[];
    expect([...memory.keys()].toSorted()).toEqual([...index, 'pages'].toSorted());
  });

  test('holds nothing that names anybody', async () => {
    const memory = new Map<string, Uint8Array>();
    const { baseUrl } = await gitHub(only({ lists }));
    const pulled = await pullFrom(baseUrl, { memory });
    const kept = [...memory].map(([key, bytes]) => key + new TextDecoder().decode(bytes)).join('\n');
    const told = JSON.stringify(pulled.filter(({ kind }) => kind === 'observation'));
    expect(kept).toContain('"by":"');
    expect(`${kept}${told}`.match(/Ada|dev-|acme|personal|github_pat/g)).toBe(null);
  });

  test('is read again where what was remembered is damaged', async () => {
    const memory = new Map<string, Uint8Array>();
    const { baseUrl } = await gitHub(only({ lists }));
    await pullFrom(baseUrl, { memory });
    for (const key of memory.keys()) memory.set(key, new TextEncoder().encode('{'));
    expect(valuesOf(await pullFrom(baseUrl, { memory }))).toMatchObject(VALUES);
  });
});

describe('a pull that runs out of time', () => {
  test('goes on where it stopped', async () => {
    const memory = new Map<string, Uint8Array>();
    const { baseUrl } = await gitHub(only({ lists }));
    const over = await pullFrom(baseUrl, { memory, deadline: Date.parse('2026-02-13T01:00:00Z') });
    expect(over).toEqual([{ kind: 'unfinished', note: '0 pages read' }]);
    const goesOn = await pullFrom(baseUrl, { memory, deadline: Date.parse('2026-02-13T01:10:00Z') });
    expect(valuesOf(goesOn)).toMatchObject(VALUES);
  });

  test('or fails keeps what it has read', async () => {
    const memory = new Map<string, Uint8Array>();
    const { baseUrl } = await gitHub(only({ lists }), ({ url }) =>
      url.pathname.endsWith('/deployments') ? { status: 403, body: { message: 'Resource not accessible' } } : undefined,
    );
    expect(await failureOf(pullFrom(baseUrl, { memory }))).toBe(
      'VendorError: [github] GET /repos/acme/hub/deployments answered 403: the token lacks a permission for this; it says: {"message":"Resource not accessible"}',
    );
    expect(memory.size).toBe(9);
  });
});

describe('limits', () => {
  const limited = async (headers: Record<string, string>, message = 'API rate limit exceeded', status = 403) => {
    const { baseUrl } = await gitHub(only({ lists }), (_, count) =>
      count === 2 ? { status, headers, body: { message } } : undefined,
    );
    return pullFrom(baseUrl).then(valuesOf, String);
  };
  // The server's own clock, which its answers show, is the machine's.
  const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

  test('are waited for, whether told by 403 or by 429', async () => {
    expect(await limited({ 'retry-after': '30' })).toMatchObject(VALUES);
    expect(await limited({ 'retry-after': '30' }, 'slow down', 429)).toMatchObject(VALUES);
    expect(await limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(60) })).toMatchObject(VALUES);
    expect(await limited({}, 'You have exceeded a secondary rate limit.')).toMatchObject(VALUES);
  });

  test('that last too long fail loudly', async () => {
    expect(await limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(3000) })).toMatch(
      /^VendorError: \[github\] GET \/repos\/acme\/hub\/stargazers answered 403: the request limit is used up and asks to wait (2999|3000|3001) s, more than the 300 s left after 1 try$/,
    );
  });

  test('are not what every 403 means', async () => {
    const headers = { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': inSeconds(60) };
    expect(await limited(headers, 'Resource not accessible by personal access token')).toMatch(
      /answered 403: the token lacks a permission for this; it says: /,
    );
  });
});

describe('faults', () => {
  const faulty = async (reply: Reply, times = 1) => {
    const { baseUrl } = await gitHub(only({ lists }), ({ url }) =>
      url.pathname.endsWith('/issues/events') && times-- > 0 ? reply : undefined,
    );
    return pullFrom(baseUrl).then(valuesOf, String);
  };
  const name = 'GET /repos/acme/hub/issues/events';

  test('that pass are passed over', async () => {
    expect(await faulty({ status: 502, body: '<html>' })).toMatchObject(VALUES);
    expect(await faulty({ body: '[{"id":' })).toMatchObject(VALUES);
    expect(await faulty({ body: '<html>Unicorn!</html>' })).toMatchObject(VALUES);
    expect(await faulty((response) => response.destroy())).toMatchObject(VALUES);
    const cut: Reply = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('[{');
      setImmediate(() => response.destroy());
    };
    expect(await faulty(cut)).toMatchObject(VALUES);
  });

  test('that last fail loudly', async () => {
    expect(await faulty({ status: 500, body: '' }, Infinity)).toBe(
      `VendorError: [github] ${name} answered 500 after 6 tries`,
    );
    expect(await faulty({ body: '[' }, Infinity)).toBe(
      `DataError: [github] ${name} answered with something that is not JSON (cut off?) after 6 tries`,
    );
  });

  test('of shape are refused at once', async () => {
    const world = (body: unknown): Reply => ({ body });
    expect(await faulty(world({ message: 'Moved' }))).toContain(`${name} answered in an unknown shape: `);
    expect(await faulty(world([{ id: 1, event: 'closed', created_at: 'yesterday' }]))).toContain(
      'Invalid ISO datetime',
    );
    expect(await faulty((response) => response.writeHead(304).end())).toBe(
      `DataError: [github] ${name} answered 304 though nothing was remembered`,
    );
  });

  test('of a repository that is not there, or not for this token, are named', async () => {
    const { baseUrl } = await gitHub({});
    expect(await failureOf(pullFrom(baseUrl))).toBe(
      'VendorError: [github] GET /repos/acme/hub answered 404: there is no such repository, or the token may not see it; check repository, and which ones the token is for; it says: {"message":"Not Found"}',
    );
  });

  test('never show the token', async () => {
    const { baseUrl } = await serve(({ headers }) => ({ status: 401, body: { echo: headers.authorization } }));
    expect(await failureOf(pullFrom(baseUrl))).toMatch(/it says: \{"echo":"Bearer \*\*\*"\}$/);
  });

  test('of our own making: an abort ends the pull with its reason', async () => {
    const stop = new AbortController();
    const { baseUrl } = await serve(() => () => stop.abort(new Error('the night is over')));
    expect(await failureOf(pullFrom(baseUrl, { signal: stop.signal, config: config() }))).toBe(
      'Error: the night is over',
    );
  });
});
