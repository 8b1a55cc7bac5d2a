import { hash } from 'node:crypto';
import { toDay } from '@plumbline/core/day';
import type { Pulled, SourceMemory } from '@plumbline/core/source';
import type { Asked, Reply } from '../testing.ts';
import { portsFor, serve } from '../testing.ts';
import type { GitHubConfig } from './index.ts';
import { github } from './index.ts';
import { puller } from './pull.ts';

/** What a repository answers: rows as GitHub writes them, in its order; each list by the path behind the repository. */
export type World = { stars?: number; lists?: Record<string, unknown[]>; answers?: Record<string, unknown> };

export const config = (given: Record<string, unknown> = {}): GitHubConfig =>
  github.config.parse({ repository: 'acme/hub', labels: { critical_issues: 'critical' }, ...given });

const PAGE = 100;

/** GitHub as far as the source needs it: pages with their `Link`, ETags, 304; `fault` may answer in its place. */
export async function gitHub(
  worlds: Record<string, World> | (() => Record<string, World>),
  fault: (asked: Asked, count: number) => Reply | undefined = () => undefined,
) {
  return serve((asked, count): Reply => {
    const answered = fault(asked, count);
    if (answered) return answered;
    const [, name = '', path = ''] = /^\/repos\/([^/]+\/[^/]+)\/?(.*)$/.exec(asked.url.pathname) ?? [];
    const world = (typeof worlds === 'function' ? worlds() : worlds)[name];
    if (!world) return { status: 404, body: { message: 'Not Found' } };
    const { stars = world.lists?.['stargazers']?.length ?? 0, lists = {}, answers = {} } = world;
    if (path === '') return tagged(asked, { stargazers_count: stars, has_issues: true, ...(answers[''] as object) });
    const answer = answers[path];
    if (answer !== undefined) return tagged(asked, answer);
    const rows = path.startsWith('labels/') ? undefined : filtered(asked, lists[path] ?? []);
    if (!rows) return { status: 404, body: { message: 'Not Found' } };
    const page = Number(asked.url.searchParams.get('page') ?? '1');
    const next = new URL(asked.url);
    next.searchParams.set('page', String(page + 1));
    const link = `<https://api.github.com/repositories/1${next.pathname}${next.search}>; rel="next"`;
    const here = rows.slice((page - 1) * PAGE, page * PAGE);
    return tagged(
      asked,
      here,
      rows.length > page * PAGE ? { link: `<https://x.example/?page=1>; rel="prev", ${link}` } : {},
    );
  });
}

function filtered({ url }: Asked, rows: unknown[]): unknown[] {
  const [since, until] = [url.searchParams.get('since'), url.searchParams.get('until')];
  return rows.filter((row) => {
    const at = (row as { commit?: { committer?: { date: string } } }).commit?.committer?.date;
    return at === undefined || ((since === null || at >= since) && (until === null || at <= until));
  });
}

function tagged({ headers }: Asked, body: unknown, more: Record<string, string> = {}): Reply {
  const etag = `W/"${hash('sha256', JSON.stringify(body), 'hex')}"`;
  if (headers['if-none-match'] === etag) return (response) => response.writeHead(304, { etag }).end();
  return { headers: { etag, ...more }, body };
}

/** Memory as the store keeps it. */
export function memoryOf(entries: Map<string, Uint8Array>): SourceMemory {
  return {
    get: async (key) => entries.get(key),
    range: async function* () {},
  };
}

export type Options = {
  from?: string;
  to?: string;
  now?: string;
  timezone?: string;
  config?: GitHubConfig;
  memory?: Map<string, Uint8Array>;
  deadline?: number;
  signal?: AbortSignal;
};

/** A pull of 2026-02-12, in the night after it. What is remembered is kept in `memory`. */
export async function pullFrom(baseUrl: string, options: Options = {}): Promise<Pulled[]> {
  const { to = '2026-02-12', from = to, now = '2026-02-13T01:00:00Z', timezone = 'UTC', memory = new Map() } = options;
  const given = options.config ?? config();
  const signal = options.signal ?? new AbortController().signal;
  const ports = {
    ...portsFor('github', given, { baseUrl, secret: 'github_pat_secret', now, timezone, signal }),
    memory: memoryOf(memory),
    pseudonym: (id: string) => hash('sha256', id, 'hex').slice(0, 16),
    ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
  };
  const pulled: Pulled[] = [];
  for await (const one of puller.pull({ from: toDay(from), to: toDay(to) }, ports)) {
    pulled.push(one);
    if (one.kind !== 'memory') continue;
    if (one.bytes.length === 0) memory.delete(one.key);
    else memory.set(one.key, one.bytes);
  }
  return pulled;
}

export const star = (at: string) => ({ starred_at: at, user: { login: 'ada', id: 1 } });

export const issue = (number: number, given: Record<string, unknown> = {}) => ({
  number,
  title: 'Something personal',
  created_at: '2026-01-01T00:00:00Z',
  state: 'open',
  labels: [{ name: 'Critical' }],
  ...given,
});

let ids = 0;
export const event = (kind: string, at: string, about: ReturnType<typeof issue>, label?: string) => ({
  id: ++ids,
  event: kind,
  created_at: at,
  ...(label === undefined ? {} : { label: { name: label, color: 'f29513' } }),
  issue: about,
});

export const commit = (at: string, id: number | null, given: Record<string, unknown> = {}) => ({
  sha: `${id} ${at}`,
  commit: {
    author: { name: 'Ada', email: 'ada@acme.example', date: at },
    committer: { name: 'GitHub', email: 'noreply@github.com', date: at },
  },
  author: id === null ? null : { login: `dev-${id}`, id, type: 'User' },
  parents: [{ sha: 'one' }],
  ...given,
});
