import { hash } from 'node:crypto';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { startOfDay, toInstant, toIso } from '@plumbline/core/zone';
import type { Code, IssueChange, Story, StoryCommit, StoryIssue } from '../stories/story.ts';
import { limiter } from './limit.ts';

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Made only where its page is asked for. */
type Row = () => unknown;

const NEWEST_FIRST = (a: { at: Instant }, b: { at: Instant }): number => b.at - a.at;

/** The digits of a name: an account's number. */
const numberOf = (name: string): number => Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16);
const account = (login: string, type = 'User') => ({ login, id: numberOf(login), type, site_admin: false });

const happened = <T extends { at: Instant }>(list: readonly T[], now: Instant): T[] =>
  list.filter(({ at }) => at <= now);

function commitRow({ author, at, kind }: StoryCommit) {
  const signed = { name: author, email: `${author}@story.example`, date: toIso(at) };
  const sha = hash('sha1', `${author} ${at}`, 'hex');
  const isKnown = kind !== 'no-account';
  return {
    sha,
    commit: { author: signed, committer: signed, message: 'Improve things', comment_count: 0 },
    author: isKnown ? account(author, kind === 'bot' ? 'Bot' : 'User') : null,
    committer: isKnown ? account(author) : null,
    parents: Array.from({ length: kind === 'merge' ? 2 : 1 }, (_, index) => ({
      sha: hash('sha1', `${sha}${index}`, 'hex'),
    })),
  };
}

const labelRow = (name: string) => ({ id: numberOf(name), name, color: 'f29513', default: false });

/** An issue as it is at that moment, as far as it has happened. */
function issueRow({ number, isPull, changes }: StoryIssue, now: Instant) {
  const labels = new Set<string>();
  let closedAt: Instant | undefined;
  for (const change of happened(changes, now)) {
    if (change.type === 'labeled') labels.add(change.label);
    else if (change.type === 'unlabeled') labels.delete(change.label);
    else closedAt = change.type === 'closed' ? change.at : undefined;
  }
  return {
    id: 10_000 + number,
    number,
    title: `Something to do: ${number}`,
    state: closedAt === undefined ? 'open' : 'closed',
    labels: [...labels].map(labelRow),
    created_at: toIso(changes[0]?.at ?? now),
    closed_at: closedAt === undefined ? null : toIso(closedAt),
    ...(isPull && { pull_request: { url: `https://api.github.com/pulls/${number}` } }),
  };
}

function eventsOf(issues: readonly StoryIssue[], now: Instant) {
  const all = issues.flatMap((issue) =>
    happened(issue.changes, now).flatMap((change) =>
      change.type === 'opened' ? [] : [{ issue, change, at: change.at }],
    ),
  );
  const inTime = all.toSorted((a, b) => a.at - b.at);
  return inTime
    .map(
      ({ issue, change }, index) =>
        () =>
          eventRow(index + 1, change, issueRow(issue, now)),
    )
    .toReversed();
}

const eventRow = (id: number, change: IssueChange, issue: ReturnType<typeof issueRow>) => ({
  id,
  event: change.type,
  actor: account('release-manager'),
  created_at: toIso(change.at),
  ...('label' in change && { label: { name: change.label, color: 'f29513' } }),
  issue,
});

/** The list behind a path of the repository, its rows still to be made; undefined where there is none. */
function listOf(path: string, query: URLSearchParams, code: Code, now: Instant): Row[] | undefined {
  if (path === 'stargazers') {
    return code.stars.flatMap((at, index) =>
      at <= now ? [() => ({ starred_at: toIso(at), user: account(`reader-${index}`) })] : [],
    );
  }
  if (path === 'commits') {
    const since = toInstant(query.get('since') ?? '1970-01-01T00:00:00Z');
    const until = toInstant(query.get('until') ?? toIso(now));
    const within = happened(code.commits, now).filter(({ at }) => at >= since && at <= until);
    return within.toSorted(NEWEST_FIRST).map((commit) => () => commitRow(commit));
  }
  if (path === 'issues') {
    const rows = code.issues
      .filter(({ changes }) => (changes[0]?.at ?? now) <= now)
      .map((issue) => issueRow(issue, now));
    const label = query.get('labels');
    const state = query.get('state') ?? 'open';
    return rows
      .filter((row) => state === 'all' || row.state === state)
      .filter(({ labels }) => label === null || labels.some(({ name }) => name === label))
      .toReversed()
      .map((row) => () => row);
  }
  if (path === 'issues/events') return eventsOf(code.issues, now);
  const deployments = code.deployments.map((one, index) => ({ ...one, id: index + 1 })).filter(({ at }) => at <= now);
  if (path === 'deployments') {
    const environment = query.get('environment');
    return deployments
      .filter((one) => environment === null || one.environment === environment)
      .toReversed()
      .map((one) => () => ({ id: one.id, environment: one.environment, task: 'deploy', created_at: toIso(one.at) }));
  }
  const [, id] = /^deployments\/(\d+)\/statuses$/.exec(path) ?? [];
  const deployment = deployments.find((one) => String(one.id) === id);
  if (!deployment) return path === 'releases' ? [] : undefined;
  const { at, succeededAt } = deployment;
  const done = succeededAt !== undefined && succeededAt <= now ? [{ state: 'success', at: succeededAt }] : [];
  return [...done, { state: 'queued', at }].map((one) => () => ({ state: one.state, created_at: toIso(one.at) }));
}

/**
 * GitHub's REST API for the one repository of a story, as it is at the clock's now: the secret as bearer, pages with their `Link`, ETags and
 * 304, 5,000 requests an hour.
 */
export function gitHubVendor(
  story: Story,
  options: { clock: Clock; secret: string },
): (request: Request) => Promise<Response> {
  const allows = limiter(options.clock, 5000, 3_600_000);
  const created = startOfDay(story.start, story.timezone) - 60 * 86_400_000;

  const answer = (request: Request): { body: unknown; link?: string } => {
    const url = new URL(request.url);
    const now = options.clock.now();
    if (request.headers.get('authorization') !== `Bearer ${options.secret}`) throw new Refusal(401, 'Bad credentials');
    const { code } = story;
    const base = `/repos/${code?.repository}`;
    if (!code || request.method !== 'GET' || !`${url.pathname}/`.startsWith(`${base}/`))
      throw new Refusal(404, 'Not Found');
    const path = url.pathname.slice(base.length + 1);
    if (path === '') {
      const stargazers_count = code.stars.filter((at) => at <= now).length;
      return { body: { full_name: code.repository, stargazers_count, has_issues: true, created_at: toIso(created) } };
    }
    if (path === 'labels/critical') return { body: labelRow('critical') };
    const rows = listOf(path, url.searchParams, code, now);
    if (!rows) throw new Refusal(404, 'Not Found');
    return paged(url, rows);
  };

  return async (request) => {
    try {
      const { body, link } = answer(request);
      const text = JSON.stringify(body);
      const etag = `W/"${hash('sha256', text, 'hex')}"`;
      const headers = { etag, 'content-type': 'application/json; charset=utf-8', ...(link && { link }) };
      const isKnown = request.headers.get('if-none-match') === etag;
      // What is answered 304 does not count.
      if (isKnown) return new Response(null, { status: 304, headers });
      if (!allows()) throw new Refusal(429, 'API rate limit exceeded');
      return new Response(text, { headers });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const headers = error.status === 429 ? { 'retry-after': '60' } : {};
      return Response.json({ message: error.message }, { status: error.status, headers });
    }
  };
}

function paged(url: URL, rows: readonly Row[]): { body: unknown[]; link?: string } {
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? '30'));
  const page = Number(url.searchParams.get('page') ?? '1');
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const body = rows.slice((page - 1) * size, page * size).map((row) => row());
  return rows.length > page * size ? { body, link: `<${next.href}>; rel="next"` } : { body };
}
