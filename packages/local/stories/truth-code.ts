import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { endOfDay, startOfDay } from '@plumbline/core/zone';
import type { Code, Story, StoryIssue } from './story.ts';

// What a story's numbers from GitHub are at the end of a day, worked out from its causes alone, lived through from the beginning.

const DAY = 86_400_000;

function codeIn({ name, code }: Story): Code {
  if (code) return code;
  throw new Error(`the story ${name} tells of no code`);
}

const endOf = (story: Story, day: Day) => endOfDay(day, story.timezone);

export const starsOn = (story: Story, day: Day): number =>
  codeIn(story).stars.filter((at) => at < endOf(story, day)).length;

export const contributorsOn = (story: Story, day: Day): number =>
  new Set(
    codeIn(story)
      .commits.filter(({ at, kind }) => at < endOf(story, day) && kind !== 'bot' && kind !== 'merge')
      .map(({ author }) => author),
  ).size;

/** An issue as it stood just before an instant; undefined before it was opened. */
function stood({ changes }: StoryIssue, instant: number) {
  let state: { openedAt: number; closedAt?: number; labels: Set<string> } | undefined;
  for (const change of changes) {
    if (change.at >= instant) break;
    if (change.type === 'opened') state = { openedAt: change.at, labels: new Set() };
    else if (!state) continue;
    else if (change.type === 'closed') state.closedAt = change.at;
    else if (change.type === 'reopened') delete state.closedAt;
    else if (change.type === 'labeled') state.labels.add(change.label);
    else if (change.type === 'unlabeled') state.labels.delete(change.label);
  }
  return state;
}

export const criticalIssuesOn = (story: Story, day: Day): number =>
  codeIn(story).issues.filter((issue) => {
    const state = issue.isPull ? undefined : stood(issue, endOf(story, day));
    return state && state.closedAt === undefined && state.labels.has('critical');
  }).length;

/** Median days to the closing of what was closed in 30 days; undefined for none. */
export function resolutionOn(story: Story, day: Day): number | undefined {
  const from = startOfDay(addDays(day, -29), story.timezone);
  const ages = codeIn(story)
    .issues.flatMap((issue) => {
      const state = issue.isPull ? undefined : stood(issue, endOf(story, day));
      return state?.closedAt !== undefined && state.closedAt >= from ? [(state.closedAt - state.openedAt) / DAY] : [];
    })
    .toSorted((a, b) => a - b);
  const middle = (ages.length - 1) / 2;
  const [low, high] = [ages[Math.floor(middle)], ages[Math.ceil(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export function deploymentsOn(story: Story, day: Day): number {
  const from = startOfDay(addDays(day, -6), story.timezone);
  const succeeded = codeIn(story).deployments.filter(({ environment, succeededAt }) => {
    return environment === 'production' && succeededAt && succeededAt >= from && succeededAt < endOf(story, day);
  });
  return succeeded.length / 7;
}
