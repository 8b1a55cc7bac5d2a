import { commit, event, gitHub, issue, star } from '@plumbline/sources/github/test-github';
import type { Driver } from './driver.ts';

const SECRET = 'github_pat_11AAAAAAA0secret';

const lists = {
  stargazers: Array.from({ length: 150 }, () => star('2026-02-12T20:00:00Z')),
  commits: Array.from({ length: 120 }, (_, index) => commit('2026-02-12T10:00:00Z', index % 3)),
  issues: [issue(7, { user: { login: 'grace-of-people' } })],
  'issues/events': [
    event('closed', '2026-02-12T12:00:00Z', issue(4, { state: 'closed', created_at: '2026-02-10T12:00:00Z' })),
  ],
  deployments: [{ id: 1, created_at: '2026-02-12T09:00:00Z', creator: { login: 'grace-of-people' } }],
  'deployments/1/statuses': [{ state: 'success', created_at: '2026-02-12T10:00:00Z' }],
};

export const github: Driver = {
  name: 'github',
  source: 'github',
  config: { repository: 'acme/hub', labels: { critical_issues: 'critical' } },
  secret: SECRET,
  secrets: [SECRET],
  async start(fault) {
    const { baseUrl, asked } = await gitHub({ 'acme/hub': { lists } }, (_, count) => fault(count));
    return {
      baseUrl,
      get asked() {
        return asked.map(({ url }) => ({ path: url.pathname + url.search, body: '' }));
      },
    };
  },
  values: {
    github_stars: 150,
    code_contributors: 3,
    critical_issues: 1,
    issue_resolution_time: 2,
    deployment_frequency: 1 / 7,
  },
  laterPages: { count: 2, isOne: ({ path }) => /[?&]page=2/.test(path) },
  surprise: { surprise: true },
  people: ['ada@acme.example', 'grace-of-people', 'dev-1', 'Something personal'],
};
