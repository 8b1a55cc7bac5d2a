import type { Metric } from '@plumbline/core/metric';
import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { perSecond } from '../budget.ts';

const repository = z
  .string()
  .regex(/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/, 'must be an owner and a name, such as "octocat/hello-world"');
const label = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[^,]+$/, 'must be the name of one label; write several as a list');

const oneOrMore = <T extends z.ZodType>(one: T) => z.union([one.transform((text) => [text]), z.array(one).min(1)]);

const config = z.strictObject({
  repository: oneOrMore(repository)
    .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, 'names one twice')
    .describe('owner/name, or a list of them, whose numbers are added up'),
  labels: z
    .strictObject({
      critical_issues: oneOrMore(label).describe('The label of a critical issue, or a list: any of them'),
    })
    .optional()
    .describe('Which issues count'),
  deployments: z
    .union([z.strictObject({ environment: z.string().min(1).max(255) }), z.literal('releases'), z.literal('none')])
    .default({ environment: 'production' })
    .describe(
      'What counts as a deployment: one that succeeded in an environment, or a release; none without the metric',
    ),
});

export type GitHubConfig = z.output<typeof config>;

/** Days, the last one included, that issues were closed in, and deployments made. */
export const RESOLUTION_DAYS = 30;
export const DEPLOYMENT_DAYS = 7;

const CRITICAL: Metric = {
  id: 'critical_issues',
  unit: 'count',
  kind: 'stock',
  direction: 'down',
  about: 'Open issues with a label that marks them as critical',
  settleNights: 0,
};

const DEPLOYMENTS: Metric = {
  id: 'deployment_frequency',
  unit: 'count',
  kind: 'rate',
  direction: 'up',
  about: 'Deployments per day over the last 7 days',
  settleNights: 0,
};

/** Stars, contributors, issues and deployments of repositories, as at the end of each day, from GitHub's REST API. */
export const github: SourceDefinition<GitHubConfig> = {
  name: 'github',
  title: 'GitHub',
  baseUrl: 'https://api.github.com',
  config,
  secret: {
    describe: 'a fine-grained personal access token, github_pat_…',
    isValid: (text) => /^[\x21-\x7e]+$/.test(text),
  },
  metrics: ({ labels, deployments }) => [
    {
      id: 'github_stars',
      unit: 'count',
      kind: 'stock',
      direction: 'up',
      about: 'Stars that the repositories have',
      settleNights: 0,
    },
    {
      id: 'code_contributors',
      unit: 'count',
      kind: 'stock',
      direction: 'up',
      about: 'People who are the author of a commit on a default branch',
      settleNights: 0,
    },
    ...(labels ? [CRITICAL] : []),
    {
      id: 'issue_resolution_time',
      unit: 'days',
      kind: 'score',
      direction: 'down',
      about: 'Median age of the issues closed in the last 30 days, when they were closed',
      settleNights: 0,
    },
    ...(deployments === 'none' ? [] : [DEPLOYMENTS]),
  ],
  repullDays: 0,
  healDays: 30,
  // One reading of the lists answers any number of days.
  backfillDays: 400,
  // Under the 900 points a minute of https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
  budget: (_, { requestsPerSecond }) => perSecond(requestsPerSecond ?? 10, 5),
  sdk: [],
  lambda: { memoryMb: 512, timeoutSeconds: 900 },
  load: async () => (await import('./pull.ts')).puller,
};
