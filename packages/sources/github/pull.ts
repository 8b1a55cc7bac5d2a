import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { VendorError } from '@plumbline/core/errors';
import type { CheckResult, Pulled, PullPorts, Puller } from '@plumbline/core/source';
import type { Instant } from '@plumbline/core/zone';
import { endOfDay, startOfDay, toIso } from '@plumbline/core/zone';
import type { Client } from './client.ts';
import { OutOfTime, createClient } from './client.ts';
import type { GitHubConfig } from './index.ts';
import { DEPLOYMENT_DAYS, RESOLUTION_DAYS } from './index.ts';
import type { Repository } from './normalise.ts';
import { MOST_STARS_LISTED, observationsOf } from './normalise.ts';
import type { Commit, Issue, IssueEvent } from './schema.ts';
import {
  commitsSchema,
  deploymentsSchema,
  issueEventsSchema,
  issuesSchema,
  labelSchema,
  releasesSchema,
  repositorySchema,
  starsSchema,
  successesSchema,
} from './schema.ts';

type Ports = PullPorts<GitHubConfig>;

/** A deployment may wait so long for its approval or its end. */
const LONGEST_DEPLOYMENT_DAYS = 14;
const STARRED_AT = 'application/vnd.github.star+json';

async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { config, workspace, clock, http } = ports;
  const zone = workspace.timezone;
  const now = clock.now();
  const days = daysFrom(from, to).filter((day) => endOfDay(day, zone) <= now);
  const [first] = days;
  if (first === undefined) return;
  const client = createClient(ports);
  try {
    const repositories: Repository[] = [];
    for (const name of config.repository) {
      repositories.push(await readRepository(client, `/repos/${name}`, first, ports));
      yield* client.takeMemory();
    }
    const labels = await labelsThatCount(client, repositories, ports);
    for (const day of days) {
      const observations = observationsOf(repositories, { day, zone, now, labels, requests: http.requests });
      for (const observation of observations) yield { kind: 'observation', ...observation };
    }
    yield* client.takeMemory();
    yield* await client.tidy();
  } catch (error) {
    yield* client.takeMemory();
    if (!(error instanceof OutOfTime)) throw error;
    yield { kind: 'unfinished', note: error.message };
  }
}

async function readRepository(client: Client, path: string, first: Day, ports: Ports): Promise<Repository> {
  const { config, workspace, clock } = ports;
  const zone = workspace.timezone;
  const { stars, hasIssues } = await client.one(path, repositorySchema);
  const newest = stars >= MOST_STARS_LISTED ? [] : await starsSince(client, path, stars, endOfDay(first, zone));
  const commits = await commitsOf(client, path, clock.now(), (id) => ports.pseudonym(id));
  const issues: Issue[] = [];
  const events: IssueEvent[] = [];
  if (hasIssues) {
    for (const labels of config.labels?.critical_issues ?? []) {
      issues.push(...(await all(client.pages(`${path}/issues`, issuesSchema, { labels, state: 'open' }))));
    }
    // After the issues: what changes meanwhile is among the events then.
    const since = startOfDay(addDays(first, 1 - RESOLUTION_DAYS), zone);
    events.push(...(await until(client.pages(`${path}/issues/events`, issueEventsSchema), ({ at }) => at < since)));
  }
  const deployed = await deployedSince(client, path, startOfDay(addDays(first, 1 - DEPLOYMENT_DAYS), zone), config);
  return { stars: { count: stars, newest }, commits, issues, events, deployed };
}

async function starsSince(client: Client, path: string, count: number, since: Instant): Promise<Instant[]> {
  const newest: Instant[] = [];
  for await (const page of client.pagesBackwards(`${path}/stargazers`, starsSchema, count, STARRED_AT)) {
    newest.push(...page.filter((at) => at >= since));
    if (page.some((at) => at < since)) break;
  }
  return newest;
}

/**
 * All commits of the default branch. In two lists, so that what is older than the month before this one keeps its pages, and their
 * ETags, until the month is over. Both have their border; counting people, it does no harm that a commit may be in both.
 */
async function commitsOf(
  client: Client,
  path: string,
  now: Instant,
  pseudonym: (id: string) => string,
): Promise<Commit[]> {
  const date = new Date(now);
  const border = toIso(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1));
  const schema = commitsSchema(pseudonym);
  try {
    const older = await all(client.pages(`${path}/commits`, schema, { until: border }));
    return [...older, ...(await all(client.pages(`${path}/commits`, schema, { since: border })))];
  } catch (error) {
    // A repository without a commit is answered so.
    if (error instanceof VendorError && error.status === 409) return [];
    throw error;
  }
}

async function deployedSince(
  client: Client,
  path: string,
  since: Instant,
  { deployments }: GitHubConfig,
): Promise<Repository['deployed']> {
  if (deployments === 'none') return undefined;
  if (deployments === 'releases') return sortedOut(await all(client.pages(`${path}/releases`, releasesSchema)));
  const oldest = since - LONGEST_DEPLOYMENT_DAYS * 86_400_000;
  const made = await until(
    client.pages(`${path}/deployments`, deploymentsSchema, { environment: deployments.environment }),
    ({ createdAt }) => createdAt < oldest,
  );
  const recent = made.filter(({ createdAt }) => createdAt >= oldest);
  const firsts = await Promise.all(
    recent.map(async ({ id }) => {
      const statuses = `${path}/deployments/${id}/statuses`;
      const successes = await client.first(statuses, successesSchema, (known) => known.length > 0);
      return successes.length > 0 ? [Math.min(...successes)] : [];
    }),
  );
  const deployed = sortedOut(made.map(({ createdAt }) => createdAt));
  return deployed && { first: deployed.first, at: firsts.flat() };
}

const sortedOut = (at: readonly Instant[]): Repository['deployed'] =>
  at.length === 0 ? undefined : { first: Math.min(...at), at };

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

/** Of a list that is newest first: all pages up to the one that reaches into what is too old. */
async function until<T>(pages: AsyncIterable<T[]>, isTooOld: (row: T) => boolean): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) {
    rows.push(...page);
    const last = page.at(-1);
    if (last !== undefined && isTooOld(last)) break;
  }
  return rows;
}

/** The labels in lower case; undefined where none is configured, or none exists: that nothing has it would say nothing. */
async function labelsThatCount(
  client: Client,
  repositories: readonly Repository[],
  { config, log }: Ports,
): Promise<ReadonlySet<string> | undefined> {
  const names = config.labels?.critical_issues;
  if (!names) return undefined;
  const labels = new Set(names.map((name) => name.toLowerCase()));
  const isSeen = repositories.some(
    ({ issues, events }) => issues.length > 0 || events.some(({ change }) => change?.label && labels.has(change.label)),
  );
  if (isSeen || (await missingLabels(client, config)).length < names.length) return labels;
  log.warn(`[github] no repository has a label ${names.join(' or ')}; critical_issues is left out until one has`);
  return undefined;
}

/** Those that no repository has. */
async function missingLabels(client: Client, { repository, labels }: GitHubConfig): Promise<string[]> {
  const missing: string[] = [];
  for (const label of labels?.critical_issues ?? []) {
    const found = await Promise.all(
      repository.map((name) =>
        client.one(`/repos/${name}/labels/${encodeURIComponent(label)}`, labelSchema).catch((error: unknown) => {
          if (error instanceof VendorError && error.status === 404) return false;
          throw error;
        }),
      ),
    );
    if (!found.includes(true)) missing.push(label);
  }
  return missing;
}

async function check(ports: Ports): Promise<CheckResult> {
  const { config } = ports;
  const client = createClient(ports);
  const seen = await Promise.all(
    config.repository.map(async (name) => {
      const { stars } = await client.one(`/repos/${name}`, repositorySchema);
      return `${name} (${stars} ${stars === 1 ? 'star' : 'stars'})`;
    }),
  );
  const labels = (await missingLabels(client, config)).map((label) => `no repository has a label "${label}"`);
  return { sees: seen.join(', '), warnings: labels };
}

export const puller: Puller<GitHubConfig> = { pull, check };
