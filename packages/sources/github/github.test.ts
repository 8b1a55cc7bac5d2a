import { readFile } from 'node:fs/promises';
import { toInstant } from '@plumbline/core/zone';
import { describe, expect, test } from 'vitest';
import { failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import type { World } from './test-github.ts';
import { commit, config, event, gitHub, issue, pullFrom, star } from './test-github.ts';
import { github } from './index.ts';
import { puller } from './pull.ts';
import {
  commitsSchema,
  deploymentsSchema,
  issueEventsSchema,
  issuesSchema,
  releasesSchema,
  repositorySchema,
  starsSchema,
  successesSchema,
} from './schema.ts';

const only = (world: World) => ({ 'acme/hub': world });
const fixture = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));

const WORLD: World = {
  lists: {
    stargazers: [star('2025-12-01T00:00:00Z'), star('2026-02-12T23:59:59Z'), star('2026-02-13T00:00:00Z')],
    commits: [
      commit('2026-02-13T00:00:00Z', 4),
      commit('2026-02-12T10:00:00Z', 3, { parents: [{}, {}] }),
      commit('2026-02-10T10:00:00Z', 2),
      commit('2025-03-01T10:00:00Z', 1),
      commit('2025-02-01T10:00:00Z', 1),
    ],
    issues: [issue(7), issue(8, { created_at: '2026-02-13T00:00:00Z' })],
    'issues/events': [
      event('closed', '2026-02-13T00:30:00Z', issue(5, { state: 'closed', created_at: '2026-02-01T00:00:00Z' })),
      event('closed', '2026-02-12T12:00:00Z', issue(4, { state: 'closed', created_at: '2026-02-10T00:00:00Z' })),
      event('closed', '2026-01-14T00:00:00Z', issue(3, { state: 'closed', created_at: '2026-01-13T00:00:00Z' })),
      event('closed', '2026-01-13T23:59:59Z', issue(2, { state: 'closed' })),
    ],
    deployments: [
      { id: 3, created_at: '2026-02-12T23:59:00Z' },
      { id: 2, created_at: '2026-02-12T09:00:00Z' },
      { id: 1, created_at: '2026-02-05T23:59:00Z' },
    ],
    'deployments/3/statuses': [{ state: 'success', created_at: '2026-02-13T00:00:00Z' }],
    'deployments/2/statuses': [{ state: 'failure', created_at: '2026-02-12T09:05:00Z' }],
    'deployments/1/statuses': [
      { state: 'inactive', created_at: '2026-02-12T09:00:00Z' },
      { state: 'success', created_at: '2026-02-06T00:00:00Z' },
    ],
  },
};

describe('a day as at its end', () => {
  test('has all five numbers, with their evidence', async () => {
    const { baseUrl, asked } = await gitHub(only(WORLD));
    const pulled = await pullFrom(baseUrl);
    const found = (metric: string, policy: string, rows: number, numbers: object, more: object = {}) => ({
      kind: 'observation',
      metric,
      day: '2026-02-12',
      ...numbers,
      quality: [],
      evidence: {
        requests: 10,
        rows,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        policy: `github ${policy}`,
        repositories: 1,
        ...more,
      },
      settlesAt: toInstant('2026-02-13T00:00:00Z'),
    });
    expect(pulled.filter(({ kind }) => kind === 'observation')).toEqual([
      found('github_stars', 'remaining stars', 1, { value: 2 }, { counted: 3, givenSince: 1 }),
      found('code_contributors', 'commits', 5, { value: 2 }),
      // 7 is open; 5 was until half past midnight; 8 came at midnight.
      found('critical_issues', 'issue events', 4, { value: 2 }),
      found('issue_resolution_time', 'issue events', 4, { value: (2.5 + 1) / 2, n: 2 }),
      found('deployment_frequency', 'deployments', 2, { value: 1 / 7, numerator: 1, denominator: 7 }),
    ]);
    expect(asked.map(({ url }) => url.pathname.replace('/repos/acme/hub', '') + url.search)).toEqual([
      '',
      '/stargazers?per_page=100&page=1',
      '/commits?until=2026-01-01T00%3A00%3A00Z&per_page=100',
      '/commits?since=2026-01-01T00%3A00%3A00Z&per_page=100',
      '/issues?labels=critical&state=open&per_page=100',
      '/issues/events?per_page=100',
      '/deployments?environment=production&per_page=100',
      '/deployments/3/statuses?per_page=100',
      '/deployments/2/statuses?per_page=100',
      '/deployments/1/statuses?per_page=100',
    ]);
    expect(asked[1]?.headers).toMatchObject({
      accept: 'application/vnd.github.star+json',
      authorization: 'Bearer github_pat_secret',
      'x-github-api-version': '2022-11-28',
    });
  });

  test('in another zone ends there', async () => {
    const { baseUrl } = await gitHub(only(WORLD));
    const pulled = await pullFrom(baseUrl, { timezone: '+02:00' });
    expect(valuesOf(pulled)).toMatchObject({ 'github_stars 2026-02-12': 1, 'critical_issues 2026-02-12': 2 });
  });

  test('of several repositories together; who works on two is one', async () => {
    const { baseUrl } = await gitHub({ 'acme/hub': WORLD, 'acme/site': WORLD });
    const pulled = await pullFrom(baseUrl, { config: config({ repository: ['acme/hub', 'acme/site'] }) });
    expect(valuesOf(pulled)).toEqual({
      'github_stars 2026-02-12': 4,
      'code_contributors 2026-02-12': 2,
      'critical_issues 2026-02-12': 4,
      'issue_resolution_time 2026-02-12': 1.75,
      'deployment_frequency 2026-02-12': 2 / 7,
    });
  });

  test('is pulled only once it is over', async () => {
    const { baseUrl, asked } = await gitHub(only(WORLD));
    expect(await pullFrom(baseUrl, { now: '2026-02-12T23:59:59Z' })).toEqual([]);
    expect(asked).toEqual([]);
    expect(Object.keys(valuesOf(await pullFrom(baseUrl, { now: '2026-02-13T00:00:00Z' })))).toHaveLength(5);
  });

  test('counts deployments that succeeded within 14 days of their making, and asks after no others', async () => {
    const at = (id: number, day: string) => ({ id, created_at: `2026-${day}T00:00:00Z` });
    const succeeded = [{ state: 'success', created_at: '2026-02-12T10:00:00Z' }];
    const { baseUrl, asked } = await gitHub(
      only({
        lists: {
          deployments: [at(2, '01-23'), at(1, '01-22')],
          'deployments/2/statuses': succeeded,
          'deployments/1/statuses': succeeded,
        },
      }),
    );
    expect(valuesOf(await pullFrom(baseUrl))).toMatchObject({ 'deployment_frequency 2026-02-12': 1 / 7 });
    expect(asked.flatMap(({ url }) => /(\d)\/statuses$/.exec(url.pathname)?.[1] ?? [])).toEqual(['2']);
  });

  test('that is pulled late says so, as what was taken back or deleted meanwhile left no trace', async () => {
    const { baseUrl } = await gitHub(only(WORLD));
    const pulled = await pullFrom(baseUrl, { from: '2026-02-11', to: '2026-02-12' });
    const states = pulled.flatMap((one) =>
      one.kind === 'observation' && one.metric === 'github_stars' ? [[one.day, one.reconstructed, one.quality]] : [],
    );
    expect(states).toEqual([
      ['2026-02-11', true, ['reconstructed:remaining stars']],
      ['2026-02-12', undefined, []],
    ]);
    expect(valuesOf(pulled)).toMatchObject({ 'github_stars 2026-02-11': 1, 'critical_issues 2026-02-11': 3 });
  });
});

describe('what can not be known is absent', () => {
  const days = async (world: World, options: Parameters<typeof pullFrom>[1] = {}) =>
    Object.keys(valuesOf(await pullFrom((await gitHub(only(world))).baseUrl, options)));

  test('deployments where nothing was ever deployed, resolution times where nothing was closed', async () => {
    const world = { answers: { 'labels/critical': { name: 'critical' } } };
    expect(await days(world)).toEqual([
      'github_stars 2026-02-12',
      'code_contributors 2026-02-12',
      'critical_issues 2026-02-12',
    ]);
    const later = { ...world, lists: { deployments: [{ id: 1, created_at: '2026-02-13T00:00:00Z' }] } };
    expect(await days(later)).toEqual(await days(world));
  });

  test('critical issues where no repository has the label, rather than a good-looking 0', async () => {
    expect(await days({})).toEqual(['github_stars 2026-02-12', 'code_contributors 2026-02-12']);
    const { baseUrl } = await gitHub({
      'acme/hub': {},
      'acme/site': { answers: { 'labels/critical': { name: 'x' } } },
    });
    const pulled = await pullFrom(baseUrl, { config: config({ repository: ['acme/hub', 'acme/site'] }) });
    expect(valuesOf(pulled)).toMatchObject({ 'critical_issues 2026-02-12': 0 });
  });

  test('past stars of a repository with more of them than GitHub lists', async () => {
    const world = { ...WORLD, stars: 40_001 };
    expect(await days(world, { to: '2026-02-11' })).not.toContain('github_stars 2026-02-11');
    const { baseUrl } = await gitHub(only(world));
    const [found] = await pullFrom(baseUrl).then((all) => all.filter(({ kind }) => kind === 'observation'));
    expect(found).toMatchObject({ metric: 'github_stars', value: 40_001, quality: ['counted-when-pulled'] });
  });

  test('nothing of stars that just fill the pages which GitHub lists: it refuses the one behind them', async () => {
    const { baseUrl, asked } = await gitHub(only({ stars: 40_000 }));
    expect(valuesOf(await pullFrom(baseUrl))).toMatchObject({ 'github_stars 2026-02-12': 40_000 });
    expect(asked.filter(({ url }) => url.pathname.endsWith('/stargazers'))).toEqual([]);
  });

  test('nothing, of a repository without a commit: it has no contributors', async () => {
    const { baseUrl } = await gitHub(only({}), ({ url }) =>
      url.pathname.endsWith('/commits') ? { status: 409, body: { message: 'Git Repository is empty.' } } : undefined,
    );
    expect(valuesOf(await pullFrom(baseUrl))).toMatchObject({ 'code_contributors 2026-02-12': 0 });
  });

  test('issues where they are switched off', async () => {
    const { baseUrl, asked } = await gitHub(only({ answers: { '': { has_issues: false } } }));
    expect(Object.keys(valuesOf(await pullFrom(baseUrl)))).toEqual([
      'github_stars 2026-02-12',
      'code_contributors 2026-02-12',
    ]);
    expect(asked.filter(({ url }) => url.pathname.includes('/issues'))).toEqual([]);
  });
});

describe('the configuration', () => {
  test('chooses releases, or no deployments at all', async () => {
    const releases = [
      { draft: false, prerelease: false, published_at: '2026-02-12T10:00:00Z' },
      { draft: false, prerelease: true, published_at: '2026-02-12T10:00:00Z' },
      { draft: true, prerelease: false, published_at: null },
    ];
    const { baseUrl, asked } = await gitHub(only({ lists: { releases } }));
    const released = await pullFrom(baseUrl, { config: config({ deployments: 'releases' }) });
    expect(valuesOf(released)).toMatchObject({ 'deployment_frequency 2026-02-12': 1 / 7 });
    await pullFrom(baseUrl, { config: config({ deployments: 'none' }) });
    expect(asked.filter(({ url }) => url.pathname.endsWith('/deployments'))).toEqual([]);
  });

  test('says which metrics there are', () => {
    const metrics = (given: Record<string, unknown>) =>
      github.metrics(config(given), { currency: 'USD' }).map(({ id }) => id);
    expect(metrics({})).toEqual([
      'github_stars',
      'code_contributors',
      'critical_issues',
      'issue_resolution_time',
      'deployment_frequency',
    ]);
    expect(metrics({ labels: undefined, deployments: 'none' })).toEqual([
      'github_stars',
      'code_contributors',
      'issue_resolution_time',
    ]);
  });

  test.each(['hub', 'acme/hub/tree', 'acme/..', 'https://github.com/acme/hub'])(
    'refuses %s as a repository',
    (name) => {
      expect(github.config.safeParse({ repository: name }).success).toBe(false);
    },
  );

  test('refuses a repository that is named twice, however it is written, since its numbers would count twice', () => {
    const { error } = github.config.safeParse({ repository: ['acme/hub', 'Acme/Hub'] });
    expect(error?.issues.map(({ message }) => message)).toEqual(['names one twice']);
  });

  test('takes several labels, any of which makes an issue critical', async () => {
    const labels = { critical_issues: ['critical', 'P0'] };
    const { baseUrl, asked } = await gitHub(only({ lists: { issues: [issue(1)] } }));
    expect(valuesOf(await pullFrom(baseUrl, { config: config({ labels }) }))).toMatchObject({
      'critical_issues 2026-02-12': 1,
    });
    const listed = asked.filter(({ url }) => url.pathname.endsWith('/issues'));
    expect(listed.map(({ url }) => url.searchParams.get('labels'))).toEqual(['critical', 'P0']);
  });
});

test('the sample answers of GitHub’s documentation are understood as they are printed', async () => {
  expect(repositorySchema.parse(await fixture('repository'))).toEqual({ stars: 80, hasIssues: true });
  expect(starsSchema.parse(await fixture('stargazers'))).toEqual([toInstant('2011-01-16T19:06:43Z')]);
  const sample = {
    number: 1347,
    createdAt: toInstant('2011-04-22T13:33:48Z'),
    isOpen: true,
    labels: ['bug'],
    isPull: true,
  };
  expect(issuesSchema.parse(await fixture('issues'))).toEqual([sample]);
  expect(issueEventsSchema.parse(await fixture('issue-events'))).toEqual([
    { id: 1, at: toInstant('2011-04-14T16:00:49Z'), change: { kind: 'closed', label: null, issue: sample } },
  ]);
  expect(commitsSchema((id) => id).parse(await fixture('commits'))).toEqual([
    { at: toInstant('2011-04-14T16:00:49Z'), by: 'account:1' },
  ]);
  const at = toInstant('2012-07-20T01:19:13Z');
  expect(deploymentsSchema.parse(await fixture('deployments'))).toEqual([{ id: 1, createdAt: at }]);
  expect(successesSchema.parse(await fixture('deployment-statuses'))).toEqual([at]);
  expect(releasesSchema.parse(await fixture('releases'))).toEqual([toInstant('2013-02-27T19:35:32Z')]);
});

test('people are their accounts, or else their addresses; bots are nobody', () => {
  const signed = (email: string) => ({ author: { email, date: '2026-01-01T00:00:00Z' }, committer: null });
  const authors = commitsSchema((id) => id)
    .parse([
      commit('2026-01-01T00:00:00Z', 1),
      commit('2026-01-01T00:00:00Z', null, { commit: signed('Ada@Acme.example') }),
      commit('2026-01-01T00:00:00Z', null, { author: {}, commit: signed('ada@acme.example') }),
      commit('2026-01-01T00:00:00Z', null, { author: { id: 9, login: 'renovate[bot]', type: 'Bot' } }),
      commit('2026-01-01T00:00:00Z', null, { commit: signed('49699333+dependabot[bot]@users.noreply.github.com') }),
      commit('2026-01-01T00:00:00Z', null, { commit: { author: null, committer: null } }),
    ])
    .map(({ by }) => by);
  expect(authors).toEqual(['account:1', 'email:ada@acme.example', 'email:ada@acme.example', null, null, null]);
});

test('check names what it sees, and labels that are not there', async () => {
  const { baseUrl } = await gitHub(only({ stars: 1 }));
  const ports = portsFor('github', config(), { baseUrl, secret: 'token', now: '2026-02-13T01:00:00Z' });
  expect(await puller.check(ports)).toEqual({
    sees: 'acme/hub (1 star)',
    warnings: ['no repository has a label "critical"'],
  });
  const closed = await serve(() => ({ status: 401, body: { message: 'Bad credentials' } }));
  const refused = portsFor('github', config(), {
    baseUrl: closed.baseUrl,
    secret: 'token',
    now: '2026-02-13T01:00:00Z',
  });
  expect(await failureOf(puller.check(refused))).toBe(
    'VendorError: [github] GET /repos/acme/hub answered 401: the token is wrong, revoked or expired; it says: {"message":"Bad credentials"}',
  );
});
