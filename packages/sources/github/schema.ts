import { toInstant } from '@plumbline/core/zone';
import { z } from 'zod';

// What is kept of GitHub's answers. All of it can be written as JSON, and no name, title or address is in it.

const instant = z.iso.datetime({ offset: true }).transform(toInstant);

/** `GET /repos/{owner}/{repo}` (https://docs.github.com/en/rest/repos/repos#get-a-repository). */
export const repositorySchema = z
  .object({ stargazers_count: z.int().min(0), has_issues: z.boolean().default(true) })
  .transform(({ stargazers_count, has_issues }) => ({ stars: stargazers_count, hasIssues: has_issues }));

/** When stars were given; the media type makes the difference (https://docs.github.com/en/rest/activity/starring#list-stargazers). */
export const starsSchema = z.array(z.object({ starred_at: instant }).transform(({ starred_at }) => starred_at));

const labelName = z
  .union([z.string(), z.object({ name: z.string().nullish() }).transform(({ name }) => name ?? '')])
  .transform((name) => name.toLowerCase());

const issue = z
  .object({
    number: z.int(),
    created_at: instant,
    state: z.enum(['open', 'closed']),
    labels: z.array(labelName),
    pull_request: z.unknown().optional(),
  })
  .transform(({ number, created_at, state, labels, pull_request }) => ({
    number,
    createdAt: created_at,
    isOpen: state === 'open',
    labels,
    isPull: pull_request !== undefined && pull_request !== null,
  }));

/** An issue, or a pull request, as it is when it is read. */
export type Issue = z.output<typeof issue>;

/** https://docs.github.com/en/rest/issues/issues#list-repository-issues */
export const issuesSchema = z.array(issue);

const KINDS = ['labeled', 'unlabeled', 'closed', 'reopened'] as const;
const kindOf = (event: string) => KINDS.find((kind) => kind === event);

const issueEvent = z
  .object({
    id: z.int(),
    event: z.string(),
    created_at: instant,
    label: z.object({ name: labelName }).nullish(),
    issue: issue.nullish(),
  })
  .transform(({ id, event, created_at, label, issue: about }) => {
    const kind = kindOf(event);
    const change = kind && about ? { kind, label: label?.name ?? null, issue: about } : null;
    return { id, at: created_at, change };
  });

/** Something that happened to an issue, newest first in a list; `change` is null where it moves neither its state nor a label. */
export type IssueEvent = z.output<typeof issueEvent>;

/** https://docs.github.com/en/rest/issues/events#list-issue-events-for-a-repository */
export const issueEventsSchema = z.array(issueEvent);

const account = z.object({ id: z.int().optional(), login: z.string().optional(), type: z.string().optional() });
const signature = z.object({ email: z.string().nullish(), date: instant.nullish() }).nullish();
const commit = z.object({
  commit: z.object({ author: signature, committer: signature }),
  author: account.nullish(),
  parents: z.array(z.unknown()).default([]),
});

/** One commit: when it was made, and by whom; null for a bot, a merge or nobody known. */
export type Commit = { at: number; by: string | null };

/** https://docs.github.com/en/rest/commits/commits#list-commits */
export const commitsSchema = (pseudonym: (id: string) => string) =>
  z.array(
    commit.transform((one): Commit => {
      const at = one.commit.committer?.date ?? one.commit.author?.date ?? 0;
      const person = one.parents.length > 1 ? undefined : authorOf(one);
      return { at, by: person === undefined ? null : pseudonym(person) };
    }),
  );

/** The account, or the e-mail address of an author whom GitHub knows no account of. */
function authorOf({ author, commit: { author: signed } }: z.output<typeof commit>): string | undefined {
  const email = signed?.email?.toLowerCase();
  if (author?.type === 'Bot' || author?.login?.endsWith('[bot]') || email?.includes('[bot]@')) return undefined;
  if (author?.id !== undefined) return `account:${author.id}`;
  return email ? `email:${email}` : undefined;
}

/** https://docs.github.com/en/rest/deployments/deployments#list-deployments */
export const deploymentsSchema = z.array(
  z.object({ id: z.int(), created_at: instant }).transform(({ id, created_at }) => ({ id, createdAt: created_at })),
);

/** When a deployment succeeded (https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses). */
export const successesSchema = z
  .array(z.object({ state: z.string(), created_at: instant }))
  .transform((all) => all.flatMap(({ state, created_at }) => (state === 'success' ? [created_at] : [])));

/** When releases came out, drafts and pre-releases left out (https://docs.github.com/en/rest/releases/releases#list-releases). */
export const releasesSchema = z
  .array(z.object({ draft: z.boolean(), prerelease: z.boolean(), published_at: instant.nullish() }))
  .transform((all) =>
    all.flatMap(({ draft, prerelease, published_at }) => (draft || prerelease || !published_at ? [] : [published_at])),
  );

/** https://docs.github.com/en/rest/issues/labels#get-a-label */
export const labelSchema = z.object({ name: z.string() }).transform(() => true);
